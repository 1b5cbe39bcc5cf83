//! `health-check`: one word for the machine, its exit code, and what to do.

use serde::Serialize;
use strum::Display;

use super::{FaultDto, SCHEMA_VERSION, SessionDto, SummaryDto, clean, time};
use crate::domain::{
    board::{Board, SessionView},
    health::{Finding, Health, Severity},
    snapshot::StoreState,
};

/// The verdict on a board: a whole machine, or what was chosen of it. What is certainly bad outranks what cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Everything makes progress.
    Healthy,
    /// Something is stuck.
    Stuck,
    /// Something is orphaned or leaked.
    Orphaned,
    /// A store or the process table cannot be read, or a session cannot be judged.
    Unknown,
}

impl Status {
    /// Judges a board.
    pub fn of(board: &Board) -> Self {
        let counts = &board.counts;
        let untracked = board.findings.values().map(|f| f.severity).max();
        if counts.orphaned > 0 || counts.leaked_processes > 0 || untracked == Some(Severity::Orphaned) {
            Self::Orphaned
        } else if counts.stuck > 0 || untracked == Some(Severity::Stuck) {
            Self::Stuck
        } else if counts.unknown > 0 || is_blind(board) {
            Self::Unknown
        } else {
            Self::Healthy
        }
    }

    /// The promise of `health-check`: 0 healthy, 1 stuck, 2 orphaned or leaked, 3 unknown.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Stuck => 1,
            Self::Orphaned => 2,
            Self::Unknown => 3,
        }
    }
}

/// Something that had to be looked at was not seen. No store at all is blindness as well.
fn is_blind(board: &Board) -> bool {
    board.stores.is_empty()
        || board.stores.iter().any(|store| !store.state.is_current())
        || !board.procs_known
}

/// What to do about something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// Whom it concerns; `null` for processes and stores.
    pub session_id: Option<String>,
    /// The rule it follows from; `null` for stores.
    pub rule: Option<String>,
    /// How much it weighs.
    pub severity: String,
    /// What to do, and why.
    pub message: String,
    /// The process it concerns, where it is one.
    pub pid: Option<u32>,
}

/// What to do about everything that is stuck, orphaned, leaked or cannot be read; worst first.
pub fn recommendations(board: &Board) -> Vec<Recommendation> {
    let everyone = board.sessions.iter().flat_map(|s| std::iter::once(s).chain(&s.sub_agents));
    let mut all: Vec<(Severity, Recommendation)> = everyone.filter_map(for_session).collect();
    all.extend(board.leaked.iter().filter(|p| p.depth == 0).map(|leaked| {
        let id = leaked.session.as_ref().map(|key| key.id.to_string()).or(leaked.stray_id.clone());
        let whose = id.as_deref().unwrap_or("an unknown session");
        let pid = leaked.proc.id.pid;
        let message = format!("terminate --pid {pid}, left behind by {whose}: {}", leaked.proc.command());
        (Severity::Orphaned, process(id, "leaked_processes", Severity::Orphaned, &message, pid))
    }));
    for (pid, finding) in board.findings.iter().filter(|(_, f)| f.severity >= Severity::Stuck) {
        let message = match finding.advice.as_str() {
            "" => format!("look at process {pid}, terminate --pid {pid} ends it: {}", finding.message),
            todo => format!("{todo}: {}", finding.message),
        };
        let rule: &'static str = finding.rule.into();
        all.push((finding.severity, process(None, rule, finding.severity, &message, *pid)));
    }
    all.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let stores = board.stores.iter().filter(|store| !store.state.is_current()).map(|store| {
        let path = crate::domain::text::path(&store.path, None);
        let todo = match store.state {
            StoreState::Absent => "name goose's session store with --db",
            StoreState::Locked => "wait for goose to finish writing",
            _ => "run `goosetop doctor`",
        };
        let message = format!("{todo}: {path} is {}", store.state.to_string().replace('_', " "));
        Recommendation { session_id: None, rule: None, severity: "warning".into(), message, pid: None }
    });
    let stores: Vec<_> = stores.collect();
    all.into_iter().map(|(_, r)| r).chain(stores).collect()
}

fn process(id: Option<String>, rule: &str, severity: Severity, message: &str, pid: u32) -> Recommendation {
    let (rule, message) = (Some(rule.to_owned()), clean(message));
    Recommendation { session_id: id, rule, severity: severity.to_string(), message, pid: Some(pid) }
}

fn for_session(view: &SessionView) -> Option<(Severity, Recommendation)> {
    let worst = view.worst().filter(|_| matches!(view.health, Health::Stuck | Health::Orphaned))?;
    let told = Recommendation {
        session_id: Some(view.key().id.to_string()),
        rule: Some(worst.rule.to_string()),
        severity: worst.severity.to_string(),
        message: clean(&advice(view, worst)),
        pid: view.owner.as_ref().map(|o| o.proc.id.pid),
    };
    Some((worst.severity, told))
}

fn advice(view: &SessionView, worst: &Finding) -> String {
    match worst.advice.as_str() {
        "" => format!("look at {}: {}", view.key().id, worst.message),
        todo if todo.contains(&view.key().id.to_string()) => format!("{todo}: {}", worst.message),
        todo => format!("{todo} ({}): {}", view.key().id, worst.message),
    }
}

/// `health-check --json`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract")]
pub struct HealthCheckDto {
    pub schema_version: u32,
    pub generated_at: String,
    pub host: String,
    pub status: String,
    pub exit_code: u8,
    pub summary: SummaryDto,
    pub recommendations: Vec<Recommendation>,
    pub sessions: Vec<SessionDto>,
    pub faults: Vec<FaultDto>,
}

impl HealthCheckDto {
    /// The board's verdict, with the sessions that were picked.
    pub fn new<'a>(board: &Board, picked: impl IntoIterator<Item = &'a SessionView>) -> Self {
        let status = Status::of(board);
        Self {
            schema_version: SCHEMA_VERSION,
            generated_at: time(board.taken_at),
            host: clean(&board.host),
            status: status.to_string(),
            exit_code: status.exit_code(),
            summary: SummaryDto::from(board.counts),
            recommendations: recommendations(board),
            sessions: picked.into_iter().map(|view| SessionDto::new(view, board)).collect(),
            faults: board.faults.iter().map(FaultDto::from).collect(),
        }
    }
}
