//! The search over a database, on all cores.
//!
//! Workers take stretches of row ids, from the newest down; each stretch is one short reading of its
//! own, so nothing stays open between two, and a file that changes under a reading costs that stretch
//! alone. What they find is told in the order of the stretches.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, types::ValueRef};

use super::query::{Query, Seen, tool_in};
use crate::{
    domain::{
        session::SessionId,
        transcript::{Hit, Place, ReadError},
    },
    sources::{
        goose_db::{
            error::StoreError,
            message, once, order,
            schema::Schema,
            sweep::{self, Bounds, Row},
            value,
        },
        transcript::{LARGEST, parse},
    },
};

/// Longest reading of one stretch.
const DEADLINE: Duration = Duration::from_secs(60);
/// Row ids of the first stretches: small, so that the first hit is soon there.
const FIRST: u64 = 512;
/// Row ids of the later ones.
const LATER: u64 = 16_384;
/// Most stretches: where ids have large gaps, stretches are longer.
const STRETCHES: u64 = 4_096;
/// Messages before a tool's response in which its request is looked for.
const REQUEST_WITHIN: u32 = 20;
/// Most threads.
const WORKERS: usize = 8;

/// What a stretch held.
#[derive(Default)]
pub struct Found {
    /// Messages looked at.
    pub messages: u64,
    /// Hits, newest first.
    pub hits: Vec<Hit>,
}

/// How many messages there are, and where.
pub fn bounds(store: &Path) -> Result<Option<Bounds>, StoreError> {
    once::read(store, DEADLINE, sweep::bounds)
}

/// Searches all messages, telling what each stretch held, newest first.
pub fn run(
    store: &Path,
    bounds: Bounds,
    query: &Query,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(Found),
) -> Result<(), ReadError> {
    let stop = AtomicBool::new(false);
    let job = Job { store, query, cancel, stop: &stop, claims: Mutex::new(Claims::new(bounds)) };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS);
    let result = thread::scope(|scope| {
        let (send, receive) = sync_channel(workers * 2);
        for _ in 0..workers {
            let send = send.clone();
            let job = &job;
            scope.spawn(move || job.work(&send));
        }
        drop(send);
        let result = in_order(receive.iter(), tell);
        stop.store(true, Ordering::Relaxed);
        // Workers that wait to be heard end when nobody listens any more.
        drop(receive);
        result
    });
    if cancel.load(Ordering::Relaxed) {
        return Err(ReadError::Cancelled);
    }
    result?;
    let found = once::read(store, DEADLINE, |conn, schema| {
        let mut stretch = Stretch { conn, schema, query, found: Found::default() };
        sweep::thread_rows(conn, schema, LARGEST, &mut |row| stretch.see(row, cancel))?;
        Ok(stretch.found)
    })?;
    tell(found);
    Ok(())
}

type Numbered = (usize, Result<Found, StoreError>);

fn in_order(
    stretches: impl Iterator<Item = Numbered>,
    tell: &mut dyn FnMut(Found),
) -> Result<(), StoreError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, found) in stretches {
        waiting.insert(number, found?);
        while let Some(found) = waiting.remove(&next) {
            tell(found);
            next += 1;
        }
    }
    Ok(())
}

/// What all workers share.
struct Job<'a> {
    store: &'a Path,
    query: &'a Query,
    cancel: &'a AtomicBool,
    stop: &'a AtomicBool,
    claims: Mutex<Claims>,
}

impl Job<'_> {
    fn work(&self, send: &SyncSender<Numbered>) {
        while !self.stop.load(Ordering::Relaxed) && !self.cancel.load(Ordering::Relaxed) {
            let claim = self.claims.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((number, range)) = claim else { return };
            let found = once::read(self.store, DEADLINE, |conn, schema| self.read(conn, schema, range));
            if send.send((number, found)).is_err() {
                return;
            }
        }
    }

    fn read(&self, conn: &Connection, schema: &Schema, range: (i64, i64)) -> Result<Found, StoreError> {
        let mut stretch = Stretch { conn, schema, query: self.query, found: Found::default() };
        sweep::rows(conn, schema, range, LARGEST, &mut |row| stretch.see(row, self.cancel))?;
        Ok(stretch.found)
    }
}

/// Stretches not yet taken.
struct Claims {
    number: usize,
    low: i64,
    high: Option<i64>,
    step: u64,
    largest: u64,
}

impl Claims {
    fn new(bounds: Bounds) -> Self {
        let largest = LATER.max(bounds.high.abs_diff(bounds.low) / STRETCHES);
        Self { number: 0, low: bounds.low, high: Some(bounds.high), step: FIRST, largest }
    }
}

impl Iterator for Claims {
    type Item = (usize, (i64, i64));

    fn next(&mut self) -> Option<Self::Item> {
        let high = self.high.filter(|high| *high >= self.low)?;
        let low = high.saturating_sub_unsigned(self.step - 1).max(self.low);
        let number = self.number;
        self.high = low.checked_sub(1);
        self.number += 1;
        if self.number.is_multiple_of(2) {
            self.step = (self.step * 2).min(self.largest);
        }
        Some((number, (low, high)))
    }
}

/// One stretch while it is read.
struct Stretch<'a> {
    conn: &'a Connection,
    schema: &'a Schema,
    query: &'a Query,
    found: Found,
}

impl Stretch<'_> {
    fn see(&mut self, row: &Row<'_>, cancel: &AtomicBool) -> Result<ControlFlow<()>, StoreError> {
        if cancel.load(Ordering::Relaxed) {
            return Ok(ControlFlow::Break(()));
        }
        self.found.messages += 1;
        let (ValueRef::Text(content) | ValueRef::Blob(content)) = row.content else {
            return Ok(ControlFlow::Continue(()));
        };
        if !self.query.matcher.worth(content) {
            return Ok(ControlFlow::Continue(()));
        }
        let role = || message::role(&value::string(row.role).unwrap_or_default());
        let at = value::time(row.created);
        if !self.query.may_fit(at, role) {
            return Ok(ControlFlow::Continue(()));
        }
        let session = SessionId::new(value::string(row.session).unwrap_or_default());
        let place = Place { at: order::second(row.created), row: row.id };
        let (parts, _) = parse::content(content);
        let seen = Seen { session: &session, place, role: &role(), at, parts: &parts };
        let mut error = None;
        let hit = self.query.hit(&seen, &mut |call| {
            self.tool_of(&session, row.id, call).unwrap_or_else(|e| {
                error = Some(e);
                None
            })
        });
        self.found.hits.extend(hit);
        error.map_or(Ok(ControlFlow::Continue(())), Err)
    }

    fn tool_of(&self, session: &SessionId, row: i64, call: &str) -> Result<Option<String>, StoreError> {
        let mut found = None;
        let wanted = (session.raw(), row);
        sweep::before(self.conn, self.schema, wanted, (REQUEST_WITHIN, LARGEST), &mut |row| {
            if let ValueRef::Text(content) | ValueRef::Blob(content) = row.content {
                found = tool_in(&parse::content(content).0, call);
            }
            Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(found)
    }
}
