//! The screen: takes in what happens, shows the newest board, gives the terminal back.
//!
//! ```text
//!  input ─────► Event ─┐                            ┌─► Effect ─► engine, clipboard, suspend, quit
//!  signals ───► Notice ┼─► loop ─► Screen::update ──┤
//!  engine ────► Board ──┤                            └─► Screen::draw ─► canvas ─► writer ─► terminal
//!  actor ─────► Told ──┤
//!  reader ────► Told ──┤
//!  searcher ──► Told ──┘
//!  watchdog, signals ─► restore, and end the process if the loop does not
//! ```
//!
//! | thread | waits for |
//! |---|---|
//! | loop | any of the above, the next second |
//! | input | the keyboard |
//! | writer | a frame, room to write it |
//! | signals | signals |
//! | watchdog | the terminal to hang up |
//! | actor | a confirmed plan (see [`crate::engine::actor`]) |
//! | reader | a wish to read a conversation (see [`crate::engine::reader`]) |
//! | searcher | a wish to search all conversations (see [`crate::engine::searcher`]) |
//! | engine | its interval (see [`crate::engine`]) |
//!
//! Invariant: the loop never waits for the terminal, the disk or a process. Nothing is drawn unless
//! the screen says that something visible changed, and not while the frame before is on its way.
//!
//! [`app::App`] is the screen: it touches nothing outside itself, time and board come in as values;
//! [`view`] draws it and gives back what is where. [`reader`] is an open conversation.
//!
//! To add a key: a line in `assets/keys.toml`; if it does something new, a variant of
//! [`command::Command`] with its sentence and an arm in `app::act`. To add a pane: see [`view`]. To add
//! something that can happen: a variant of [`event::Event`]; to add something the screen can
//! want: a variant of [`effect::Effect`] and an arm in `main_loop`.

pub mod app;
pub mod canvas;
pub mod clipboard;
mod codes;
pub mod command;
pub mod decode;
pub mod effect;
pub mod event;
pub mod format;
pub mod hands;
pub mod input;
pub mod keymap;
pub mod layout;
mod main_loop;
pub mod options;
pub mod reader;
pub mod screen;
pub mod signals;
mod tame;
pub mod terminal;
pub mod theme;
pub mod tty;
pub mod view;
pub mod watchdog;
pub mod widget;
pub mod writer;

use std::sync::Arc;

use color_eyre::eyre::{Result, WrapErr};

use self::{
    hands::Hands,
    main_loop::MainLoop,
    screen::Screen,
    terminal::{ExitReason, Terminal},
};
use crate::{
    clock::Clock,
    engine::{self, EngineHandle, actor::Actor},
};

/// How the terminal is used.
#[derive(Clone, Debug, Default)]
pub struct TerminalOptions {
    /// Report the mouse from the start.
    pub mouse: bool,
    /// The value of `TERM`.
    pub term: Option<String>,
}

/// What the screen's wishes act on besides the engine.
pub struct Outside {
    /// Runs plans; without one, every run is refused.
    pub actor: Option<Actor>,
    /// Reads conversations; without one, none can be opened.
    pub reader: Option<engine::reader::Reader>,
    /// Searches all conversations; without one, none is searched.
    pub searcher: Option<engine::searcher::Searcher>,
    /// Resumes, attaches, saves.
    pub hands: Box<dyn Hands>,
}

/// Shows the screen until it ends. Fails with [`tty::Unsuitable`] before anything is touched where
/// there is no terminal to show it on; the terminal is restored before anything is returned.
pub fn run(
    screen: &mut impl Screen,
    engine: &EngineHandle,
    outside: Outside,
    options: &TerminalOptions,
    clock: Arc<dyn Clock>,
) -> Result<ExitReason> {
    tty::check(options.term.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let halt = outside.actor.as_ref().map(Actor::halt).unwrap_or_default();
    let terminal =
        Terminal::start(options.mouse, halt).wrap_err("the terminal cannot be used for a picture")?;
    runtime.block_on(async { MainLoop::new(screen, engine, outside, terminal, clock).run().await })
}
