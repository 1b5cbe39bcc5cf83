//! `terminal_gone`: an interactive goose whose terminal was closed under it. Nobody can type there.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    process::Terminal,
    role::AgentRole,
    text,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner.filter(|o| o.role == AgentRole::Session)?;
    let Terminal::Gone(tty) = &owner.proc.files.as_ref()?.terminal else { return None };
    let message = "its terminal was closed, goose still runs".to_owned();
    Some(
        finding(Rule::TerminalGone, Severity::Orphaned, message)
            .seen([format!("standard input is {}", text::line(tty))])
            .seen(case.owner_evidence())
            .from(case.last_activity),
    )
}
