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

/// A message as it stands in the store. Most are passed by for their content alone: what is not asked for
/// is not fetched.
pub struct Row<'a>(&'a rusqlite::Row<'a>);

impl<'a> Row<'a> {
    /// Row id.
    pub fn id(&self) -> i64 {
        value::int(value::at(self.0, 0)).unwrap_or(0)
    }

    /// Whose.
    pub fn session(&self) -> ValueRef<'a> {
        value::at(self.0, 1)
    }

    /// Role word.
    pub fn role(&self) -> ValueRef<'a> {
        value::at(self.0, 2)
    }

    /// When it was built.
    pub fn created(&self) -> ValueRef<'a> {
        value::at(self.0, 3)
    }

    /// The content; `None` where there is none, or more than the limit.
    pub fn content(&self) -> Option<&'a [u8]> {
        match value::at(self.0, 4) {
            ValueRef::Text(content) | ValueRef::Blob(content) => Some(content),
            _ => None,
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> ValueRef<'a> {
        value::at(self.0, 5)
    }
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
    let columns = columns(conn, schema, "messages", limit);
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
    if !schema.has_messages()
        || !schema.has("sessions", "thread_id")
        || !schema.has("thread_messages", "thread_id")
    {
        return Ok(());
    }
    let columns = columns(conn, schema, "thread_messages", limit);
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
    let columns = columns(conn, schema, "messages", limit);
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

fn columns(conn: &Connection, schema: &Schema, table: &str, limit: u64) -> String {
    let column = |name| match schema.column(table, name) {
        "NULL" => "NULL".to_owned(),
        name => format!("{table}.{name}"),
    };
    let content = column("content_json");
    // SQLite copies what it hands out as text, to put a zero behind it; bytes it does not.
    let given = if is_utf8(conn) { format!("CAST({content} AS BLOB)") } else { content.clone() };
    format!(
        "{},{},CASE WHEN octet_length({content})<={limit} THEN {given} END,{}",
        column("role"),
        column("created_timestamp"),
        column("metadata_json")
    )
}

/// In a store of another encoding only text is converted.
fn is_utf8(conn: &Connection) -> bool {
    let encoding = conn.pragma_query_value(None, "encoding", |row| row.get::<_, String>(0));
    encoding.is_ok_and(|encoding| encoding == "UTF-8")
}

fn run(conn: &Connection, sql: &str, params: impl Params, see: &mut See<'_>) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        if see(&Row(row))?.is_break() {
            break;
        }
    }
    Ok(())
}
