//! What must hold between values, one sentence each. Limits that are merely unusual are allowed: a
//! `stuck_after` of a few seconds is how people try things out.

use std::time::Duration;

use super::{
    durations::show_duration,
    error::ConfigError,
    keys,
    load::{Loaded, Origin},
};
use crate::domain::health::Health;

/// The fastest poll that still leaves the machine to its agents.
const FASTEST_POLL: Duration = Duration::from_millis(100);

/// Checks everything.
pub fn all(loaded: &Loaded) -> Result<(), ConfigError> {
    let c = &loaded.config;
    let h = &c.health;
    shorter(loaded, ("health.stuck_after", h.stuck_after), ("health.orphaned_after", h.orphaned_after))?;
    shorter(loaded, ("health.model_warn", h.model_warn), ("health.model_stuck", h.model_stuck))?;
    shorter(loaded, ("timeouts.default", c.timeouts.default), ("timeouts.extended", c.timeouts.extended))?;
    for (key, value) in [
        ("health.stuck_after", h.stuck_after),
        ("watch.interval", c.watch.interval),
        ("watch.hook_timeout", c.watch.hook_timeout),
        ("poll.sweep", c.poll.sweep),
        ("timeouts.default", c.timeouts.default),
        ("timeouts.max_inactivity", c.timeouts.max_inactivity),
        ("timeouts.heartbeat", c.timeouts.heartbeat),
    ] {
        holds(loaded, key, !value.is_zero(), "must not be zero")?;
    }
    holds(loaded, "poll.interval", c.poll.interval >= FASTEST_POLL, "must be at least 100ms")?;
    holds(loaded, "health.loop_repeats", h.loop_repeats >= 2, "must be at least 2: one call is no loop")?;
    holds(loaded, "health.error_streak", h.error_streak >= 1, "must be at least 1")?;
    holds(loaded, "health.spinning_cpu", h.spinning_cpu > 0.0, "must be above 0 percent")?;
    let share = h.context_full > 0.0 && h.context_full <= 100.0;
    holds(loaded, "health.context_full", share, "must be a percentage above 0, at most 100")?;
    holds(loaded, "health.cost_per_hour", h.cost_per_hour > 0.0, "must be above 0 dollars")?;
    holds(loaded, "health.memory_limit", h.memory_limit > 0, "must not be zero")?;
    holds(loaded, "watch.max_per_run", c.watch.max_per_run >= 1, "must be at least 1")?;
    holds(loaded, "serve.connections", c.serve.connections >= 1, "must be at least 1")?;
    holds(loaded, "serve.requests", c.serve.requests >= 1, "must be at least 1")?;
    holds(loaded, "serve.patience", !c.serve.patience.is_zero(), "must not be zero")?;
    let exact =
        "must name origins as browsers do, such as https://board.example.com: no path, no `*`, no null";
    holds(loaded, "serve.origins", c.serve.origins.iter().all(|o| is_origin(o)), exact)?;
    let plain = "must hold names alone, such as goosetop.example.com: no scheme, no path, no `*`";
    holds(loaded, "serve.hosts", c.serve.hosts.iter().all(|h| is_name(h)), plain)?;
    let panes = &c.ui.panes;
    let known = panes.iter().all(|p| matches!(p, Health::Stuck | Health::Orphaned | Health::Healthy));
    let once = panes.iter().enumerate().all(|(i, p)| !panes[..i].contains(p));
    let sentence = "must name stuck, orphaned, healthy, each at most once and at least one";
    holds(loaded, "ui.panes", known && once && !panes.is_empty(), sentence)
}

/// Scheme, name and perhaps a port, in the spelling in which a browser sends it.
fn is_origin(word: &str) -> bool {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
    rest.is_some_and(is_name) && !word.bytes().any(|b| b.is_ascii_uppercase())
}

/// A host's name or address, perhaps with a port.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

fn shorter(loaded: &Loaded, a: (&str, Duration), b: (&str, Duration)) -> Result<(), ConfigError> {
    let sentence = format!("({}) must be shorter than {} ({})", show_duration(a.1), b.0, show_duration(b.1));
    // The value that somebody set is the one to point at.
    let culprit = if origin(loaded, a.0) == Origin::Default { b.0 } else { a.0 };
    refuse_unless(loaded, a.1 < b.1, format!("`{}` {sentence}", a.0), culprit)
}

fn holds(loaded: &Loaded, key: &str, ok: bool, sentence: &str) -> Result<(), ConfigError> {
    refuse_unless(loaded, ok, format!("`{key}` {sentence}"), key)
}

fn refuse_unless(loaded: &Loaded, ok: bool, what: String, culprit: &str) -> Result<(), ConfigError> {
    if ok {
        return Ok(());
    }
    let origin = origin(loaded, culprit);
    let error = ConfigError::new(what, origin.to_string());
    Err(if matches!(origin, Origin::Flag(_)) { error.typed() } else { error })
}

fn origin(loaded: &Loaded, path: &str) -> Origin {
    keys::find(path).map(|key| loaded.origin(key)).unwrap_or_default()
}
