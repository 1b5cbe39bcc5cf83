//! `error_streak`: failures in a row. Failed turns are stuck; failed tools are worth a look only,
//! because an agent that runs a failing test suite three times is at work.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
    },
    session::{Block, Tail},
    text,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let streak = streak(case.tail()?);
    let limit = case.limits.error_streak;
    let (severity, message) = if streak.turns >= limit {
        (Severity::Stuck, format!("{} turns failed in a row", streak.turns))
    } else if streak.tools >= limit {
        (Severity::Warning, format!("{} tool calls failed in a row", streak.tools))
    } else {
        return None;
    };
    Some(
        finding(Rule::ErrorStreak, severity, message)
            .seen(streak.newest.map(|e| format!("newest: {}", text::cut(&e, 120))))
            .seen([format!("limit {limit} in a row")])
            .from(streak.since),
    )
}

#[derive(Default)]
struct Streak {
    turns: usize,
    tools: usize,
    newest: Option<String>,
    since: Option<chrono::DateTime<chrono::Utc>>,
}

fn streak(tail: &Tail) -> Streak {
    let mut streak = Streak::default();
    for message in tail.spoken().rev() {
        for block in message.blocks.iter().rev() {
            let what = match block {
                Block::ToolResponse { failed: false, .. } => return streak,
                Block::ToolResponse { failed: true, preview, .. } => {
                    streak.tools += 1;
                    preview
                }
                Block::Error { message, .. } => {
                    streak.turns += 1;
                    message
                }
                _ => continue,
            };
            streak.newest.get_or_insert_with(|| what.clone());
            streak.since = message.known_at();
        }
        // An answer in words ends a streak of failed turns.
        let spoke = message.role == crate::domain::session::Role::Assistant
            && message.blocks.iter().any(|b| matches!(b, Block::Text { .. }))
            && !message.blocks.iter().any(|b| matches!(b, Block::Error { .. } | Block::ToolRequest { .. }));
        if spoke {
            return streak;
        }
    }
    streak
}
