//! Plans that were shown and wait to be confirmed: what was shown is what is run, once.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use crate::engine::actor::Job;

/// A plan is as old as the look it was made of: after this nobody should still say yes to it.
pub const KEPT: Duration = Duration::from_secs(5 * 60);
/// Plans kept; the oldest goes first.
const MOST: usize = 64;

/// A plan and how long it may be run.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Plan and rules.
    pub job: Job,
    /// Until.
    pub expires_at: DateTime<Utc>,
}

/// The plans that wait.
#[derive(Debug, Default)]
pub struct Plans {
    kept: Mutex<HashMap<String, Kept>>,
}

impl Plans {
    /// Keeps a plan under an id that nobody guesses.
    pub async fn keep(&self, id: String, job: Job, now: DateTime<Utc>) -> Kept {
        let kept = Kept { job, expires_at: now + KEPT };
        let mut all = self.kept.lock().await;
        all.retain(|_, kept| kept.expires_at > now);
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, kept)| kept.expires_at).map(|(id, _)| id.clone());
            oldest.and_then(|id| all.remove(&id));
        }
        all.insert(id, kept.clone());
        kept
    }

    /// Looks at one.
    pub async fn get(&self, id: &str, now: DateTime<Utc>) -> Option<Kept> {
        self.kept.lock().await.get(id).filter(|kept| kept.expires_at > now).cloned()
    }

    /// Takes one to run it; it is there no more.
    pub async fn take(&self, id: &str, now: DateTime<Utc>) -> Option<Kept> {
        self.kept.lock().await.remove(id).filter(|kept| kept.expires_at > now)
    }
}
