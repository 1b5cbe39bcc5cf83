//! The rules: one file each, asked in this order about every session that is not history.
//!
//! A rule answers `None` when it has nothing to say, or cannot know yet (one sample of a processor
//! is no measurement). It never looks at another rule's answer.
//!
//! To add one: copy a neighbour, add its line to [`RULES`] and its word to [`super::Rule`].

mod awaiting_approval;
mod context_full;
mod duplicate_extensions;
mod error_streak;
mod extension_missing;
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

use super::{Finding, Rule, case::Case};

/// A rule: a question about one session.
pub type Ask = fn(&Case<'_>) -> Option<Finding>;

/// Every rule that is asked about sessions, with its word.
pub const RULES: &[(Rule, Ask)] = &[
    (Rule::LeakedProcesses, leaked_processes::ask),
    (Rule::Interrupted, interrupted::ask),
    (Rule::TerminalGone, terminal_gone::ask),
    (Rule::ServerWithoutDesktop, server_without_desktop::ask),
    (Rule::TwoWriters, two_writers::ask),
    (Rule::Unkillable, unkillable::ask),
    (Rule::NotPickedUp, not_picked_up::ask),
    (Rule::ModelSilent, model_silent::ask),
    (Rule::Loop, loops::ask),
    (Rule::Spinning, spinning::ask),
    (Rule::ErrorStreak, error_streak::ask),
    (Rule::AwaitingApproval, awaiting_approval::ask),
    (Rule::ToolSilent, tool_silent::ask),
    (Rule::Inactive, inactive::ask),
    (Rule::DuplicateExtensions, duplicate_extensions::ask),
    (Rule::ExtensionMissing, extension_missing::ask),
    (Rule::MemoryLimit, memory_limit::ask),
    (Rule::ContextFull, context_full::ask),
    (Rule::Quiet, quiet::ask),
];

/// Asks every rule; worst first, in the order of the table within a severity.
pub fn ask_all(case: &Case<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().filter_map(|(_, ask)| ask(case)).collect();
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    findings
}
