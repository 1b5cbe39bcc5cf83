//! `error_streak`: failures in a row. Failed turns are stuck; failed tools are worth a look only,
//! because an agent that runs a failing test suite three times is at work.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding},
        failure::Failure,
    },
    session::{Block, Role, Tail, TailMessage},
    text,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let streak = streak(case.tail()?);
    let limit = case.limits.error_streak;
    let (severity, message) = if streak.turns >= limit {
        let why = streak.failure.and_then(Failure::why).map_or_else(String::new, |why| format!(": {why}"));
        (Severity::Stuck, format!("{} turns failed in a row{why}", streak.turns))
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

pub fn looked(case: &Case<'_>) -> String {
    let Some(tail) = case.tail() else { return "its conversation was not read".into() };
    let Streak { turns, tools, .. } = streak(tail);
    format!("{turns} turns and {tools} tool calls failed in a row, limit {}", case.limits.error_streak)
}

#[derive(Default)]
struct Streak {
    turns: usize,
    tools: usize,
    newest: Option<String>,
    /// Of the newest failed turn.
    failure: Option<Failure>,
    since: Option<chrono::DateTime<chrono::Utc>>,
}

impl Streak {
    fn saw(&mut self, message: &TailMessage, what: &str) {
        self.newest.get_or_insert_with(|| what.to_owned());
        self.since = message.known_at();
    }
}

fn streak(tail: &Tail) -> Streak {
    let mut streak = Streak::default();
    for message in tail.spoken().rev() {
        if let Some((failure, sentence)) = Failure::of(message) {
            streak.turns += 1;
            streak.failure.get_or_insert(failure);
            streak.saw(message, sentence);
            continue;
        }
        for block in message.blocks.iter().rev() {
            match block {
                Block::ToolResponse { failed: false, .. } => return streak,
                Block::ToolResponse { failed: true, preview, .. } => {
                    streak.tools += 1;
                    streak.saw(message, preview);
                }
                _ => {}
            }
        }
        // An answer in words ends a streak of failed turns.
        let spoke = message.role == Role::Assistant
            && message.blocks.iter().any(|b| matches!(b, Block::Text { .. }))
            && !message.blocks.iter().any(|b| matches!(b, Block::ToolRequest { .. }));
        if spoke {
            return streak;
        }
    }
    streak
}
