//! What a rule that keeps silent has looked at: the clock and its limit, so that "no" can be checked.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Rule, case::since, thresholds::Thresholds};
use crate::domain::{board::SessionView, turn::TurnState, words};

/// Where the rule holds a number against a limit, and the number is known.
pub fn looked(rule: Rule, view: &SessionView, limits: &Thresholds, now: DateTime<Utc>) -> Option<String> {
    view.owner.as_ref()?;
    let waited =
        |state: TurnState| (view.turn.state == state).then_some(view.turn.since?).map(|at| since(now, at));
    let timed = |what: &str, took: Duration, limit: Duration| {
        format!("{what} {}, limit {}", words::spoken(took), words::spoken(limit))
    };
    Some(match rule {
        Rule::Inactive => timed("silent", view.inactive?, limits.stuck_after),
        Rule::Quiet => timed("silent", view.inactive?, limits.max_inactivity),
        Rule::ModelSilent => timed("call open", waited(TurnState::WaitingForModel)?, limits.model_warn),
        Rule::ToolSilent => timed("tool runs", waited(TurnState::RunningTool)?, limits.tool_timeout),
        Rule::AwaitingApproval => {
            timed("asked", waited(TurnState::WaitingForApproval)?, limits.max_inactivity)
        }
        Rule::Spinning => {
            let percent = view.owner.as_ref()?.proc.cpu.percent?;
            format!("owner at {percent:.0} % of a core, limit {:.0} %", limits.spinning_cpu)
        }
        Rule::MemoryLimit => {
            format!("{}, limit {}", words::bytes(view.rss_bytes()?), words::bytes(limits.memory_limit))
        }
        Rule::ContextFull => {
            let (used, size) = (view.session.tokens.context?, view.session.context_limit.filter(|l| *l > 0)?);
            format!("{:.0} % full, limit {:.0} %", used as f64 * 100.0 / size as f64, limits.context_full)
        }
        Rule::CostBurn => {
            let spent = &view.session.tail.as_ref()?.spent;
            let within = spent.iter().filter(|(at, _)| now - *at <= TimeDelta::hours(1));
            let sum: f64 = within.map(|(_, cost)| cost).sum();
            // Without a price nothing is known, and nothing is not zero dollars.
            (!spent.is_empty())
                .then(|| format!("${sum:.2} within an hour, limit ${}", limits.cost_per_hour))?
        }
        _ => return None,
    })
}
