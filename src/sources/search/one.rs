//! The search over one store: its database, then the legacy files beside it.

use std::{
    collections::HashSet,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{
    db,
    found::{Found, Room},
    legacy,
    query::Query,
};
use crate::{
    domain::transcript::{ReadError, Searched},
    sources::goose_db::{error::StoreError, once, sweep},
};

/// Longest reading of the list of sessions.
const DEADLINE: Duration = Duration::from_secs(10);

/// A store to search.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    /// The database.
    pub path: &'a Path,
    /// The legacy files beside it are searched, too.
    pub legacy: bool,
}

/// Tells what each piece held, and how far the search is then.
pub fn run(
    store: Store<'_>,
    query: &Query,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(Found, Searched),
) -> Result<Searched, ReadError> {
    let room = Room::new(query.most);
    let mut done = Searched::default();
    let mut add = |done: &mut Searched, mut found: Found| {
        room.take(&mut found.hits);
        done.messages += found.messages;
        done.of = done.of.max(done.messages);
        done.hits += found.fit;
        tell(found, *done);
    };
    let bounds = db::bounds(store.path);
    let absent = matches!(bounds, Err(StoreError::Absent(_) | StoreError::NoDirectory(_)));
    if !absent {
        let bounds = bounds.clone()?;
        done.of = bounds.map_or(0, |bounds| bounds.count);
        db::run(store.path, bounds, query, (&room, cancel), &mut |found| add(&mut done, found))?;
    }
    let known = || {
        let ids = once::read(store.path, DEADLINE, |conn, _| sweep::sessions(conn));
        ids.unwrap_or_default().into_iter().collect::<HashSet<_>>()
    };
    let files = if store.legacy { legacy::files(store.path, known) } else { Vec::new() };
    if absent && files.is_empty() {
        bounds?;
    }
    for (session, path) in files {
        let found = legacy::search(&session, path, query, cancel)?;
        add(&mut done, found);
    }
    if cancel.load(Ordering::Relaxed) { Err(ReadError::Cancelled) } else { Ok(done) }
}
