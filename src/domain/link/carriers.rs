//! Processes that carry a session's id but have no goose above them: detached, leaked, or not sure.
//!
//! `goose term init` exports the same variable into a person's own shell, so carrying it proves
//! nothing by itself. A process is called leaked only when its parent is nobody's.

use std::{collections::HashSet, sync::Arc};

use super::{Evidence, EvidenceKind, Strength, claims::Claims, store, table::Table};
use crate::domain::{
    process::Proc,
    role,
    session::{Session, SessionKind},
    snapshot::Snapshot,
    text,
};

/// Programs in which a person's terminal lives: started by an agent or not, never its leftover.
const TERMINAL_KEEPERS: &[&str] = &["tmux", "screen", "sshd", "mosh-server", "zellij", "abduco", "dtach"];

/// What became of a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its session has a living owner elsewhere.
    Detached,
    /// Its session's goose is gone, and nobody else looks after it.
    Leaked,
    /// Looks like one of these, without proof.
    Unconfirmed,
}

/// A process and what became of it.
#[derive(Clone, Debug)]
pub struct Stray<'a> {
    /// The process.
    pub proc: &'a Arc<Proc>,
    /// What became of it.
    pub fate: Fate,
    /// Its session, where a store knows it.
    pub session: Option<&'a Arc<Session>>,
    /// The id it carries, raw, where no store knows it.
    pub stray_id: Option<String>,
    /// How that is known.
    pub evidence: Vec<Evidence>,
    /// Steps below the root of its tree.
    pub depth: usize,
}

/// Finds every stray of a snapshot, by tree: a root, then what is below it.
pub fn strays<'a>(
    snap: &'a Snapshot,
    table: &Table<'a>,
    watched: &[&'a Arc<Session>],
    claims: &Claims,
) -> Vec<Stray<'a>> {
    let mut found: Vec<Stray<'a>> = Vec::new();
    let mut roots: HashSet<u32> = HashSet::new();
    for proc in table.procs().filter(|p| !p.is_zombie()) {
        let root = match proc.marker() {
            Some(marker) => topmost(table, proc, marker),
            None if looks_like_extension(table, proc) => proc,
            None => continue,
        };
        if !roots.insert(root.id.pid) || is_agents_own(table, root) {
            continue;
        }
        let Some((fate, session, evidence)) = judge(snap, table, watched, claims, root) else { continue };
        let stray_id = session.is_none().then(|| root.marker().map(str::to_owned)).flatten();
        let below = table.below(root.id.pid, |p| !is_owning_agent(table, p));
        let members = std::iter::once((root, 0)).chain(below).filter(|(p, _)| !p.is_zombie());
        for (proc, depth) in members {
            let mut evidence = evidence.clone();
            if depth > 0 {
                // What was seen of the root is told as the root's.
                let detail = format!("below {} {}", root.id.pid, root.name);
                let roots = evidence.iter_mut();
                roots.for_each(|proof| proof.detail = format!("{} {}", root.id.pid, proof.detail));
                let (kind, strength) = (EvidenceKind::Descendant, evidence[0].strength);
                evidence.insert(0, Evidence { kind, strength, detail });
            }
            found.push(Stray { proc, fate, session, stray_id: stray_id.clone(), evidence, depth });
        }
    }
    found
}

/// The highest ancestor that carries the same value without a gap.
fn topmost<'a>(table: &Table<'a>, proc: &'a Arc<Proc>, marker: &str) -> &'a Arc<Proc> {
    table.ancestors(proc).take_while(|p| p.marker() == Some(marker)).last().unwrap_or(proc)
}

fn is_owning_agent(table: &Table<'_>, proc: &Proc) -> bool {
    table.agent(proc.id.pid).is_some_and(|a| a.role.can_own())
}

/// Below a living goose, or a goose itself (started from a `goose term` shell or by an agent).
fn is_agents_own(table: &Table<'_>, root: &Arc<Proc>) -> bool {
    is_owning_agent(table, root) || table.agent_above(root).is_some()
}

type Judged<'a> = (Fate, Option<&'a Arc<Session>>, Vec<Evidence>);

fn judge<'a>(
    snap: &'a Snapshot,
    table: &Table<'a>,
    watched: &[&'a Arc<Session>],
    claims: &Claims,
    root: &Arc<Proc>,
) -> Option<Judged<'a>> {
    let say = |kind, strength, detail: String| vec![Evidence { kind, strength, detail }];
    let Some(marker) = root.marker() else {
        let detail =
            "looks like an extension server whose goose is gone; it carries no session id".to_owned();
        return Some((Fate::Unconfirmed, None, say(EvidenceKind::Looks, Strength::Weak, detail)));
    };
    let id = text::line(marker).into_owned();
    let carries = |strength, more: String| {
        say(EvidenceKind::Marker, strength, format!("carries AGENT_SESSION_ID={id}; {more}"))
    };
    let unsure = |why: &str| Some((Fate::Unconfirmed, None, carries(Strength::Weak, why.to_owned())));
    let parent = table.parent(root);
    let abandoned = Table::is_reaper(parent.map(AsRef::as_ref))
        || parent.is_some_and(|p| p.sid.is_some() && root.sid.is_some() && p.sid != root.sid);

    let same_id: Vec<_> = watched.iter().filter(|s| s.key.id.raw() == marker).collect();
    let fitting = |s: &&&&Arc<Session>| {
        snap.stores.get(s.key.store).is_some_and(|look| store::writes(root, &look.path) != Some(false))
    };
    let mut matching = same_id.iter().filter(|s| fitting(s));
    let session = match (matching.next(), matching.next()) {
        (Some(session), None) => **session,
        // An ordinary program in an ordinary place: a person's shell of another store.
        _ if !abandoned => return None,
        (Some(_), Some(_)) => return unsure("that id is in several stores"),
        (None, _) if same_id.is_empty() => return unsure("no store knows that id"),
        (None, _) => return unsure("its environment names another store"),
    };
    // A person's own shell and all that was started there.
    if session.kind == SessionKind::Terminal {
        return None;
    }
    if let Some(owner) = claims.of(&session.key).first() {
        let more = format!("outside the tree of its goose {}", owner.proc.id.pid);
        return Some((Fate::Detached, Some(session), carries(Strength::Certain, more)));
    }
    if !abandoned {
        return None;
    }
    let unconfirmed =
        |why: &str| Some((Fate::Unconfirmed, Some(session), carries(Strength::Weak, why.to_owned())));
    if let Some(keeper) = keeps_a_terminal(table, root) {
        return unconfirmed(&format!("a terminal lives in its tree ({} {})", keeper.name, keeper.id.pid));
    }
    let owner_uid = snap.stores.get(session.key.store).and_then(|s| s.owner_uid).unwrap_or(snap.viewer.uid);
    if root.uid.is_some_and(|uid| uid != owner_uid && uid != snap.viewer.uid) {
        return unconfirmed("it belongs to another user");
    }
    let adopted = match parent {
        None => "its parent is gone".to_owned(),
        Some(p) => format!("its parent is {} {}, its goose is gone", p.name, p.id.pid),
    };
    Some((Fate::Leaked, Some(session), carries(Strength::Certain, adopted)))
}

/// A program or a session leader on a terminal in which a person may sit, at or below `root`.
fn keeps_a_terminal<'a>(table: &Table<'a>, root: &Arc<Proc>) -> Option<&'a Arc<Proc>> {
    let this = table.get(root.id.pid)?;
    std::iter::once(this)
        .chain(table.below(root.id.pid, |_| true).into_iter().map(|(p, _)| p))
        .find(|p| keeps_terminal(p))
}

/// A program in which a person's terminal lives, or the leader of a unix session on a terminal.
pub fn keeps_terminal(proc: &Proc) -> bool {
    let name = proc.argv.first().map_or(proc.name.as_str(), |a| role::base_name(a));
    let known =
        |n: &str| TERMINAL_KEEPERS.iter().any(|k| n.trim_end_matches(':').split(':').next() == Some(k));
    let leader = proc.sid == Some(proc.id.pid) && proc.has_tty == Some(true);
    known(name) || known(&proc.name) || leader
}

fn looks_like_extension(table: &Table<'_>, proc: &Proc) -> bool {
    let parent = table.parent(proc);
    if proc.id.pid == 1 || !Table::is_reaper(parent.map(AsRef::as_ref)) {
        return false;
    }
    role::looks_like_extension(&proc.argv)
}
