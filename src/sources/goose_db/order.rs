//! A conversation in goose's order, out of goose's index for it.
//!
//! goose's own order is (`created_timestamp`, id), with milliseconds brought down to seconds. The
//! index holds them as they were stored, so seconds and milliseconds are two bands of it, and what is
//! no time at all a third; each is asked by itself. Within one second of a band the index is in no
//! order of ours, so that second is asked for by itself, too.

use std::fmt::Write as _;

use rusqlite::types::ValueRef;

use super::{conversation::Conversation, error::StoreError, value::MILLIS_FROM};
use crate::domain::transcript::Place;

/// No time lies beyond this, in milliseconds or in seconds.
const FAR: i64 = 9_000_000_000_000_000;

/// Which way to go from a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To older messages.
    Back,
    /// To newer ones.
    On,
}

impl Conversation<'_> {
    /// Up to `limit` places beyond `from`, the nearest first.
    pub(super) fn indexed(
        &self,
        from: Option<Place>,
        way: Way,
        limit: usize,
    ) -> Result<Vec<Place>, StoreError> {
        let mut found = self.timeless(from, way, limit)?;
        for band in BANDS {
            let (mut low, mut high) = (band.low, band.high);
            if let Some(from) = from {
                let second = band.second(from.at);
                found.extend(self.within(second, Some(from), way, limit)?);
                match way {
                    Way::Back => high = second.0,
                    Way::On => low = second.1,
                }
            }
            let run = self.run((low, high), way, limit)?;
            if run.len() == limit
                && let Some(last) = run.last()
            {
                found.extend(self.within(band.second(last.at), None, way, limit)?);
            }
            found.extend(run);
        }
        found.sort_unstable();
        found.dedup();
        if way == Way::Back {
            found.reverse();
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Rows of a stretch of time, in the index's order.
    fn run(&self, (low, high): (i64, i64), way: Way, limit: usize) -> Result<Vec<Place>, StoreError> {
        if low >= high {
            return Ok(Vec::new());
        }
        let (created, word) = (self.created, way.word());
        let sql = format!(
            "SELECT id, {created} {} AND {created}>=?2 AND {created}<?3 ORDER BY {created} {word}, id {word} LIMIT ?4",
            self.rows
        );
        self.places(&sql, (&self.key, low, high, limit as i64))
    }

    /// Rows of one second, by id. The `+` keeps SQLite from walking the whole session by id.
    fn within(
        &self,
        (low, high): (i64, i64),
        from: Option<Place>,
        way: Way,
        limit: usize,
    ) -> Result<Vec<Place>, StoreError> {
        if low >= high {
            return Ok(Vec::new());
        }
        let created = self.created;
        let sql = format!(
            "SELECT id, {created} {} AND {created}>=?2 AND {created}<?3 AND +id{}?4 ORDER BY +id {} LIMIT ?5",
            self.rows,
            way.sign(from),
            way.word()
        );
        self.places(&sql, (&self.key, low, high, way.bound(from), limit as i64))
    }

    /// Rows whose time is none; they stand at second 0.
    fn timeless(&self, from: Option<Place>, way: Way, limit: usize) -> Result<Vec<Place>, StoreError> {
        let from = match (from.map(|place| place.at.signum()), way) {
            (Some(-1), Way::Back) | (Some(1), Way::On) => return Ok(Vec::new()),
            (Some(0), _) => from,
            _ => None,
        };
        let created = self.created;
        let mut arms = String::new();
        for arm in [format!("{created} IS NULL"), format!("{created}<-{FAR}"), format!("{created}>={FAR}")] {
            let joint = if arms.is_empty() { "" } else { " UNION ALL " };
            let _ = write!(arms, "{joint}SELECT id {} AND {arm}", self.rows);
        }
        let (sign, word) = (way.sign(from), way.word());
        let sql = format!("SELECT id, NULL FROM ({arms}) WHERE +id{sign}?2 ORDER BY +id {word} LIMIT ?3");
        self.places(&sql, (&self.key, way.bound(from), limit as i64))
    }
}

impl Way {
    pub(super) fn word(self) -> &'static str {
        if self == Self::Back { "DESC" } else { "ASC" }
    }

    /// From an end, nothing is left out.
    pub(super) fn sign(self, from: Option<Place>) -> &'static str {
        match (self, from) {
            (Self::Back, Some(_)) => "<",
            (Self::Back, None) => "<=",
            (Self::On, Some(_)) => ">",
            (Self::On, None) => ">=",
        }
    }

    pub(super) fn bound(self, from: Option<Place>) -> i64 {
        from.map_or(if self == Self::Back { i64::MAX } else { i64::MIN }, |place| place.row)
    }
}

/// A stretch of stored numbers with one unit.
#[derive(Clone, Copy)]
struct Band {
    low: i64,
    high: i64,
    per_second: i64,
}

const BANDS: [Band; 2] = [
    Band { low: -FAR, high: MILLIS_FROM + 1, per_second: 1 },
    Band { low: MILLIS_FROM + 1, high: FAR, per_second: 1_000 },
];

impl Band {
    /// Where a second begins and ends in it.
    fn second(self, at: i64) -> (i64, i64) {
        let bound = |at: i64| at.saturating_mul(self.per_second).clamp(self.low, self.high);
        (bound(at), bound(at.saturating_add(1)))
    }
}

/// The second that a stored time falls in; 0 for what is no time.
pub fn second(created: ValueRef<'_>) -> i64 {
    let number = match created {
        ValueRef::Integer(n) => n,
        ValueRef::Real(n) if n.abs() < FAR as f64 => n.floor() as i64,
        _ => return 0,
    };
    match number {
        n if !(-FAR..FAR).contains(&n) => 0,
        n if n > MILLIS_FROM => n / 1_000,
        n => n,
    }
}
