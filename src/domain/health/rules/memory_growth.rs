//! `memory_growth`: the memory of the session's processes rises without a pause. A note, because a
//! build or a model's weights may need it; a warning once it has passed the limit as well.
//!
//! Not knowable to a command that looks once or twice: the rise is seen by whoever watches.

use std::{cmp::Reverse, time::Duration};

use chrono::{DateTime, Utc};

use super::memory_limit::counted;
use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    process::Proc,
    words,
};

/// A shorter rise is work: an agent that starts takes its memory within minutes.
const WINDOW: Duration = Duration::from_secs(600);

/// Less growth is no concern on any machine that runs agents, bytes.
const LEAST_BYTES: u64 = 200 << 20;

/// Less than this share of what was held before is breathing, percent.
const LEAST_PERCENT: u64 = 50;

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let held: u64 = counted(case).filter_map(|p| p.proc.rss_bytes).sum();
    let mut risers: Vec<Riser<'_>> = risers(case).filter(|r| since(case.now, r.from) >= WINDOW).collect();
    let grown: u64 = risers.iter().map(|r| r.bytes).sum();
    let before = held.saturating_sub(grown);
    if grown < LEAST_BYTES || grown.saturating_mul(100) < before.saturating_mul(LEAST_PERCENT) {
        return None;
    }
    let from = risers.iter().map(|r| r.from).min()?;
    let passed = held >= case.limits.memory_limit;
    let severity = if passed { Severity::Warning } else { Severity::Note };
    let spent = words::spoken(since(case.now, from));
    let message = format!("memory grew by {} in {spent}, to {}", words::bytes(grown), words::bytes(held));
    risers.sort_by_key(|r| Reverse(r.bytes));
    let named = risers.iter().take(3).map(|Riser { bytes, from, proc }| {
        format!(
            "{} {}: {} more since {}",
            proc.id.pid,
            proc.name,
            words::bytes(*bytes),
            from.format("%T UTC")
        )
    });
    let limit = format!("limit {}", words::bytes(case.limits.memory_limit));
    Some(finding(Rule::MemoryGrowth, severity, message).seen(named).seen([limit]).from(Some(from)))
}

pub fn looked(case: &Case<'_>) -> String {
    let Some(from) = risers(case).map(|r| r.from).min() else { return "no steady rise was seen".into() };
    let grown: u64 = risers(case).map(|r| r.bytes).sum();
    format!(
        "{} more in {}; a rise counts from {} and {} on",
        words::bytes(grown),
        words::spoken(since(case.now, from)),
        words::bytes(LEAST_BYTES),
        words::spoken(WINDOW)
    )
}

/// A process whose memory rises without a pause.
struct Riser<'a> {
    bytes: u64,
    from: DateTime<Utc>,
    proc: &'a Proc,
}

/// A process that came later is no growth of what was there, so only risers count.
fn risers<'a>(case: &'a Case<'_>) -> impl Iterator<Item = Riser<'a>> {
    counted(case).filter_map(|p| {
        let (from, then) = p.proc.rss_then?;
        Some(Riser { bytes: p.proc.rss_bytes?.checked_sub(then)?, from, proc: &p.proc })
    })
}
