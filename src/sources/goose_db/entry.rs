//! One session in the cache: its count, its signature, its tail.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{
    error::StoreError,
    schema::{self, Schema},
    tail::{self, Wanted},
    value,
    watch::Depth,
    wide,
};
use crate::domain::session::Session;

/// What every reading of one look shares.
#[derive(Clone, Copy)]
pub struct Round<'a> {
    /// The open store.
    pub conn: &'a Connection,
    /// Its schema.
    pub schema: &'a Schema,
    /// The moment of the look.
    pub now: DateTime<Utc>,
    /// The store may have changed since the last look.
    pub stale: bool,
}

/// First and last message row of a session: `replace_conversation` renumbers, truncation removes the
/// last, and neither touches `updated_at` (facts 1.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// First row.
    pub min: Option<i64>,
    /// Last row.
    pub max: Option<i64>,
}

/// A session with what is needed to bring it up to date.
#[derive(Debug)]
pub struct Entry {
    /// As it will be published.
    pub session: Arc<Session>,
    /// As of the last count.
    pub signature: Option<Signature>,
    /// Row sizes of the tail.
    pub sizes: Vec<(i64, u64)>,
    /// How much of a tail it has.
    pub depth: Option<Depth>,
    /// Its row changed or it got messages since its tail was read.
    pub dirty: bool,
    /// The round in which its row was last seen by a full reading.
    pub round: u64,
}

impl Entry {
    /// Brings count and signature up to date; true where the rows are not what they were.
    pub fn recount(&mut self, round: &Round<'_>, added: Option<u64>) -> Result<bool, StoreError> {
        if !round.schema.has_messages() {
            return Ok(false);
        }
        let id = &self.session.key.id;
        let old = self.signature;
        let mut statement = round.conn.prepare_cached(schema::SIGNATURE)?;
        let (signature, last_stands) = statement.query_row((id.raw(), old.and_then(|s| s.max)), |row| {
            let int = |at| value::int(value::at(row, at));
            Ok((Signature { min: int(0), max: int(1) }, int(2) == Some(1)))
        })?;
        let counted = self.session.messages.filter(|_| old.is_some());
        if old == Some(signature) && counted.is_some() {
            return Ok(false);
        }
        // Rows only came: the first and the last known are where they were.
        let grown = old.is_some_and(|old| old.min == signature.min) && last_stands;
        let messages = match (counted, added) {
            (Some(n), Some(added)) if grown => n + added,
            _ if signature.max.is_none() => 0,
            _ => {
                let mut statement = round.conn.prepare_cached(schema::COUNT_MESSAGES)?;
                statement.query_row([id.raw()], |row| Ok(value::count(value::at(row, 0))))?.unwrap_or(0)
            }
        };
        self.signature = Some(signature);
        if self.session.messages != Some(messages) {
            Arc::make_mut(&mut self.session).messages = Some(messages);
        }
        Ok(true)
    }

    /// Reads the tail and the wide columns anew.
    pub fn read_tail(&mut self, round: &Round<'_>, depth: Depth) -> Result<(), StoreError> {
        let id = &self.session.key.id;
        let limit = if depth == Depth::Full { tail::FULL } else { tail::SHORT };
        let wanted = Wanted { id, limit, count: self.session.messages.unwrap_or(0), now: round.now };
        let before = self.session.tail.as_deref().map(|tail| (tail, self.sizes.as_slice()));
        let reading = tail::read(round.conn, round.schema, wanted, before)?;
        let wide = wide::read(round.conn, round.schema, id)?;
        let session = Arc::make_mut(&mut self.session);
        session.tail = Some(Arc::new(reading.tail));
        session.extensions = wide.extensions;
        session.model = wide.model;
        session.context_limit = wide.context_limit;
        self.sizes = reading.sizes;
        self.depth = Some(depth);
        self.dirty = false;
        Ok(())
    }
}
