//! All sources as one value, and one look through all of them.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{Depth, ProcessSource, SessionSource, agent_log};
use crate::domain::{
    interest,
    session::SessionKey,
    snapshot::{Ending, Snapshot, Viewer},
};

/// Tells which owners goosetop has ended; the same `Arc` as before when nothing changed.
pub type Endings = Box<dyn FnMut() -> Arc<Vec<Ending>> + Send>;

/// Where everything is read from. Whoever owns it is the only reader.
pub struct Sources {
    /// The stores, in the order they were named: their place is [`SessionKey::store`].
    pub sessions: Vec<Box<dyn SessionSource>>,
    /// The process table.
    pub processes: Box<dyn ProcessSource>,
    /// This machine's name, cleaned.
    pub host: String,
    /// goosetop itself.
    pub viewer: Viewer,
    /// What goosetop itself has ended; asked at every look.
    pub endings: Endings,
    /// Sessions updated within this time are read closely even if no process names them.
    pub recent_within: Duration,
}

impl Sources {
    /// Looks at everything once. The processes come first, because they say which sessions deserve
    /// a closer look; so do the `pinned` ones. `all` reads every session closely.
    pub fn look(&mut self, now: DateTime<Utc>, depth: Depth, pinned: &[SessionKey], all: bool) -> Snapshot {
        let table = self.processes.look(now, depth);
        let mut interest = interest::of(&table.procs, self.recent_within);
        interest.ids.extend(pinned.iter().map(|key| key.id.clone()));
        interest.all = all;
        let stores = self.sessions.iter_mut().map(|source| source.look(now, &interest)).collect();
        let mut faults = table.faults;
        faults.extend(self.sessions.iter().flat_map(|source| source.faults()));
        Snapshot {
            taken_at: now,
            host: self.host.clone(),
            viewer: self.viewer,
            stores,
            agent_starts: agent_log::starts(&table.procs),
            procs: table.procs,
            procs_known: table.known,
            faults,
            endings: (self.endings)(),
        }
    }
}
