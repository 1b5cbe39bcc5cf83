//! `terminate ID…`: end sessions, or processes that stand alone, that a person chose.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    Context,
    actions::{Actor, Ask, Consent, Flags},
    explain::find,
    failure::{Failure, Kind},
    remote::{Far, Form, act},
};
use crate::domain::{
    board::{Board, SessionView},
    plan::Intent,
    process::ProcId,
};

/// End sessions: the goose that drives each, what it started, and what it left
///
/// A server that hosts other sessions too is left running unless --end-servers is given: then only the
/// chosen session's own tools end.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Session ids, or names that only one session has
    #[arg(value_name = "ID", required_unless_present_any = ["pid", "session_id", "name"])]
    id: Vec<String>,
    /// The same, as goose spells it
    #[arg(long, value_name = "ID")]
    session_id: Vec<String>,
    /// The same, as goose spells it
    #[arg(short, long, value_name = "NAME")]
    name: Vec<String>,
    /// A process that stands alone: leaked, untracked or unconfirmed
    #[arg(long, value_name = "PID")]
    pid: Vec<u32>,
    /// End a server even though it hosts other sessions; they end with it
    #[arg(long)]
    end_servers: bool,
    /// Flags of every action.
    #[command(flatten)]
    pub flags: Flags,
}

/// Ends them.
///
/// # Errors
/// As [`Actor::act`]; no such session or process.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let mut actor = Actor::new(context, &args.flags)?;
    let board = actor.look();
    let wanted = args.id.iter().chain(&args.session_id).chain(&args.name);
    let mut sessions = Vec::new();
    for word in wanted {
        let key = find(&board, word)?.key().clone();
        if !sessions.contains(&key) {
            sessions.push(key);
        }
    }
    let processes = args.pid.iter().map(|pid| alone(&board, *pid)).collect::<Result<_, _>>()?;
    let intent = Intent::Terminate { sessions, processes, end_servers: args.end_servers };
    let report = actor.act(&intent, &board, Consent::Ask(Ask::Yes))?;
    actor.finish(&report, None)
}

/// Has a server end them.
///
/// # Errors
/// As [`act::act`]; no such session or process.
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    act::prepare(far, &args.flags)?;
    let sessions: Vec<&String> = args.id.iter().chain(&args.session_id).chain(&args.name).collect();
    let mut processes = Vec::new();
    if !args.pid.is_empty() {
        // A number alone may be another's by the time it arrives: the start goes with it.
        let list = far.get("/api/active-sessions".into(), Form::Json)?;
        for pid in &args.pid {
            processes.push(json!({ "pid": pid, "started_at": far_start(list.json(), *pid)? }));
        }
    }
    let wish = json!({
        "action": "terminate", "sessions": sessions, "processes": processes, "end_servers": args.end_servers,
    });
    act::act(far, &args.flags, wish, Ask::Yes)?.finish()
}

/// When a process that stands alone was started, by what a server lists.
fn far_start(list: &Value, pid: u32) -> Result<&str, Failure> {
    let among = |all: &'_ Value, holder: &str| -> Option<usize> {
        all[holder].as_array()?.iter().position(|process| process["pid"] == pid)
    };
    for kind in ["leaked", "untracked", "unconfirmed"] {
        let started = among(list, kind).and_then(|at| list[kind][at]["started_at"].as_str());
        if let Some(started) = started {
            return Ok(started);
        }
    }
    let sessions = list["sessions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let holder = sessions.iter().find(|session| among(session, "processes").is_some());
    Err(match holder.and_then(|session| session["id"].as_str()) {
        Some(id) => of_session(pid, id),
        None => not_alone(pid),
    })
}

fn of_session(pid: u32, id: &str) -> Failure {
    let hint = format!("end the session: goosetop terminate {id}");
    Failure::new(Kind::Usage, format!("{pid} belongs to the living session {id}"), hint)
}

fn not_alone(pid: u32) -> Failure {
    let what = format!("{pid} is no leaked, untracked or unconfirmed process");
    Failure::new(Kind::NotFound, what, "`goosetop list` shows those that are; no other is ever ended")
}

fn alone(board: &Board, pid: u32) -> Result<ProcId, Failure> {
    let mut strays = board.leaked.iter().chain(&board.untracked).chain(&board.unconfirmed);
    if let Some(found) = strays.find(|p| p.proc.id.pid == pid) {
        return Ok(found.proc.id);
    }
    let holds = |view: &&SessionView| view.processes.iter().any(|p| p.proc.id.pid == pid);
    if let Some(view) = board.sessions.iter().find(holds) {
        return Err(of_session(pid, &view.key().id.to_string()));
    }
    Err(not_alone(pid))
}
