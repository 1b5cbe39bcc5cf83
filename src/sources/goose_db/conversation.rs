//! The messages of one session in their order, a few at a time, on every schema.
//!
//! | the table has                    | order                   | price of a step            |
//! |----------------------------------|-------------------------|----------------------------|
//! | goose's index for it (16+)       | goose's own             | what is asked for          |
//! | no index, up to 5,000 messages   | goose's own             | times and ids of them all  |
//! | no index, more                   | as stored (row id)      | what is asked for          |
//!
//! goose's own order is (`created_timestamp`, id), with milliseconds brought down to seconds. The
//! index holds them as they were stored, so seconds and milliseconds are two bands of it, and what is
//! no time at all a third; each is asked by itself. Within one second of a band the index is in no
//! order of ours, so that second is asked for by itself, too.

use std::fmt::Write as _;

use rusqlite::{Connection, Params, types::ValueRef};

use super::{
    error::StoreError,
    schema::{GUARD, Schema},
    value::{self, MILLIS_FROM},
};
use crate::domain::{session::SessionId, transcript::Place};

/// Without an index, conversations up to this length are sorted whole.
const SORTED_WHOLE: usize = 5_000;
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

/// How the rows can be had.
enum Order {
    Indexed,
    Sorted(Vec<Place>),
    Stored,
}

/// A row's values, without its id.
pub struct Row<'a> {
    /// Role word.
    pub role: ValueRef<'a>,
    /// When it was built.
    pub created: ValueRef<'a>,
    /// When it was stored.
    pub stored: ValueRef<'a>,
    /// Metadata; NULL where it is monstrous.
    pub metadata: ValueRef<'a>,
    /// Bytes of the content.
    pub bytes: u64,
    /// The content; NULL where it is larger than asked for.
    pub content: ValueRef<'a>,
}

/// A session's messages.
pub struct Conversation<'a> {
    conn: &'a Connection,
    /// `FROM … WHERE …=?1`.
    rows: String,
    created: &'static str,
    row: String,
    /// Session, or thread.
    key: String,
    order: Order,
}

impl<'a> Conversation<'a> {
    /// `None` where the store does not hold the session.
    pub fn of(
        conn: &'a Connection,
        schema: &Schema,
        session: &SessionId,
    ) -> Result<Option<Self>, StoreError> {
        if !exists(conn, "SELECT 1 FROM sessions WHERE id = ?1", [session.raw()])? {
            return Ok(None);
        }
        let key = session.raw().to_owned();
        if !schema.has_messages() {
            return Ok(Some(Self::over(
                conn,
                schema,
                ("messages", "session_id"),
                key,
                Order::Sorted(Vec::new()),
            )));
        }
        let own = exists(conn, "SELECT 1 FROM messages WHERE session_id = ?1 LIMIT 1", [session.raw()])?;
        if !own && let Some(thread) = thread(conn, schema, session)? {
            let order = Order::Stored;
            return Self::over(conn, schema, ("thread_messages", "thread_id"), thread, order).ordered(false);
        }
        let indexed = schema.has_order_index();
        Self::over(conn, schema, ("messages", "session_id"), key, Order::Stored).ordered(indexed)
    }

    fn over(
        conn: &'a Connection,
        schema: &Schema,
        (table, column): (&str, &str),
        key: String,
        order: Order,
    ) -> Self {
        let created = if schema.has(table, "created_timestamp") { "created_timestamp" } else { "NULL" };
        let rows = format!("FROM {table} WHERE {column}=?1");
        let content = schema.column(table, "content_json");
        let row = format!(
            "SELECT {},{created},{},{},octet_length({content}), \
             CASE WHEN octet_length({content})<=?3 THEN {content} END {rows} AND id=?2",
            schema.column(table, "role"),
            schema.column(table, "timestamp"),
            schema.guarded(table, "metadata_json", GUARD),
        );
        Self { conn, rows, created, row, key, order }
    }

    fn ordered(mut self, indexed: bool) -> Result<Option<Self>, StoreError> {
        if self.created != "NULL" {
            if indexed {
                self.order = Order::Indexed;
            } else {
                let sql = format!("SELECT id, NULL {} LIMIT ?2", self.rows);
                if self.places(&sql, (&self.key, SORTED_WHOLE as i64 + 1))?.len() <= SORTED_WHOLE {
                    let sql = format!("SELECT id, {} {}", self.created, self.rows);
                    let mut places = self.places(&sql, [&self.key])?;
                    places.sort_unstable();
                    self.order = Order::Sorted(places);
                }
            }
        }
        Ok(Some(self))
    }

    /// How many messages it has.
    pub fn count(&self) -> Result<u64, StoreError> {
        if let Order::Sorted(places) = &self.order {
            return Ok(places.len() as u64);
        }
        let mut count = self.conn.prepare_cached(&format!("SELECT count(*) {}", self.rows))?;
        Ok(count.query_row([&self.key], |row| Ok(value::count(value::at(row, 0))))?.unwrap_or(0))
    }

    /// Up to `limit` places beyond `from`, or from the end that lies that way, the nearest first.
    pub fn places_from(&self, from: Option<Place>, way: Way, limit: usize) -> Result<Vec<Place>, StoreError> {
        match &self.order {
            _ if limit == 0 => Ok(Vec::new()),
            Order::Sorted(places) => Ok(match (way, from) {
                (Way::Back, from) => {
                    let end = from.map_or(places.len(), |from| places.partition_point(|p| *p < from));
                    places[..end].iter().rev().take(limit).copied().collect()
                }
                (Way::On, from) => {
                    let start = from.map_or(0, |from| places.partition_point(|p| *p <= from));
                    places[start..].iter().take(limit).copied().collect()
                }
            }),
            Order::Stored => {
                let sql = format!(
                    "SELECT id, {} {} AND id{}?2 ORDER BY id {} LIMIT ?3",
                    self.created,
                    self.rows,
                    way.sign(from),
                    way.word()
                );
                self.places(&sql, (&self.key, way.bound(from), limit as i64))
            }
            Order::Indexed => self.indexed(from, way, limit),
        }
    }

    /// What places are ordered by here.
    pub fn rank(&self, place: Place) -> Place {
        if matches!(self.order, Order::Stored) { Place { at: 0, ..place } } else { place }
    }

    /// Reads the row at a place; a content of more than `limit` bytes stays out. `None` where it is gone.
    pub fn row<T>(
        &self,
        place: Place,
        limit: u64,
        take: impl FnOnce(&Row<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(&self.row)?;
        let mut rows = statement.query((&self.key, place.row, limit as i64))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let at = |n| value::at(row, n);
        let bytes = value::count(at(4)).unwrap_or(0);
        let (role, created, stored, metadata, content) = (at(0), at(1), at(2), at(3), at(5));
        Ok(Some(take(&Row { role, created, stored, metadata, bytes, content })))
    }

    fn indexed(&self, from: Option<Place>, way: Way, limit: usize) -> Result<Vec<Place>, StoreError> {
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

    fn places(&self, sql: &str, params: impl Params) -> Result<Vec<Place>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(id) = value::int(value::at(row, 0)) else { continue };
            places.push(Place { at: second(value::at(row, 1)), row: id });
        }
        Ok(places)
    }
}

impl Way {
    fn word(self) -> &'static str {
        if self == Self::Back { "DESC" } else { "ASC" }
    }

    /// From an end, nothing is left out.
    fn sign(self, from: Option<Place>) -> &'static str {
        match (self, from) {
            (Self::Back, Some(_)) => "<",
            (Self::Back, None) => "<=",
            (Self::On, Some(_)) => ">",
            (Self::On, None) => ">=",
        }
    }

    fn bound(self, from: Option<Place>) -> i64 {
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

/// The thread that holds a session's messages in versions 10 and 11 (facts 1.1).
fn thread(conn: &Connection, schema: &Schema, session: &SessionId) -> Result<Option<String>, StoreError> {
    if !schema.has("sessions", "thread_id") || !schema.has("thread_messages", "thread_id") {
        return Ok(None);
    }
    let mut statement = conn.prepare("SELECT thread_id FROM sessions WHERE id = ?1")?;
    let mut rows = statement.query([session.raw()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let Some(thread) = value::string(value::at(row, 0)) else { return Ok(None) };
    let has = exists(conn, "SELECT 1 FROM thread_messages WHERE thread_id = ?1 LIMIT 1", [&thread])?;
    Ok(has.then_some(thread))
}

fn exists(conn: &Connection, sql: &str, params: impl Params) -> Result<bool, StoreError> {
    Ok(conn.prepare(sql)?.exists(params)?)
}
