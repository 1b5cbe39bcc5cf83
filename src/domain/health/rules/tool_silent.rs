//! `tool_silent`: a tool that has used no processor time for long. A warning: it may wait for a
//! network, and goose ends its own shell tools after 300 s.

use chrono::{DateTime, Utc};

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
    let from = idle_since(case)?;
    let silent = since(case.now, from);
    if silent < case.limits.tool_timeout {
        return None;
    }
    let what = case.turn.command.as_deref().or(case.turn.tool.as_deref()).unwrap_or("its tool");
    let message = format!("tool idle {}: {}", words::spoken(silent), text::cut(what, 40));
    Some(
        finding(Rule::ToolSilent, Severity::Warning, message)
            .seen(
                case.having(ProcRole::Tool).map(|p| format!("pid {} uses no processor time", p.proc.id.pid)),
            )
            .clock(Some(from), case.limits.tool_timeout),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    if case.turn.state != TurnState::RunningTool {
        return "no tool runs".into();
    }
    if case.having(ProcRole::Tool).next().is_none() {
        return "its tool runs inside goose or an extension".into();
    }
    idle_since(case).map_or_else(
        || "its tool's processor use is not known yet".into(),
        |from| {
            let (silent, limit) = (words::spoken(since(case.now, from)), case.limits.tool_timeout);
            format!("no processor time for {silent}, limit {}", words::spoken(limit))
        },
    )
}

/// Since when no tool process has used processor time.
fn idle_since(case: &Case<'_>) -> Option<DateTime<Utc>> {
    let mut tools = case.having(ProcRole::Tool).peekable();
    tools.peek()?;
    let started = case.turn.since?;
    let mut from = started;
    for tool in tools {
        // Not knowable before a second look at every one of them.
        tool.proc.cpu.percent?;
        from = tool.proc.cpu.busy_at.map_or(from, |at| at.max(from));
    }
    Some(from)
}
