//! Which sessions are shown: history or not, filter, project, class, order, how many. Filters touch the
//! sessions alone; counts stay those of the whole board, unless the verdict is asked of what is chosen.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{Query, Sort};
use crate::domain::{
    board::{Board, ProcView, SessionView},
    health::Health,
};

/// A choice of sessions; the flags of `list` and the parameters of the API.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// History too.
    pub all: bool,
    /// The filter.
    pub query: Query,
    /// goose's own project, a part of the id or name, or a directory at or above the session's.
    pub project: Option<String>,
    /// At or below this directory, which is absolute.
    pub within: Option<PathBuf>,
    /// Of these classes; empty for all.
    pub states: Vec<Health>,
    /// Their order.
    pub sort: Sort,
    /// At most this many.
    pub limit: Option<usize>,
}

impl Selection {
    /// History is wanted: asking for it by its class is asking for it to be shown.
    pub fn all(&self) -> bool {
        self.all || self.states.contains(&Health::Ended)
    }

    /// The sessions, in order.
    pub fn rows<'a>(&self, board: &'a Board) -> Vec<Cow<'a, SessionView>> {
        let now = board.taken_at;
        // A board that was judged without all of it keeps the rest aside; one that was not has it in place.
        let (hidden, unlisted, history): (&[_], &[_], &[_]) =
            if self.all() { (&board.hidden, &board.unlisted, &board.ended) } else { (&[], &[], &[]) };
        let live = board.sessions.iter().chain(hidden).map(Cow::Borrowed);
        let mut history: Vec<_> = history.iter().chain(unlisted).collect();
        if !unlisted.is_empty() {
            history.sort_by(|a, b| (a.key.store, a.recency()).cmp(&(b.key.store, b.recency())));
        }
        let mut rows: Vec<_> = live
            .chain(history.into_iter().map(|session| Cow::Owned(board.past(session))))
            .filter(|view| self.chooses(view, now))
            .collect();
        if self.sort != Sort::default() {
            rows.sort_by(|a, b| self.sort.order(a.as_ref().into(), b.as_ref().into(), false));
        }
        rows.truncate(self.limit.unwrap_or(usize::MAX));
        rows
    }

    /// The board of what is chosen, for a verdict on nothing else; the whole one where nothing is left
    /// out. How many are shown, and in which order, changes no verdict.
    pub fn narrowed<'a>(&self, board: &'a Board) -> Cow<'a, Board> {
        let by_session = self.project.is_some() || self.within.is_some() || !self.states.is_empty();
        if !by_session && self.query.is_empty() {
            return Cow::Borrowed(board);
        }
        // A process without a session is in no project and of no class, but a filter may name it.
        let stray = |proc: &ProcView| !by_session && self.query.matches_process(proc);
        Cow::Owned(board.narrowed(|view| self.chooses(view, board.taken_at), stray))
    }

    fn chooses(&self, view: &SessionView, now: DateTime<Utc>) -> bool {
        (self.states.is_empty() || self.states.contains(&view.health))
            && self.project.as_deref().is_none_or(|project| in_project(view, project))
            && self.within.as_ref().is_none_or(|dir| view.session.working_dir.starts_with(dir))
            && self.query.matches_family(view, now)
    }
}

fn in_project(view: &SessionView, project: &str) -> bool {
    let session = &view.session;
    let path = Path::new(project);
    session.project.as_deref() == Some(project)
        || session.key.id.raw().contains(project)
        || session.name.contains(project)
        || (path.is_absolute() && session.working_dir.starts_with(path))
}
