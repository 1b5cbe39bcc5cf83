//! The newest events, for listeners that come back.

use std::{collections::VecDeque, fmt, sync::Arc};

use super::{Sent, With};

/// Events kept.
pub(super) const KEPT: usize = 1024;
/// Bytes of them: the report of a large action has some hundred kilobytes.
pub(super) const KEPT_BYTES: usize = 4 << 20;

/// The number of an event, as a stream writes it: `RUN-N`. Runs differ, so that a number of a server
/// that was started anew is never taken for one of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventId {
    run: Arc<str>,
    number: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.number)
    }
}

/// Numbers events, from 1 on, and keeps the newest.
pub(super) struct Ring {
    run: Arc<str>,
    newest: u64,
    bytes: usize,
    kept: VecDeque<Sent>,
}

impl Ring {
    pub(super) fn new(run: &str) -> Self {
        Self { run: run.into(), newest: 0, bytes: 0, kept: VecDeque::new() }
    }

    /// The newest event's; 0 before the first.
    pub(super) fn newest(&self) -> EventId {
        EventId { run: self.run.clone(), number: self.newest }
    }

    /// The number of one that happens now.
    pub(super) fn number(&mut self) -> EventId {
        self.newest += 1;
        self.newest()
    }

    /// Keeps the words of it; the oldest go where they are too many.
    pub(super) fn keep(&mut self, sent: &Sent) {
        self.bytes += sent.data.len();
        self.kept.push_back(Sent { with: With::Nothing, ..sent.clone() });
        while self.kept.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.data.len();
        }
    }

    /// What came after this one; `None` where that is not known (any more).
    pub(super) fn since(&self, id: &str) -> Option<Vec<Sent>> {
        let (run, number) = id.rsplit_once('-')?;
        let number: u64 = number.parse().ok().filter(|number| run == &*self.run && *number <= self.newest)?;
        let oldest = self.kept.front().map_or(self.newest + 1, |sent| sent.id.number);
        (number + 1 >= oldest).then(|| self.kept.iter().filter(|s| s.id.number > number).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(ring: &mut Ring, data: &str) {
        let id = ring.number();
        ring.keep(&Sent { id, name: "x", data: data.into(), with: With::Nothing });
    }

    fn numbers(ring: &Ring, id: &str) -> Option<Vec<u64>> {
        ring.since(id).map(|all| all.iter().map(|sent| sent.id.number).collect())
    }

    #[test]
    fn one_that_comes_back_misses_nothing() {
        let mut ring = Ring::new("a");
        assert_eq!((ring.newest().to_string(), numbers(&ring, "a-0")), ("a-0".into(), Some(vec![])));
        (0..5).for_each(|_| send(&mut ring, ""));
        assert_eq!(numbers(&ring, "a-0"), Some(vec![1, 2, 3, 4, 5]));
        assert_eq!(numbers(&ring, "a-3"), Some(vec![4, 5]));
        assert_eq!(numbers(&ring, &ring.newest().to_string()), Some(vec![]));
    }

    #[test]
    fn one_that_was_away_for_too_long_begins_anew() {
        let mut ring = Ring::new("a");
        (0..KEPT + 10).for_each(|_| send(&mut ring, ""));
        assert_eq!(numbers(&ring, "a-9"), None, "10 is the oldest that would have to be kept, and is gone");
        assert_eq!(numbers(&ring, "a-10").map(|all| all.len()), Some(KEPT));
        for odd in ["b-20", "a-", "a", "", "a-99999999", "a--1", "a-18446744073709551615"] {
            assert_eq!(numbers(&ring, odd), None, "{odd}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes_too() {
        let mut ring = Ring::new("a");
        (0..8).for_each(|_| send(&mut ring, &"x".repeat(1 << 20)));
        assert_eq!(numbers(&ring, "a-3"), None);
        assert_eq!(numbers(&ring, "a-4"), Some(vec![5, 6, 7, 8]));
        assert!(ring.bytes <= KEPT_BYTES, "{}", ring.bytes);
    }
}
