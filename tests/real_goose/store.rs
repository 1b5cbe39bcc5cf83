//! goose's store as a test sees it, for proving a scene.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// A row of `sessions`, with what is counted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its `session_type`.
    pub kind: String,
    /// `created_at`, as goose wrote it: whole seconds.
    pub created: String,
    /// The session that made it.
    pub parent: Option<String>,
    /// Stored messages, hidden ones included.
    pub messages: i64,
    /// Assistant messages among them.
    pub answers: i64,
    /// Model calls that ended.
    pub calls: i64,
    /// `content_json` of the newest message; empty where there is none.
    pub newest: String,
}

const ROWS: &str = "select s.id, s.session_type, s.parent_session_id, s.created_at,
    (select count(*) from messages m where m.session_id = s.id),
    (select count(*) from messages m where m.session_id = s.id and m.role = 'assistant'),
    (select count(*) from usage_ledger u where u.session_id = s.id),
    coalesce((select m.content_json from messages m where m.session_id = s.id order by m.id desc limit 1), '')
    from sessions s order by s.rowid";

/// All sessions, oldest first; none while there is no store, or it is being made.
pub fn rows(path: &Path) -> Vec<Row> {
    read(path).unwrap_or_default()
}

fn read(path: &Path) -> rusqlite::Result<Vec<Row>> {
    let store = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = store.prepare(ROWS)?;
    let found = statement.query_map([], |row| {
        Ok(Row {
            id: row.get(0)?,
            kind: row.get(1)?,
            parent: row.get(2)?,
            created: row.get(3)?,
            messages: row.get(4)?,
            answers: row.get(5)?,
            calls: row.get(6)?,
            newest: row.get(7)?,
        })
    })?;
    found.collect()
}
