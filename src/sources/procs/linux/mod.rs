//! /proc, read with as few calls as possible.
//!
//! ```text
//!  names of /proc ─► Row (stat, every due look) ─► detail (once, and after exec) ─► relevance
//!                                                        close-up of those: cwd, user, files
//! ```
//!
//! Invariant: a look at an idle machine costs one listing of /proc and a `stat` of the few rows
//! that matter; the rest is read again in a sweep. Identity is pid and raw start ticks, nothing else.

mod files;
mod row;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashSet},
    io,
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    CpuMarks,
    relevance::{self, Node},
};
use crate::{
    domain::{link::table, snapshot::Fault},
    procfs::{root::Root, stat},
    sources::{Depth, ProcLook, ProcessSource},
};
use row::{Row, Units};

/// Rows younger than this are read at every look: a shell may still become the agent by `exec`.
const YOUNG: TimeDelta = TimeDelta::seconds(6);

/// Reading a row can bring up a parent that was not due; its own parent may be next. Chains longer
/// than this are finished by the next look.
const ROUNDS: usize = 4;

/// The process table of a mounted /proc.
#[derive(Debug)]
pub struct LinuxProcs {
    path: PathBuf,
    /// The running system's own /proc, as opposed to a copy.
    real: bool,
    marks: CpuMarks,
    rows: BTreeMap<u32, Row>,
    names: Vec<u32>,
    look: u64,
}

impl LinuxProcs {
    /// The running system.
    pub fn system(marks: CpuMarks) -> Self {
        Self { real: true, ..Self::at("/proc", marks) }
    }

    /// A tree laid out like /proc; its `uptime` file stands for the clock since boot.
    pub fn at(path: impl Into<PathBuf>, marks: CpuMarks) -> Self {
        Self { path: path.into(), real: false, marks, rows: BTreeMap::new(), names: Vec::new(), look: 0 }
    }

    /// Lists the table, or says why it cannot be known.
    fn list(&mut self) -> Result<Root, String> {
        let path = self.path.display();
        let root = Root::open(&self.path)
            .and_then(|root| root.pids(&mut self.names).map(|()| root))
            .map_err(|e| format!("cannot read {path}: {e}; mount it (mount -t proc proc {path})"))?;
        if self.names.is_empty() {
            return Err(format!("{path} lists no process; mount it (mount -t proc proc {path})"));
        }
        if self.real && root.own_pid() != Some(std::process::id()) {
            return Err(format!(
                "{path} belongs to another pid namespace, its numbers mean other processes here; \
                 start goosetop where {path} is its own"
            ));
        }
        Ok(root)
    }

    /// Reads one row again, or for the first time; drops it when it is gone.
    fn refresh(&mut self, root: &Root, pid: u32, units: &Units) -> io::Result<()> {
        let mut buf = [0; stat::LONGEST];
        let read = root.read_small(pid, "stat", &mut buf);
        let Some(stat) = read.as_ref().ok().and_then(|line| stat::parse(line)) else {
            self.rows.remove(&pid);
            return read.map(|_| ());
        };
        if let Some(row) = self.rows.get_mut(&pid).filter(|row| row.is_same(&stat)) {
            row.update(root, &stat, units, self.marks);
            row.seen = self.look;
        } else {
            let mut row = Row::new(root, pid, &stat, units);
            row.seen = self.look;
            self.rows.insert(pid, row);
        }
        Ok(())
    }

    /// Marks what matters, reading those that were not due in this look until nothing new turns up.
    fn select(&mut self, root: &Root, units: &Units) {
        for _ in 0..ROUNDS {
            let nodes: Vec<Node> = self.rows.values().map(Row::node).collect();
            let matters = relevance::relevant(&nodes);
            let mut stale = Vec::new();
            for ((pid, row), matters) in self.rows.iter_mut().zip(matters) {
                row.relevant = matters;
                if matters && row.seen != self.look {
                    stale.push(*pid);
                }
            }
            if stale.is_empty() {
                return;
            }
            for pid in stale {
                // Gone or refused: the row is dropped, and the next round does without it.
                let _ = self.refresh(root, pid, units);
            }
        }
    }

    /// What is read of relevant processes only.
    fn close_up(&mut self, root: &Root, depth: Depth) {
        let carriers: Vec<(u32, &str)> = self
            .rows
            .values()
            .filter(|row| row.relevant)
            .filter_map(|row| Some((row.proc.ppid, row.proc.marker()?)))
            .collect();
        let holders: HashSet<u32> = carriers
            .into_iter()
            .filter(|(ppid, marker)| {
                let parent = self.rows.get(ppid).map(|row| &row.proc);
                parent.is_some_and(|p| p.marker() != Some(*marker) && !table::adopts(*ppid, &p.name))
            })
            .map(|(ppid, _)| ppid)
            .collect();
        for (pid, row) in self.rows.iter_mut().filter(|(_, row)| row.relevant) {
            row.close_up(root, depth, holders.contains(pid));
        }
    }
}

impl ProcessSource for LinuxProcs {
    fn look(&mut self, now: DateTime<Utc>, depth: Depth) -> ProcLook {
        self.look += 1;
        let root = match self.list() {
            Ok(root) => root,
            Err(message) => {
                self.rows.clear();
                return ProcLook { faults: vec![fault(message)], ..ProcLook::default() };
            }
        };
        let units = Units::now(&root, self.real, now);
        let names = std::mem::take(&mut self.names);
        self.rows.retain(|pid, _| names.binary_search(pid).is_ok());
        let mut refused = 0_usize;
        for pid in &names {
            let due = depth == Depth::Sweep
                || self.rows.get(pid).is_none_or(|row| row.relevant || now - row.proc.started_at < YOUNG);
            if due && self.refresh(&root, *pid, &units).is_err_and(|e| is_refusal(&e)) {
                refused += 1;
            }
        }
        let hidden = refused > 0 || names.first() != Some(&1);
        self.names = names;
        self.select(&root, &units);
        self.close_up(&root, depth);
        let procs = self.rows.values().filter(|row| row.relevant).map(|row| Arc::clone(&row.proc));
        let mut look = ProcLook { procs: procs.collect(), known: true, faults: Vec::new() };
        if hidden {
            look.faults.push(fault(format!(
                "{} hides other users' processes (mounted with hidepid): their sessions are unknown, and \
                 parents may be missing; run goosetop as root or in the group that /proc was mounted for",
                self.path.display()
            )));
        }
        look
    }
}

fn is_refusal(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

fn fault(message: String) -> Fault {
    Fault { source: "processes".to_owned(), message }
}
