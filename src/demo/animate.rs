//! Keeps the demo moving: a round is added to one session every few seconds, as long as its goose lives.

use std::{path::PathBuf, time::Duration};

use rusqlite::{Connection, params};
use serde_json::json;

use super::talk::visible;

/// Long enough to read, short enough to see that the screen lives.
pub const EVERY: Duration = Duration::from_secs(4);

/// Where rounds are added.
#[derive(Clone, Debug)]
pub struct Mover {
    /// The store.
    pub db: PathBuf,
    /// The session.
    pub session: String,
}

impl Mover {
    /// Adds round `n`. The store is opened for this one write, and its own clock gives the time.
    pub fn add(&self, n: u64) -> rusqlite::Result<()> {
        let mut db = Connection::open_with_flags(&self.db, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.busy_timeout(Duration::from_millis(500))?;
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for (role, content) in round(n) {
            tx.execute(
                "INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp,
                    metadata_json)
                 VALUES ('msg_' || ?1 || '_live_' || ?2 || ?3, ?1, ?3, ?4, unixepoch(), ?5)",
                params![self.session, n as i64, role, content.to_string(), visible(true, true).to_string()],
            )?;
        }
        tx.execute("UPDATE sessions SET updated_at = datetime('now') WHERE id = ?1", params![self.session])?;
        tx.commit()
    }
}

/// A call with its answer, and after every fourth some words. No two calls are alike, or it would
/// rightly be taken for a loop.
fn round(n: u64) -> Vec<(&'static str, serde_json::Value)> {
    // A small walk between 0.10 % and 0.59 %.
    let rate = 10 + (n * 37) % 50;
    if n % 4 == 3 {
        let words = format!("Minute {n}: {rate:02} in 10,000 requests failed, below the limit of 1 %.");
        return vec![("assistant", json!([{"type": "text", "text": words}]))];
    }
    let id = format!("call_live_{n}");
    let command = format!("curl -s 'metrics.internal/canary?sample={n}'");
    let answer = format!("error_rate 0.{rate:02}");
    vec![
        (
            "assistant",
            json!([{"type": "toolRequest", "id": id, "toolCall": {"status": "success",
                "value": {"name": "shell", "arguments": {"command": command}}}}]),
        ),
        (
            "user",
            json!([{"type": "toolResponse", "id": id, "toolResult": {"status": "success",
                "value": {"content": [{"type": "text", "text": answer}], "isError": false}}}]),
        ),
    ]
}
