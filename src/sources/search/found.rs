//! What a piece of a search found, and how much of it is wanted.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::domain::transcript::Hit;

/// What a piece of a store held.
#[derive(Default)]
pub struct Found {
    /// Messages looked at.
    pub messages: u64,
    /// Messages that fit.
    pub fit: u64,
    /// Hits that are told, newest first.
    pub hits: Vec<Hit>,
    /// When the last message looked at was built, seconds since 1970: the pieces that follow are
    /// older, as far as a store's order is that of time.
    pub down_to: Option<i64>,
}

/// How many more hits are to be told. Whoever reads ahead may find more than that; whoever tells
/// takes no more.
pub struct Room(AtomicUsize);

impl Room {
    /// Room for so many, or for all.
    pub fn new(most: Option<usize>) -> Self {
        Self(AtomicUsize::new(most.unwrap_or(usize::MAX)))
    }

    /// There may be room for one more beside these.
    pub fn has(&self, beside: usize) -> bool {
        beside < self.0.load(Ordering::Relaxed)
    }

    /// Leaves of these hits what there is room for.
    pub fn take(&self, hits: &mut Vec<Hit>) {
        let room = self.0.load(Ordering::Relaxed);
        hits.truncate(room);
        self.0.store(room - hits.len(), Ordering::Relaxed);
    }
}
