//! The history: its rows as views, and what goosetop itself has put there.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Board, SessionView, assess::Judge};
use crate::domain::{
    health::{Health, case::since},
    session::Session,
    snapshot::Ending,
    text,
    turn::derive,
};

impl Board {
    /// A row of the history as a view, with what is noted of it.
    pub fn past(&self, session: &Arc<Session>) -> SessionView {
        let findings = self.notes.get(&session.key).cloned().into_iter().collect();
        SessionView { findings, ..ended_view(session, self.taken_at) }
    }
}

/// A history row as a view, for lists that show every session.
pub fn ended_view(session: &Arc<Session>, now: DateTime<Utc>) -> SessionView {
    let signs =
        derive::Signs { now, session: session.as_ref(), owner: None, processes: &[], procs_known: true };
    let last = session.stored_activity();
    SessionView {
        session: session.clone(),
        health: Health::Ended,
        turn: derive::derive(&signs),
        findings: Vec::new(),
        doubt: None,
        owner: None,
        attached: Some(false),
        processes: Vec::new(),
        last_activity_at: last,
        inactive: last.map(|at| since(now, at)),
        sub_agents: Vec::new(),
    }
}

impl Judge<'_> {
    /// goosetop ended its owner, and nothing has happened in it since.
    ///
    /// Rows have whole seconds: one that is resumed and dies within the second of its ending counts as ended.
    pub(super) fn ending(&self, session: &Session, last: Option<DateTime<Utc>>) -> Option<&Ending> {
        let mut ours = self.snap.endings.iter().filter(|e| Some(e.at) >= last).peekable();
        ours.peek()?;
        let store = text::path(&self.snap.stores.get(session.key.store)?.path, None);
        let id = session.key.id.to_string();
        ours.filter(|e| e.session == id && e.store == store).max_by_key(|e| e.at)
    }
}
