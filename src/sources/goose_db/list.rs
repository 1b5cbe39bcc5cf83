//! The published list: newest `updated_at` first, and cheap to bring up to date.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};

use crate::domain::session::{Session, SessionId};

/// Sorts by `updated_at`, newest first, unknown last; then by id.
pub fn sort(sessions: &mut [Arc<Session>]) {
    sessions.sort_by(|a, b| key(a).cmp(&key(b)));
}

fn key(session: &Session) -> (Reverse<Option<DateTime<Utc>>>, Reverse<&str>) {
    (Reverse(session.updated_at), Reverse(session.key.id.raw()))
}

/// `old` with the `changed` sessions taken anew from `current` (gone where it has none). With many
/// changes, or where something was `removed`, `all` is sorted afresh instead.
pub fn merge(
    old: &[Arc<Session>],
    changed: &HashSet<SessionId>,
    removed: bool,
    current: impl Fn(&SessionId) -> Option<Arc<Session>>,
    all: impl Fn() -> Vec<Arc<Session>>,
) -> Vec<Arc<Session>> {
    if removed || changed.len() > old.len() / 8 {
        let mut list = all();
        sort(&mut list);
        return list;
    }
    let mut fresh: Vec<_> = changed.iter().filter_map(current).collect();
    sort(&mut fresh);
    let mut fresh = fresh.into_iter().peekable();
    let mut list = Vec::with_capacity(old.len() + fresh.len());
    for session in old.iter().filter(|s| !changed.contains(&s.key.id)) {
        while let Some(first) = fresh.next_if(|f| key(f) < key(session)) {
            list.push(first);
        }
        list.push(Arc::clone(session));
    }
    list.extend(fresh);
    list
}
