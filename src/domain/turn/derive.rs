//! From rows, living tools, open model calls and the terminal to one [`Turn`].
//!
//! Order of trust (facts 0.2): a living tool process, then an open model call, then the rows. The
//! file of a model call may still be open while its tool runs, so tools come first. Where the signs
//! contradict each other the answer is `unknown`, and both are named.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Turn, TurnState,
    rows::{self, RowState, Rows},
};
use crate::domain::{
    board::{Owner, ProcRole, ProcView},
    process::{ModelCall, Proc},
    role,
    session::{Session, Tail},
    text,
};

/// After a user message or a tool's answer goose needs a moment before the call's file is open.
const CALL_OPENS_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// Row times have whole seconds, process times hundredths: a tool that started this much before the
/// last row still belongs to what follows it.
const CLOCK_SLACK: TimeDelta = TimeDelta::seconds(2);

/// What the turn is derived from.
pub struct Signs<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The store's side.
    pub session: &'a Session,
    /// Who drives it.
    pub owner: Option<&'a Owner>,
    /// What belongs to it.
    pub processes: &'a [ProcView],
    /// False where the process table could not be read.
    pub procs_known: bool,
}

/// Says what the conversation waits for.
pub fn derive(signs: &Signs<'_>) -> Turn {
    let Some(tail) = signs.session.tail.as_ref() else {
        return unread(signs);
    };
    let rows = rows::read(tail);
    let mut found = match signs.owner {
        Some(owner) => owned(signs, owner, &rows, tail),
        None if !signs.procs_known => {
            turn(TurnState::Unknown, rows.at, "the process table cannot be read, so an owner may be alive")
        }
        None => unowned(&rows),
    };
    found.signs.insert(0, row_sign(&rows));
    found
}

fn unread(signs: &Signs<'_>) -> Turn {
    if signs.session.messages == Some(0) {
        return Turn { state: TurnState::Empty, since: signs.session.created_at, ..Turn::default() };
    }
    if let Some(tool) = signs.owner.and_then(|_| running_tool(signs, None)) {
        return tool;
    }
    turn(TurnState::Unknown, None, "its conversation was not read")
}

fn unowned(rows: &RowState) -> Turn {
    let state = match &rows.rows {
        Rows::Empty => TurnState::Empty,
        Rows::Complete => TurnState::Finished,
        Rows::Error { .. } => TurnState::Failed,
        Rows::Unclear { .. } => TurnState::Unknown,
        _ => TurnState::Interrupted,
    };
    let (tool, command) = match &rows.rows {
        Rows::ToolAsked { tool, command } => (Some(tool.clone()), command.clone()),
        _ => (None, None),
    };
    Turn { state, since: rows.at, tool, command, signs: vec!["no owner is alive".into()] }
}

fn owned(signs: &Signs<'_>, owner: &Owner, rows: &RowState, tail: &Tail) -> Turn {
    if let Some(turn) = running_tool(signs, Some(rows)) {
        return turn;
    }
    let at = rows.at;
    match &rows.rows {
        Rows::Empty => turn(TurnState::Empty, signs.session.created_at, "no tool process"),
        Rows::Complete => complete(owner, rows),
        Rows::Error { message } => turn(TurnState::Failed, at, &text::cut(message, 120)),
        Rows::Unclear { why } => turn(TurnState::Unknown, at, why),
        Rows::Approval { prompt } => {
            turn(TurnState::WaitingForApproval, at, &format!("asked: {}", text::cut(prompt, 120)))
        }
        Rows::ToolAsked { tool, command } => Turn {
            tool: Some(tool.clone()),
            command: command.clone(),
            ..turn(TurnState::RunningTool, at, "no tool process: it runs inside goose or an extension")
        },
        Rows::UserSpoke | Rows::ToolAnswered => unanswered(signs, owner, rows, tail),
    }
}

/// The assistant has spoken. A call that began before its words is goose naming the session in the
/// background; one that began after them is a turn whose first row is not seen yet.
fn complete(owner: &Owner, rows: &RowState) -> Turn {
    let newer = newest_call(owner).filter(|c| owner.role.is_single() && c.since > rows.at);
    match newer {
        Some(call) if owner.proc.files.as_ref().and_then(|f| f.reads_keys) != Some(true) => {
            turn(TurnState::WaitingForModel, call.since, "an llm_request file was opened after the last row")
        }
        _ => turn(TurnState::WaitingForUser, rows.at, "no tool process, no model call"),
    }
}

/// A message has no answer, and no tool process lives.
fn unanswered(signs: &Signs<'_>, owner: &Owner, rows: &RowState, tail: &Tail) -> Turn {
    let reads_keys = owner.proc.files.as_ref().and_then(|f| f.reads_keys);
    let answered = rows::answered_rounds(tail) > 0;
    let asks = signs.session.mode.as_deref().is_some_and(|m| m == "approve" || m == "smart_approve");
    match newest_call(owner) {
        // The file stays open while the round's tools run and while a person is asked (facts 0.2);
        // a ledger row without its message is the sign that the model has answered.
        Some(_) if answered => {
            let since = tail.ledger.last().copied().or(rows.at);
            match reads_keys {
                Some(true) => turn(
                    TurnState::WaitingForApproval,
                    since,
                    "the model has answered, and its terminal waits for a key",
                ),
                None if asks => turn(
                    TurnState::WaitingForApproval,
                    since,
                    "the model has answered, nothing runs, and the mode asks before tools",
                ),
                _ => turn(
                    TurnState::RunningTool,
                    since,
                    "the model has answered: a tool runs inside goose or an extension",
                ),
            }
        }
        Some(call) => turn(
            TurnState::WaitingForModel,
            call.since.or(rows.at),
            "an llm_request file is open, no tool process",
        ),
        None if owner.proc.files.is_none() => turn(
            TurnState::WaitingForModel,
            rows.at,
            "its open files cannot be read; the rows wait for the model",
        ),
        // A turn that was cancelled or whose provider failed leaves nothing in the rows.
        None if reads_keys == Some(true) => turn(
            TurnState::WaitingForUser,
            rows.at,
            "its terminal is at the prompt: the last message got no answer (cancelled, or the provider failed)",
        ),
        None if rows.at.is_some_and(|at| signs.now - at < CALL_OPENS_WITHIN) => {
            turn(TurnState::WaitingForModel, rows.at, "the model call is about to open")
        }
        None => turn(TurnState::Unknown, rows.at, "owner alive, but no model call is open and no tool runs"),
    }
}

fn newest_call(owner: &Owner) -> Option<&ModelCall> {
    owner.proc.files.as_ref()?.model_calls.iter().max_by_key(|c| c.since)
}

fn turn(state: TurnState, since: Option<DateTime<Utc>>, sign: &str) -> Turn {
    Turn { state, since, signs: vec![sign.to_owned()], ..Turn::default() }
}

fn running_tool(signs: &Signs<'_>, rows: Option<&RowState>) -> Option<Turn> {
    let after = rows.filter(|r| r.rows == Rows::Complete).and_then(|r| r.at);
    // With a complete turn, a child that is older than the last words is something an earlier turn
    // left running, not what is waited for.
    let current = |p: &&ProcView| after.is_none_or(|at| p.proc.started_at + CLOCK_SLACK > at);
    let tool = signs
        .processes
        .iter()
        .filter(|p| p.role == ProcRole::Tool && !p.proc.is_zombie() && p.depth <= 1)
        .filter(current)
        .max_by_key(|p| p.proc.started_at)?;
    Some(Turn {
        state: TurnState::RunningTool,
        since: Some(tool.proc.started_at),
        tool: Some("shell".into()),
        command: Some(tool_command(&tool.proc)),
        signs: vec![format!("tool process {} is alive", tool.proc.id.pid)],
    })
}

/// What a tool process runs: the script of `bash -c SCRIPT`, else its command line.
pub fn tool_command(proc: &Proc) -> String {
    let shell = proc.argv.first().is_some_and(|a| role::base_name(a).ends_with("sh"));
    match proc.argv.iter().position(|a| matches!(a.as_str(), "-c" | "-lc" | "-ic")) {
        Some(at) if shell && proc.argv.len() > at + 1 => text::line(&proc.argv[at + 1]).into_owned(),
        _ => proc.command(),
    }
}

fn row_sign(state: &RowState) -> String {
    match &state.rows {
        Rows::Empty => "no message is stored".into(),
        Rows::Complete => "last row: the assistant's answer".into(),
        Rows::UserSpoke => "last row: a user message".into(),
        Rows::ToolAnswered => "last row: a tool's result".into(),
        Rows::ToolAsked { tool, .. } => format!("last row: a request for {tool}, unanswered"),
        Rows::Approval { .. } => "last row: a question to the user".into(),
        Rows::Error { .. } => "last row: an error".into(),
        Rows::Unclear { why } => format!("last row unclear: {why}"),
    }
}
