//! Every way a store can refuse to be read, each with its state and its sentence: what, where, what
//! next.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::ffi::ErrorCode;
use thiserror::Error;

use crate::domain::{snapshot::StoreState, text};

/// Why a store was not read. Shown as it is; paths are cleaned on the way.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// No such file.
    #[error("no goose database at {}: start goose once, or name another with --db", show(.0))]
    Absent(PathBuf),
    /// Not even its directory.
    #[error("no directory {}: goose has not run here, or its data lies elsewhere (--db)", show(.0))]
    NoDirectory(PathBuf),
    /// A directory, FIFO, socket or device.
    #[error("{} is {kind}, not a database file: name the file itself with --db", show(.path))]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The operating system says no.
    #[error(
        "permission denied for {}{}: run goosetop as that user, or as root",
        show(.path),
        owner(*.uid, *.mode)
    )]
    Denied {
        /// Which file.
        path: PathBuf,
        /// Who owns it.
        uid: Option<u32>,
        /// Its permission bits.
        mode: u32,
    },
    /// Another failure of the operating system.
    #[error("cannot look at {}: {why}", show(.path))]
    Io {
        /// Where.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// A file of no bytes.
    #[error("{} is an empty file, not a database: move it away and start goose, which makes a new one", show(.path))]
    Empty {
        /// Where.
        path: PathBuf,
    },
    /// Somebody else holds the database.
    #[error("another program holds the database (SQLite code {code})")]
    Busy {
        /// SQLite's extended code.
        code: i32,
    },
    /// It changed each time while it was being read.
    #[error("the database is being rewritten faster than it can be read")]
    Moving,
    /// An interrupted write waits for its repair, which only a writer may do.
    #[error("an interrupted write waits for repair: goose repairs it when it next opens the database")]
    HotJournal,
    /// SQLite calls it malformed, or no database.
    #[error(
        "database unreadable (SQLite code {code}: {why}): keep a copy, then try `sqlite3 FILE .recover` on the copy"
    )]
    Damaged {
        /// SQLite's extended code.
        code: i32,
        /// SQLite's words, cleaned.
        why: String,
    },
    /// A query ran into its deadline.
    #[error("reading took longer than {0} s and was stopped: the disk is slow, or the schema is not goose's")]
    TooSlow(u64),
    /// A database, but not one of goose's.
    #[error("not a goose session store: {0}")]
    NotGoose(String),
    /// Anything else that SQLite says.
    #[error("cannot read the database (SQLite code {code}: {why})")]
    Sqlite {
        /// SQLite's extended code.
        code: i32,
        /// SQLite's words, cleaned.
        why: String,
    },
}

impl StoreError {
    /// The state a store is in that failed this way.
    pub fn state(&self) -> StoreState {
        match self {
            Self::Absent(_) | Self::NoDirectory(_) => StoreState::Absent,
            Self::Busy { .. } | Self::Moving | Self::HotJournal => StoreState::Locked,
            Self::Damaged { .. } | Self::Empty { .. } => StoreState::Damaged,
            Self::NotGoose(_) => StoreState::NotGoose,
            _ => StoreState::Unreadable,
        }
    }

    /// Names the folder that keeps us out: the last one on the way that can still be looked at.
    fn closed(path: &Path) -> Self {
        for folder in path.ancestors().skip(1) {
            if let Ok(meta) = folder.metadata() {
                let (uid, mode) = owner_of(&meta);
                return Self::Denied { path: folder.into(), uid, mode };
            }
        }
        Self::Denied { path: path.into(), uid: None, mode: 0 }
    }

    /// What a failed `stat` means.
    pub fn from_io(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => match path.parent() {
                Some(dir) if !dir.as_os_str().is_empty() && !dir.exists() => Self::NoDirectory(dir.into()),
                _ => Self::Absent(path.into()),
            },
            io::ErrorKind::PermissionDenied => Self::closed(path),
            _ => Self::Io { path: path.into(), why: error.to_string() },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let why = text::cut(&text::line(&error.to_string()), 200);
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return Self::Sqlite { code: 0, why };
        };
        let code = failure.extended_code;
        match failure.code {
            // 776: a hot journal that a read-only connection may not roll back.
            ErrorCode::ReadOnly if code == rusqlite::ffi::SQLITE_READONLY_ROLLBACK => Self::HotJournal,
            // 1288: the shared memory is being set up by its writer at this very moment.
            ErrorCode::ReadOnly if code == rusqlite::ffi::SQLITE_READONLY_CANTINIT => Self::Busy { code },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                Self::Busy { code }
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::SystemIoFailure => {
                Self::Damaged { code, why }
            }
            ErrorCode::OperationInterrupted => Self::TooSlow(0),
            _ => Self::Sqlite { code, why },
        }
    }
}

fn show(path: &Path) -> String {
    text::path(path, None)
}

#[cfg(unix)]
fn owner_of(meta: &std::fs::Metadata) -> (Option<u32>, u32) {
    use std::os::unix::fs::MetadataExt;
    (Some(meta.uid()), meta.mode() & 0o7777)
}

#[cfg(not(unix))]
fn owner_of(_: &std::fs::Metadata) -> (Option<u32>, u32) {
    (None, 0)
}

fn owner(uid: Option<u32>, mode: u32) -> String {
    uid.map(|uid| format!(" (owned by uid {uid}, mode {mode:04o})")).unwrap_or_default()
}
