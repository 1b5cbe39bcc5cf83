//! `loop`: the same tool with the same arguments, again and again. goose obeys without end (66 rows
//! in 10 s were measured).

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    session::{Block, Tail},
    text,
    turn::{TurnState, rows::is_persons},
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    if over(case) {
        return None;
    }
    let run = repeated(case.tail()?)?;
    if run.times < case.limits.loop_repeats {
        return None;
    }
    let open = if run.whole { "" } else { "≥" };
    let message = format!("loop: {} ×{open}{}, same arguments", run.tool, run.times);
    Some(
        finding(Rule::Loop, Severity::Stuck, message)
            .seen(run.command.map(|c| format!("each time: {}", text::cut(&c, 100))))
            .seen([format!("limit {} in a row", case.limits.loop_repeats)])
            .from(run.since),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    if over(case) {
        return format!("its turn is {}", case.turn.state.to_string().replace('_', " "));
    }
    let Some(tail) = case.tail() else { return "its conversation was not read".into() };
    match repeated(tail) {
        None => "no tool was asked for in this turn".into(),
        Some(run) => format!("{} ×{} in a row, limit {}", run.tool, run.times, case.limits.loop_repeats),
    }
}

/// Nothing repeats itself any more.
fn over(case: &Case<'_>) -> bool {
    matches!(case.turn.state, TurnState::WaitingForUser | TurnState::Failed | TurnState::Empty)
}

struct Run {
    tool: String,
    command: Option<String>,
    times: usize,
    /// False where the run may go on before the part that was read.
    whole: bool,
    since: Option<chrono::DateTime<chrono::Utc>>,
}

/// The run of equal tool requests at the end of the current turn.
fn repeated(tail: &Tail) -> Option<Run> {
    let mut run: Option<(u64, Run)> = None;
    for message in tail.spoken().rev() {
        if is_persons(message) {
            return run.map(|(_, run)| Run { whole: true, ..run });
        }
        for block in message.blocks.iter().rev() {
            let Block::ToolRequest { tool, command, digest, .. } = block else { continue };
            match &mut run {
                None => {
                    let (tool, command) = (tool.clone(), command.clone());
                    let first = Run { tool, command, times: 1, whole: true, since: message.known_at() };
                    run = Some((*digest, first));
                }
                Some((same, run)) if same == digest => {
                    run.times += 1;
                    run.since = message.known_at();
                }
                Some(_) => return run.map(|(_, run)| run),
            }
        }
    }
    run.map(|(_, run)| Run { whole: tail.whole, ..run })
}
