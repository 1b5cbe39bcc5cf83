//! Full-text search over every conversation of a store, without an index to keep.
//!
//! ```text
//!  Wanted ─► Query ─► db      stretches of rows, newest first, on all cores ─┐
//!                  └► legacy  files the database does not hold ──────────────┴─► Event
//!                       │
//!                       └ matcher: stored bytes worth a look? ─► parse ─► texts ─► excerpt
//! ```
//!
//! Newest is what was stored last: compaction stores a conversation anew. Invariant: what the reader
//! finds in a conversation (`find`) and what the search finds in it are the same messages; both ask
//! [`Matcher`] about the same `texts`.
//!
//! To search one more kind of text: an arm in `texts::any`.

mod db;
mod excerpt;
mod find;
mod legacy;
mod matcher;
mod query;
mod texts;

use std::{
    collections::HashSet,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use self::{db::Found, query::Query};
pub use self::{
    find::{all_in, count_in, find_in},
    matcher::Matcher,
};
use super::goose_db::{error::StoreError, once, sweep};
use crate::domain::transcript::{Hit, ReadError, Searched, Wanted};

/// Longest reading of the list of sessions.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a search has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A message that fits.
    Hit(Hit),
    /// How far it is.
    Progress(Searched),
}

/// Searches the database at `store` and the legacy files beside it, on the calling thread and some
/// more; returns how much was looked at. Hits are told as they are found, newest first.
///
/// # Errors
/// `Pattern` at once; `Store` where the database cannot be read (no database is no error where there
/// are legacy files); `Cancelled` soon after `cancel` is set.
pub fn run(
    store: &Path,
    wanted: &Wanted,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(Event),
) -> Result<Searched, ReadError> {
    let query = Query::new(wanted)?;
    let mut done = Searched::default();
    let mut add = |done: &mut Searched, found: Found| {
        done.messages += found.messages;
        done.of = done.of.max(done.messages);
        done.hits += found.hits.len() as u64;
        found.hits.into_iter().for_each(|hit| tell(Event::Hit(hit)));
        tell(Event::Progress(*done));
    };
    let bounds = db::bounds(store);
    let absent = matches!(bounds, Err(StoreError::Absent(_) | StoreError::NoDirectory(_)));
    if let Some(bounds) = bounds.clone().or_else(|error| if absent { Ok(None) } else { Err(error) })? {
        done.of = bounds.count;
        db::run(store, bounds, &query, cancel, &mut |found| add(&mut done, found))?;
    }
    let known = || {
        let ids = once::read(store, DEADLINE, |conn, _| sweep::sessions(conn));
        ids.unwrap_or_default().into_iter().collect::<HashSet<_>>()
    };
    let files = legacy::files(store, known);
    if absent && files.is_empty() {
        bounds?;
    }
    for (session, path) in files {
        let found = legacy::search(&session, path, &query, cancel)?;
        add(&mut done, found);
    }
    if cancel.load(Ordering::Relaxed) { Err(ReadError::Cancelled) } else { Ok(done) }
}
