//! Who a row is, and what the picture says about it.

use std::{borrow::Cow, sync::Arc};

use crate::domain::{
    board::{Board, ProcView, SessionView},
    process::ProcId,
    query::Subject,
    session::{Session, SessionKey},
};

/// Who a row is, whatever line it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowId {
    /// A session.
    Session(SessionKey),
    /// A process.
    Process(ProcId),
}

impl RowId {
    /// The session, where it is one.
    pub fn session(&self) -> Option<&SessionKey> {
        match self {
            Self::Session(key) => Some(key),
            Self::Process(_) => None,
        }
    }

    /// The id or the process number, as a person would type it.
    pub fn word(&self) -> String {
        match self {
            Self::Session(key) => key.id.to_string(),
            Self::Process(id) => id.pid.to_string(),
        }
    }
}

/// What a row shows.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A session with a verdict.
    Live(&'a SessionView),
    /// History.
    Ended(&'a Arc<Session>),
    /// A process.
    Process(&'a ProcView),
}

impl<'a> Target<'a> {
    /// A session, wherever it stands on the board.
    pub fn of(board: &'a Board, key: &SessionKey) -> Option<Self> {
        let live = board.families().find(|view| view.key() == key).map(Self::Live);
        let mut past = board.ended.iter().chain(&board.unlisted);
        live.or_else(|| past.find(|s| s.key == *key).map(Self::Ended))
    }

    /// The session, where it is one.
    pub fn session(self) -> Option<&'a Session> {
        match self {
            Self::Live(view) => Some(&view.session),
            Self::Ended(session) => Some(session),
            Self::Process(_) => None,
        }
    }

    /// The session with its verdict, history too.
    pub fn view(self, board: &Board) -> Option<Cow<'a, SessionView>> {
        match self {
            Self::Live(view) => Some(Cow::Borrowed(view)),
            Self::Ended(session) => Some(Cow::Owned(board.past(session))),
            Self::Process(_) => None,
        }
    }

    /// For sorting and columns.
    pub fn subject(self) -> Option<Subject<'a>> {
        match self {
            Self::Live(view) => Some(view.into()),
            Self::Ended(session) => Some(session.as_ref().into()),
            Self::Process(_) => None,
        }
    }
}
