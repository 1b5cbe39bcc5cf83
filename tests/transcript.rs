//! Reading conversations: every block type, hostile rows, pages, and the search over all of them.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "support/store.rs"]
mod store;

#[path = "transcript/blocks.rs"]
mod blocks;
#[path = "transcript/hostile.rs"]
mod hostile;
#[path = "transcript/pages.rs"]
mod pages;

use std::path::PathBuf;

use goosetop::{
    domain::{session::SessionId, transcript::Transcript},
    sources::transcript,
};
use rusqlite::Connection;

use self::store::Build;

/// A moment the tests count from, Unix seconds.
const NOW: i64 = 1_767_225_600;

/// A scratch folder with a store of one session, `s`.
struct Place {
    dir: tempfile::TempDir,
    db: PathBuf,
}

impl Place {
    fn new(build: Build) -> (Self, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("sessions.db");
        let conn = store::create(&db, build);
        store::session(&conn, "s", "one", "/", "2025-12-31 23:00:00");
        (Self { dir, db }, conn)
    }

    fn open(&self) -> Box<dyn Transcript> {
        transcript::open(&self.db, &SessionId::new("s")).unwrap()
    }
}
