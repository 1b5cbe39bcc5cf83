//! The process tree of one snapshot.

use std::{collections::HashMap, sync::Arc};

use crate::domain::{
    process::{OpenFiles, Proc},
    role::{self, Agent},
};

/// Programs that adopt orphans, by the kernel's short name (15 characters at most).
const REAPERS: &[&str] = &[
    "init",
    "systemd",
    "tini",
    "dumb-init",
    "docker-init",
    "catatonit",
    "containerd-shim",
    "conmon",
    "runit",
    "s6-svscan",
    "launchd",
    "upstart",
];

/// True for process 1 and for programs known to adopt orphans.
pub fn adopts(pid: u32, name: &str) -> bool {
    pid == 1 || REAPERS.contains(&name)
}

/// Processes by number, with their children.
pub struct Table<'a> {
    procs: Vec<&'a Arc<Proc>>,
    by_pid: HashMap<u32, &'a Arc<Proc>>,
    children: HashMap<u32, Vec<&'a Arc<Proc>>>,
    agents: HashMap<u32, Agent>,
}

impl<'a> Table<'a> {
    /// Indexes a snapshot's processes.
    pub fn new(procs: &'a [Arc<Proc>]) -> Self {
        let by_pid: HashMap<u32, &Arc<Proc>> = procs.iter().map(|p| (p.id.pid, p)).collect();
        let mut children: HashMap<u32, Vec<&Arc<Proc>>> = HashMap::new();
        let mut procs: Vec<&Arc<Proc>> = procs.iter().collect();
        // Among equals the first is taken: which one that is must not hang on the source's order.
        procs.sort_by_key(|p| p.id.pid);
        for proc in &procs {
            children.entry(proc.ppid).or_default().push(proc);
        }
        let mut table = Self { procs, by_pid, children, agents: HashMap::new() };
        table.agents = table.procs.iter().filter_map(|p| Some((p.id.pid, table.judge(p)?))).collect();
        table
    }

    /// All processes, by pid.
    pub fn procs(&self) -> impl Iterator<Item = &'a Arc<Proc>> + '_ {
        self.procs.iter().copied()
    }

    /// A process by number.
    pub fn get(&self, pid: u32) -> Option<&'a Arc<Proc>> {
        self.by_pid.get(&pid).copied()
    }

    /// The living parent. A "parent" that is younger than its child is a reused number: none.
    pub fn parent(&self, proc: &Proc) -> Option<&'a Arc<Proc>> {
        self.get(proc.ppid).filter(|p| p.id.start <= proc.id.start && p.id.pid != proc.id.pid)
    }

    /// Direct children, by pid.
    pub fn children(&self, pid: u32) -> impl Iterator<Item = &'a Arc<Proc>> + '_ {
        let parent = self.get(pid);
        let list = self.children.get(&pid).map_or(&[][..], Vec::as_slice);
        list.iter().copied().filter(move |c| parent.is_none_or(|p| p.id.start <= c.id.start && c.id != p.id))
    }

    /// Everything below `pid` with its depth (children are 1), parents before children. `enter`
    /// decides whether a process and what is below it is visited.
    pub fn below(&self, pid: u32, enter: impl Fn(&Proc) -> bool) -> Vec<(&'a Arc<Proc>, usize)> {
        let mut found = Vec::new();
        let mut stack: Vec<(&Arc<Proc>, usize)> = self.children(pid).map(|c| (c, 1)).collect();
        stack.reverse();
        while let Some((proc, depth)) = stack.pop() {
            if !enter(proc) || found.iter().any(|(p, _): &(&Arc<Proc>, usize)| p.id == proc.id) {
                continue;
            }
            found.push((proc, depth));
            let from = stack.len();
            stack.extend(self.children(proc.id.pid).map(|c| (c, depth + 1)));
            stack[from..].reverse();
        }
        found
    }

    /// The agent in this process, if it is one.
    pub fn agent(&self, pid: u32) -> Option<&Agent> {
        self.agents.get(&pid)
    }

    /// The nearest agent above a process.
    pub fn agent_above(&self, proc: &Proc) -> Option<&'a Arc<Proc>> {
        self.ancestors(proc).find(|p| self.agents.get(&p.id.pid).is_some_and(|a| a.role.can_own()))
    }

    /// Parent, grandparent, and so on.
    pub fn ancestors(&self, proc: &Proc) -> impl Iterator<Item = &'a Arc<Proc>> + '_ {
        let mut next = self.parent(proc);
        let mut left = 256;
        std::iter::from_fn(move || {
            let found = next?;
            left -= 1;
            next = if left > 0 { self.parent(found) } else { None };
            Some(found)
        })
    }

    /// Whoever started it is gone: process 1 or a known reaper is its parent now. A parent that cannot be
    /// seen may live.
    pub fn is_adopted(&self, proc: &Proc) -> bool {
        proc.ppid <= 1 || self.parent(proc).is_some_and(|p| adopts(p.id.pid, &p.name))
    }

    /// A parent that adopts orphans: process 1, a known reaper, or nobody that can be seen.
    pub fn is_reaper(parent: Option<&Proc>) -> bool {
        parent.is_none_or(|p| adopts(p.id.pid, &p.name))
    }

    fn judge(&self, proc: &Proc) -> Option<Agent> {
        if proc.is_zombie() {
            return None;
        }
        role::agent(&proc.argv).or_else(|| {
            // A renamed binary: it holds a store open and started something that carries an id
            // which it does not carry itself.
            let holds_store = proc.files.as_ref().is_some_and(|f: &OpenFiles| !f.stores.is_empty());
            let marks = |c: &Arc<Proc>| c.marker().is_some() && c.marker() != proc.marker();
            (holds_store && self.children(proc.id.pid).any(marks)).then(|| role::renamed_agent(&proc.argv))?
        })
    }
}
