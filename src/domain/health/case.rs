//! What a rule is asked about, and the sentences' small words.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Finding, Rule, Severity, thresholds::Thresholds};
use crate::domain::{
    board::{Owner, ProcRole, ProcView},
    link::claims::Claim,
    session::{Session, Tail},
    turn::Turn,
};

/// One session at one moment, with everything a rule may look at.
pub struct Case<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The limits.
    pub limits: &'a Thresholds,
    /// The store's side.
    pub session: &'a Session,
    /// What it waits for.
    pub turn: &'a Turn,
    /// Who drives it.
    pub owner: Option<&'a Owner>,
    /// Others that claim to drive it.
    pub rivals: &'a [Claim],
    /// What belongs to it.
    pub processes: &'a [ProcView],
    /// Its owner sits in a living terminal.
    pub attached: Option<bool>,
    /// The newest sign of progress.
    pub last_activity: Option<DateTime<Utc>>,
    /// False where the process table could not be read.
    pub procs_known: bool,
}

impl Case<'_> {
    /// Now minus the newest sign of progress.
    pub fn inactive(&self) -> Option<Duration> {
        self.last_activity.map(|at| since(self.now, at))
    }

    /// The end of the conversation, where it was read.
    pub fn tail(&self) -> Option<&Tail> {
        self.session.tail.as_deref()
    }

    /// Processes of a kind.
    pub fn having(&self, role: ProcRole) -> impl Iterator<Item = &ProcView> {
        self.processes.iter().filter(move |p| p.role == role)
    }

    /// What belongs to the session, in evidence's words.
    pub fn owner_evidence(&self) -> Vec<String> {
        self.owner
            .iter()
            .map(|o| format!("owner pid {} ({}, {})", o.proc.id.pid, o.role, o.strength))
            .collect()
    }
}

/// `now − at`, zero where `at` is in the future.
pub fn since(now: DateTime<Utc>, at: DateTime<Utc>) -> Duration {
    (now - at).to_std().unwrap_or_default()
}

/// A finding with its clock and threshold still open.
pub fn finding(rule: Rule, severity: Severity, message: String) -> Finding {
    Finding { rule, severity, message, evidence: Vec::new(), since: None, threshold: None }
}

impl Finding {
    /// Adds what was seen.
    #[must_use]
    pub fn seen(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Names the clock and the limit it is held against.
    #[must_use]
    pub fn clock(mut self, since: Option<DateTime<Utc>>, threshold: Duration) -> Self {
        self.since = since;
        self.threshold = Some(threshold);
        self
    }

    /// Names the clock alone.
    #[must_use]
    pub fn from(mut self, since: Option<DateTime<Utc>>) -> Self {
        self.since = since;
        self
    }
}

/// A duration as people say it, two units at most: `45s`, `17m`, `1h12`, `3d4h`.
pub fn spoken(duration: Duration) -> String {
    let s = duration.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m", s / 60),
        3_600..86_400 if s % 3_600 < 60 => format!("{}h", s / 3_600),
        3_600..86_400 => format!("{}h{:02}", s / 3_600, s % 3_600 / 60),
        _ if s % 86_400 < 3_600 => format!("{}d", s / 86_400),
        _ => format!("{}d{}h", s / 86_400, s % 86_400 / 3_600),
    }
}

/// Bytes as people say them, three figures at most: `812M`, `1.9G`.
pub fn spoken_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "K", "M", "G", "T"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit > 0 && value < 9.95 {
        format!("{value:.1}{}", UNITS[unit])
    } else {
        format!("{value:.0}{}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_two_units() {
        let say = |s| spoken(Duration::from_secs(s));
        assert_eq!(
            [say(0), say(59), say(61), say(3_600), say(4_320), say(90_000)],
            ["0s", "59s", "1m", "1h", "1h12", "1d1h"]
        );
    }

    #[test]
    fn bytes_have_three_figures() {
        assert_eq!(
            [spoken_bytes(812 << 20), spoken_bytes(1_990 << 20), spoken_bytes(0)],
            ["812M", "1.9G", "0B"]
        );
        assert_eq!(spoken_bytes(1_023 << 20), "1.0G");
    }
}
