//! The rules: one file each, asked in this order about every session that is not history.
//!
//! A rule answers `None` when it has nothing to say, or cannot know yet (one sample of a processor
//! is no measurement). It never looks at another rule's answer.
//!
//! To add one: copy a neighbour, add its line to [`RULES`] and its word to [`super::Rule`].

mod awaiting_approval;
mod context_full;
mod error_streak;
mod inactive;
mod interrupted;
mod leaked_processes;
mod loops;
mod memory_limit;
mod model_silent;
mod not_picked_up;
mod quiet;
mod server_without_desktop;
mod spinning;
mod terminal_gone;
mod tool_silent;
mod two_writers;
mod unkillable;
pub mod untracked_process;

use super::{Finding, case::Case};

/// A rule: a question about one session.
pub type Ask = fn(&Case<'_>) -> Option<Finding>;

/// Every rule.
pub const RULES: &[Ask] = &[
    leaked_processes::ask,
    interrupted::ask,
    terminal_gone::ask,
    server_without_desktop::ask,
    two_writers::ask,
    unkillable::ask,
    not_picked_up::ask,
    model_silent::ask,
    loops::ask,
    spinning::ask,
    error_streak::ask,
    awaiting_approval::ask,
    tool_silent::ask,
    inactive::ask,
    memory_limit::ask,
    context_full::ask,
    quiet::ask,
];

/// Asks every rule; worst first, in the order of the table within a severity.
pub fn ask_all(case: &Case<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().filter_map(|ask| ask(case)).collect();
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    findings
}
