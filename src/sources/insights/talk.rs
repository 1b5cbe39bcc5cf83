//! Messages: when they came, and what a conversation's rows mean for its time. Rows that hold words
//! alone are not parsed.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, types::ValueRef};
use serde_json::Value;

use crate::{
    domain::{
        insights::{Beat, Kind, Response, SessionRow},
        session::{Block, SessionId},
    },
    sources::goose_db::{
        error::StoreError,
        message::{self, Flags},
        schema::{GUARD, Schema, WIDE},
        value,
    },
};

/// Rows between two looks at the clock.
const ROWS: u64 = 64;

/// When messages came.
pub(super) enum Times {
    /// Of each session.
    BySession(HashMap<SessionId, Vec<DateTime<Utc>>>),
    /// Of the whole store, when they were stored: all that the older schemas' indexes tell.
    Together(Vec<DateTime<Utc>>),
}

/// Times of messages since then, of these sessions (or of all). Served by an index alone: no message is
/// touched.
pub(super) fn times<'a>(
    conn: &Connection,
    schema: &Schema,
    sessions: impl Iterator<Item = &'a SessionRow>,
    from: DateTime<Utc>,
) -> Result<Times, StoreError> {
    if !schema.has_messages() {
        return Ok(Times::Together(Vec::new()));
    }
    if schema.has_order_index() {
        let sql = "SELECT created_timestamp FROM messages WHERE session_id = ?1 AND created_timestamp >= ?2";
        let mut statement = conn.prepare(sql)?;
        let mut found = HashMap::new();
        for row in sessions {
            let mut rows = statement.query((row.key.id.raw(), from.timestamp()))?;
            let mut times = Vec::new();
            while let Some(row) = rows.next()? {
                times.extend(value::time(value::at(row, 0)).filter(|at| *at >= from));
            }
            found.insert(row.key.id.clone(), times);
        }
        return Ok(Times::BySession(found));
    }
    let mut times = Vec::new();
    if schema.has("messages", "timestamp") {
        let mut statement = conn.prepare("SELECT timestamp FROM messages WHERE timestamp >= ?1")?;
        let mut rows = statement.query([from.format("%F %T").to_string()])?;
        while let Some(row) = rows.next()? {
            times.extend(value::time(value::at(row, 0)));
        }
    }
    Ok(Times::Together(times))
}

/// One conversation of the window.
#[derive(Debug, Default)]
pub(super) struct Talk {
    /// What is part of the human transcript.
    pub beats: Vec<Beat>,
    /// Rows read.
    pub messages: u64,
}

/// Reads one conversation from `since` on; `None` where it was told to stop before its end.
pub(super) fn conversation(
    conn: &Connection,
    schema: &Schema,
    id: &SessionId,
    since: DateTime<Utc>,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Talk>, StoreError> {
    let mut talk = Talk::default();
    if !schema.has_messages() || !schema.has("messages", "created_timestamp") {
        return Ok(Some(talk));
    }
    let mut statement = conn.prepare_cached(&sql(schema))?;
    let mut rows = statement.query((id.raw(), since.timestamp()))?;
    while let Some(row) = rows.next()? {
        let at = |n| value::at(row, n);
        talk.messages += 1;
        if talk.messages.is_multiple_of(ROWS) && stop() {
            return Ok(None);
        }
        let Some(created) = value::time(at(2)).filter(|at| *at >= since) else { continue };
        let (flags, meta) = metadata(at(4));
        if !flags.user_visible || flags.turn_context {
            continue;
        }
        let blocks = blocks(at(5));
        let Some(kind) = kind(at(1), &blocks, meta.as_ref()) else { continue };
        talk.beats.push(Beat {
            at: created,
            row: value::int(at(0)).unwrap_or_default(),
            stored_at: value::time(at(3)),
            kind,
            failed: blocks.iter().any(|b| matches!(b, Block::Error { .. })),
        });
    }
    Ok(Some(talk))
}

fn sql(schema: &Schema) -> String {
    let column = |name, limit| schema.guarded("messages", name, limit);
    // By row id, which every schema's index on the session gives for nothing: sorting messages would
    // copy them. The tally puts them into order, without their content.
    let order = if schema.has_order_index() { "created_timestamp, id" } else { "id" };
    format!(
        "SELECT id,{},created_timestamp,{},{},{} FROM messages \
         WHERE session_id = ?1 AND created_timestamp >= ?2 ORDER BY {order}",
        column("role", GUARD),
        column("timestamp", GUARD),
        column("metadata_json", GUARD),
        column("content_json", WIDE),
    )
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => b"",
    }
}

fn holds(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Flags, and the object itself where it says more than that.
fn metadata(value: ValueRef<'_>) -> (Flags, Option<Value>) {
    let Ok(text) = std::str::from_utf8(bytes(value)) else { return (Flags::default(), None) };
    // Most rows say the usual.
    if !holds(text, &["usage", "urn", "false", "0", "inference"]) {
        return (Flags::default(), None);
    }
    let Ok(meta) = serde_json::from_str::<Value>(text) else { return (Flags::default(), None) };
    (message::flags_of(&meta), Some(meta))
}

/// The blocks that matter here; none where a row holds words alone.
fn blocks(value: ValueRef<'_>) -> Vec<Block> {
    let content = bytes(value);
    let told = match std::str::from_utf8(content) {
        Ok(text) => {
            holds(text, &["\"tool", "ToolRequest\"", "\"error\"", "Exceeded\"", "\"actionRequired\""])
        }
        Err(_) => true,
    };
    if told && !content.is_empty() { message::blocks(content) } else { Vec::new() }
}

fn kind(role: ValueRef<'_>, blocks: &[Block], meta: Option<&Value>) -> Option<Kind> {
    let role = bytes(role);
    let responses: Vec<Response> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::ToolResponse { id, failed, .. } => Some(Response { id: id.clone(), failed: *failed }),
            _ => None,
        })
        .collect();
    if !responses.is_empty() {
        return Some(Kind::Tool(responses));
    }
    if role == b"user" {
        return Some(Kind::Person);
    }
    if role != b"assistant" {
        return None;
    }
    let requests = blocks.iter().filter_map(|block| match block {
        Block::ToolRequest { id, tool, .. } => Some((id.clone(), tool.clone())),
        _ => None,
    });
    Some(Kind::Model { requests: requests.collect(), elapsed: elapsed(meta), model: model(meta) })
}

fn elapsed(meta: Option<&Value>) -> Option<Duration> {
    let usage = meta?.get("usage")?;
    let millis = usage.get("elapsedMs").or_else(|| usage.get("elapsed_ms"))?.as_f64()?;
    // A negative or endless one is no time.
    Duration::try_from_secs_f64(millis / 1000.0).ok().filter(|d| *d > Duration::ZERO)
}

fn model(meta: Option<&Value>) -> Option<String> {
    let inference = meta?.get("inference")?;
    let name = |key| inference.get(key).and_then(Value::as_str).and_then(value::clean_line);
    name("resolvedModel").or_else(|| name("requestedModel"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheap_way_says_the_same_as_the_whole() {
        let said = |json: &str| metadata(ValueRef::Text(json.as_bytes())).0;
        for json in [
            r#"{"userVisible":true,"agentVisible":true}"#,
            r#"{"userVisible":false}"#,
            r#"{"turnContext":{"x":1}}"#,
            r#"{"turn_context":true}"#,
            r#"{"userVisible":0}"#,
            "nonsense",
            "",
        ] {
            assert_eq!(said(json), message::flags(json.as_bytes()), "{json}");
        }
        assert_eq!(elapsed(serde_json::from_str(r#"{"usage":{"elapsedMs":-5}}"#).ok().as_ref()), None);
        let meta =
            serde_json::json!({"usage": {"elapsedMs": 1500}, "inference": {"requestedModel": "a\u{1b}"}});
        assert_eq!(elapsed(Some(&meta)), Some(Duration::from_millis(1500)));
        assert_eq!(model(Some(&meta)).as_deref(), Some("a\u{FFFD}"));
        assert!(blocks(ValueRef::Text(br#"[{"type":"text","text":"words"}]"#)).is_empty());
    }
}
