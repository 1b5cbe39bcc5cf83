//! goose's session database, read without leaving a trace.
//!
//! ```text
//!  files (stat) ──► open ──► cache: rows, new messages, tails ──► verified ──► published
//!     │  unchanged: nothing is opened          │
//!     └───────────────────────────────────── error: state and sentence; the last list stays
//! ```
//!
//! | file      | knows                                                             |
//! |-----------|-------------------------------------------------------------------|
//! | `files`   | what `stat` tells; never opens                                    |
//! | `open`    | how to open so that nothing is created, changed or deleted        |
//! | `schema`  | the names of tables and columns, all SQL                          |
//! | `rows`, `wide`, `tail`, `message` | a row, its wide columns, its end, a message's JSON |
//! | `watch`   | which sessions get a tail                                         |
//! | `cache`, `entry`, `messages`, `list` | what changed, and the published list    |
//! | `once`, `sweep` | one reading outside the looks; every message of the store                |
//! | `conversation`, `order` | one session's messages, in goose's order                            |
//! | `error`   | every way to fail, its state, its sentence                        |
//!
//! Nothing is held open between looks, so `pragma data_version`, which counts per connection, has no
//! part here: the stamps of database and log tell that nothing changed, and where they are too young
//! to tell (two writes within one step of the file system's clock) the store is read again.
//!
//! Invariant: between two looks no file of goose's is open; within one, all queries see one state
//! (one transaction, or one unchanged set of stamps). A look that fails changes no published list.
//!
//! To read one more column: a line in `schema::Col` and its name beside it, and its field in
//! `rows::session`. To follow a new schema version: raise `schema::KNOWN`, add its step to
//! `tests/support/schema/`.

mod cache;
pub(super) mod conversation;
mod entry;
pub mod error;
pub mod files;
mod list;
pub(super) mod message;
mod messages;
pub(super) mod once;
pub mod open;
pub(super) mod order;
mod rows;
pub(super) mod schema;
pub(super) mod sweep;
mod tail;
pub(super) mod value;
pub(super) mod watch;
pub(super) mod wide;

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

pub(super) use self::list::sort;
use self::{cache::Cache, error::StoreError, files::Files, open::Via};
use super::{SessionSource, goose_jsonl::JsonlFolder};
use crate::domain::{
    interest::Interest,
    session::Session,
    snapshot::{Fault, StoreLook, StoreState},
};

/// Longest time one look may spend in SQLite; reading everything of a large store may take longer.
const DEADLINE: Duration = Duration::from_secs(10);
/// The same where everything is asked for.
const DEADLINE_ALL: Duration = Duration::from_secs(120);
/// Readings in a row that may be overtaken by a writer before a look gives up.
const ATTEMPTS: usize = 3;
/// First and longest pause after a failure that will not pass by itself, seconds.
const BACK_OFF: (i64, i64) = (1, 30);

/// The newest schema version goosetop was tested with.
pub fn schema_version_known() -> u32 {
    schema::KNOWN
}

/// The version of the SQLite that is linked in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// One database, and the legacy files beside it.
pub struct GooseDb {
    path: PathBuf,
    cache: Cache,
    legacy: Option<JsonlFolder>,
    seen: Option<Seen>,
    interest: Interest,
    busy_since: Option<DateTime<Utc>>,
    pause: Option<Pause>,
    look: StoreLook,
    /// The lists that `look.sessions` was merged from.
    merged: Option<[Arc<Vec<Arc<Session>>>; 2]>,
}

/// The files as they were when they were last read.
struct Seen {
    files: Files,
    at: DateTime<Utc>,
    via: Via,
}

/// After a failure the file is left alone for a while.
struct Pause {
    until: DateTime<Utc>,
    seconds: i64,
    file: Option<(u64, u64)>,
    error: StoreError,
}

impl GooseDb {
    /// Nothing is read before the first look. `store` is this database's place in the snapshot;
    /// with `legacy`, `.jsonl` sessions beside it are read too.
    pub fn new(path: PathBuf, store: usize, legacy: bool) -> Self {
        let folder = path.parent().map(|dir| JsonlFolder::new(dir.into(), store)).filter(|_| legacy);
        let look = StoreLook {
            path: path.clone(),
            schema: None,
            state: StoreState::Absent,
            detail: String::new(),
            bytes: None,
            wal_bytes: None,
            owner_uid: None,
            as_of: None,
            sessions: Arc::default(),
        };
        Self {
            path,
            cache: Cache::new(store),
            legacy: folder,
            seen: None,
            interest: Interest::default(),
            busy_since: None,
            pause: None,
            look,
            merged: None,
        }
    }

    /// Brings the cache up to date if anything may have changed.
    fn read(&mut self, now: DateTime<Utc>, interest: &Interest) -> Result<(), StoreError> {
        let mut files = self.stat()?;
        if self.pause.is_none()
            && self.is_current(&files)
            && *interest == self.interest
            && !self.cache.pending
        {
            return Ok(());
        }
        if let Some(pause) = &self.pause
            && now < pause.until
            && pause.file == Some(files.db.id)
        {
            return Err(pause.error.clone());
        }
        for _ in 0..ATTEMPTS {
            let result = self.attempt(&files, now, interest);
            let after = self.stat()?;
            match result {
                // Without locks, unchanged stamps are what makes the reading whole.
                Ok(via) if via.is_locked() || after == files => {
                    self.cache.publish();
                    self.seen = Some(Seen { files, at: now, via });
                    self.interest.clone_from(interest);
                    return Ok(());
                }
                Err(busy @ StoreError::Busy { .. }) => return Err(busy),
                Err(error) if after == files => {
                    self.forget();
                    return Err(error);
                }
                _ => self.forget(),
            }
            files = after;
        }
        Err(StoreError::Moving)
    }

    fn stat(&mut self) -> Result<Files, StoreError> {
        Files::stat(&self.path).inspect_err(|_| self.forget())
    }

    fn forget(&mut self) {
        self.cache.forget();
        self.seen = None;
    }

    /// The files prove by themselves that nothing changed since they were read.
    fn is_current(&self, files: &Files) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.files == *files && files.settled(seen.at))
    }

    fn attempt(&mut self, files: &Files, now: DateTime<Utc>, interest: &Interest) -> Result<Via, StoreError> {
        let deadline = if interest.all { DEADLINE_ALL } else { DEADLINE };
        let (conn, via) = open::open(files, deadline)?;
        // A database that changed without a log may be another one, copied over the old.
        let same = self.seen.as_ref().is_some_and(|seen| {
            seen.files.db == files.db
                || (seen.via == Via::Live && via == Via::Live && seen.files.same_file(files))
        });
        if !same {
            self.cache.forget();
        }
        let stale = !self.is_current(files);
        // One state for all queries; ends with the connection, at the end of this look.
        conn.execute_batch("BEGIN").map_err(StoreError::from)?;
        self.cache.refresh(&conn, now, interest, stale).map_err(|error| match error {
            StoreError::TooSlow(_) => StoreError::TooSlow(deadline.as_secs()),
            other => other,
        })?;
        Ok(via)
    }

    /// Puts the outcome of a reading into words.
    fn describe(&mut self, now: DateTime<Utc>, result: Result<(), StoreError>) {
        if let Some(schema) = self.cache.schema() {
            self.look.schema = schema.version;
        }
        let error = match result {
            Ok(()) => {
                (self.busy_since, self.pause) = (None, None);
                self.look.as_of = Some(now);
                self.describe_good();
                return;
            }
            Err(error) => error,
        };
        if let Ok(files) = Files::stat(&self.path) {
            self.look.bytes = Some(files.db.size);
            self.look.wal_bytes = Some(files.wal_size());
            self.look.owner_uid = files.db.uid;
        }
        self.look.state = error.state();
        self.look.detail = error.to_string();
        if self.look.state == StoreState::Locked {
            let since = *self.busy_since.get_or_insert(now);
            self.look.detail = format!("busy since {} UTC: {error}", since.format("%H:%M:%S"));
        } else {
            self.busy_since = None;
            self.pause(now, error);
        }
    }

    fn describe_good(&mut self) {
        let Some(seen) = &self.seen else { return };
        let newer = self.cache.schema().is_some_and(schema::Schema::is_newer);
        self.look.state = if newer { StoreState::Newer } else { StoreState::Ok };
        self.look.bytes = Some(seen.files.db.size);
        self.look.wal_bytes = Some(seen.files.wal_size());
        self.look.owner_uid = seen.files.db.uid;
        let mut words = Vec::new();
        if newer {
            words.push(format!(
                "schema {} is newer than the {} goosetop knows: what it adds is not shown",
                self.look.schema.unwrap_or_default(),
                schema::KNOWN
            ));
        }
        if let Some(fs) = files::remote_fs(&seen.files.path) {
            words.push(format!("on a {fs} file system, where another host's newest writes may be missing: run goosetop on that host"));
        }
        self.look.detail = words.join("; ");
    }

    fn pause(&mut self, now: DateTime<Utc>, error: StoreError) {
        if error.state() == StoreState::Absent {
            self.pause = None;
            return;
        }
        let file = Files::stat(&self.path).ok().map(|files| files.db.id);
        let (first, longest) = BACK_OFF;
        let seconds = match &self.pause {
            Some(pause) if pause.file == file && now < pause.until => return,
            Some(pause) if pause.file == file => (pause.seconds * 2).min(longest),
            _ => first,
        };
        self.pause = Some(Pause { until: now + TimeDelta::seconds(seconds), seconds, file, error });
    }

    /// Adds the legacy sessions that the database does not hold.
    fn merge_legacy(&mut self, now: DateTime<Utc>, interest: &Interest) {
        let db = Arc::clone(self.cache.list());
        let Some(folder) = &mut self.legacy else {
            self.look.sessions = db;
            return;
        };
        let files = folder.look(now, interest, &db);
        if self.look.state == StoreState::Absent && db.is_empty() && !files.is_empty() {
            self.look.state = StoreState::Legacy;
            self.look.detail =
                "no database yet: sessions of goose 1.9 and earlier, from their .jsonl files".into();
            self.look.as_of = Some(now);
        }
        if self.merged.as_ref().is_some_and(|[a, b]| Arc::ptr_eq(a, &db) && Arc::ptr_eq(b, &files)) {
            return;
        }
        self.look.sessions = if files.is_empty() {
            Arc::clone(&db)
        } else {
            let mut sessions: Vec<_> = db.iter().chain(files.iter()).cloned().collect();
            sort(&mut sessions);
            Arc::new(sessions)
        };
        self.merged = Some([db, files]);
    }
}

impl SessionSource for GooseDb {
    fn faults(&self) -> Vec<Fault> {
        self.legacy.as_ref().and_then(JsonlFolder::fault).into_iter().collect()
    }

    fn look(&mut self, now: DateTime<Utc>, interest: &Interest) -> StoreLook {
        let result = self.read(now, interest);
        self.describe(now, result);
        self.merge_legacy(now, interest);
        self.look.clone()
    }
}
