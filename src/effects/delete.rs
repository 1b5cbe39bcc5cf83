//! Deleting a session from goose's store: the only place of goosetop that writes there, and only on a
//! person's word.
//!
//! ```text
//!  fingerprint ─► export by goose itself ─► checked ─► BEGIN IMMEDIATE: same fingerprint? delete : refuse
//! ```
//!
//! Rows go as goose deletes them (facts 1.6): messages, usage_ledger where the schema has it, the
//! session. The log is never checkpointed: that stays goose's own business.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, config::DbConfig};

use crate::domain::{session::SessionId, text};

/// As long as goose waits for a lock (facts 1.5).
const BUSY: Duration = Duration::from_secs(5);

/// What a session looked like; any work on it changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    updated_at: Option<String>,
    newest: Option<i64>,
    /// Messages stored.
    pub messages: u64,
}

/// Why nothing was deleted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not in this store.
    #[error("session {0} is not in the store's database")]
    Missing(SessionId),
    /// The store is newer than what goosetop was tested with.
    #[error("the store has schema {found}, and goosetop knows {known}: it is not written")]
    Newer {
        /// Of the store.
        found: u32,
        /// Of goosetop.
        known: u32,
    },
    /// Somebody worked on it meanwhile.
    #[error("session {0} was written to while it was exported: it is in use")]
    Changed(SessionId),
    /// What SQLite said.
    #[error("the store refused: {0}")]
    Store(#[from] rusqlite::Error),
}

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Messages.
    pub messages: usize,
    /// Rows of the usage ledger.
    pub ledger: usize,
}

/// A store, open for writing. Open it for a deletion and drop it.
#[derive(Debug)]
pub struct Deleter {
    conn: Connection,
}

impl Deleter {
    /// Opens the store; changes nothing.
    ///
    /// # Errors
    /// [`Error::Newer`] above `known`, or what SQLite says.
    pub fn open(store: &Path, known: u32) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(store, flags)?;
        conn.busy_timeout(BUSY)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        conn.pragma_update(None, "wal_autocheckpoint", 0)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        let found: Option<u32> =
            conn.query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0))?;
        match found {
            Some(found) if found > known => Err(Error::Newer { found, known }),
            _ => Ok(Self { conn }),
        }
    }

    /// What the session looks like now.
    ///
    /// # Errors
    /// [`Error::Missing`], or what SQLite says.
    pub fn fingerprint(&self, id: &SessionId) -> Result<Fingerprint, Error> {
        fingerprint(&self.conn, id)
    }

    /// Deletes it, if it still looks like that.
    ///
    /// # Errors
    /// Nothing is deleted where there is one.
    pub fn delete(&mut self, id: &SessionId, seen: &Fingerprint) -> Result<Deleted, Error> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if fingerprint(&tx, id)? != *seen {
            return Err(Error::Changed(id.clone()));
        }
        let messages = tx.execute("DELETE FROM messages WHERE session_id = ?1", [id.raw()])?;
        let has_ledger = tx
            .query_row(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'usage_ledger'",
                [],
                |_| Ok(()),
            )
            .optional()?;
        let ledger = match has_ledger {
            Some(()) => tx.execute("DELETE FROM usage_ledger WHERE session_id = ?1", [id.raw()])?,
            None => 0,
        };
        tx.execute("DELETE FROM sessions WHERE id = ?1", [id.raw()])?;
        tx.commit()?;
        Ok(Deleted { messages, ledger })
    }
}

fn fingerprint(conn: &Connection, id: &SessionId) -> Result<Fingerprint, Error> {
    let updated = conn
        .query_row("SELECT CAST(updated_at AS TEXT) FROM sessions WHERE id = ?1", [id.raw()], |row| {
            row.get(0)
        })
        .optional()?;
    let Some(updated_at) = updated else { return Err(Error::Missing(id.clone())) };
    let sql = "SELECT max(id), count(*) FROM messages WHERE session_id = ?1";
    conn.query_row(sql, [id.raw()], |row| {
        Ok(Fingerprint { updated_at, newest: row.get(0)?, messages: row.get::<_, i64>(1)?.unsigned_abs() })
    })
    .map_err(Error::from)
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing(_) => {
                "sessions that are only in a .jsonl file of an old goose are not deleted".into()
            }
            Self::Newer { .. } => "`goose session remove` of the goose that wrote it can".into(),
            Self::Changed(_) => "end its goose first, or look again".into(),
            Self::Store(error) => text::line(&error.to_string()).into_owned(),
        }
    }
}
