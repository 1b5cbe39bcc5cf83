//! Which sessions deserve more than their row. In order of importance, since a look reads only so
//! many new tails.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    interest::Interest,
    session::{Session, SessionId},
};

/// Sessions read per working directory of a living agent: its own and the ones it may have left.
const PER_DIR: usize = 4;

/// How much of a conversation is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Its last few messages: everything is being listed.
    Short,
    /// Enough for every rule.
    Full,
}

/// The sessions to watch out of `sessions` (newest first), most important first.
pub fn targets(
    sessions: &[Arc<Session>],
    interest: &Interest,
    now: DateTime<Utc>,
) -> Vec<(SessionId, Depth)> {
    let mut chosen = Chosen::default();
    chosen.named(sessions, interest);
    chosen.family(sessions);
    let within = TimeDelta::from_std(interest.recent_within).unwrap_or(TimeDelta::MAX);
    let since = now.checked_sub_signed(within).unwrap_or(DateTime::<Utc>::MIN_UTC);
    // Newest first, so the first old one ends it.
    for session in sessions.iter().take_while(|s| s.updated_at.is_some_and(|at| at >= since)) {
        chosen.add(session, Depth::Full);
    }
    if interest.all {
        sessions.iter().for_each(|session| chosen.add(session, Depth::Short));
    }
    chosen.list
}

#[derive(Default)]
struct Chosen {
    list: Vec<(SessionId, Depth)>,
    set: HashSet<SessionId>,
}

impl Chosen {
    fn add(&mut self, session: &Session, depth: Depth) {
        if self.set.insert(session.key.id.clone()) {
            self.list.push((session.key.id.clone(), depth));
        }
    }

    /// By id, by name, by directory.
    fn named(&mut self, sessions: &[Arc<Session>], interest: &Interest) {
        if interest.ids.is_empty() && interest.names.is_empty() && interest.dirs.is_empty() {
            return;
        }
        let names: HashSet<_> = interest.names.iter().map(|n| crate::domain::text::line(n)).collect();
        let mut dirs: HashMap<&[u8], usize> =
            interest.dirs.iter().map(|d| (trimmed(d.as_os_str().as_encoded_bytes()), 0)).collect();
        for session in sessions {
            let by_id = interest.ids.contains(&session.key.id);
            let by_name = !names.is_empty() && names.contains(session.name.as_str());
            let dir = trimmed(session.working_dir.as_os_str().as_encoded_bytes());
            let by_dir = !dirs.is_empty()
                && dirs.get_mut(dir).is_some_and(|n| {
                    *n += 1;
                    *n <= PER_DIR
                });
            if by_id || by_name || by_dir {
                self.add(session, Depth::Full);
            }
        }
    }

    /// Parents and sub-agents of what was chosen.
    fn family(&mut self, sessions: &[Arc<Session>]) {
        if self.set.is_empty() {
            return;
        }
        let parents: HashSet<_> = sessions
            .iter()
            .filter(|s| s.parent.is_some() && self.set.contains(&s.key.id))
            .filter_map(|s| s.parent.clone())
            .collect();
        for session in sessions {
            let child = session.parent.as_ref().is_some_and(|p| self.set.contains(p));
            if child || (!parents.is_empty() && parents.contains(&session.key.id)) {
                self.add(session, Depth::Full);
            }
        }
    }
}

/// Without a trailing slash, so that `/a/` is `/a`; the root stays itself.
fn trimmed(path: &[u8]) -> &[u8] {
    match path {
        [rest @ .., b'/'] if !rest.is_empty() => rest,
        path => path,
    }
}
