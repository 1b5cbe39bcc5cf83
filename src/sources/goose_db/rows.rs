//! Session rows: reading them, and telling which changed.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params, Row, types::ValueRef};

use super::{
    error::StoreError,
    schema::{self, Col, Schema},
    value,
};
use crate::domain::session::{Session, SessionId, SessionKey, SessionKind, Tokens};

/// SQLite's code for a value over the limit of this connection.
const TOO_BIG: i32 = rusqlite::ffi::SQLITE_TOOBIG;

/// Every session's row.
pub fn all(conn: &Connection, schema: &Schema, store: usize) -> Result<Vec<Session>, StoreError> {
    select(conn, |guarded| schema.rows(guarded), (), store)
}

/// Rows whose `updated_at` is `since` or later. Both text forms are found: they differ first in the
/// character between date and time, where the plain form's is the smaller.
pub fn since(
    conn: &Connection,
    schema: &Schema,
    store: usize,
    since: DateTime<Utc>,
) -> Result<Vec<Session>, StoreError> {
    let bound = since.format("%F %T").to_string();
    select(conn, |guarded| schema.rows_since(guarded), [bound], store)
}

/// The row of one session, if it is still there.
pub fn one(
    conn: &Connection,
    schema: &Schema,
    store: usize,
    id: &SessionId,
) -> Result<Option<Session>, StoreError> {
    Ok(select(conn, |guarded| schema.row(guarded), [id.raw()], store)?.pop())
}

/// How many rows there are, readable or not.
pub fn count(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row(schema::COUNT, [], |row| Ok(value::int(value::at(row, 0))))?.unwrap_or(0))
}

fn select(
    conn: &Connection,
    sql: impl Fn(bool) -> String,
    params: impl Params + Clone,
    store: usize,
) -> Result<Vec<Session>, StoreError> {
    match run(conn, &sql(false), params.clone(), store) {
        // One monstrous value fails the whole query: ask again without what is too large.
        Err(rusqlite::Error::SqliteFailure(e, _)) if e.extended_code == TOO_BIG => {
            Ok(run(conn, &sql(true), params, store)?)
        }
        other => Ok(other?),
    }
}

fn run(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    store: usize,
) -> Result<Vec<Session>, rusqlite::Error> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params)?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.extend(session(row, store));
    }
    Ok(sessions)
}

/// `None` for a row without an id: nothing could ever refer to it.
fn session(row: &Row<'_>, store: usize) -> Option<Session> {
    let get = |col: Col| value::at(row, col as usize);
    let id = value::string(get(Col::Id)).filter(|id| !id.is_empty())?;
    let key = SessionKey { store, id: SessionId::new(id) };
    Some(Session {
        // goose's own rule for the title.
        name: value::line(get(Col::Name)).or_else(|| value::line(get(Col::Description))).unwrap_or_default(),
        kind: kind(get(Col::Kind)),
        working_dir: path(get(Col::WorkingDir)),
        project: value::line(get(Col::Project)),
        parent: value::string(get(Col::Parent)).filter(|id| !id.is_empty()).map(SessionId::new),
        created_at: value::time(get(Col::Created)),
        updated_at: value::time(get(Col::Updated)),
        archived_at: value::time(get(Col::Archived)),
        schedule: value::line(get(Col::Schedule)),
        provider: value::line(get(Col::Provider)),
        mode: value::line(get(Col::Mode)),
        tokens: Tokens {
            context: value::count(get(Col::Context)),
            input: value::count(get(Col::Input)),
            output: value::count(get(Col::Output)),
            total: value::count(get(Col::Total)),
        },
        cost_usd: value::real(get(Col::Cost)),
        ..Session::bare(key)
    })
}

fn kind(value: ValueRef<'_>) -> SessionKind {
    match value {
        ValueRef::Text(word) => {
            std::str::from_utf8(word).ok().and_then(|w| w.parse().ok()).unwrap_or_default()
        }
        _ => SessionKind::default(),
    }
}

/// Raw: working directories are compared with those of processes, byte by byte.
fn path(value: ValueRef<'_>) -> PathBuf {
    match value {
        #[cfg(unix)]
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            use std::os::unix::ffi::OsStrExt;
            std::ffi::OsStr::from_bytes(bytes).into()
        }
        other => value::string(other).unwrap_or_default().into(),
    }
}

/// True where the rows say the same; what is read for watched sessions only does not count.
pub fn same(a: &Session, b: &Session) -> bool {
    a.updated_at == b.updated_at
        && a.name == b.name
        && a.kind == b.kind
        && a.working_dir == b.working_dir
        && a.project == b.project
        && a.parent == b.parent
        && a.created_at == b.created_at
        && a.archived_at == b.archived_at
        && a.schedule == b.schedule
        && a.provider == b.provider
        && a.mode == b.mode
        && a.tokens == b.tokens
        && a.cost_usd == b.cost_usd
}
