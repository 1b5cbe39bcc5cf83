//! `tool_silent`: a tool that has used no processor time for long. A warning: it may wait for a
//! network, and goose ends its own shell tools after 300 s.

use crate::domain::{
    board::ProcRole,
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    text,
    turn::TurnState,
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    if case.turn.state != TurnState::RunningTool {
        return None;
    }
    let tools: Vec<_> = case.having(ProcRole::Tool).collect();
    // Not knowable before a second look at every one of them.
    if tools.is_empty() || tools.iter().any(|p| p.proc.cpu.percent.is_none()) {
        return None;
    }
    let started = case.turn.since?;
    let busy = tools.iter().filter_map(|p| p.proc.cpu.busy_at).max();
    let from = busy.map_or(started, |at| at.max(started));
    let silent = since(case.now, from);
    if silent < case.limits.tool_timeout {
        return None;
    }
    let what = case.turn.command.as_deref().or(case.turn.tool.as_deref()).unwrap_or("its tool");
    let message = format!("tool idle {}: {}", words::spoken(silent), text::cut(what, 40));
    Some(
        finding(Rule::ToolSilent, Severity::Warning, message)
            .seen(tools.iter().map(|p| format!("pid {} uses no processor time", p.proc.id.pid)))
            .clock(Some(from), case.limits.tool_timeout),
    )
}
