//! goose's schema, versions 1 to 16 and whatever comes after: the only place, with [`super::conversation`],
//! that knows a table or a column by name. Columns are asked for by name, in an order of our own, with NULL where this
//! database lacks one: migrated and fresh databases order theirs differently (facts 1.1).

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::{error::StoreError, value};

/// The newest schema version goosetop was tested with.
pub const KNOWN: u32 = 16;

/// The columns of a session row that every look needs, in the order they are selected.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub enum Col {
    Id,
    Name,
    Description,
    Kind,
    WorkingDir,
    Project,
    Parent,
    Created,
    Updated,
    Archived,
    Schedule,
    Provider,
    Mode,
    Context,
    Input,
    Output,
    Total,
    Cost,
}

/// [`Col`]'s names in the database.
const SESSION: [&str; 18] = [
    "id",
    "name",
    "description",
    "session_type",
    "working_dir",
    "project_id",
    "parent_session_id",
    "created_at",
    "updated_at",
    "archived_at",
    "schedule_id",
    "provider_name",
    "goose_mode",
    // The newest call's size; the accumulated ones are the session's sums (facts 1.6).
    "total_tokens",
    "accumulated_input_tokens",
    "accumulated_output_tokens",
    "accumulated_total_tokens",
    "accumulated_cost",
];

/// Larger values are not read by the guarded form of a query, bytes.
pub(super) const GUARD: u64 = 65_536;

/// JSON columns larger than this are not read for a verdict, bytes.
pub const WIDE: u64 = 1 << 20;

/// What this database holds.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Highest number in `schema_version`; `None` without that table.
    pub version: Option<u32>,
    /// SQLite's own counter of schema changes: the same number, the same schema.
    pub cookie: i64,
    /// Statements that run once per session or message.
    pub sql: Sql,
    tables: HashMap<String, HashSet<String>>,
}

/// Statements in the words of one schema.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    /// Extensions and model settings of session `?1`.
    pub wide: String,
    /// Role, created, stored, metadata, size of the content and the content of message `?1`; without
    /// the content where its size is `?2`, or too large to be read.
    pub message: String,
    /// Ids and times of the newest `?2` messages of session `?1` by time, with goose's rule for
    /// milliseconds: exact on any schema, at the price of the conversation's length without
    /// [`Schema::has_order_index`].
    pub newest_by_time: String,
    /// The same by row id: the order of storing, served by every schema's index.
    pub newest_by_id: String,
}

impl Schema {
    /// The number SQLite changes with every change of the schema.
    pub fn cookie(conn: &Connection) -> Result<i64, StoreError> {
        Ok(conn
            .query_row("PRAGMA schema_version", [], |row| Ok(value::int(value::at(row, 0)).unwrap_or(-1)))?)
    }

    /// Looks what is there; fails where it is no session store.
    pub fn read(conn: &Connection) -> Result<Self, StoreError> {
        let cookie = Self::cookie(conn)?;
        let mut tables: HashMap<String, HashSet<String>> = HashMap::new();
        let mut found = conn.prepare(
            "SELECT lower(t.name), lower(c.name) FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE lower(t.name) IN ('sessions', 'messages', 'usage_ledger', 'schema_version', 'thread_messages')",
        )?;
        let mut rows = found.query([])?;
        while let Some(row) = rows.next()? {
            let word = |at| value::string(value::at(row, at)).unwrap_or_default();
            tables.entry(word(0)).or_default().insert(word(1));
        }
        let mut schema = Self { version: None, cookie, sql: Sql::default(), tables };
        if !schema.has("sessions", "id") {
            let what =
                if schema.tables.contains_key("sessions") { "no id column" } else { "no sessions table" };
            return Err(StoreError::NotGoose(format!("{what}; name goose's own file with --db")));
        }
        if schema.has("schema_version", "version") {
            schema.version = conn.query_row("SELECT max(version) FROM schema_version", [], |row| {
                Ok(value::int(value::at(row, 0)).and_then(|n| u32::try_from(n).ok()))
            })?;
        }
        schema.sql = Sql {
            wide: schema.wide(),
            message: schema.message(),
            newest_by_time: schema.newest_by_time(),
            newest_by_id: schema.newest_by_id(),
        };
        Ok(schema)
    }

    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// Newer than any goosetop knows.
    pub fn is_newer(&self) -> bool {
        self.version.is_some_and(|version| version > KNOWN)
    }

    /// Messages can be tied to their sessions.
    pub fn has_messages(&self) -> bool {
        self.has("messages", "id") && self.has("messages", "session_id")
    }

    /// Model calls are recorded one by one.
    pub fn has_usage(&self) -> bool {
        self.has("usage_ledger", "session_id") && self.has("usage_ledger", "created_timestamp")
    }

    /// Rows can be asked for by the time they changed.
    pub fn has_updated(&self) -> bool {
        self.has("sessions", "updated_at")
    }

    /// An index that serves a conversation in goose's order exists (16 and newer).
    pub fn has_order_index(&self) -> bool {
        self.version.is_some_and(|version| version >= 16)
    }

    pub(super) fn column<'a>(&self, table: &str, column: &'a str) -> &'a str {
        if self.has(table, column) { column } else { "NULL" }
    }

    /// All session rows; `guarded` leaves out values too large to be a name.
    pub fn rows(&self, guarded: bool) -> String {
        let columns: Vec<_> = SESSION
            .iter()
            .map(|name| {
                if guarded {
                    self.guarded("sessions", name, GUARD)
                } else {
                    self.column("sessions", name).to_owned()
                }
            })
            .collect();
        format!("SELECT {} FROM sessions", columns.join(","))
    }

    /// Rows changed at `?1` (text) or later.
    pub fn rows_since(&self, guarded: bool) -> String {
        self.rows(guarded) + " WHERE updated_at >= ?1"
    }

    /// The row of id `?1`.
    pub fn row(&self, guarded: bool) -> String {
        self.rows(guarded) + " WHERE id = ?1"
    }

    /// `column` of `table`, or NULL where it is missing or larger than `limit` bytes.
    pub(super) fn guarded(&self, table: &str, column: &str, limit: u64) -> String {
        match self.column(table, column) {
            "NULL" => "NULL".to_owned(),
            name => format!("CASE WHEN octet_length({name})<={limit} THEN {name} END"),
        }
    }

    fn wide(&self) -> String {
        let column = |name| self.guarded("sessions", name, WIDE);
        format!(
            "SELECT {},{} FROM sessions WHERE id = ?1",
            column("extension_data"),
            column("model_config_json")
        )
    }

    fn message(&self) -> String {
        let column = |name| self.column("messages", name);
        let content = column("content_json");
        format!(
            "SELECT {},{},{},{},octet_length({content}), \
             CASE WHEN octet_length({content})<={WIDE} AND octet_length({content})<>?2 THEN {content} END \
             FROM messages WHERE id = ?1",
            column("role"),
            column("created_timestamp"),
            column("timestamp"),
            self.guarded("messages", "metadata_json", GUARD),
        )
    }

    fn newest_by_time(&self) -> String {
        if !self.has("messages", "created_timestamp") {
            return self.newest_by_id();
        }
        // Each half is served by the index as it stands; an expression to order by is not.
        let half = |sign| {
            format!(
                "SELECT * FROM (SELECT id, created_timestamp FROM messages WHERE session_id = ?1 \
                 AND created_timestamp {sign} 10000000000 ORDER BY created_timestamp DESC, id DESC LIMIT ?2)"
            )
        };
        format!("{} UNION ALL {}", half("<="), half(">"))
    }

    fn newest_by_id(&self) -> String {
        let created = self.column("messages", "created_timestamp");
        format!("SELECT id, {created} FROM messages WHERE session_id = ?1 ORDER BY id DESC LIMIT ?2")
    }
}

/// Number of sessions.
pub const COUNT: &str = "SELECT count(*) FROM sessions";
/// The newest message's row id.
pub const MAX_MESSAGE: &str = "SELECT max(id) FROM messages";
/// Sessions that got messages after row `?1`, with how many. Without the hint SQLite walks the whole
/// index on `session_id`, which is in the order asked for.
pub const TOUCHED: &str =
    "SELECT session_id, count(*) FROM messages NOT INDEXED WHERE id > ?1 GROUP BY session_id";
/// First and last row id of session `?1`, and whether row `?2` is still one of its rows.
pub const SIGNATURE: &str = "SELECT (SELECT min(id) FROM messages WHERE session_id = ?1), \
     (SELECT max(id) FROM messages WHERE session_id = ?1), \
     EXISTS (SELECT 1 FROM messages WHERE id = ?2 AND session_id = ?1)";
/// Number of messages of session `?1`.
pub const COUNT_MESSAGES: &str = "SELECT count(*) FROM messages WHERE session_id = ?1";
/// Count, first and last row id of every session that has messages.
pub const COUNT_ALL: &str = "SELECT session_id, count(*), min(id), max(id) FROM messages GROUP BY session_id";
/// Times of the newest model calls of session `?1`: more than the rounds of the tail that is read.
pub const USAGE: &str =
    "SELECT created_timestamp FROM usage_ledger WHERE session_id = ?1 ORDER BY rowid DESC LIMIT 60";
