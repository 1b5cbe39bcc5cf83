//! `duplicate_extensions`: the same extension server more than once in one session. Measured: `--resume
//! --with-extension X` starts an X that the session already has. A sub-agent's own copies carry the
//! sub-agent's id and are not counted; what an extension starts below itself is its own affair.

use std::collections::BTreeMap;

use crate::domain::{
    board::{ProcRole, ProcView},
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    text, words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let (_, copies) = copies(case)
        .into_iter()
        .filter(|(argv, copies)| copies.len() > 1 && !argv.is_empty())
        .max_by_key(|(_, copies)| copies.len())?;
    let bytes: u64 = copies.iter().filter_map(|p| p.proc.rss_bytes).sum();
    let command = text::cut(&copies[0].proc.command(), 40);
    let message = format!("extension ×{}: {command} ({})", copies.len(), words::bytes(bytes));
    let newest = copies.iter().map(|p| p.proc.started_at).max();
    Some(
        finding(Rule::DuplicateExtensions, Severity::Warning, message)
            .seen(
                copies
                    .iter()
                    .map(|p| format!("pid {}, started {}", p.proc.id.pid, p.proc.started_at.format("%T"))),
            )
            .from(newest),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    match copies(case).values().map(Vec::len).sum() {
        0 => "no extension process".into(),
        1 => "1 extension process".into(),
        n => format!("{n} extension processes, all different"),
    }
}

/// The session's own extension servers, by command line.
fn copies<'a>(case: &'a Case<'_>) -> BTreeMap<&'a [String], Vec<&'a ProcView>> {
    let mut by_command: BTreeMap<&[String], Vec<&ProcView>> = BTreeMap::new();
    for process in case.having(ProcRole::Extension).filter(|p| p.depth == 1 && !p.proc.is_zombie()) {
        by_command.entry(process.proc.argv.as_slice()).or_default().push(process);
    }
    by_command
}
