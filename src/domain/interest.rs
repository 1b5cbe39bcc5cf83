//! Which sessions deserve a closer look than their row: reading every conversation of a large store
//! would cost what is stored, not what changed.

use std::{collections::HashSet, path::PathBuf, sync::Arc, time::Duration};

use super::{process::Proc, role, session::SessionId};

/// What a session source should read the tails of, besides the rows of all sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Sessions named by a process or picked by a person.
    pub ids: HashSet<SessionId>,
    /// Sessions' names given to `goose … -n`.
    pub names: HashSet<String>,
    /// Working directories of living agents; the newest few sessions of each are read.
    pub dirs: HashSet<PathBuf>,
    /// Sessions updated within this time are read too, newest first, a budget per look.
    pub recent_within: Duration,
    /// Read everything (one-shot `list --all`).
    pub all: bool,
}

/// What these processes make interesting.
pub fn of(procs: &[Arc<Proc>], recent_within: Duration) -> Interest {
    let mut interest = Interest { recent_within, ..Interest::default() };
    for proc in procs {
        interest.ids.extend(proc.marker().map(SessionId::new));
        let Some(agent) = role::agent(&proc.argv) else { continue };
        interest.dirs.extend(proc.cwd.clone());
        let args = agent.args;
        interest.ids.extend(args.session_id.map(SessionId::new));
        interest.ids.extend(args.path_stem.map(SessionId::new));
        // `--resume -n X` takes X for a name or an id.
        interest.ids.extend(args.name.clone().map(SessionId::new));
        interest.names.extend(args.name);
    }
    interest
}
