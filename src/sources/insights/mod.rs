//! Reads what [`crate::domain::insights`] adds up, on demand, under the same open policy as every look.
//!
//! ```text
//!  sessions ─► ledger ─► message times (period) ─► conversations (window, newest first) ─► Tally
//!                                                    └─ stops at the deadline, or when asked to
//! ```
//!
//! | file       | reads                                                            |
//! |------------|------------------------------------------------------------------|
//! | `sessions` | session rows and the usage ledger                                |
//! | `talk`     | messages: their times, and whole conversations                   |
//! | `disk`     | names and sizes of files, never their content                    |
//!
//! Invariant: no statement outlives one conversation, so no read transaction keeps goose from
//! checkpointing; a store that cannot be read is a sentence, and the others are told all the same.
//!
//! To read one more figure: its statement here, its field in the tally.

pub mod disk;
mod sessions;
mod talk;

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::goose_db::{error::StoreError, files::Files, open, schema::Schema};
use crate::domain::{
    insights::{Insights, Progress, SessionRow, Tally, Wish},
    text,
};

/// Readings that may be overtaken by a writer before it is said so.
const ATTEMPTS: usize = 3;

/// Hears how far it is; breaking ends the reading with what there is.
pub type Hear<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Reads the stores, and what lies in goose's log folder by name.
pub fn read(stores: &[PathBuf], logs: Option<&Path>, wish: Wish, hear: Hear<'_>) -> Insights {
    let clock = Patience { started: Instant::now(), deadline: wish.deadline };
    let mut tally = Tally::new(wish);
    for (place, path) in stores.iter().enumerate() {
        if let Err(error) = read_store(path, place, &clock, &mut tally, hear) {
            tally.legacy(disk::legacy(path, &BTreeSet::new()));
            let error = match error {
                StoreError::TooSlow(_) => StoreError::TooSlow(wish.deadline.as_secs()),
                other => other,
            };
            tally.fault(format!("{}: {error}", text::path(path, None)));
        }
    }
    tally.finish(disk::look(stores, logs))
}

/// How long there is.
struct Patience {
    started: Instant,
    deadline: Duration,
}

impl Patience {
    fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.started.elapsed())
    }

    fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// What the first part of a reading gives: nothing is added up before all of it is known to be whole.
struct Facts {
    sessions: Vec<sessions::Recorded>,
    /// Times of messages, by session; or of all together where no index serves that.
    times: talk::Times,
}

fn read_store(
    path: &Path,
    place: usize,
    clock: &Patience,
    tally: &mut Tally,
    hear: Hear<'_>,
) -> Result<(), StoreError> {
    let mut files = Files::stat(path)?;
    for _ in 0..ATTEMPTS {
        let (conn, via) = open::open(&files, clock.left())?;
        let facts = facts(&conn, place, tally);
        let after = Files::stat(path)?;
        // Without locks, unchanged files are what makes a reading whole.
        if via.is_locked() || after == files {
            let facts = facts?;
            let known = facts.sessions.iter().map(|s| s.row.key.id.raw()).collect();
            tally.legacy(disk::legacy(path, &known));
            let window = add_up(&facts, tally);
            let mut reading = Reading { path, files, clock, hear };
            return reading.conversations(&window, tally);
        }
        files = after;
    }
    Err(StoreError::Moving)
}

fn facts(conn: &Connection, place: usize, tally: &Tally) -> Result<Facts, StoreError> {
    let schema = Schema::read(conn)?;
    let sessions = sessions::read(conn, &schema, place)?;
    let from = tally.period_start();
    let recent = sessions.iter().map(|s| &s.row).filter(|row| is_after(row, from));
    let times = talk::times(conn, &schema, recent, from)?;
    Ok(Facts { sessions, times })
}

/// Adds the sums, and gives the conversations of the window, the newest first.
fn add_up(facts: &Facts, tally: &mut Tally) -> Vec<SessionRow> {
    for session in &facts.sessions {
        let times = match &facts.times {
            talk::Times::BySession(times) => {
                Some(times.get(&session.row.key.id).map_or(&[][..], Vec::as_slice))
            }
            talk::Times::Together(_) => None,
        };
        tally.session(&session.row, &session.calls, times);
    }
    if let talk::Times::Together(times) = &facts.times {
        for at in times {
            tally.messages(*at);
        }
    }
    let since = tally.since();
    let rows = facts.sessions.iter().map(|s| &s.row).filter(|row| is_after(row, since));
    let mut window: Vec<SessionRow> = rows.cloned().collect();
    window.sort_by_key(|row| std::cmp::Reverse(row.updated_at));
    tally.expect(window.len());
    window
}

/// Something may have happened in it since then. goose brings `updated_at` up with every message.
fn is_after(row: &SessionRow, from: DateTime<Utc>) -> bool {
    row.updated_at.or(row.created_at).is_none_or(|at| at >= from)
}

/// Conversations are read in turns of this length, each with a connection of its own.
const TURN: Duration = Duration::from_millis(300);

/// One store's conversations.
struct Reading<'a, 'b> {
    path: &'a Path,
    files: Files,
    clock: &'a Patience,
    hear: Hear<'b>,
}

impl Reading<'_, '_> {
    fn conversations(&mut self, rows: &[SessionRow], tally: &mut Tally) -> Result<(), StoreError> {
        let of = rows.len();
        let mut done = 0;
        while done < of && !self.clock.is_over() {
            let progress = Progress { done, of };
            if (self.hear)(progress).is_break() {
                break;
            }
            done += self.turn(&rows[done..], tally)?;
        }
        Ok(())
    }

    /// Reads as many as a turn takes; at least one, or fails.
    fn turn(&mut self, rows: &[SessionRow], tally: &mut Tally) -> Result<usize, StoreError> {
        for _ in 0..ATTEMPTS {
            let (conn, via) = open::open(&self.files, self.clock.left().max(TURN))?;
            let read = self.pass(&conn, rows, tally.since());
            let after = Files::stat(self.path)?;
            let whole = via.is_locked() || after == self.files;
            self.files = after;
            match read {
                Ok(talks) if whole => {
                    let count = talks.len();
                    for (row, talk) in rows.iter().zip(talks) {
                        tally.conversation(row, talk.beats, talk.messages);
                    }
                    // Out of time in the middle of one: there is nothing more to come.
                    return Ok(if count == 0 { rows.len() } else { count });
                }
                Err(error) if whole => return Err(error),
                _ => {}
            }
        }
        Err(StoreError::Moving)
    }

    fn pass(
        &self,
        conn: &Connection,
        rows: &[SessionRow],
        since: DateTime<Utc>,
    ) -> Result<Vec<talk::Talk>, StoreError> {
        let schema = Schema::read(conn)?;
        let began = Instant::now();
        let mut talks = Vec::new();
        for row in rows {
            if began.elapsed() > TURN || self.clock.is_over() {
                break;
            }
            let read = talk::conversation(conn, &schema, &row.key.id, since, &|| self.clock.is_over())?;
            let Some(talk) = read else { break };
            talks.push(talk);
        }
        Ok(talks)
    }
}

/// How far in the future the newest row of a store is; `None` where it is not, or cannot be told.
pub fn ahead(path: &Path, now: DateTime<Utc>, deadline: Duration) -> Option<TimeDelta> {
    let files = Files::stat(path).ok()?;
    let (conn, _) = open::open(&files, deadline).ok()?;
    let schema = Schema::read(&conn).ok()?;
    let newest = sessions::newest(&conn, &schema).ok()??;
    Some(newest - now).filter(|ahead| *ahead > TimeDelta::zero())
}
