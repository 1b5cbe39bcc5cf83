//! The store's files as `stat` sees them. Nothing here opens a file: closing a stray handle on the
//! database, its `-wal` or its `-shm` would drop the locks SQLite holds in this process, and opening
//! a FIFO blocks for ever.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::error::StoreError;

/// Writes younger than this may share their file time with an earlier one: file systems keep times
/// in steps of up to two seconds. Such a time is no proof that nothing changed.
const TIME_STEP: Duration = Duration::from_secs(2);

/// What tells one state of a file from another without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Device and inode: the same path may become another file.
    pub id: (u64, u64),
    /// Bytes.
    pub size: u64,
    /// Last write.
    pub modified: DateTime<Utc>,
    /// Owner, where the system has one.
    pub uid: Option<u32>,
    /// Permission bits, where the system has them.
    pub mode: u32,
}

/// The database and what lies beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The database itself, links resolved: SQLite looks for the `-wal` beside the real file.
    pub path: PathBuf,
    /// The database.
    pub db: Stamp,
    /// `-wal`, if there is one.
    pub wal: Option<Stamp>,
    /// `-shm` exists.
    pub shm: bool,
    /// A `-journal` that holds something: a write is under way, or was cut short.
    pub journal: bool,
}

impl Files {
    /// Looks at the database at `path` and at its companions.
    pub fn stat(path: &Path) -> Result<Self, StoreError> {
        let real = resolve(path)?;
        let meta = fs::metadata(&real).map_err(|e| StoreError::from_io(path, &e))?;
        if !meta.is_file() {
            return Err(StoreError::NotAFile { path: path.into(), kind: kind_word(&meta) });
        }
        let wal = stamp_of(&beside(&real, "-wal"));
        let shm = fs::symlink_metadata(beside(&real, "-shm")).is_ok();
        let journal = stamp_of(&beside(&real, "-journal")).is_some_and(|s| s.size > 0);
        Ok(Self { db: stamp(&meta), wal, shm, journal, path: real })
    }

    /// Content that is in the `-wal` only.
    pub fn has_wal(&self) -> bool {
        self.wal_size() > 0
    }

    /// Bytes of the `-wal`.
    pub fn wal_size(&self) -> u64 {
        self.wal.map_or(0, |wal| wal.size)
    }

    /// The same file at the same path, whatever was written to it.
    pub fn same_file(&self, other: &Self) -> bool {
        self.path == other.path && self.db.id == other.db.id
    }

    /// True where an unchanged stamp proves unchanged content at `now`.
    pub fn settled(&self, now: DateTime<Utc>) -> bool {
        // NTFS brings the times of a file that is open elsewhere up to date only now and then.
        let newest = self.wal.map_or(self.db.modified, |w| w.modified.max(self.db.modified));
        cfg!(unix) && (now - newest).to_std().is_ok_and(|age| age > TIME_STEP)
    }

    /// Refuses what the operating system would refuse, with the owner's name for it.
    pub fn check_readable(&self) -> Result<(), StoreError> {
        let wal = beside(&self.path, "-wal");
        for file in [Some(&self.path), self.has_wal().then_some(&wal)].into_iter().flatten() {
            if !readable(file) {
                return Err(StoreError::Denied { path: file.clone(), uid: self.db.uid, mode: self.db.mode });
            }
        }
        // Also beside a log: SQLite deletes the log of a database without pages.
        if self.db.size == 0 {
            return Err(StoreError::Empty { path: self.path.clone() });
        }
        Ok(())
    }
}

/// `path` with `suffix` appended to the file's name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    let meta = fs::symlink_metadata(path).map_err(|e| StoreError::from_io(path, &e))?;
    let real = if meta.is_symlink() { fs::canonicalize(path) } else { std::path::absolute(path) };
    real.map_err(|e| StoreError::from_io(path, &e))
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|m| stamp(&m))
}

pub(in crate::sources) fn modified(meta: &fs::Metadata) -> io::Result<DateTime<Utc>> {
    meta.modified().map(DateTime::from)
}

#[cfg(unix)]
fn stamp(meta: &fs::Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    Stamp {
        id: (meta.dev(), meta.ino()),
        size: meta.len(),
        modified: modified(meta).unwrap_or_default(),
        uid: Some(meta.uid()),
        mode: meta.mode() & 0o7777,
    }
}

#[cfg(not(unix))]
fn stamp(meta: &fs::Metadata) -> Stamp {
    let modified = modified(meta).unwrap_or_default();
    // No inode: the time of creation tells a replaced file from the old one.
    let created = meta.created().map(DateTime::<Utc>::from).unwrap_or_default();
    Stamp {
        id: (0, created.timestamp_nanos_opt().unwrap_or(0) as u64),
        size: meta.len(),
        modified,
        uid: None,
        mode: 0,
    }
}

#[cfg(unix)]
fn readable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok()
}

#[cfg(not(unix))]
fn readable(_: &Path) -> bool {
    true
}

#[cfg(unix)]
fn kind_word(meta: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = meta.file_type();
    match () {
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn kind_word(meta: &fs::Metadata) -> &'static str {
    if meta.is_dir() { "a directory" } else { "a device" }
}

/// The name of the network or user-space file system that `path` lies on. SQLite's write-ahead log
/// does not work across hosts, so what is read there may be old (SQLite's own documentation).
#[cfg(target_os = "linux")]
pub fn remote_fs(path: &Path) -> Option<&'static str> {
    // Magic numbers of statfs(2); as u32, since the field's width differs between targets.
    Some(match rustix::fs::statfs(path).ok()?.f_type as u32 {
        0x6969 => "NFS",
        0x517B | 0xFE53_4D42 => "SMB",
        0xFF53_4D42 => "CIFS",
        0x0102_1997 => "9p",
        0x6573_5546 => "FUSE",
        0x5346_414F => "AFS",
        0x00C3_6400 => "Ceph",
        0x0BD0_0BD0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x0116_1970 => "GFS2",
        _ => return None,
    })
}

/// Not told on this system.
#[cfg(not(target_os = "linux"))]
pub fn remote_fs(_: &Path) -> Option<&'static str> {
    None
}
