//! Which sessions are shown: history or not, filter, project, class, order, how many. Filters touch the
//! sessions alone; counts stay those of the whole board.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use super::{Query, Sort};
use crate::domain::{
    board::{Board, SessionView},
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
            .filter(|view| self.states.is_empty() || self.states.contains(&view.health))
            .filter(|view| self.project.as_deref().is_none_or(|p| in_project(view, p)))
            .filter(|view| self.within.as_ref().is_none_or(|dir| view.session.working_dir.starts_with(dir)))
            .filter(|view| self.query.matches_family(view, now))
            .collect();
        if self.sort != Sort::default() {
            rows.sort_by(|a, b| self.sort.order(a.as_ref().into(), b.as_ref().into(), false));
        }
        rows.truncate(self.limit.unwrap_or(usize::MAX));
        rows
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
