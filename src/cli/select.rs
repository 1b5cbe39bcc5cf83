//! Which sessions a command shows: `--all`, `--filter`, `--project`, `--state`, `--sort`, `--limit`.
//! Filters touch the sessions alone; counts stay those of the whole board.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use super::{
    Common,
    failure::{Failure, Kind},
};
use crate::domain::{
    board::{Board, SessionView},
    health::Health,
    query::{Query, Sort},
};

/// A choice of sessions, read from the flags.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    all: bool,
    query: Query,
    project: Option<String>,
    within: Option<PathBuf>,
    states: Vec<Health>,
    sort: Sort,
    limit: Option<usize>,
}

impl Selection {
    /// From the common flags.
    ///
    /// # Errors
    /// A filter that cannot be read.
    pub fn of(common: &Common) -> Result<Self, Failure> {
        let query = Query::parse(common.filter.as_deref().unwrap_or_default()).map_err(|e| Failure {
            place: "--filter".into(),
            ..Failure::new(Kind::Usage, e.to_string(), "")
        })?;
        Ok(Self {
            // Asking for history is asking for it to be shown.
            all: common.all || common.state.contains(&Health::Ended),
            query,
            project: common.project.clone(),
            within: None,
            states: common.state.clone(),
            sort: common.sort.unwrap_or_default(),
            limit: common.limit,
        })
    }

    /// Sessions that work at or below a directory; a relative one is taken from here.
    #[must_use]
    pub fn within(self, dir: Option<&Path>) -> Self {
        let within = dir.map(|dir| std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
        Self { within, ..self }
    }

    /// History is wanted.
    pub fn all(&self) -> bool {
        self.all
    }

    /// The sessions, in order.
    pub fn rows<'a>(&self, board: &'a Board) -> Vec<Cow<'a, SessionView>> {
        let now = board.taken_at;
        let live = board.sessions.iter().map(Cow::Borrowed);
        let history: &[_] = if self.all { &board.ended } else { &[] };
        let ended = history.iter().map(|session| Cow::Owned(board.past(session)));
        let mut rows: Vec<_> = live
            .chain(ended)
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

/// goose's own project, a part of the id or name, or a directory at or above the session's.
fn in_project(view: &SessionView, project: &str) -> bool {
    let session = &view.session;
    let path = Path::new(project);
    session.project.as_deref() == Some(project)
        || session.key.id.raw().contains(project)
        || session.name.contains(project)
        || (path.is_absolute() && session.working_dir.starts_with(path))
}
