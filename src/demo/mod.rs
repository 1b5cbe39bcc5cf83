//! The throw-away world of `goosetop demo`: a real session store in goose's schema, and real
//! harmless processes that look like goose and what goose starts, so that every key works on a
//! machine without goose.
//!
//! ```text
//!  script + history ──► store    (sessions, messages, usage: written once, then closed)
//!  cast ──► part ──► stand_in    (this program started again, asleep in a costume)
//!                └─► guard       (waits for our end, however we end, and clears all away)
//! ```
//!
//! Invariant: nothing outlives the world. Its end ends every stand-in and removes the folder; a
//! viewer that is killed is followed by its stand-ins (each watches it) and by the guard, which
//! removes the folder; a guard killed as well leaves a folder that the next demo removes. Only
//! processes that signed in to the world's book are signalled, held by pidfd and compared first.
//!
//! Ages are honest: nothing pretends to have started earlier than it did (see `script` for how
//! the panes fill nevertheless).
//!
//! To add a session: a scene in `script.rs` (or a line in `history.rs`); if something drives it, a
//! role in `cast.rs`.

mod animate;
mod cast;
mod guard;
mod history;
mod os;
mod part;
mod scene;
mod script;
pub mod stand_in;
mod store;
mod talk;
mod world;

use std::{io, path::PathBuf};

pub use world::World;

/// Why a demo could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder or file of it could not be made.
    #[error("cannot set up the demo at {}: {source}; set TMPDIR to a folder that you may write", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Its session store could not be written.
    #[error("cannot write the demo's session store {}: {source}", path.display())]
    Store {
        /// Where.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A stand-in could not be started.
    #[error("cannot start a stand-in process from {}: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Some stand-ins did not come up.
    #[error("only {up} of {wanted} stand-in processes came up; is {} allowed to start itself?", program.display())]
    NotUp {
        /// How many came up.
        up: usize,
        /// How many there should be.
        wanted: usize,
        /// The program.
        program: PathBuf,
    },
}

/// What setting up gives.
pub type Result<T> = std::result::Result<T, Error>;
