//! Opening goose's database so that nothing is left behind and nothing goose does is in the way.
//!
//! | found                                  | opened as    | why                                     |
//! |----------------------------------------|--------------|-----------------------------------------|
//! | `-journal` with content                | [`Via::Live`]| only SQLite's locks say what is valid   |
//! | no `-wal`, or an empty one             | [`Via::Still`] | a plain open would leave `-wal`, `-shm` |
//! | `-wal` with content, `-shm` beside it  | [`Via::Live`]| a writer lives, or left both behind     |
//! | `-wal` with content, no `-shm`         | [`Via::Left`]| nobody lives; a plain open makes `-shm` |
//!
//! No connection outlives one look. A connection held open would make goose's last close leave its
//! `-wal` and `-shm` behind (measured), block its change of journal mode, and meet SIGBUS when the
//! `-shm` is truncated. Opening again costs tens of microseconds, and only when a file changed.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig, limits::Limit};

use super::{error::StoreError, files::Files};

/// How long we wait for a lock: short, so that a look never makes the screen late; goose itself
/// waits 5 to 30 s, so it never gives up because of us.
const BUSY_TIMEOUT: Duration = Duration::from_millis(250);

/// No value larger than this is ever loaded, bytes.
const MAX_VALUE: i32 = 16 << 20;

/// Virtual-machine steps between two looks at the deadline: some tens of microseconds.
const STEPS: i32 = 4_000;

/// The way a database was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// `immutable=1`: no locks, no companions; right only if the file did not change meanwhile.
    Still,
    /// Read-only beside a writer, with SQLite's locks.
    Live,
    /// A `-wal` that a killed writer left without its index: indexed in memory, without locks; right
    /// only if no file changed meanwhile.
    Left,
}

impl Via {
    /// The way that suits these files.
    pub fn of(files: &Files) -> Self {
        match () {
            () if files.journal => Self::Live,
            () if !files.has_wal() => Self::Still,
            () if files.shm || !cfg!(unix) => Self::Live,
            () => Self::Left,
        }
    }

    /// True where SQLite's locks vouch for what was read; else the files' stamps must.
    pub fn is_locked(self) -> bool {
        self == Self::Live
    }
}

/// Opens for one short batch of queries; drop it right after. Queries running past `deadline` end
/// with [`StoreError::TooSlow`].
pub fn open(files: &Files, deadline: Duration) -> Result<(Connection, Via), StoreError> {
    files.check_readable()?;
    let via = Via::of(files);
    // readonly_shm: a `-shm` without a living writer is not rebuilt on disk but in memory.
    let (query, vfs) = match via {
        Via::Still => ("immutable=1", None),
        Via::Live => ("readonly_shm=1", None),
        Via::Left => ("mode=ro", Some("unix-none")),
    };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("{}?{query}", uri(&files.path));
    let mut conn = match vfs {
        None => Connection::open_with_flags(uri, flags)?,
        Some(vfs) => Connection::open_with_flags_and_vfs(uri, flags, vfs)?,
    };
    harden(&mut conn, deadline)?;
    if via == Via::Left {
        // Exclusive to ourselves: the index of the log then lives in memory instead of a `-shm`.
        conn.execute_batch("PRAGMA locking_mode=EXCLUSIVE")?;
    }
    Ok((conn, via))
}

fn harden(conn: &mut Connection, deadline: Duration) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // The log is goose's to fold into the database, also where nobody else has it open.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Memory mapping off: a file that shrinks would kill the process (SIGBUS).
    conn.execute_batch("PRAGMA query_only=1; PRAGMA cell_size_check=1; PRAGMA mmap_size=0")?;
    let start = Instant::now();
    conn.progress_handler(STEPS, Some(move || start.elapsed() > deadline))?;
    Ok(())
}

/// `file:` URI of an absolute path, every byte that could mean something escaped.
fn uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("file://");
    #[cfg(windows)]
    uri.push('/');
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(byte.into());
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) => uri.push(':'),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_path_cannot_smuggle_parameters() {
        assert_eq!(uri(Path::new("/a b/x?mode=rwc#%.db")), "file:///a%20b/x%3Fmode%3Drwc%23%25.db");
    }
    #[test]
    fn a_query_that_never_ends_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("endless.db");
        // Nothing of the schema is trusted: a view may stand where a table should.
        let endless = "CREATE VIEW sessions AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) \
                       SELECT id FROM n";
        Connection::open(&path).unwrap().execute_batch(endless).unwrap();
        let files = Files::stat(&path).unwrap();
        let (conn, via) = open(&files, Duration::from_millis(20)).unwrap();
        assert_eq!(via, Via::Still);
        let counted = conn.query_row("SELECT count(*) FROM sessions", [], |row| row.get::<_, i64>(0));
        assert_eq!(counted.map_err(StoreError::from), Err(StoreError::TooSlow(0)));
        assert!(conn.execute_batch("CREATE TABLE t (x)").is_err());
    }
}
