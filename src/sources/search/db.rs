//! The search over a database, on all cores.
//!
//! Workers take stretches of row ids, from the newest down; each stretch is one short reading of its
//! own, so nothing stays open between two, and a file that changes under a reading costs that stretch
//! alone. What they find is told in the order of the stretches; nobody runs more than a few stretches
//! ahead of what was told, so what waits to be told is bounded, however much there is.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::Path,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, types::ValueRef};

use super::{
    found::{Found, Room},
    query::{Query, Quick, Seen, Words, tool_in},
};
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
const LATER: u64 = 8_192;
/// Most stretches: where ids have large gaps, stretches are longer.
const STRETCHES: u64 = 4_096;
/// Messages before a tool's response in which its request is looked for.
const REQUEST_WITHIN: u32 = 20;
/// Most threads.
const WORKERS: usize = 8;
/// Stretches per worker that may be read ahead of what was told.
const AHEAD: usize = 3;

/// How many messages there are, and where.
pub fn bounds(store: &Path) -> Result<Option<Bounds>, StoreError> {
    once::read(store, DEADLINE, sweep::bounds)
}

/// Searches all messages, telling what each stretch held, newest first.
pub fn run(
    store: &Path,
    bounds: Option<Bounds>,
    query: &Query,
    (room, cancel): (&Room, &AtomicBool),
    tell: &mut dyn FnMut(Found),
) -> Result<(), ReadError> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS);
    let claims = Mutex::new(Claims::new(bounds, workers * AHEAD));
    let job = Job { store, query, room, cancel, claims, moved: Condvar::new() };
    thread::scope(|scope| {
        let (send, receive) = channel();
        for _ in 0..workers {
            let send = send.clone();
            let job = &job;
            scope.spawn(move || job.work(&send));
        }
        drop(send);
        let result = job.in_order(receive.iter(), tell);
        job.claims().end();
        job.moved.notify_all();
        result
    })?;
    if cancel.load(Ordering::Relaxed) {
        return Err(ReadError::Cancelled);
    }
    let found = once::read(store, DEADLINE, |conn, schema| {
        let mut stretch = Stretch::new(conn, schema, query, room);
        sweep::thread_rows(conn, schema, LARGEST, &mut |row| stretch.see(row, cancel))?;
        Ok(stretch.found)
    })?;
    tell(found);
    Ok(())
}

type Numbered = (usize, Result<Found, StoreError>);

/// What all workers share.
struct Job<'a> {
    store: &'a Path,
    query: &'a Query,
    room: &'a Room,
    cancel: &'a AtomicBool,
    claims: Mutex<Claims>,
    /// Something was told, or it is over.
    moved: Condvar,
}

impl Job<'_> {
    fn work(&self, send: &Sender<Numbered>) {
        let query = self.query.clone();
        while let Some((number, range)) = self.claim() {
            let found = once::read(self.store, DEADLINE, |conn, schema| {
                let mut stretch = Stretch::new(conn, schema, &query, self.room);
                sweep::rows(conn, schema, range, LARGEST, &mut |row| stretch.see(row, self.cancel))?;
                Ok(stretch.found)
            });
            if send.send((number, found)).is_err() {
                return;
            }
        }
    }

    /// The next stretch, once it is near enough to what was told.
    fn claim(&self) -> Option<(usize, (i64, i64))> {
        let mut claims = self.claims();
        while claims.is_too_far() {
            claims = self.moved.wait(claims).unwrap_or_else(PoisonError::into_inner);
        }
        claims.next().filter(|_| !self.cancel.load(Ordering::Relaxed))
    }

    fn in_order(
        &self,
        stretches: impl Iterator<Item = Numbered>,
        tell: &mut dyn FnMut(Found),
    ) -> Result<(), StoreError> {
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (number, found) in stretches.take_while(|_| !self.cancel.load(Ordering::Relaxed)) {
            waiting.insert(number, found?);
            while let Some(found) = waiting.remove(&next) {
                tell(found);
                next += 1;
                self.claims().told = next;
                self.moved.notify_all();
            }
        }
        Ok(())
    }

    fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stretches not yet taken.
struct Claims {
    number: usize,
    /// Stretches that were told.
    told: usize,
    /// How many more may be taken than were told.
    ahead: usize,
    low: i64,
    high: Option<i64>,
    step: u64,
    largest: u64,
}

impl Claims {
    fn new(bounds: Option<Bounds>, ahead: usize) -> Self {
        let (low, high) = bounds.map_or((0, None), |bounds| (bounds.low, Some(bounds.high)));
        let width = high.map_or(0, |high| high.abs_diff(low));
        Self { number: 0, told: 0, ahead, low, high, step: FIRST, largest: LATER.max(width / STRETCHES) }
    }

    fn is_too_far(&self) -> bool {
        self.high.is_some() && self.number >= self.told + self.ahead
    }

    fn end(&mut self) {
        self.high = None;
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
    room: &'a Room,
    /// Whose the last hit was: neighbours are often of one session.
    session: SessionId,
    found: Found,
}

impl<'a> Stretch<'a> {
    fn new(conn: &'a Connection, schema: &'a Schema, query: &'a Query, room: &'a Room) -> Self {
        Self { conn, schema, query, room, session: SessionId::new(""), found: Found::default() }
    }

    fn see(&mut self, row: &Row<'_>, cancel: &AtomicBool) -> Result<ControlFlow<()>, StoreError> {
        if cancel.load(Ordering::Relaxed) {
            return Ok(ControlFlow::Break(()));
        }
        self.found.messages += 1;
        self.found.down_to = Some(order::second(row.created()));
        let Some(content) = row.content() else { return Ok(ControlFlow::Continue(())) };
        let keep = self.room.has(self.found.hits.len());
        let glance = self.query.glance(content, keep);
        if matches!(glance, Quick::No) {
            return Ok(ControlFlow::Continue(()));
        }
        let role = || message::role(&value::string(row.role()).unwrap_or_default());
        let at = value::time(row.created());
        if !self.query.may_fit(at, role) {
            return Ok(ControlFlow::Continue(()));
        }
        let place = Place { at: order::second(row.created()), row: row.id() };
        let quick = if matches!(glance, Quick::Parse) { self.query.quick(content, keep) } else { glance };
        // Asked of those alone that may be told: it is JSON too.
        let hidden = !matches!(quick, Quick::No) && message::is_hidden(row.metadata());
        let hit = match quick {
            Quick::No => return Ok(ControlFlow::Continue(())),
            _ if hidden && !self.query.hidden => return Ok(ControlFlow::Continue(())),
            Quick::Fits => {
                self.found.fit += 1;
                return Ok(ControlFlow::Continue(()));
            }
            Quick::Hit(Words { excerpt, fits, in_tool }) => {
                let session = self.session(row.session());
                Some(Hit { session, place, role: role(), in_tool, hidden, at, excerpt, fits })
            }
            Quick::Parse => {
                let session = self.session(row.session());
                let parts = parse::content(content).0;
                let seen = Seen { session: &session, place, role: &role(), hidden, at, parts: &parts };
                let mut error = None;
                let hit = self.query.hit(&seen, &mut |call| {
                    self.tool_of(&session, row.id(), call).unwrap_or_else(|e| {
                        error = Some(e);
                        None
                    })
                });
                error.map_or(Ok(hit), Err)?
            }
        };
        self.found.fit += u64::from(hit.is_some());
        self.found.hits.extend(hit.filter(|_| keep));
        Ok(ControlFlow::Continue(()))
    }

    fn session(&mut self, stored: ValueRef<'_>) -> SessionId {
        if !matches!(stored, ValueRef::Text(id) if id == self.session.raw().as_bytes()) {
            self.session = SessionId::new(value::string(stored).unwrap_or_default());
        }
        self.session.clone()
    }

    fn tool_of(&self, session: &SessionId, row: i64, call: &str) -> Result<Option<String>, StoreError> {
        let mut found = None;
        let wanted = (session.raw(), row);
        sweep::before(self.conn, self.schema, wanted, (REQUEST_WITHIN, LARGEST), &mut |row| {
            found = row.content().and_then(|content| tool_in(&parse::content(content).0, call));
            Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(found)
    }
}
