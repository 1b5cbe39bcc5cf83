//! `memory_limit`: the session's processes together hold more memory than they should.

use crate::domain::{
    board::{ProcRole, ProcView},
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let bytes = counted(case).filter_map(|p| p.proc.rss_bytes).reduce(|a, b| a + b)?;
    if bytes < case.limits.memory_limit {
        return None;
    }
    let limit = words::bytes(case.limits.memory_limit);
    let message = format!("holds {} of memory (limit {limit})", words::bytes(bytes));
    let mut largest: Vec<_> = case.processes.iter().collect();
    largest.sort_by_key(|p| std::cmp::Reverse(p.proc.rss_bytes));
    let named = largest.iter().take(3).filter_map(|p| {
        Some(format!("{} {}: {}", p.proc.id.pid, p.proc.name, words::bytes(p.proc.rss_bytes?)))
    });
    Some(finding(Rule::MemoryLimit, Severity::Warning, message).seen(named))
}

pub fn looked(case: &Case<'_>) -> String {
    let bytes = counted(case).filter_map(|p| p.proc.rss_bytes).reduce(|a, b| a + b);
    bytes.map_or_else(
        || "its memory is not known".into(),
        |bytes| format!("{}, limit {}", words::bytes(bytes), words::bytes(case.limits.memory_limit)),
    )
}

/// The processes whose memory is the session's. A server's own belongs to all of its sessions.
pub(super) fn counted<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a ProcView> {
    let shared = case.owner.is_some_and(|o| o.hosts > 0);
    case.processes.iter().filter(move |p| !(shared && p.role == ProcRole::Owner))
}
