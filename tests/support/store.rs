//! goose databases for tests and benches: every schema version, built from its migration steps.
//!
//! Included with `#[path = "support/store.rs"] mod store;`.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test crate uses a part of it; some use all")]

use std::path::Path;

use rusqlite::{Connection, params};

/// Migration steps; step 1 makes the database.
const STEPS: [&str; 16] = [
    include_str!("schema/v1.sql"),
    include_str!("schema/v2.sql"),
    include_str!("schema/v3.sql"),
    include_str!("schema/v4.sql"),
    include_str!("schema/v5.sql"),
    include_str!("schema/v6.sql"),
    include_str!("schema/v7.sql"),
    include_str!("schema/v8.sql"),
    include_str!("schema/v9.sql"),
    include_str!("schema/v10.sql"),
    include_str!("schema/v11.sql"),
    include_str!("schema/v12.sql"),
    include_str!("schema/v13.sql"),
    include_str!("schema/v14.sql"),
    include_str!("schema/v15.sql"),
    include_str!("schema/v16.sql"),
];
const FRESH: &str = include_str!("schema/fresh_v16.sql");
const NIGHTLY: &str = include_str!("schema/v4_nightly.sql");
const FUTURE: &str = include_str!("schema/future.sql");

/// Which schema a database is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Steps 1 to N, a `schema_version` row each.
    Migrated(usize),
    /// As a goose of that version makes it: one `schema_version` row.
    Fresh(usize),
    /// Version 4 without `description`.
    Nightly,
    /// Newer than any goose.
    Future,
}

impl Build {
    /// Every way to build one.
    pub fn all() -> Vec<Self> {
        let versions = 1..=STEPS.len();
        let both = versions.flat_map(|v| [Self::Migrated(v), Self::Fresh(v)]);
        both.chain([Self::Nightly, Self::Future]).collect()
    }

    /// Its version number.
    pub fn version(self) -> usize {
        match self {
            Self::Migrated(v) | Self::Fresh(v) => v,
            Self::Nightly => 4,
            Self::Future => STEPS.len() + 1,
        }
    }
}

/// Opens `path` as goose does: WAL, and waits for locks.
pub fn writer(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=OFF;",
    )
    .unwrap();
    conn
}

/// Makes an empty store at `path` and returns the writer's connection, still open.
pub fn create(path: &Path, build: Build) -> Connection {
    let conn = writer(path);
    schema(&conn, build);
    conn
}

/// Runs the DDL of a version on an empty database.
pub fn schema(conn: &Connection, build: Build) {
    let run = |sql: &str| conn.execute_batch(sql).unwrap();
    match build {
        Build::Fresh(16) => run(FRESH),
        Build::Nightly => {
            STEPS[..3].iter().copied().for_each(run);
            run(NIGHTLY);
        }
        Build::Future => {
            run(FRESH);
            run(FUTURE);
        }
        Build::Migrated(v) | Build::Fresh(v) => STEPS[..v].iter().copied().for_each(run),
    }
    let rows = if matches!(build, Build::Migrated(_)) {
        1..=build.version()
    } else {
        build.version()..=build.version()
    };
    for version in rows {
        conn.execute("INSERT INTO schema_version (version) VALUES (?1)", [version as i64]).unwrap();
    }
}

/// Adds a session the way every version can: title, directory, `updated_at` in SQLite's form.
pub fn session(conn: &Connection, id: &str, name: &str, working_dir: &str, updated_at: &str) {
    let title = if has_column(conn, "sessions", "name") { "name" } else { "description" };
    let sql = format!(
        "INSERT INTO sessions (id, {title}, working_dir, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)"
    );
    conn.execute(&sql, params![id, name, working_dir, updated_at]).unwrap();
}

/// Sets one column of a session, whatever type the value has.
pub fn set(conn: &Connection, id: &str, column: &str, value: impl rusqlite::ToSql) {
    conn.execute(&format!("UPDATE sessions SET {column} = ?2 WHERE id = ?1"), params![id, value]).unwrap();
}

/// Adds a message of one text block, without touching `updated_at`; returns its row id.
pub fn message(conn: &Connection, session: &str, role: &str, text: &str, created: i64) -> i64 {
    let content = serde_json::json!([{ "type": "text", "text": text }]).to_string();
    content_row(conn, session, role, &content, created)
}

/// Adds a message with this `content_json`; returns its row id.
pub fn content_row(conn: &Connection, session: &str, role: &str, content: &str, created: i64) -> i64 {
    let sql = "INSERT INTO messages (session_id, role, content_json, created_timestamp, timestamp) \
               VALUES (?1, ?2, ?3, ?4, datetime(?5, 'unixepoch'))";
    let stored = if created > 10_000_000_000 { created / 1000 } else { created };
    conn.execute(sql, params![session, role, content, created, stored]).unwrap();
    conn.last_insert_rowid()
}

/// goose's `add_message`: the row and `updated_at`, in one transaction.
pub fn add_message(conn: &Connection, session: &str, role: &str, text: &str, created: i64) -> i64 {
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    let row = message(conn, session, role, text, created);
    conn.execute(
        "UPDATE sessions SET updated_at = datetime(?2, 'unixepoch') WHERE id = ?1",
        params![session, created],
    )
    .unwrap();
    conn.execute_batch("COMMIT").unwrap();
    row
}

fn has_column(conn: &Connection, table: &str, column: &str) -> bool {
    let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2";
    conn.query_row(sql, [table, column], |row| row.get::<_, i64>(0)).unwrap() > 0
}

/// The moment the newest session of [`big_store`] was updated, Unix seconds.
pub const BIG_NOW: i64 = 1_767_225_600;

/// Builds a large store of schema 16 at `path`: sessions one minute apart, about 750 bytes a message.
pub fn big_store(path: &Path, sessions: usize, messages_per_session: usize) {
    let mut conn = Connection::open(path).unwrap();
    conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
        .unwrap();
    schema(&conn, Build::Fresh(16));
    let filler = "lorem ipsum dolor sit amet ".repeat(20);
    let tx = conn.transaction().unwrap();
    {
        let mut add_session = tx
            .prepare(
                "INSERT INTO sessions (id, name, working_dir, created_at, updated_at, provider_name, model_config_json, \
                 extension_data, accumulated_total_tokens, total_tokens, accumulated_cost) \
                 VALUES (?1, ?2, ?3, datetime(?4 - 3600, 'unixepoch'), datetime(?4, 'unixepoch'), 'openai', \
                 '{\"model_name\":\"gpt-4o\",\"context_limit\":128000}', \
                 '{\"enabled_extensions.v0\":{\"extensions\":[{\"type\":\"builtin\",\"name\":\"developer\"}]}}', \
                 123456, 4567, 0.25)",
            )
            .unwrap();
        let mut add_message = tx
            .prepare(
                "INSERT INTO messages (session_id, role, content_json, created_timestamp, message_id, metadata_json) \
                 VALUES (?1, ?2, ?3, ?4, 'm', '{\"userVisible\":true,\"agentVisible\":true}')",
            )
            .unwrap();
        let content = serde_json::json!([{ "type": "text", "text": filler }]).to_string();
        for n in 0..sessions {
            let id = format!("20251231_{}", n + 1);
            let at = BIG_NOW - ((sessions - 1 - n) as i64) * 60;
            let dir = format!("/home/dev/project-{}", n % 50);
            add_session.execute(params![id, format!("session number {n}"), dir, at]).unwrap();
            for m in 0..messages_per_session {
                let role = if m % 2 == 0 { "user" } else { "assistant" };
                let created = at - ((messages_per_session - 1 - m) as i64) * 20;
                add_message.execute(params![id, role, content, created]).unwrap();
            }
        }
    }
    tx.commit().unwrap();
    conn.execute_batch("PRAGMA synchronous=NORMAL;").unwrap();
}

/// One conversation in rounds of four messages as they are: what a person asks, a call, what the tool
/// printed in colours, and an answer with line breaks.
pub fn mixed_store(path: &Path, rounds: i64) {
    let mut conn = Connection::open(path).unwrap();
    schema(&conn, Build::Fresh(16));
    session(&conn, "20251231_1", "mixed", "/home/dev", "2025-12-31 10:00:00");
    let tx = conn.transaction().unwrap();
    for n in 0..rounds {
        let at = BIG_NOW - (rounds - n) * 40;
        let call = serde_json::json!([
            { "type": "text", "text": "Let me look.\n" },
            { "type": "toolRequest", "id": format!("c{n}"), "toolCall": { "status": "success", "value": {
                "name": "developer__shell", "arguments": { "command": format!("grep -rn \"login\" src/{n}") } } } },
        ]);
        let printed = "src/form.rs:12:\u{1b}[32mfn login(&self)\u{1b}[0m -> Result<(), Error> {\n".repeat(8);
        let result = serde_json::json!([{ "type": "toolResponse", "id": format!("c{n}"), "toolResult": {
            "status": "success", "value": { "content": [{ "type": "text", "text": printed }], "isError": false } } }]);
        message(&tx, "20251231_1", "user", "Please fix the \"login\" form.\nIt fails.", at);
        content_row(&tx, "20251231_1", "assistant", &call.to_string(), at + 1);
        content_row(&tx, "20251231_1", "user", &result.to_string(), at + 2);
        message(&tx, "20251231_1", "assistant", &"The login works now:\n\n- one\n- two\n".repeat(12), at + 3);
    }
    tx.commit().unwrap();
}
