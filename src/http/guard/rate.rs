//! How often: two buckets for TCP, so that strangers never use up what those with the token have.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::http::problem::Problem;

/// Seconds' worth of requests that may come at once: everybody comes back when a server is started anew.
const BURST: u32 = 5;
/// What strangers get of it: enough to be told what is wrong, too little to keep the server busy.
const STRANGERS: usize = 10;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Showed the token.
    Known,
    /// Did not; or is refused for another reason.
    Stranger,
}

/// The buckets.
#[derive(Debug)]
pub struct Rate {
    known: Bucket,
    strangers: Bucket,
}

impl Rate {
    /// So many requests a second of those who showed the token.
    pub fn new(requests: usize) -> Self {
        Self { known: Bucket::new(requests), strangers: Bucket::new(requests / STRANGERS) }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// There were too many.
    pub fn count(&self, caller: Caller, now: Instant) -> Result<(), Problem> {
        let bucket = match caller {
            Caller::Known => &self.known,
            Caller::Stranger => &self.strangers,
        };
        bucket.take(now).map_err(Problem::too_often)
    }
}

/// A bucket that drips: full at first, one request for each drop.
#[derive(Debug)]
struct Bucket {
    /// Between two drops.
    every: Duration,
    /// When the bucket will be full again; `None` before the first request.
    full: Mutex<Option<Instant>>,
}

impl Bucket {
    fn new(a_second: usize) -> Self {
        let a_second = u32::try_from(a_second.max(1)).unwrap_or(u32::MAX);
        Self { every: Duration::from_secs(1) / a_second, full: Mutex::new(None) }
    }

    /// Takes a drop; how long until there is one where there is none.
    fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let at = full.map_or(now, |at| at.max(now)) + self.every;
        let missing = at.duration_since(now);
        let holds = Duration::from_secs(u64::from(BURST)).max(self.every);
        if missing > holds {
            return Err(missing.saturating_sub(holds));
        }
        *full = Some(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &Bucket, at: Instant) -> usize {
        (0..10_000).take_while(|_| bucket.take(at).is_ok()).count()
    }

    #[test]
    fn a_burst_is_let_in_and_then_a_steady_flow() {
        let bucket = Bucket::new(200);
        let start = Instant::now();
        assert_eq!(taken(&bucket, start), 1000);
        assert_eq!(taken(&bucket, start + Duration::from_secs(1)), 200);
        assert_eq!(taken(&bucket, start + Duration::from_secs(3600)), 1000);
        assert_eq!(bucket.take(start), Err(Duration::from_secs(3600) + Duration::from_millis(5)));
    }

    #[test]
    fn strangers_use_up_their_own() {
        let rate = Rate::new(5);
        let now = Instant::now();
        let strangers = (0..100).filter(|_| rate.count(Caller::Stranger, now).is_ok()).count();
        assert_eq!(strangers, 5, "even the least rate has a drop");
        assert_eq!(rate.count(Caller::Known, now), Ok(()));
    }
}
