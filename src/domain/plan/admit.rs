//! Who may become a step: every single process is admitted, or left alone with its reason.

use super::{Step, choose, planner::Planner, protect};
use crate::domain::{
    board::{ProcRole, ProcView},
    link::{Strength, carriers},
};

impl Planner<'_> {
    pub(super) fn rival(&mut self, proc: &ProcView) {
        let weak = !proc.evidence.iter().any(|e| e.strength > Strength::Weak);
        if self.bulk && weak {
            self.leave(proc, "only weak evidence".into());
        } else if let Some(why) = choose::at_a_terminal(proc, self.terms).filter(|_| self.bulk) {
            self.leave(proc, why);
        } else {
            self.admit(proc, false);
        }
    }

    /// Strays, tree by tree: where a person's terminal lives in one, all of it is left alone.
    pub(super) fn group(&mut self, strays: &[&ProcView]) {
        for tree in trees(strays) {
            let keeper = tree.iter().find(|p| carriers::keeps_terminal(&p.proc));
            for proc in &tree {
                match keeper {
                    Some(keeper) => {
                        let (name, pid) = (&keeper.proc.name, keeper.proc.id.pid);
                        self.leave(proc, format!("a terminal lives in its tree ({name} {pid})"));
                    }
                    None => self.admit(proc, false),
                }
            }
        }
    }

    /// Makes it a step, or says why not. `by_name`: a person chose this very process.
    pub(super) fn admit(&mut self, proc: &ProcView, by_name: bool) {
        match self.objection(proc, by_name) {
            Some(why) => self.leave(proc, why),
            None if self.seen.insert(proc.proc.id.pid) => self.steps.push(Step {
                id: proc.proc.id,
                uid: self.terms.viewer.uid,
                started_at: proc.proc.started_at,
                command: proc.proc.command(),
                rss_bytes: proc.proc.rss_bytes,
                session: proc.session.clone(),
                role: proc.role,
                evidence: proc.evidence.clone(),
                depth: proc.depth,
            }),
            None => {}
        }
    }

    fn objection(&mut self, proc: &ProcView, by_name: bool) -> Option<String> {
        let (pid, facts) = (proc.proc.id.pid, proc.proc.as_ref());
        if pid <= 1 {
            return Some("never signalled: it keeps the system alive".into());
        }
        if pid == self.terms.viewer.pid {
            return Some("goosetop itself".into());
        }
        if self.terms.ancestors.contains(&pid) {
            return Some("goosetop runs below it".into());
        }
        if facts.is_zombie() {
            return Some(format!("already dead, waits for its parent {}", facts.ppid));
        }
        match facts.uid {
            None => return Some("its user cannot be read".into()),
            Some(uid) if uid != self.terms.viewer.uid => return Some("belongs to another user".into()),
            Some(_) => {}
        }
        if proc.evidence.is_empty() {
            return Some("nothing ties it to a session".into());
        }
        if !self.bulk {
            return (proc.role == ProcRole::Unconfirmed && !by_name).then(|| "not sure enough".into());
        }
        if proc.role == ProcRole::Unconfirmed {
            return Some("not sure enough for a bulk action".into());
        }
        if self.blocked.contains(&facts.ppid) {
            self.blocked.insert(pid);
            return Some(format!("below {}, which is left alone", facts.ppid));
        }
        let is_driver = matches!(proc.role, ProcRole::Owner | ProcRole::Rival | ProcRole::Untracked);
        let why = match protect::protected(&self.terms.protect, facts) {
            Some(pattern) => format!("protected ({pattern})"),
            None if !is_driver && carriers::keeps_terminal(facts) => "a terminal lives in it".into(),
            None => return None,
        };
        self.blocked.insert(pid);
        Some(why)
    }

    pub(super) fn leave(&mut self, proc: &ProcView, why: String) {
        if self.seen.insert(proc.proc.id.pid) {
            self.left.push(choose::one(proc, why));
        }
    }
}

/// Strays by tree, parents before children, detached before leaked. The board may list one twice:
/// as a root of its own, and below another.
fn trees<'p>(strays: &[&'p ProcView]) -> Vec<Vec<&'p ProcView>> {
    let below = |p: &ProcView, parent: &ProcView| {
        p.proc.ppid == parent.proc.id.pid
            && p.proc.id.start >= parent.proc.id.start
            && p.proc.id != parent.proc.id
    };
    let mut roots: Vec<&ProcView> =
        strays.iter().copied().filter(|p| !strays.iter().any(|other| below(p, other))).collect();
    roots.sort_by_key(|p| (p.role == ProcRole::Leaked, p.proc.id.start));
    roots.dedup_by_key(|p| p.proc.id);
    let tree = |root| {
        let (mut found, mut stack) = (Vec::new(), vec![root]);
        while let Some(proc) = stack.pop() {
            let mut children: Vec<&ProcView> = strays.iter().copied().filter(|p| below(p, proc)).collect();
            children.sort_by_key(|p| std::cmp::Reverse(p.proc.id.start));
            children.dedup_by_key(|p| p.proc.id);
            stack.extend(children);
            found.push(proc);
        }
        found
    };
    roots.into_iter().map(tree).collect()
}
