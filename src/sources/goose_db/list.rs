//! The published list: newest `updated_at` first, and cheap to bring up to date.

use std::{collections::HashSet, sync::Arc};

use crate::domain::session::{Session, SessionId};

/// Sorts by `updated_at`, newest first, unknown last; then by id.
pub fn sort(sessions: &mut [Arc<Session>]) {
    sessions.sort_by(|a, b| a.recency().cmp(&b.recency()));
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
        while let Some(first) = fresh.next_if(|f| f.recency() < session.recency()) {
            list.push(first);
        }
        list.push(Arc::clone(session));
    }
    list.extend(fresh);
    list
}

/// Puts sessions that kept their place there.
pub fn replace<'a>(list: &mut Arc<Vec<Arc<Session>>>, fresh: impl Iterator<Item = &'a Arc<Session>>) {
    let list = Arc::make_mut(list);
    for session in fresh {
        if let Ok(place) = list.binary_search_by(|old| old.recency().cmp(&session.recency())) {
            list[place] = Arc::clone(session);
        }
    }
}
