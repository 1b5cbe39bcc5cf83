//! Session rows and the usage ledger, reduced to what counts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row};

use crate::{
    domain::{
        insights::{Call, SessionRow},
        session::{SessionId, SessionKey},
    },
    sources::goose_db::{
        error::StoreError,
        schema::{GUARD, Schema},
        value,
    },
};

/// A session and the model calls recorded of it.
pub(super) struct Recorded {
    pub row: SessionRow,
    pub calls: Vec<Call>,
}

pub(super) fn read(conn: &Connection, schema: &Schema, place: usize) -> Result<Vec<Recorded>, StoreError> {
    let mut calls = ledger(conn, schema)?;
    let mut statement = conn.prepare(&sql(schema))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(row) = session(row, place) else { continue };
        let calls = calls.remove(&row.key.id).unwrap_or_default();
        found.push(Recorded { row, calls });
    }
    Ok(found)
}

fn sql(schema: &Schema) -> String {
    let column = |name| schema.guarded("sessions", name, GUARD);
    let model = match schema.column("sessions", "model_config_json") {
        "NULL" => "NULL".into(),
        name => format!(
            "CASE WHEN octet_length({name})<={GUARD} AND json_valid({name}) \
             THEN json_extract({name},'$.model_name') END"
        ),
    };
    let columns = [
        "id",
        "name",
        "description",
        "project_id",
        "working_dir",
        "provider_name",
        "created_at",
        "updated_at",
        "accumulated_total_tokens",
        "accumulated_input_tokens",
        "accumulated_output_tokens",
        // Before there were sums, the newest call's size is the least that was used.
        "total_tokens",
        "accumulated_cost",
    ];
    format!("SELECT {},{model} FROM sessions", columns.map(column).join(","))
}

fn session(row: &Row<'_>, place: usize) -> Option<SessionRow> {
    let at = |n| value::at(row, n);
    let id = value::string(at(0))?;
    let both = || Some(value::count(at(9))? + value::count(at(10))?);
    Some(SessionRow {
        key: SessionKey { store: place, id: SessionId::new(id) },
        name: value::line(at(1)).or_else(|| value::line(at(2))).unwrap_or_default(),
        project: value::line(at(3)).or_else(|| value::line(at(4))),
        provider: value::line(at(5)),
        model: value::line(at(13)),
        created_at: value::time(at(6)),
        updated_at: value::time(at(7)),
        tokens: value::count(at(8)).or_else(both).or_else(|| value::count(at(11))),
        cost_usd: value::real(at(12)).filter(|cost| *cost >= 0.0),
    })
}

fn ledger(conn: &Connection, schema: &Schema) -> Result<HashMap<SessionId, Vec<Call>>, StoreError> {
    let mut calls: HashMap<SessionId, Vec<Call>> = HashMap::new();
    if !schema.has_usage() {
        return Ok(calls);
    }
    let columns =
        ["session_id", "created_timestamp", "model", "total_tokens", "input_tokens", "output_tokens", "cost"];
    let columns = columns.map(|name| schema.guarded("usage_ledger", name, GUARD));
    let mut statement = conn.prepare(&format!("SELECT {} FROM usage_ledger", columns.join(",")))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let at = |n| value::at(row, n);
        let (Some(id), Some(time)) = (value::string(at(0)), value::time(at(1))) else { continue };
        let both = || Some(value::count(at(4))? + value::count(at(5))?);
        let call = Call {
            at: time,
            model: value::line(at(2)),
            tokens: value::count(at(3)).or_else(both),
            cost_usd: value::real(at(6)).filter(|cost| *cost >= 0.0),
        };
        calls.entry(SessionId::new(id)).or_default().push(call);
    }
    Ok(calls)
}

/// The newest `updated_at`.
pub(super) fn newest(conn: &Connection, schema: &Schema) -> Result<Option<DateTime<Utc>>, StoreError> {
    if !schema.has_updated() {
        return Ok(None);
    }
    let sql = "SELECT max(updated_at) FROM sessions";
    Ok(conn.query_row(sql, [], |row| Ok(value::time(value::at(row, 0))))?)
}
