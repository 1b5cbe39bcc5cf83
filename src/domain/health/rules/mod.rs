//! The rules: one file each, asked in this order about every session that is not history.
//!
//! A rule answers `None` when it has nothing to say, or cannot know yet (one sample of a processor
//! is no measurement). It never looks at another rule's answer.
//!
//! Each file holds the question (`ask`) and what a silent answer rests on (`looked`).
//!
//! To add one: copy a neighbour, add its line to [`RULES`] and its word to [`super::Rule`].

mod awaiting_approval;
mod context_full;
mod cost_burn;
mod duplicate_extensions;
mod error_streak;
mod extension_missing;
mod inactive;
mod interrupted;
mod leaked_processes;
mod loops;
mod memory_growth;
mod memory_limit;
mod model_silent;
mod not_picked_up;
mod quiet;
mod scheduled_twice;
mod server_without_desktop;
mod spinning;
mod terminal_gone;
mod tool_silent;
mod two_writers;
mod unkillable;
pub mod untracked_process;

use super::{Finding, Rule, advice, case::Case};

/// A rule: a question about one session.
pub type Ask = fn(&Case<'_>) -> Option<Finding>;

/// What a rule that keeps silent has looked at, so that its "no" can be checked: the clock and its
/// limit, or the sign that is missing. Asked only where [`Ask`] answered `None`.
pub type Look = fn(&Case<'_>) -> String;

/// Every rule that is asked about sessions, with its word.
pub const RULES: &[(Rule, Ask, Look)] = &[
    (Rule::LeakedProcesses, leaked_processes::ask, leaked_processes::looked),
    (Rule::Interrupted, interrupted::ask, interrupted::looked),
    (Rule::TerminalGone, terminal_gone::ask, terminal_gone::looked),
    (Rule::ServerWithoutDesktop, server_without_desktop::ask, server_without_desktop::looked),
    (Rule::TwoWriters, two_writers::ask, two_writers::looked),
    (Rule::Unkillable, unkillable::ask, unkillable::looked),
    (Rule::NotPickedUp, not_picked_up::ask, not_picked_up::looked),
    (Rule::ModelSilent, model_silent::ask, model_silent::looked),
    (Rule::Loop, loops::ask, loops::looked),
    (Rule::Spinning, spinning::ask, spinning::looked),
    (Rule::ErrorStreak, error_streak::ask, error_streak::looked),
    (Rule::AwaitingApproval, awaiting_approval::ask, awaiting_approval::looked),
    (Rule::ToolSilent, tool_silent::ask, tool_silent::looked),
    (Rule::Inactive, inactive::ask, inactive::looked),
    (Rule::DuplicateExtensions, duplicate_extensions::ask, duplicate_extensions::looked),
    (Rule::ExtensionMissing, extension_missing::ask, extension_missing::looked),
    (Rule::ScheduledTwice, scheduled_twice::ask, scheduled_twice::looked),
    (Rule::CostBurn, cost_burn::ask, cost_burn::looked),
    (Rule::MemoryGrowth, memory_growth::ask, memory_growth::looked),
    (Rule::MemoryLimit, memory_limit::ask, memory_limit::looked),
    (Rule::ContextFull, context_full::ask, context_full::looked),
    (Rule::Quiet, quiet::ask, quiet::looked),
];

/// Asks every rule; worst first, in the order of the table within a severity.
pub fn ask_all(case: &Case<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().filter_map(|(_, ask, _)| ask(case)).collect();
    for finding in &mut findings {
        finding.advice = advice::of(finding.rule, finding.severity, case);
    }
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    findings
}
