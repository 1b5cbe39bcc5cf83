//! Every message of a store, newest row first, a stretch of row ids at a time.

use std::ops::ControlFlow;

use rusqlite::{Connection, Params, types::ValueRef};

use super::{error::StoreError, schema::Schema, value};

/// The ids of a store's messages, and how many they are.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Smallest row id.
    pub low: i64,
    /// Largest row id.
    pub high: i64,
    /// Rows between them.
    pub count: u64,
}

/// A message as it stands in the store.
pub struct Row<'a> {
    /// Row id.
    pub id: i64,
    /// Whose.
    pub session: ValueRef<'a>,
    /// Role word.
    pub role: ValueRef<'a>,
    /// When it was built.
    pub created: ValueRef<'a>,
    /// The content; NULL where it is larger than the limit.
    pub content: ValueRef<'a>,
}

/// What a sweep does with each row.
pub type See<'a> = dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError> + 'a;

/// `None` where there is no message.
pub fn bounds(conn: &Connection, schema: &Schema) -> Result<Option<Bounds>, StoreError> {
    if !schema.has_messages() {
        return Ok(None);
    }
    let number = |sql: &str| conn.query_row(sql, [], |row| Ok(value::int(value::at(row, 0))));
    let low = number("SELECT min(id) FROM messages")?;
    let high = number("SELECT max(id) FROM messages")?;
    let count = number("SELECT count(*) FROM messages")?.unwrap_or(0);
    Ok(low.zip(high).map(|(low, high)| Bounds { low, high, count: count as u64 }))
}

/// Shows the rows from `high` down to `low`, both included.
pub fn rows(
    conn: &Connection,
    schema: &Schema,
    (low, high): (i64, i64),
    limit: u64,
    see: &mut See<'_>,
) -> Result<(), StoreError> {
    let columns = columns(schema, "messages", limit);
    let sql = format!(
        "SELECT messages.id,messages.session_id,{columns} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC"
    );
    run(conn, &sql, [low, high], see)
}

/// Shows the messages that versions 10 and 11 kept in threads alone (facts 1.1).
pub fn thread_rows(
    conn: &Connection,
    schema: &Schema,
    limit: u64,
    see: &mut See<'_>,
) -> Result<(), StoreError> {
    if !schema.has("sessions", "thread_id") || !schema.has("thread_messages", "thread_id") {
        return Ok(());
    }
    let columns = columns(schema, "thread_messages", limit);
    let sql = format!(
        "SELECT thread_messages.id,sessions.id,{columns} FROM sessions JOIN thread_messages USING (thread_id) \
         WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.session_id = sessions.id) \
         ORDER BY thread_messages.id DESC"
    );
    run(conn, &sql, [], see)
}

/// Shows up to `count` rows of a session that were stored before row `id`, the last first.
pub fn before(
    conn: &Connection,
    schema: &Schema,
    (session, id): (&str, i64),
    (count, limit): (u32, u64),
    see: &mut See<'_>,
) -> Result<(), StoreError> {
    let columns = columns(schema, "messages", limit);
    let sql = format!(
        "SELECT messages.id,messages.session_id,{columns} FROM messages WHERE session_id=?1 AND id<?2 \
         ORDER BY id DESC LIMIT ?3"
    );
    run(conn, &sql, (session, id, count), see)
}

/// Ids of all sessions.
pub fn sessions(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare("SELECT id FROM sessions")?;
    let mut rows = statement.query([])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.extend(value::string(value::at(row, 0)));
    }
    Ok(ids)
}

fn columns(schema: &Schema, table: &str, limit: u64) -> String {
    let column = |name| match schema.column(table, name) {
        "NULL" => "NULL".to_owned(),
        name => format!("{table}.{name}"),
    };
    let content = column("content_json");
    format!(
        "{},{},CASE WHEN octet_length({content})<={limit} THEN {content} END",
        column("role"),
        column("created_timestamp")
    )
}

fn run(conn: &Connection, sql: &str, params: impl Params, see: &mut See<'_>) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        let at = |n| value::at(row, n);
        let id = value::int(at(0)).unwrap_or(0);
        let row = Row { id, session: at(1), role: at(2), created: at(3), content: at(4) };
        if see(&row)?.is_break() {
            break;
        }
    }
    Ok(())
}
