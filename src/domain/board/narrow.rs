//! A part of a board, judged like the whole: what somebody has chosen, with its own numbers.

use std::collections::HashSet;

use super::{Board, ProcView, SessionView, summary};

impl Board {
    /// The board of the sessions that `session` keeps and of what they left behind; of processes that no
    /// session here can answer for, `stray` keeps some. What could not be read stays as it is: nobody
    /// knows whether something chosen is there.
    #[must_use]
    pub fn narrowed(
        &self,
        session: impl Fn(&SessionView) -> bool,
        stray: impl Fn(&ProcView) -> bool,
    ) -> Self {
        let mut part = self.clone();
        part.sessions.retain(&session);
        part.hidden.retain(&session);
        part.ended.retain(|row| session(&self.past(row)));
        part.unlisted.retain(|row| session(&self.past(row)));
        let known: HashSet<_> = self.everybody().collect();
        let kept: HashSet<_> = part.everybody().cloned().collect();
        let stays = |proc: &ProcView| match &proc.session {
            Some(key) if known.contains(key) => kept.contains(key),
            _ => stray(proc),
        };
        part.leaked.retain(stays);
        part.untracked.retain(stays);
        part.unconfirmed.retain(stays);
        part.findings.retain(|pid, _| part.untracked.iter().any(|proc| proc.proc.id.pid == *pid));
        part.counts = summary::count(&part);
        part
    }

    fn everybody(&self) -> impl Iterator<Item = &crate::domain::session::SessionKey> {
        let rows = self.ended.iter().chain(&self.unlisted).map(|row| &row.key);
        self.families().chain(&self.hidden).map(SessionView::key).chain(rows)
    }
}
