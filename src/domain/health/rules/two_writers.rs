//! `two_writers`: two living processes drive one session. goose does not prevent it, both write, and
//! their rows interleave (measured).

use crate::domain::{
    board::ProcRole,
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    link::Strength,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner.filter(|o| o.strength == Strength::Certain)?;
    let rivals: Vec<_> = case.rivals.iter().filter(|r| r.strength > Strength::Weak).collect();
    if rivals.is_empty() {
        return None;
    }
    let pids: Vec<String> = std::iter::once(owner.proc.id.pid)
        .chain(rivals.iter().map(|r| r.proc.id.pid))
        .map(|p| p.to_string())
        .collect();
    let message = format!("two writers: goose {} drive this session", pids.join(" and "));
    let newest = rivals.iter().map(|r| r.proc.started_at).chain([owner.proc.started_at]).max();
    let proof =
        |pid: u32, e: &[crate::domain::link::Evidence]| e.first().map(|e| format!("pid {pid}: {}", e.detail));
    Some(
        finding(Rule::TwoWriters, Severity::Stuck, message)
            .seen(proof(owner.proc.id.pid, &owner.evidence))
            .seen(rivals.iter().filter_map(|r| proof(r.proc.id.pid, &r.evidence)))
            .from(newest),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    match case.having(ProcRole::Rival).count() {
        0 => "one goose drives it".into(),
        n => format!("{n} more may drive it, on weak evidence"),
    }
}
