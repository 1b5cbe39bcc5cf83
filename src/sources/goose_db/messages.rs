//! Whose messages came, and how many there are, without reading one.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{entry::Signature, error::StoreError, schema, value};
use crate::domain::session::SessionId;

/// Row id of the newest message; 0 where there is none.
pub fn newest(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row(schema::MAX_MESSAGE, [], |row| Ok(value::int(value::at(row, 0))))?.unwrap_or(0))
}

/// Sessions that got messages after row `after`, with how many.
pub fn since(conn: &Connection, after: i64) -> Result<HashMap<SessionId, u64>, StoreError> {
    let mut added = HashMap::new();
    let mut statement = conn.prepare(schema::TOUCHED)?;
    let mut rows = statement.query([after])?;
    while let Some(row) = rows.next()? {
        let Some(id) = value::string(value::at(row, 0)) else { continue };
        added.insert(SessionId::new(id), value::count(value::at(row, 1)).unwrap_or(0));
    }
    Ok(added)
}

/// Count and signature of every session that has messages, in one pass over the index.
pub fn counts(conn: &Connection) -> Result<HashMap<SessionId, (u64, Signature)>, StoreError> {
    let mut counts = HashMap::new();
    let mut statement = conn.prepare(schema::COUNT_ALL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(id) = value::string(value::at(row, 0)) else { continue };
        let int = |at| value::int(value::at(row, at));
        let signature = Signature { min: int(2), max: int(3) };
        counts.insert(SessionId::new(id), (value::count(value::at(row, 1)).unwrap_or(0), signature));
    }
    Ok(counts)
}
