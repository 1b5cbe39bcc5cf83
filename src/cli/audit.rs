//! `audit`: what was done, by whom and why, read back from the audit log.

use std::{path::Path, process::ExitCode};

use serde::Serialize;

use super::{
    Context,
    failure::{Failure, Kind},
    output::{self, Meaning, Output},
};
use crate::{
    domain::{text, words::counted},
    effects::audit::{Entry, Kind as Line, read},
    wire::{SCHEMA_VERSION, time},
    world::World,
};

/// Lines that are read for each run that is wanted: few runs have more processes.
const LINES: usize = 100;

/// Show what was done: the audit log of every action
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The newest this many runs; --limit is the same
    #[arg(long, value_name = "N", default_value_t = 20)]
    tail: usize,
    /// One run, by its id or the beginning of it, with every process
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

/// One run, from its beginning to its end.
#[derive(Serialize)]
pub struct RunDto {
    run: String,
    started_at: String,
    /// `null` where the run never ended: goosetop was killed meanwhile.
    finished_at: Option<String>,
    who: String,
    uid: u32,
    host: String,
    ssh_client: Option<String>,
    action: String,
    scope: Option<String>,
    project: Option<String>,
    reason: Option<String>,
    sessions: Vec<String>,
    processes_terminated: Option<usize>,
    failed: Option<usize>,
    broken_off: Option<bool>,
    detail: Option<String>,
    steps: Vec<StepDto>,
}

#[derive(Serialize)]
struct StepDto {
    at: String,
    pid: Option<u32>,
    started_at: Option<String>,
    session_id: Option<String>,
    role: Option<String>,
    command: Option<String>,
    evidence: Option<String>,
    signals: Vec<String>,
    outcome: Option<String>,
    detail: Option<String>,
}

/// Shows it.
///
/// # Errors
/// A log that cannot be read; no such run.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let Some(path) = World::audit_log(&context.env) else {
        let hint = "set HOME or XDG_STATE_HOME";
        return Err(Failure::new(Kind::Unavailable, "there is no place for an audit log", hint));
    };
    let tail = context.common.limit.unwrap_or(args.tail);
    let lines = if args.run.is_some() { usize::MAX } else { tail.saturating_mul(LINES) };
    let log = read(&path, lines).map_err(|e| {
        let what = format!("the audit log {} cannot be read: {e}", text::path(&path, None));
        Failure::new(Kind::Io, what, "its owner alone may read it")
    })?;
    let mut runs = grouped(&log.entries);
    if let Some(wanted) = &args.run {
        runs.retain(|run| run.run.starts_with(wanted.as_str()));
        if runs.is_empty() {
            return Err(Failure::new(
                Kind::NotFound,
                format!("no run is called {wanted}"),
                "`goosetop audit` lists them",
            ));
        }
    }
    newest(&mut runs, tail);
    if context.common.json {
        output::write_json(&told(&path, log.broken, &runs))?;
        return Ok(ExitCode::SUCCESS);
    }
    if runs.is_empty() {
        output::talk(&format!("goosetop: nothing was done yet: {} is empty\n", text::path(&path, None)));
    }
    if log.broken > 0 {
        output::talk(&format!("goosetop: {} lines of the log cannot be read\n", log.broken));
    }
    output::write(&runs.iter().map(|run| words(&context.out, run)).collect::<Vec<_>>().join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The newest `tail` runs of the log at `path`, as `--json` prints them.
///
/// # Errors
/// What the system says when it cannot be read.
pub fn document(path: &Path, tail: usize) -> std::io::Result<serde_json::Value> {
    let log = read(path, tail.saturating_mul(LINES))?;
    let mut runs = grouped(&log.entries);
    newest(&mut runs, tail);
    Ok(told(path, log.broken, &runs))
}

fn newest(runs: &mut Vec<RunDto>, tail: usize) {
    let surplus = runs.len().saturating_sub(tail);
    runs.drain(..surplus);
}

fn told(path: &Path, broken: usize, runs: &[RunDto]) -> serde_json::Value {
    serde_json::json!({
        "schema_version": SCHEMA_VERSION, "path": text::path(path, None), "unreadable_lines": broken, "runs": runs,
    })
}

/// Oldest first; the lines of runs at the same time may be mixed.
fn grouped(entries: &[Entry]) -> Vec<RunDto> {
    let mut runs: Vec<RunDto> = Vec::new();
    for entry in entries {
        let place = runs.iter().rposition(|run| run.run == entry.run).unwrap_or_else(|| {
            runs.push(begun(entry));
            runs.len() - 1
        });
        let run = &mut runs[place];
        if let Some(summary) = &entry.summary {
            run.sessions = summary.sessions.iter().map(|id| line(id)).collect();
            run.processes_terminated = summary.terminated;
            run.failed = summary.failed;
            run.broken_off = summary.broken_off;
        }
        match entry.kind {
            Line::RunStarted => {}
            Line::Step => run.steps.push(step(entry)),
            Line::RunFinished => {
                run.finished_at = Some(time(entry.at));
                run.detail = lined(entry.detail.as_ref());
            }
        }
    }
    runs
}

/// The runs that a session was part of.
pub fn runs_on(entries: &[Entry], session: &str) -> Vec<RunDto> {
    let session = line(session);
    let mut runs = grouped(entries);
    let is_it = |id: Option<&str>| id == Some(session.as_str());
    runs.retain(|run| {
        run.sessions.contains(&session) || run.steps.iter().any(|step| is_it(step.session_id.as_deref()))
    });
    runs
}

/// What stands in the file was cleaned when it was written; anybody may have written since.
fn line(words: &str) -> String {
    text::line(words).into_owned()
}

fn lined(words: Option<&String>) -> Option<String> {
    words.map(|words| line(words))
}

fn begun(entry: &Entry) -> RunDto {
    RunDto {
        run: line(&entry.run),
        started_at: time(entry.at),
        finished_at: None,
        who: line(&entry.who),
        uid: entry.uid,
        host: line(&entry.host),
        ssh_client: lined(entry.ssh_client.as_ref()),
        action: line(&entry.action),
        scope: lined(entry.scope.as_ref()),
        project: lined(entry.project.as_ref()),
        reason: lined(entry.reason.as_ref()),
        sessions: Vec::new(),
        processes_terminated: None,
        failed: None,
        broken_off: None,
        detail: None,
        steps: Vec::new(),
    }
}

fn step(entry: &Entry) -> StepDto {
    StepDto {
        at: time(entry.at),
        pid: entry.pid,
        started_at: entry.started_at.map(time),
        session_id: lined(entry.session_id.as_ref()),
        role: lined(entry.role.as_ref()),
        command: lined(entry.command.as_ref()),
        evidence: lined(entry.evidence.as_ref()),
        signals: entry.signals.iter().flatten().map(|signal| line(signal)).collect(),
        outcome: lined(entry.outcome.as_ref()),
        detail: lined(entry.detail.as_ref()),
    }
}

/// A run for people.
pub fn words(out: &Output, run: &RunDto) -> String {
    let of =
        [run.scope.as_deref(), run.project.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let from = run.ssh_client.as_ref().map(|c| format!(" from {c}")).unwrap_or_default();
    let head = format!("{} {} {of}", run.started_at, run.action);
    let mut lines = vec![out.paint(Meaning::Strong, head.trim_end())];
    lines.push(format!("  {}@{}{from}", run.who, run.host));
    lines.extend(run.reason.as_ref().map(|reason| format!("  reason: {reason}")));
    let mut parts = Vec::new();
    parts.extend((!run.sessions.is_empty()).then(|| format!("sessions {}", run.sessions.join(", "))));
    parts.extend(run.processes_terminated.map(|n| counted(n, "process", "processes") + " ended"));
    parts.extend(run.failed.filter(|n| *n > 0).map(|n| format!("{n} failed")));
    parts.extend((run.broken_off == Some(true)).then(|| "broken off".to_owned()));
    parts.extend(run.finished_at.is_none().then(|| "it was never finished".to_owned()));
    parts.extend(run.detail.clone());
    lines.push(format!("  {}", parts.join("; ")));
    for step in &run.steps {
        let pid = step.pid.map(|pid| pid.to_string()).unwrap_or_default();
        let outcome = step.outcome.as_deref().unwrap_or("unknown").replace('_', " ");
        let detail = step.detail.as_ref().map(|d| format!(": {d}")).unwrap_or_default();
        let command = step.command.as_deref().unwrap_or_default();
        lines.push(format!("  {outcome:17} {pid:>7}  {command} [{}]{detail}", step.signals.join(" ")));
    }
    lines.push(out.paint(Meaning::Quiet, &format!("  run {}", run.run)));
    lines.join("\n") + "\n"
}
