//! Reading one conversation, any size, a window at a time.
//!
//! ```text
//!  open(store, session) ─► db      rows in goose's order ─┐
//!                       └► jsonl   lines of a file ───────┴─► parse: JSON → Message, Part
//! ```
//!
//! | file    | knows                                                             |
//! |---------|-------------------------------------------------------------------|
//! | `db`    | a session of a database, any schema, thread messages included     |
//! | `jsonl` | a legacy file                                                     |
//! | `window`| which places make a page                                          |
//! | `parse`, `tool`, `usage` | blocks, what tools were asked and gave, model calls |
//!
//! Invariant: nothing is open between two calls, a call reads one state, and costs what it gives:
//! a page holds at most [`PAGE_BYTES`] of stored content. No stored bytes make it fail: what cannot
//! be parsed is a [`Message`](crate::domain::transcript::Message) with a fault.
//!
//! To read a new block type: an arm in `parse::part` (and, if the list shall know it, in
//! `goose_db::message`), and a fixture in `tests/transcript/blocks.rs`.

mod db;
mod jsonl;
pub(super) mod parse;
mod tool;
mod usage;
mod window;

use std::path::{Path, PathBuf};

pub use self::{jsonl::Jsonl, parse::MAX_BLOCKS as MANY_BLOCKS};
use super::goose_db::error::StoreError;
use crate::domain::{
    session::SessionId,
    transcript::{ReadError, Transcript},
};

/// Larger messages are [`Part::Oversized`](crate::domain::transcript::Part::Oversized) unless asked
/// for one by one, bytes.
pub const LARGE: u64 = 1 << 20;
/// No message larger than this is ever read, bytes: the limit of the connection.
pub const LARGEST: u64 = 16 << 20;
/// Stored content in one page, bytes; a page stops early rather than hold more.
pub const PAGE_BYTES: u64 = 8 << 20;

/// Opens the conversation of a session: from the database at `store`, or from the legacy file beside
/// it where the database does not hold it.
///
/// # Errors
/// [`ReadError::NoSession`] where neither holds it; [`ReadError::Store`] where the database cannot be
/// read and no file stands in.
pub fn open(store: &Path, session: &SessionId) -> Result<Box<dyn Transcript>, ReadError> {
    open_in(store, session, true)
}

/// The same; without `legacy` a file is no conversation.
///
/// # Errors
/// As [`open`].
pub fn open_in(store: &Path, session: &SessionId, legacy: bool) -> Result<Box<dyn Transcript>, ReadError> {
    let file = || legacy_file(store, session).filter(|_| legacy);
    match db::Db::open(store, session) {
        Ok(db) => Ok(Box::new(db)),
        Err(error) => file().map_or(Err(error), |file| Ok(Box::new(Jsonl::new(file)))),
    }
}

/// The legacy file of a session, if there is one. Its name is an id from a store: it must not lead
/// out of the folder.
fn legacy_file(store: &Path, session: &SessionId) -> Option<PathBuf> {
    let name = format!("{}.jsonl", session.raw());
    let plain = Path::new(&name).file_name().is_some_and(|file| file == name.as_str());
    let path = store.parent()?.join(&name);
    (plain && path.is_file()).then_some(path)
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}
