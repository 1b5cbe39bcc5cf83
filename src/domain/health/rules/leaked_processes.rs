//! `leaked_processes`: the session's goose is gone, processes that it started live on.

use crate::domain::{
    board::ProcRole,
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    text, words,
};

/// Commands named in the evidence; the rest is counted.
const NAMED: usize = 5;

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let leaked: Vec<_> = case.having(ProcRole::Leaked).collect();
    let oldest = leaked.iter().map(|p| p.proc.started_at).min()?;
    let bytes: u64 = leaked.iter().filter_map(|p| p.proc.rss_bytes).sum();
    let s = if leaked.len() == 1 { "" } else { "es" };
    let message = format!("owner gone; {} process{s} left ({})", leaked.len(), words::bytes(bytes));
    let named = leaked.iter().take(NAMED).map(|p| {
        let proof = p.evidence.last().map_or("", |e| e.detail.as_str());
        format!("{} {}: {proof}", p.proc.id.pid, text::cut(&p.proc.command(), 60))
    });
    let more = leaked.len().checked_sub(NAMED).filter(|n| *n > 0).map(|n| format!("and {n} more"));
    Some(
        finding(Rule::LeakedProcesses, Severity::Orphaned, message).seen(named).seen(more).from(Some(oldest)),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    if case.owner.is_some() { "its owner is alive" } else { "no process of it is left without a parent" }
        .into()
}
