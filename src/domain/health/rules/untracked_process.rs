//! `untracked_process`: a goose that no session can be tied to. Asked about processes, not sessions.

use std::{path::Path, time::Duration};

use crate::domain::{
    health::{Finding, Rule, Severity, case::finding, rules::server_without_desktop},
    link::store,
    process::Proc,
    role::AgentRole,
    text, words,
};

/// goose makes its row within a second of its start; a slow machine gets a minute.
const YOUNG: Duration = Duration::from_secs(60);

/// What an untracked goose of this age means, given the stores that were read (`current`: all of
/// them were readable) and whether whoever started it is gone (`adopted`).
pub fn ask(
    proc: &Proc,
    role: AgentRole,
    age: Duration,
    adopted: bool,
    stores: &[&Path],
    current: bool,
) -> Finding {
    if adopted && server_without_desktop::by_desktop(proc, role) {
        return server_without_desktop::about(proc).from(Some(proc.started_at));
    }
    let (severity, message) = if !stores.iter().any(|s| store::writes(proc, s) != Some(false)) {
        let named = proc.files.as_ref().and_then(|f| f.stores.first().cloned());
        let named = named.or_else(|| proc.env.as_ref()?.store().map(|(path, _)| path));
        let place = named.map_or_else(|| "another store".to_owned(), |p| text::path(&p, None));
        (Severity::Note, format!("writes {place}, which is not watched: --db adds it"))
    } else if role.is_server() {
        (Severity::Note, format!("{role} server without a session"))
    } else if !current {
        (Severity::Note, "its store cannot be read".to_owned())
    } else if age < YOUNG {
        (Severity::Note, "just started, no session yet".to_owned())
    } else {
        (Severity::Orphaned, format!("goose {role} without a session for {}", words::spoken(age)))
    };
    finding(Rule::UntrackedProcess, severity, message).clock(Some(proc.started_at), YOUNG)
}
