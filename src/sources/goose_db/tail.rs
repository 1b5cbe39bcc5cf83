//! The end of a conversation: the newest messages in goose's own order (created_timestamp, id),
//! reduced to facts. Costs a fixed number of rows, not the conversation's length.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, types::ValueRef};

use super::{
    error::StoreError,
    message,
    schema::{Schema, WIDE},
    value,
};
use crate::domain::session::{Block, SessionId, Tail, TailMessage};

/// Messages of a watched session: enough for five rounds of loop detection and a few last words.
pub const FULL: usize = 40;
/// Messages of a session nobody watches, read for `list --all` only: enough to say how it ended.
pub const SHORT: usize = 6;
/// Without an index for goose's order, conversations up to this length are sorted whole; longer ones
/// are taken in the order of storing, which differs by a few rows at most.
const SORTED_WHOLE: u64 = 5_000;
/// Rows read beyond the wanted ones where the order of storing stands in for goose's.
const SLACK: usize = 24;
/// How far back arrivals go.
const ARRIVALS: TimeDelta = TimeDelta::hours(2);
/// Most arrivals kept of one session.
const MAX_ARRIVALS: usize = 2_000;

/// Model calls whose times are kept: more than the rounds of the tail that is read.
const LEDGER: usize = 60;
/// How far back costs go.
const SPENT_WITHIN: TimeDelta = TimeDelta::hours(1);
/// Most model calls looked at: one every six seconds for an hour.
const MAX_CALLS: usize = 600;

/// Time and row id of a message: goose's order.
type Key = (Option<DateTime<Utc>>, i64);

/// A tail and the sizes of the rows it was made of, so that the next one can reuse them.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The tail.
    pub tail: Tail,
    /// (row id, bytes of its content) of each message in it.
    pub sizes: Vec<(i64, u64)>,
}

/// What to read.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Of which session.
    pub id: &'a SessionId,
    /// How many messages at most.
    pub limit: usize,
    /// How many messages it has.
    pub count: u64,
    /// The moment that arrivals count back from.
    pub now: DateTime<Utc>,
}

/// Reads the tail; rows that `before` already holds with the same size are not parsed again.
pub fn read(
    conn: &Connection,
    schema: &Schema,
    wanted: Wanted<'_>,
    before: Option<(&Tail, &[(i64, u64)])>,
) -> Result<Reading, StoreError> {
    if !schema.has_messages() {
        return Ok(Reading::default());
    }
    let mut keys = newest(conn, schema, &wanted, wanted.limit)?;
    keys.drain(..keys.len().saturating_sub(wanted.limit));
    let mut reading = Reading::default();
    for &(_, row) in &keys {
        let known = before.and_then(|(tail, sizes)| {
            let size = sizes.iter().find(|(r, _)| *r == row)?.1;
            Some((size, tail.messages.iter().find(|m| m.row == row)?))
        });
        if let Some((message, size)) = message(conn, schema, row, known)? {
            reading.tail.messages.push(message);
            reading.sizes.push((row, size));
        }
    }
    reading.tail.whole = reading.tail.messages.len() as u64 >= wanted.count;
    reading.tail.arrivals = arrivals(conn, schema, &wanted, &keys)?;
    if schema.has_usage() {
        usage(conn, schema, &wanted, &mut reading.tail)?;
    }
    Ok(reading)
}

/// Model calls: the newest for the turn, and what those of the last hour cost.
fn usage(conn: &Connection, schema: &Schema, wanted: &Wanted<'_>, tail: &mut Tail) -> Result<(), StoreError> {
    let since = wanted.now - SPENT_WITHIN;
    let mut statement = conn.prepare_cached(&schema.sql.usage)?;
    let mut rows = statement.query((wanted.id.raw(), MAX_CALLS as i64))?;
    for place in 0..MAX_CALLS {
        let Some(row) = rows.next()? else { break };
        let at = value::time(value::at(row, 0));
        let recent = at.is_some_and(|at| at >= since);
        if place >= LEDGER && !recent {
            break;
        }
        if place < LEDGER {
            tail.ledger.extend(at);
        }
        let cost = value::real(value::at(row, 1)).filter(|cost| *cost >= 0.0);
        tail.spent.extend(at.filter(|_| recent).zip(cost));
    }
    tail.ledger.sort_unstable();
    tail.spent.reverse();
    Ok(())
}

/// Times and row ids of the newest messages, oldest first.
fn newest(
    conn: &Connection,
    schema: &Schema,
    wanted: &Wanted<'_>,
    limit: usize,
) -> Result<Vec<Key>, StoreError> {
    let exact = schema.has_order_index() || wanted.count <= SORTED_WHOLE;
    let (sql, limit) =
        if exact { (&schema.sql.newest_by_time, limit) } else { (&schema.sql.newest_by_id, limit + SLACK) };
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query((wanted.id.raw(), limit as i64))?;
    let mut keys = Vec::with_capacity(limit);
    while let Some(row) = rows.next()? {
        keys.extend(value::int(value::at(row, 0)).map(|id| (value::time(value::at(row, 1)), id)));
    }
    keys.sort_unstable();
    Ok(keys)
}

fn message(
    conn: &Connection,
    schema: &Schema,
    id: i64,
    known: Option<(u64, &TailMessage)>,
) -> Result<Option<(TailMessage, u64)>, StoreError> {
    let mut statement = conn.prepare_cached(&schema.sql.message)?;
    let mut rows = statement.query((id, known.map_or(-1, |(size, _)| size as i64)))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let flags = match value::at(row, 3) {
        ValueRef::Text(json) => message::flags(json),
        _ => message::Flags::default(),
    };
    let size = value::count(value::at(row, 4)).unwrap_or(0);
    let blocks = match known {
        Some((before, message)) if before == size => message.blocks.clone(),
        _ if size > WIDE => vec![Block::Oversized { bytes: size }],
        _ => blocks(value::at(row, 5)),
    };
    let message = TailMessage {
        row: id,
        role: message::role(&value::string(value::at(row, 0)).unwrap_or_default()),
        created_at: value::time(value::at(row, 1)),
        stored_at: value::time(value::at(row, 2)),
        user_visible: flags.user_visible,
        agent_visible: flags.agent_visible,
        turn_context: flags.turn_context,
        has_usage: flags.has_usage,
        blocks,
    };
    Ok(Some((message, size)))
}

fn blocks(content: ValueRef<'_>) -> Vec<Block> {
    match content {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => message::blocks(bytes),
        ValueRef::Null => vec![Block::Unreadable { why: "no content".into() }],
        _ => vec![Block::Unreadable { why: "the content is a number".into() }],
    }
}

/// Only where the tail itself does not reach back that far are more rows asked for.
fn arrivals(
    conn: &Connection,
    schema: &Schema,
    wanted: &Wanted<'_>,
    keys: &[Key],
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let since = wanted.now - ARRIVALS;
    let recent = |keys: &[Key]| -> Vec<_> {
        keys.iter().filter_map(|(at, _)| *at).filter(|at| *at >= since).collect()
    };
    let short = recent(keys);
    if short.len() < wanted.limit {
        return Ok(short);
    }
    let mut all = recent(&newest(conn, schema, wanted, MAX_ARRIVALS)?);
    all.drain(..all.len().saturating_sub(MAX_ARRIVALS));
    Ok(all)
}
