//! What a process or goose itself says: a child that carries the id, or the arguments.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Claim, Claims, Work, evidence, only};
use crate::domain::{
    link::{Evidence, EvidenceKind, Strength},
    process::Proc,
    role::{Agent, AgentRole},
    session::Session,
    text,
};

/// A session, when that was said, and how.
type Marked<'a> = (&'a Arc<Session>, DateTime<Utc>, Evidence);

impl<'a> Work<'a> {
    /// Adds every certain claim of one process.
    pub(super) fn certain(&self, proc: &Arc<Proc>, agent: &Agent, claims: &mut Claims) {
        let mut marked = self.marked_by_children(proc, agent.role);
        if agent.role == AgentRole::Term {
            marked.extend(proc.marker().and_then(|id| self.by_id(proc, id)).map(|session| {
                let detail = "goose term run drives the session that its environment names".to_owned();
                (session, proc.started_at, evidence(EvidenceKind::Marker, Strength::Certain, detail))
            }));
        }
        if agent.role.is_single() && marked.is_empty() {
            marked.extend(self.named_by_argument(proc, agent));
        }
        marked.sort_by_key(|(_, at, _)| std::cmp::Reverse(*at));
        if agent.role.is_single() {
            // `/new` moves a process to another session: the newest evidence wins.
            let newest = marked.first().map(|(s, ..)| s.key.clone());
            marked.retain(|(s, ..)| Some(&s.key) == newest.as_ref());
        }
        let mut by_session: Vec<(&Arc<Session>, Vec<Evidence>)> = Vec::new();
        for (session, _, proof) in marked {
            match by_session.iter_mut().find(|(s, _)| s.key == session.key) {
                Some((_, list)) => list.push(proof),
                None => by_session.push((session, vec![proof])),
            }
        }
        for (session, evidence) in by_session {
            let (proc, strength) = (proc.clone(), Strength::Certain);
            let (role, resumed) = (agent.role, agent.resumes());
            claims.add(&session.key, Claim { proc, role, resumed, strength, evidence });
        }
    }

    /// Sessions whose id a descendant carries. What runs below another goose is that one's; a value
    /// that this process carries itself came from a shell (`goose term`) and proves nothing.
    pub(super) fn marked_by_children(&self, proc: &Proc, role: AgentRole) -> Vec<Marked<'a>> {
        let inherited = if role == AgentRole::Term { None } else { proc.marker() };
        let own = |p: &Proc| !self.table.agent(p.id.pid).is_some_and(|a| a.role.can_own());
        let below = self.table.below(proc.id.pid, own);
        let carriers = below.iter().filter(|(p, _)| !p.is_zombie()).filter_map(|(p, _)| {
            let id = p.marker().filter(|m| Some(*m) != inherited)?;
            let session = self.by_id(proc, id)?;
            let session = if role.is_single() { self.parent_of(session) } else { session };
            let detail = format!("child {} carries AGENT_SESSION_ID={}", p.id.pid, text::line(id));
            Some((session, p.started_at, evidence(EvidenceKind::ChildMarker, Strength::Certain, detail)))
        });
        let mut first_of_each: Vec<Marked<'a>> = Vec::new();
        for found in carriers {
            match first_of_each.iter_mut().find(|(s, ..)| s.key == found.0.key) {
                Some(seen) if seen.1 < found.1 => *seen = found,
                Some(_) => {}
                None => first_of_each.push(found),
            }
        }
        first_of_each
    }

    /// A sub-agent's tools are children of its parent's process.
    fn parent_of(&self, session: &'a Arc<Session>) -> &'a Arc<Session> {
        let mut top = session;
        for _ in 0..8 {
            let Some(parent) = top.parent.as_ref() else { break };
            let same_store = |s: &&&Arc<Session>| s.key.store == top.key.store && s.key.id == *parent;
            let Some(found) = self.watched.iter().find(same_store) else { break };
            top = *found;
        }
        top
    }

    fn named_by_argument(&self, proc: &Proc, agent: &Agent) -> Option<Marked<'a>> {
        let args = &agent.args;
        if args.fork {
            return None;
        }
        let proof = |what: &str, value: &str| {
            let detail = format!("its arguments say {what} {}", text::line(value));
            evidence(EvidenceKind::Argument, Strength::Certain, detail)
        };
        if let Some(id) = &args.session_id {
            return Some((self.by_id(proc, id)?, proc.started_at, proof("--session-id", id)));
        }
        if let Some(stem) = &args.path_stem {
            return Some((self.by_id(proc, stem)?, proc.started_at, proof("--path", stem)));
        }
        let name = args.name.as_ref().filter(|_| args.resume)?;
        let called = |s: &&&Arc<Session>| s.name == text::line(name) && self.fits(proc, s);
        let session = self.by_id(proc, name).or_else(|| only(self.watched.iter().filter(called)).copied())?;
        Some((session, proc.started_at, proof("--resume --name", name)))
    }
}
