//! Who else belongs to what is ending: started since the plan was made, or lost from the tree when
//! its owner died.
//!
//! ```text
//!  below a target · was below one when the run began · in the group of a goose that ends
//!  · carries the id of a closing session        ──► objections ──► taken | left alone | not ours
//! ```
//!
//! Invariant: of the plan's user, not named by the plan as left alone, not another goose's, not in a
//! tree where a person's terminal lives, not protected (bulk).

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use crate::domain::{
    board::ProcRole,
    link::{
        Evidence, EvidenceKind, Strength, carriers, store,
        table::{self, Table},
    },
    plan::{LeftAlone, Plan, protect},
    process::{Proc, ProcId},
    session::SessionKey,
};

/// One more process to end.
#[derive(Clone, Debug)]
pub struct Found {
    /// Who.
    pub proc: Arc<Proc>,
    /// Whose.
    pub session: Option<SessionKey>,
    /// How that is known.
    pub evidence: Evidence,
}

/// What is looked for. Built when the run begins, before anything is sent.
pub struct Hunt<'a> {
    plan: &'a Plan,
    stores: &'a [PathBuf],
    uid: u32,
    /// Everyone taken hold of, alive or dead, with their session.
    ours: HashMap<ProcId, Option<SessionKey>>,
    /// Below one of ours when the run began.
    were_below: HashMap<ProcId, ProcId>,
    /// Goose processes that this run ends: their tools stay in their group and unix session.
    drivers: Vec<ProcId>,
    left: HashSet<u32>,
}

impl<'a> Hunt<'a> {
    /// A hunt for what belongs to `ours`, the steps that were taken hold of.
    pub fn new(plan: &'a Plan, stores: &'a [PathBuf], uid: u32) -> Self {
        Self {
            plan,
            stores,
            uid,
            ours: HashMap::new(),
            were_below: HashMap::new(),
            drivers: Vec::new(),
            left: plan.left_alone.iter().filter_map(|l| l.pid).collect(),
        }
    }

    /// Counts a process as ours.
    pub fn hold(&mut self, id: ProcId, session: Option<SessionKey>, role: ProcRole) {
        self.ours.insert(id, session);
        if matches!(role, ProcRole::Owner | ProcRole::Rival | ProcRole::Untracked) {
            self.drivers.push(id);
        }
    }

    /// Notes the trees as they stand before anything is sent.
    pub fn remember(&mut self, procs: &[Arc<Proc>]) {
        let table = Table::new(procs);
        for (id, _) in self.ours.iter().filter(|(id, _)| table.get(id.pid).is_some_and(|p| p.id == **id)) {
            for (proc, _) in table.below(id.pid, |p| !is_foreign_agent(&self.ours, &table, p)) {
                self.were_below.entry(proc.id).or_insert(*id);
            }
        }
    }

    /// Who belongs to it now, parents before children, and who is passed by, with the reason.
    pub fn look(&mut self, procs: &[Arc<Proc>]) -> (Vec<Found>, Vec<LeftAlone>) {
        let table = Table::new(procs);
        let (mut found, mut left) = (Vec::new(), Vec::new());
        for proc in procs.iter().filter(|p| self.may_be_ours(&table, p)) {
            let Some((session, evidence)) = self.tie(&table, proc) else { continue };
            if let Some(why) = self.objection(&table, proc) {
                left.push(LeftAlone { pid: Some(proc.id.pid), session, what: proc.command(), why });
            } else {
                found.push(Found { proc: proc.clone(), session, evidence });
            }
        }
        self.left.extend(left.iter().filter_map(|l| l.pid));
        (found, left)
    }

    fn may_be_ours(&self, table: &Table<'_>, proc: &Proc) -> bool {
        let pid = proc.id.pid;
        pid > 1
            && !proc.is_zombie()
            && proc.uid == Some(self.uid)
            && !self.ours.contains_key(&proc.id)
            && !self.plan.never.contains(&pid)
            && !self.left.contains(&pid)
            && !is_foreign_agent(&self.ours, table, proc)
            && !self
                .up_to_ours(table, proc)
                .any(|p| self.plan.never.contains(&p.id.pid) || is_foreign_agent(&self.ours, table, p))
    }

    /// Ancestors below the first of ours, and below whoever adopts orphans.
    fn up_to_ours<'t>(&self, table: &'t Table<'_>, proc: &Proc) -> impl Iterator<Item = &'t Arc<Proc>> {
        table
            .ancestors(proc)
            .take_while(|p| !self.ours.contains_key(&p.id) && !table::adopts(p.id.pid, &p.name))
    }

    fn tie(&self, table: &Table<'_>, proc: &Proc) -> Option<(Option<SessionKey>, Evidence)> {
        let say = |kind, detail| Evidence { kind, strength: Strength::Certain, detail };
        let session = |id: &ProcId| self.ours.get(id).cloned().flatten();
        let parent = table.parent(proc);
        if let Some(parent) = parent.filter(|p| self.ours.contains_key(&p.id)) {
            let detail = format!("below {} {}", parent.id.pid, parent.name);
            return Some((session(&parent.id), say(EvidenceKind::Descendant, detail)));
        }
        if let Some(root) = self.were_below.get(&proc.id) {
            let detail = format!("was below {} when this run began", root.pid);
            return Some((session(root), say(EvidenceKind::Descendant, detail)));
        }
        if let Some(key) = self.carries(proc) {
            let detail = format!("carries AGENT_SESSION_ID={}", key.id);
            return Some((Some(key.clone()), say(EvidenceKind::Marker, detail)));
        }
        // A member with a living parent of its own is another part of a person's pipeline.
        if !Table::is_reaper(parent.map(AsRef::as_ref)) {
            return None;
        }
        let driver = self.drivers.iter().find(|d| {
            // The number of a group stays taken while it has members, so it is this goose's group
            // unless somebody else has the number now.
            let theirs = table.get(d.pid).is_none_or(|p| p.id == **d);
            let member = proc.pgid == Some(d.pid) || proc.sid == Some(d.pid);
            theirs && member && proc.id.start >= d.start
        })?;
        let detail = format!("in the process group of goose {}, its parent is gone", driver.pid);
        Some((session(driver), say(EvidenceKind::Descendant, detail)))
    }

    /// The closing session whose id it carries, of the same store.
    fn carries(&self, proc: &Proc) -> Option<&'a SessionKey> {
        let marker = proc.marker()?;
        let closing = self.plan.sessions.iter().filter(|c| c.sweep && c.key.id.raw() == marker);
        let mut fitting = closing.filter(|c| {
            let writes = self.stores.get(c.key.store).and_then(|path| store::writes(proc, path));
            // Ids repeat across stores: with several, the environment must name this one.
            writes.unwrap_or(self.stores.len() <= 1)
        });
        fitting.next().map(|c| &c.key)
    }

    fn objection(&self, table: &Table<'_>, proc: &Arc<Proc>) -> Option<String> {
        let ours = |p: &Proc| self.ours.contains_key(&p.id);
        let below = table.below(proc.id.pid, |p| !ours(p));
        let around = || std::iter::once(proc).chain(self.up_to_ours(table, proc));
        let keeper = around().chain(below.iter().map(|(p, _)| *p)).find(|p| carriers::keeps_terminal(p));
        if let Some(keeper) = keeper {
            return Some(format!("a terminal lives in its tree ({} {})", keeper.name, keeper.id.pid));
        }
        if !self.plan.intent.is_bulk() {
            return None;
        }
        let pattern = around().find_map(|p| protect::protected(&self.plan.protect, p))?;
        Some(format!("protected ({pattern})"))
    }
}

/// A goose that can own sessions and is not part of this run.
fn is_foreign_agent(ours: &HashMap<ProcId, Option<SessionKey>>, table: &Table<'_>, proc: &Proc) -> bool {
    !ours.contains_key(&proc.id) && table.agent(proc.id.pid).is_some_and(|a| a.role.can_own())
}
