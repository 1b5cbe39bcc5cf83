//! What the loop can do to the world besides running plans: hand a session to goose or to the
//! terminal that runs it, write a report. The command line brings the real ones.
//!
//! Invariant: a preflight changes nothing; whatever needs the terminal gives back a piece of work, and
//! the loop lends the terminal to it ([`super::terminal::Terminal::lend`]).

use std::{ops::ControlFlow, sync::Arc};

use crate::{
    domain::{
        board::Board,
        insights::{Insights, Progress, Wish},
        session::SessionKey,
    },
    effects::Report,
};

/// What resuming a session would do, looked up beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// Which session.
    pub key: SessionKey,
    /// As a copy, which leaves the session to its owner.
    pub fork: bool,
    /// A copy is possible.
    pub can_fork: bool,
    /// The command as a person would type it, cleaned; empty where there is none.
    pub command: String,
    /// What is good to know before, a sentence each.
    pub notes: Vec<String>,
    /// Why it cannot be done, and what can: a sentence.
    pub obstacle: Option<String>,
}

/// A piece of work that needs the terminal; says in a sentence how it ended.
pub type Borrower = Box<dyn FnOnce() -> Result<String, String>>;

/// How something is done.
pub enum Handling {
    /// It is done; a sentence for the status line.
    Done(String),
    /// The terminal is needed for it.
    Lend(Borrower),
}

/// Writes a report, on any thread; says where, or why not.
pub type Saver = Arc<dyn Fn(&Report) -> Result<String, String> + Send + Sync>;

/// Writes a session's hand-over as of this picture, on any thread; says where, or why not.
pub type Bundler = Arc<dyn Fn(&Board, &SessionKey) -> Result<String, String> + Send + Sync>;

/// Reads insights, on any thread, telling how far it is; breaking ends it with what there is.
pub type Insighter = Arc<dyn Fn(Wish, &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Insights + Send + Sync>;

/// Whoever does it: the real one, or a test's.
pub trait Hands {
    /// What resuming would do. Reads a few names on disk, nothing more.
    fn preflight(&mut self, board: &Board, session: &SessionKey, fork: bool) -> Preflight;

    /// Resumes as the preflight said, if the newest board still allows it.
    ///
    /// # Errors
    /// A sentence: what, and what to do by hand.
    fn resume(&mut self, board: &Board, preflight: &Preflight) -> Result<Handling, String>;

    /// Goes to the terminal that runs the session.
    ///
    /// # Errors
    /// A sentence: why there is none, or how to go there by hand.
    fn attach(&mut self, board: &Board, session: &SessionKey) -> Result<Handling, String>;

    /// Reads what the stores tell of the past; `None` where nothing here can.
    fn insighter(&self) -> Option<Insighter> {
        None
    }

    /// Writes hand-overs, each as a file of its own; `None` where nothing here can.
    fn bundler(&self) -> Option<Bundler> {
        None
    }

    /// Writes reports into the folder of reports.
    fn saver(&self) -> Saver;
}
