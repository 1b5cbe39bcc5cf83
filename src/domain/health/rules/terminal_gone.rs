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

pub fn looked(case: &Case<'_>) -> String {
    let Some(owner) = case.owner.filter(|o| o.role == AgentRole::Session) else {
        return "its owner needs no terminal".into();
    };
    match owner.proc.files.as_ref().map(|f| &f.terminal) {
        None => "its owner's open files cannot be read".into(),
        Some(Terminal::Live(tty)) => format!("its terminal {} is open", text::line(tty)),
        Some(_) => "its owner was started without a terminal".into(),
    }
}
