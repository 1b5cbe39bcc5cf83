//! Full-text search over every conversation of a store, without an index to keep.
//!
//! ```text
//!  Wanted ─► Query ─► one ─► db      stretches of rows, newest first, on all cores ─┐
//!              │       └──► legacy  files the database does not hold ───────────────┴─► Event
//!              │      many: several stores, merged by time ─► one, for each              │
//!              └ glance: plain words? bytes worth a look? ─► quick, or parse ─► Hit ───┘
//! ```
//!
//! | file    | knows                                                               |
//! |---------|---------------------------------------------------------------------|
//! | `worth` | how JSON may spell what is looked for: bytes that cannot say it are passed by |
//! | `rare`  | the least usual letters of it: what most bytes lack                   |
//! | `quick` | the commonest messages, read without a parser                       |
//! | `query` | whether a message is wanted, and the hit it makes                   |
//! | `found` | how much was found, and how much of it is to be told                |
//! | `find`  | the same in one conversation                                        |
//!
//! Order: within a store, what was stored last comes first (compaction stores a conversation anew);
//! the legacy files follow, the one written last first. Between stores, of the hits that are next in
//! each, the newest by its own time.
//!
//! Invariant: what the reader finds in a conversation and what the search finds in it are the same
//! messages; both ask a [`domain::find::Finder`](crate::domain::find::Finder). The tests on bytes leave
//! out nothing that it would find.
//!
//! To search one more kind of text: an arm in `domain::find::texts`.

mod db;
mod excerpt;
mod find;
mod found;
mod legacy;
mod many;
mod matcher;
mod one;
mod query;
mod quick;
mod rare;
mod worth;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use self::query::Query;
pub use self::{
    find::{all_in, count_in, find_in},
    matcher::Matcher,
    one::Store,
};
use crate::domain::transcript::{Hit, ReadError, Searched, Wanted};

/// What a search has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A message that fits.
    Hit(Hit),
    /// How far it is.
    Progress(Searched),
}

/// Searches the database at `store` and the legacy files beside it, on the calling thread and some
/// more; returns how much was looked at. Hits are told as they are found, newest first; where `tell`
/// takes its time, the search waits for it.
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
    run_one(Store { path: store, legacy: true }, &Query::new(wanted)?, cancel, tell)
}

/// Searches several stores at once; `tell` hears the place of the store, and progress in all of them.
/// The answers are in the order of the stores. [`Wanted::most`] is of all stores together.
///
/// # Errors
/// `Pattern` at once; for each store as [`run`].
pub fn run_all(
    stores: &[Store<'_>],
    wanted: &Wanted,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(usize, Event),
) -> Result<Vec<Result<Searched, ReadError>>, ReadError> {
    let query = Query::new(wanted)?;
    Ok(match stores {
        [one] => vec![run_one(*one, &query, cancel, &mut |event| tell(0, event))],
        _ => many::run(stores, &query, cancel, tell),
    })
}

fn run_one(
    store: Store<'_>,
    query: &Query,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(Event),
) -> Result<Searched, ReadError> {
    one::run(store, query, cancel, &mut |found, so_far| {
        for hit in found.hits {
            if cancel.load(Ordering::Relaxed) {
                return;
            }
            tell(Event::Hit(hit));
        }
        tell(Event::Progress(so_far));
    })
}
