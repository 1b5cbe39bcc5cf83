//! The numbers that rules are held against, with their defaults and the reason for each.

use std::time::Duration;

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// Every limit of the `[health]` section of the config.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Inactive this long: stuck. The user's own base rule.
    pub stuck_after: Duration,
    /// Inactive this long: orphaned. The user's own base rule.
    pub orphaned_after: Duration,
    /// Inactive this long: a yellow mark inside healthy.
    pub max_inactivity: Duration,
    /// A tool without processor time this long is worth a look; goose's own tool limit is 300 s.
    pub tool_timeout: Duration,
    /// A model call open this long is worth a look.
    pub model_warn: Duration,
    /// A model call open this long is stuck; providers were seen to stall for 37 minutes.
    pub model_stuck: Duration,
    /// A user message that nobody works on this long is stuck.
    pub not_picked_up: Duration,
    /// The same tool with the same arguments this often in a row is a loop.
    pub loop_repeats: usize,
    /// This many failed turns or tools in a row are a streak.
    pub error_streak: usize,
    /// The owner must be hot this long before it counts as spinning.
    pub spinning_for: Duration,
    /// Percent of one core that counts as hot.
    pub spinning_cpu: f32,
    /// Memory of an owner's tree above which it is worth a look, bytes.
    pub memory_limit: u64,
    /// Percent of the context that counts as nearly full.
    pub context_full: f32,
    /// US dollars within an hour that are worth a look: many times what a session at work costs.
    pub cost_per_hour: f32,
    /// A goose younger than this may still be starting its extensions: a launcher downloads first.
    pub extension_start: Duration,
    /// A session interrupted longer ago than this is history, not an alarm.
    pub interrupted_within: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            stuck_after: minutes(30),
            orphaned_after: minutes(60),
            max_inactivity: minutes(5),
            tool_timeout: minutes(5),
            model_warn: minutes(5),
            model_stuck: minutes(15),
            not_picked_up: minutes(2),
            loop_repeats: 5,
            error_streak: 3,
            spinning_for: minutes(2),
            spinning_cpu: 90.0,
            memory_limit: 2 << 30,
            context_full: 90.0,
            cost_per_hour: 20.0,
            extension_start: minutes(2),
            interrupted_within: minutes(24 * 60),
        }
    }
}
