//! Going on with a session: what speaks against it, and what it takes.
//!
//! ```text
//!  SessionView + store + Finder ──► preflight ──► Handover (run: the terminal is goose's until it ends)
//!                                       └───────► Obstacle (a sentence and what to do)
//! ```

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{goose::Finder, handover::Handover};
use crate::domain::{
    board::{Board, ProcRole, SessionView},
    process::Terminal,
    session::Block,
    text,
    turn::TurnState,
};

/// How to go on.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// With a copy: allowed while a goose drives the session itself.
    pub fork: bool,
    /// In this directory, not in the session's own.
    pub dir: Option<PathBuf>,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// A living goose drives it: two writers would mix their rounds.
    #[error("session {id} is driven by process {pid} ({command})")]
    Owned {
        /// The session, cleaned.
        id: String,
        /// Its owner.
        pid: u32,
        /// The owner's command, cleaned.
        command: String,
        /// It is certain to have no terminal to go to.
        headless: bool,
    },
    /// Nobody knows whether a goose drives it.
    #[error("the process table cannot be read, so it is not known whether a goose drives session {0}")]
    Blind(String),
    /// Its directory is gone.
    #[error("the session's directory is not there: {}", text::path(.0, None))]
    NoDirectory(PathBuf),
    /// There is no goose.
    #[error("goose was not found{}", .named.as_ref().map(|f| format!(" at {}", text::path(f, None))).unwrap_or_default())]
    NoGoose {
        /// The one that was named.
        named: Option<PathBuf>,
        /// What to type where goose is.
        command: String,
    },
    /// No variable of goose's leads to this file.
    #[error("goose cannot be pointed at the store {}", text::path(.0, None))]
    OddStore(PathBuf),
}

impl Obstacle {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Owned { id, headless: true, .. } => format!(
                "it runs without a terminal; `goosetop terminate {id}` ends it, `goosetop resume {id} --fork` goes on with a copy"
            ),
            Self::Owned { id, .. } => format!(
                "`goosetop attach {id}` goes where it runs; `goosetop resume {id} --fork` goes on with a copy"
            ),
            Self::Blind(_) => "`goosetop doctor` says why; --fork goes on with a copy".into(),
            Self::NoDirectory(_) => "--dir DIR goes on somewhere else".into(),
            Self::NoGoose { command, .. } => format!(
                "name it with --goose or GOOSETOP_GOOSE, or type this where it is:\n    {command}"
            ),
            Self::OddStore(_) => {
                "goose reads ROOT/data/sessions/sessions.db (GOOSE_PATH_ROOT) or DIR/goose/sessions/sessions.db (XDG_DATA_HOME)"
                    .into()
            }
        }
    }
}

/// Checks everything that can be checked before goose is started, and says how to start it.
///
/// # Errors
/// The first [`Obstacle`].
pub fn preflight(
    board: &Board,
    view: &SessionView,
    finder: &Finder,
    wish: &Wish,
) -> Result<Handover, Obstacle> {
    let id = view.key().id.to_string();
    if !wish.fork {
        if let Some(owner) = &view.owner {
            let (pid, command) = (owner.proc.id.pid, owner.proc.command());
            let files = owner.proc.files.as_ref();
            let headless = files.is_some_and(|files| !matches!(files.terminal, Terminal::Live(_)));
            return Err(Obstacle::Owned { id, pid, command, headless });
        }
        if !board.procs_known {
            return Err(Obstacle::Blind(id));
        }
    }
    let home = &view.session.working_dir;
    let cwd = match &wish.dir {
        Some(dir) if dir.is_dir() => dir.clone(),
        Some(dir) => return Err(Obstacle::NoDirectory(dir.clone())),
        None if home.is_dir() => home.clone(),
        None => return Err(Obstacle::NoDirectory(home.clone())),
    };
    let store = board.stores.get(view.key().store).map(|s| s.path.clone()).unwrap_or_default();
    let env = finder.env_for(&store).ok_or(Obstacle::OddStore(store))?;
    let args = arguments(view.key().id.raw(), wish.fork);
    let mut handover =
        Handover { program: "goose".into(), args, cwd, env, notes: notes(view), warnings: Vec::new() };
    let Some(program) = finder.find() else {
        return Err(Obstacle::NoGoose { named: finder.named.clone(), command: handover.shell_line() });
    };
    handover.program = program;
    handover.warnings.extend(warnings(view, &handover.cwd, wish.fork));
    Ok(handover)
}

fn arguments(id: &str, fork: bool) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["session".into(), "--resume".into()];
    if id.starts_with('-') {
        // A name somebody chose must not be read as a flag.
        args.push(format!("--session-id={id}").into());
    } else {
        args.extend(["--session-id".into(), id.into()]);
    }
    if fork {
        args.push("--fork".into());
    }
    args
}

fn notes(view: &SessionView) -> Vec<String> {
    let tail = view.session.tail.as_ref();
    let last = tail.and_then(|tail| tail.spoken().next_back()).and_then(|m| m.blocks.last());
    let mut notes = Vec::new();
    if matches!(last, Some(Block::ToolResponse { .. })) {
        notes.push(
            "its last turn stopped after a tool's answer: goose goes on only when you say something"
                .to_owned(),
        );
    } else if view.turn.state == TurnState::Interrupted {
        notes.push("its last turn was broken off: goose goes on only when you say something".to_owned());
    }
    notes
}

fn warnings(view: &SessionView, cwd: &Path, fork: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if cwd != view.session.working_dir {
        let own = text::path(&view.session.working_dir, None);
        warnings.push(format!("the session's own directory is {own}; its tools may still run there"));
    }
    if let (Some(owner), true) = (&view.owner, fork) {
        warnings.push(format!("process {} goes on with the session itself", owner.proc.id.pid));
    }
    if let Some(left) = view.processes.iter().find(|p| view.owner.is_none() && p.role == ProcRole::Leaked) {
        let pid = left.proc.id.pid;
        warnings.push(format!(
            "what its last goose started still runs, for example {pid} ({})",
            left.proc.command()
        ));
    }
    warnings
}
