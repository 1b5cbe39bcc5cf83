//! The one place that assembles the real world: stores, process table, host, clock.
//!
//! PLACEHOLDER: until the sources and `domain::board::assess` are here, [`World::board`] only says
//! which stores exist. Replace the body marked below; the two signatures stay.

use std::path::PathBuf;

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    domain::{
        board::{Board, Counts, StoreStatus},
        health::thresholds::Thresholds,
        session::SessionKey,
        snapshot::{Fault, StoreState},
    },
};

/// Everything outside, opened once.
pub struct World {
    stores: Vec<PathBuf>,
    #[expect(dead_code, reason = "placeholder: assess() will take them")]
    thresholds: Thresholds,
}

impl World {
    /// Opens the stores and the process table that the configuration names.
    pub fn real(config: &Config) -> Self {
        Self { stores: config.store.databases.clone(), thresholds: config.health.clone() }
    }

    /// Looks, and judges. `all` reads the history's conversations too.
    pub fn board(&mut self, _all: bool) -> Board {
        // PLACEHOLDER begins: Sources{sessions, processes, host, viewer}.look(now, depth, pinned, all), then assess().
        let stores: Vec<StoreStatus> = self.stores.iter().map(status).collect();
        let faults = stores
            .iter()
            .map(|store| Fault { source: store.path.display().to_string(), message: store.detail.clone() });
        Board {
            taken_at: SystemClock.now(),
            host: "localhost".into(),
            faults: faults.collect(),
            stores,
            sessions: Vec::new(),
            ended: Vec::new(),
            leaked: Vec::new(),
            untracked: Vec::new(),
            unconfirmed: Vec::new(),
            findings: std::collections::BTreeMap::new(),
            counts: Counts::default(),
        }
        // PLACEHOLDER ends.
    }

    /// Looks again, closely at these sessions too.
    pub fn closer(&mut self, _pinned: &[SessionKey]) -> Board {
        // PLACEHOLDER: the same look with `pinned`.
        self.board(false)
    }

    /// Version of the SQLite that is linked in.
    pub fn sqlite_version() -> &'static str {
        rusqlite::version()
    }
}

fn status(path: &PathBuf) -> StoreStatus {
    let bytes = std::fs::metadata(path).ok().map(|m| m.len());
    let (state, detail) = match bytes {
        None => (StoreState::Absent, "no such file; name one with --db"),
        Some(_) => (StoreState::Unreadable, "reading stores is not wired in yet"),
    };
    StoreStatus { path: path.clone(), schema: None, state, detail: detail.into(), bytes, as_of: None }
}
