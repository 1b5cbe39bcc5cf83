//! Which processes belong to a session, and what each is to it.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, Utc};

use super::{ProcRole, ProcView};
use crate::domain::{
    health::case::since,
    link::{
        Evidence, EvidenceKind, Strength,
        carriers::{Fate, Stray},
        claims::Claim,
        table::Table,
    },
    process::Proc,
    role::{self, AgentRole},
    session::{ExtensionSpec, Session},
};

/// Everything that belongs to `session`: owner and tree, rivals, strays.
pub fn members(
    now: DateTime<Utc>,
    table: &Table<'_>,
    session: &Session,
    claims: &[Claim],
    strays: &[Stray<'_>],
) -> Vec<ProcView> {
    let mut found = Vec::new();
    if let Some(owner) = claims.first() {
        found.push(ProcView {
            agent: Some(owner.role),
            evidence: owner.evidence.clone(),
            ..view(now, &owner.proc, ProcRole::Owner, session, 0)
        });
        found.extend(tree(now, table, session, owner));
    }
    for rival in claims.iter().skip(1) {
        found.push(ProcView {
            agent: Some(rival.role),
            evidence: rival.evidence.clone(),
            ..view(now, &rival.proc, ProcRole::Rival, session, 0)
        });
        found.extend(tree(now, table, session, rival));
    }
    let mine = |s: &&Stray<'_>| s.session.is_some_and(|owner| owner.key == session.key);
    for stray in strays.iter().filter(mine) {
        let role = match stray.fate {
            Fate::Detached => ProcRole::Detached,
            Fate::Leaked => ProcRole::Leaked,
            Fate::Unconfirmed => continue,
        };
        found.push(ProcView {
            evidence: stray.evidence.clone(),
            ..view(now, stray.proc, role, session, stray.depth)
        });
    }
    found
}

/// A process that is a stray, as the board lists it.
pub fn stray_view(now: DateTime<Utc>, stray: &Stray<'_>) -> ProcView {
    let role = match stray.fate {
        Fate::Detached => ProcRole::Detached,
        Fate::Leaked => ProcRole::Leaked,
        Fate::Unconfirmed => ProcRole::Unconfirmed,
    };
    ProcView {
        proc: stray.proc.clone(),
        role,
        agent: None,
        session: stray.session.map(|s| s.key.clone()),
        stray_id: stray.stray_id.as_deref().map(|id| crate::domain::text::line(id).into_owned()),
        evidence: stray.evidence.clone(),
        age: since(now, stray.proc.started_at),
        depth: stray.depth,
    }
}

/// A goose without a session, as the board lists it.
pub fn untracked_view(now: DateTime<Utc>, proc: &Arc<Proc>, role: AgentRole) -> ProcView {
    ProcView {
        proc: proc.clone(),
        role: ProcRole::Untracked,
        agent: Some(role),
        session: None,
        stray_id: None,
        evidence: vec![Evidence {
            kind: EvidenceKind::Looks,
            strength: Strength::Weak,
            detail: format!("runs goose {role}, and no session can be tied to it"),
        }],
        age: since(now, proc.started_at),
        depth: 0,
    }
}

fn tree(now: DateTime<Utc>, table: &Table<'_>, session: &Session, owner: &Claim) -> Vec<ProcView> {
    let id = session.key.id.raw();
    let nested = |p: &Proc| table.agent(p.id.pid).is_some_and(|a| a.role.can_own());
    let mut found: Vec<ProcView> = Vec::new();
    for child in table.children(owner.proc.id.pid).filter(|c| !nested(c)) {
        // A server's children belong to the session whose id they carry.
        let below = table.below(child.id.pid, |p| !nested(p));
        let carries = |p: &Proc| p.marker() == Some(id);
        if owner.role.is_server() && !carries(child) && !below.iter().any(|(p, _)| carries(p)) {
            continue;
        }
        let other = child.marker().is_some_and(|m| m != id);
        let role = if other { ProcRole::Child } else { child_role(&owner.proc, child, &session.extensions) };
        for (proc, depth) in std::iter::once((child, 0)).chain(below) {
            let evidence = if carries(proc) {
                let detail = format!("carries AGENT_SESSION_ID={}", session.key.id);
                Evidence { kind: EvidenceKind::Marker, strength: Strength::Certain, detail }
            } else {
                let detail = format!("below goose {}", owner.proc.id.pid);
                Evidence { kind: EvidenceKind::Descendant, strength: owner.strength, detail }
            };
            found.push(ProcView { evidence: vec![evidence], ..view(now, proc, role, session, depth + 1) });
        }
    }
    found
}

/// Tool or extension. Since 1.26 a shell tool stays in goose's process group and an extension gets
/// its own; before, both had their own, so the session's list of extensions is asked first.
fn child_role(owner: &Proc, child: &Proc, extensions: &[ExtensionSpec]) -> ProcRole {
    if role::agent(&child.argv).is_some_and(|a| a.role == AgentRole::Mcp) {
        return ProcRole::Extension;
    }
    if extensions.iter().any(|e| runs(child, &e.command)) {
        return ProcRole::Extension;
    }
    if child.marker().is_none() && child.env.is_some() {
        return ProcRole::Child;
    }
    if owner.pgid.is_some() && child.pgid == owner.pgid {
        return ProcRole::Tool;
    }
    let shell = child.argv.first().is_some_and(|a| role::base_name(a).ends_with("sh"));
    if shell && child.argv.iter().any(|a| a == "-c" || a == "-lc") {
        return ProcRole::Tool;
    }
    ProcRole::Extension
}

/// The child runs this command: the same arguments, behind an interpreter or not.
fn runs(child: &Proc, command: &[String]) -> bool {
    let Some((program, args)) = command.split_first() else { return false };
    let name = |p: &str| Path::new(p).file_name().map(|n| n.to_string_lossy().into_owned());
    let at = child.argv.iter().position(|a| name(a) == name(program));
    at.is_some_and(|at| at <= 2 && child.argv[at + 1..].starts_with(args))
}

fn view(now: DateTime<Utc>, proc: &Arc<Proc>, role: ProcRole, session: &Session, depth: usize) -> ProcView {
    ProcView {
        proc: proc.clone(),
        role,
        agent: None,
        session: Some(session.key.clone()),
        stray_id: None,
        evidence: Vec::new(),
        age: since(now, proc.started_at),
        depth,
    }
}
