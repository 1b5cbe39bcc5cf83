//! What to do about a finding: one sentence a rule, an imperative that names a command or a key of
//! goose's. Commands of goosetop stand without its name, as on its command line and in its palette.

use super::{Rule, Severity, case::Case, failure::Failure};
use crate::domain::{board::ProcRole, role::AgentRole, turn::TurnState};

/// For a finding about a session; empty where there is nothing to do.
pub fn of(rule: Rule, severity: Severity, case: &Case<'_>) -> String {
    let id = &case.session.key.id;
    let attached = case.attached == Some(true);
    let end = || format!("terminate {id}");
    // A turn can be cut short without ending the session where a person sits.
    let cut_short = |then: &str| {
        if attached { format!("press Ctrl-C in its terminal, then {then}") } else { end() }
    };
    match rule {
        Rule::Inactive | Rule::Quiet if attached && case.turn.state.waits_for_a_person() => {
            format!("answer {id}")
        }
        Rule::AwaitingApproval if attached => format!("answer {id}"),
        Rule::AwaitingApproval => format!("answer {id} where it was started"),
        Rule::Interrupted if case.processes.is_empty() => {
            format!("resume {id}, or let it go: A in the dashboard acknowledges it, delete {id} removes it")
        }
        Rule::Inactive
        | Rule::Interrupted
        | Rule::LeakedProcesses
        | Rule::TerminalGone
        | Rule::ServerWithoutDesktop
        | Rule::Spinning => end(),
        Rule::ModelSilent if severity < Severity::Stuck => "wait; the provider may still answer".into(),
        Rule::ModelSilent | Rule::NotPickedUp => cut_short("ask again"),
        Rule::Loop => cut_short("say what to do instead"),
        Rule::ToolSilent => cut_short("go on without that tool"),
        Rule::Unkillable => {
            "look at the disk or network mount it waits for; no signal ends such a wait".into()
        }
        Rule::ErrorStreak => failed(case),
        Rule::TwoWriters => one_of(case),
        Rule::ScheduledTwice => format!("terminate {id}, or run its schedule less often"),
        Rule::DuplicateExtensions => {
            "resume without --with-extension for what the session already has".into()
        }
        Rule::ExtensionMissing => format!("end and resume {id}: goose then starts its extensions again"),
        Rule::MemoryGrowth | Rule::MemoryLimit if severity >= Severity::Warning => {
            format!("end and resume {id} when its turn is over")
        }
        Rule::ContextFull => "say /compact in it, or go on in a new session".into(),
        Rule::CostBurn => format!("look at what {id} does; terminate it if that is not worth it"),
        Rule::Quiet | Rule::MemoryGrowth | Rule::MemoryLimit | Rule::UntrackedProcess => String::new(),
    }
}

/// For a finding about a process that stands alone.
pub fn of_process(severity: Severity, pid: u32) -> String {
    if severity >= Severity::Stuck {
        format!("look at process {pid}, terminate --pid {pid} ends it")
    } else {
        String::new()
    }
}

fn failed(case: &Case<'_>) -> String {
    let newest = case.tail().and_then(|tail| tail.spoken().rev().find_map(Failure::of));
    match newest.filter(|_| case.turn.state == TurnState::Failed) {
        Some((failure, _)) => failure.advice().into(),
        None => "read what the tool says; it may lack something that only you can give".into(),
    }
}

/// Which writer a person can do without is theirs to say; one at a terminal is the likelier to stay.
fn one_of(case: &Case<'_>) -> String {
    let writers = case.processes.iter().filter(|p| matches!(p.role, ProcRole::Owner | ProcRole::Rival));
    let (kept, other): (Vec<_>, Vec<_>) = writers.partition(|p| p.agent == Some(AgentRole::Session));
    let pids = |list: &[_]| {
        let pids: Vec<String> =
            list.iter().map(|p: &&crate::domain::board::ProcView| p.proc.id.pid.to_string()).collect();
        pids.join(" or ")
    };
    match (kept.as_slice(), other.as_slice()) {
        ([_, ..], [_, ..]) => format!("end goose {} and go on in its terminal", pids(&other)),
        (all, []) | ([], all) => format!("end goose {}", pids(all)),
    }
}
