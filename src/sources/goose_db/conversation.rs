//! The messages of one session in their order, a few at a time, on every schema.
//!
//! | the table has                    | order                   | price of a step            |
//! |----------------------------------|-------------------------|----------------------------|
//! | goose's index for it (16+)       | goose's own             | what is asked for          |
//! | no index, up to 5,000 messages   | goose's own             | times and ids of them all  |
//! | no index, more                   | as stored (row id)      | what is asked for          |
//!
//! `order` knows how the index is asked.

use rusqlite::{Connection, Params, types::ValueRef};

pub use super::order::Way;
use super::{
    error::StoreError,
    order::second,
    schema::{GUARD, Schema},
    value,
};
use crate::domain::{session::SessionId, transcript::Place};

/// Without an index, conversations up to this length are sorted whole.
const SORTED_WHOLE: usize = 5_000;
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
    pub(super) rows: String,
    pub(super) created: &'static str,
    row: String,
    /// Session, or thread.
    pub(super) key: String,
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

    pub(super) fn places(&self, sql: &str, params: impl Params) -> Result<Vec<Place>, StoreError> {
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
