//! What is said about a board as a whole.

use super::{Board, Counts, StoreStatus};
use crate::domain::{
    health::Health,
    snapshot::{Fault, Snapshot, StoreLook},
    text,
};

/// A store's state without its sessions.
pub fn status(look: &StoreLook) -> StoreStatus {
    StoreStatus {
        path: look.path.clone(),
        schema: look.schema,
        state: look.state,
        detail: look.detail.clone(),
        bytes: look.bytes,
        wal_bytes: look.wal_bytes,
        as_of: look.as_of,
    }
}

/// What could not be read, stores first.
pub fn faults(snap: &Snapshot) -> Vec<Fault> {
    let stores = snap
        .stores
        .iter()
        .filter(|s| !s.state.is_current())
        .map(|s| Fault { source: text::path(&s.path, None), message: s.detail.clone() });
    stores.chain(snap.faults.iter().cloned()).collect()
}

/// The numbers.
pub fn count(board: &Board) -> Counts {
    let of = |health| board.sessions.iter().filter(|v| v.health == health).count();
    Counts {
        total: board.sessions.len() + board.ended.len(),
        healthy: of(Health::Healthy),
        stuck: of(Health::Stuck),
        orphaned: of(Health::Orphaned),
        unknown: of(Health::Unknown),
        ended: board.ended.len(),
        leaked_processes: board.leaked.len(),
        untracked_processes: board.untracked.len(),
        leaked_bytes: board.leaked.iter().filter_map(|p| p.proc.rss_bytes).sum(),
    }
}
