//! One look at the world: every store, the processes that can matter, and what went wrong.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use strum::{Display, IntoStaticStr};

use super::{process::Proc, session::Session};

/// Everything known at one moment. The only input of [`super::board::assess`] besides thresholds.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The moment.
    pub taken_at: DateTime<Utc>,
    /// This machine's name, cleaned.
    pub host: String,
    /// Who is looking.
    pub viewer: Viewer,
    /// The stores, in the order they were named.
    pub stores: Vec<StoreLook>,
    /// Agents, carriers of a session id, their descendants and ancestors; in pid order.
    pub procs: Vec<Arc<Proc>>,
    /// False where the process table could not be read at all.
    pub procs_known: bool,
    /// When goose processes were started, dead ones too, as the names in a folder of goose's logs
    /// tell; by that folder, which all processes of one installation share. Nothing is known of a
    /// folder that is missing here. Tells a session begun by `/new` from one of another process.
    pub agent_starts: BTreeMap<PathBuf, Vec<DateTime<Utc>>>,
    /// What could not be read, in sentences.
    pub faults: Vec<Fault>,
    /// Owners that goosetop itself has ended, as its audit log tells.
    pub endings: Arc<Vec<Ending>>,
}

/// A session's goose that goosetop has ended, on somebody's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The store's path, cleaned.
    pub store: String,
    /// The session's id, cleaned.
    pub session: String,
    /// When it was gone.
    pub at: DateTime<Utc>,
    /// The verb, cleaned.
    pub action: String,
}

/// The goosetop process itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Our process number.
    pub pid: u32,
    /// Our user.
    pub uid: u32,
}

/// How a store fared at the newest look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum StoreState {
    /// Read, and its schema is one goosetop was tested with.
    Ok,
    /// Read; its schema is newer than any goosetop knows.
    Newer,
    /// There is no such file.
    Absent,
    /// goose (or another program) holds it; the last good picture is shown.
    Locked,
    /// SQLite calls it malformed, or it is not a database.
    Damaged,
    /// The operating system refused.
    Unreadable,
    /// Readable, but it is not a goose session store.
    NotGoose,
    /// Only a folder of legacy `.jsonl` files.
    Legacy,
}

impl StoreState {
    /// The picture is current.
    pub fn is_current(self) -> bool {
        matches!(self, Self::Ok | Self::Newer | Self::Legacy)
    }
}

/// One store and what is in it.
#[derive(Clone, Debug)]
pub struct StoreLook {
    /// Where it is, raw.
    pub path: PathBuf,
    /// Highest `schema_version`; `None` where unknown.
    pub schema: Option<u32>,
    /// How it fared.
    pub state: StoreState,
    /// One sentence on the state; empty when there is nothing to say.
    pub detail: String,
    /// Size of the database in bytes.
    pub bytes: Option<u64>,
    /// Size of the log beside it, which holds what was not moved into it yet; 0 where there is none.
    pub wal_bytes: Option<u64>,
    /// The file's owner.
    pub owner_uid: Option<u32>,
    /// When `sessions` was last read successfully.
    pub as_of: Option<DateTime<Utc>>,
    /// Every session, newest `updated_at` first. The same `Arc` as before when nothing changed.
    pub sessions: Arc<Vec<Arc<Session>>>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// What was being read: a path, `processes`, ...
    pub source: String,
    /// One sentence: what, and what to do.
    pub message: String,
}
