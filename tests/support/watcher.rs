//! Looking at a store the way goosetop does, and telling whether looking changed anything.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use goosetop::{
    domain::{
        interest::Interest,
        session::{Block, Session, SessionId, Tail},
        snapshot::StoreLook,
    },
    sources::{SessionSource, goose_db::GooseDb},
};

/// The time of the newest rows that the tests write, Unix seconds (2026-01-01).
pub const NOW: i64 = 1_767_225_600;

/// `NOW` and some seconds.
pub fn at(offset: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW + offset, 0).unwrap()
}

/// A scratch folder with a path for a database in it.
pub struct Place {
    pub dir: tempfile::TempDir,
    pub db: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("sessions.db");
        Self { dir, db }
    }

    pub fn source(&self) -> GooseDb {
        GooseDb::new(self.db.clone(), 0, true)
    }

    /// Names and content of every file in the folder.
    pub fn trace(&self) -> BTreeMap<String, u64> {
        let files = std::fs::read_dir(self.dir.path()).unwrap().map(Result::unwrap);
        files
            .filter(|f| f.file_type().unwrap().is_file())
            .map(|f| (f.file_name().into_string().unwrap(), digest(&f.path())))
            .collect()
    }
}

fn digest(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    std::fs::read(path).unwrap().hash(&mut hasher);
    hasher.finish()
}

/// Interest in these sessions.
pub fn ids(ids: &[&str]) -> Interest {
    Interest { ids: ids.iter().map(|id| SessionId::new(*id)).collect(), ..Interest::default() }
}

/// Interest in what was updated within `seconds`.
pub fn recent(seconds: u64) -> Interest {
    Interest { recent_within: Duration::from_secs(seconds), ..Interest::default() }
}

/// One look some seconds after `NOW`.
pub fn look(source: &mut GooseDb, offset: i64, interest: &Interest) -> StoreLook {
    source.look(at(offset), interest)
}

pub fn find<'a>(look: &'a StoreLook, id: &str) -> &'a Arc<Session> {
    look.sessions.iter().find(|s| s.key.id.raw() == id).unwrap_or_else(|| panic!("no {id} in {look:?}"))
}

pub fn names(look: &StoreLook) -> Vec<&str> {
    look.sessions.iter().map(|s| s.key.id.raw()).collect()
}

pub fn tail<'a>(look: &'a StoreLook, id: &str) -> &'a Tail {
    find(look, id).tail.as_deref().unwrap_or_else(|| panic!("{id} has no tail"))
}

/// The texts of a tail, oldest first.
pub fn words(tail: &Tail) -> Vec<&str> {
    let texts = tail.messages.iter().flat_map(|m| &m.blocks);
    texts
        .filter_map(|b| if let Block::Text { preview } = b { Some(preview.as_str()) } else { None })
        .collect()
}
