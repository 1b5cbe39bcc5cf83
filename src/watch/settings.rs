//! What a watcher is told.

use std::time::Duration;

use super::{auto::Rules, limits::Limits};
use crate::{
    domain::plan::{AutoClean, Terms},
    wire::{event::StartedDto, seconds},
};

/// The rules of one watcher.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Between two checks.
    pub interval: Duration,
    /// What it ends by itself.
    pub auto: Rules,
    /// Run limits, where they are enforced.
    pub limits: Option<Limits>,
    /// Plans are shown and not run.
    pub dry_run: bool,
    /// One check.
    pub once: bool,
    /// A hook is there.
    pub hook: bool,
    /// The rules of its plans.
    pub terms: Terms,
}

impl Settings {
    /// It makes plans.
    pub fn decides(&self) -> bool {
        self.auto.mode != AutoClean::Off || self.limits.is_some()
    }

    /// It runs them.
    pub fn acts(&self) -> bool {
        self.decides() && !self.dry_run
    }

    /// As its first event tells it.
    pub fn told(&self, host: &str) -> StartedDto {
        StartedDto {
            version: env!("CARGO_PKG_VERSION").into(),
            host: host.into(),
            pid: self.terms.viewer.pid,
            interval_seconds: seconds(self.interval),
            auto_clean: self.auto.mode.to_string(),
            grace_seconds: seconds(self.auto.grace),
            max_per_run: self.auto.max,
            limits: self.limits.is_some(),
            dry_run: self.dry_run,
            hook: self.hook,
        }
    }
}
