//! `spinning`: the goose process burns a core while nothing is stored and no tool runs.

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    turn::TurnState,
    words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner?;
    let from = owner.proc.cpu.hot_since?;
    let hot = since(case.now, from);
    let silent = case.session.stored_activity().is_none_or(|at| at < from);
    if hot < case.limits.spinning_for || !silent || case.turn.state == TurnState::RunningTool {
        return None;
    }
    let message = format!(
        "spinning: goose above {:.0} % of a core for {}",
        case.limits.spinning_cpu,
        words::spoken(hot)
    );
    Some(
        finding(Rule::Spinning, Severity::Stuck, message)
            .seen(owner.proc.cpu.percent.map(|p| format!("now {p:.0} %")))
            .seen(["no message or usage row since".to_owned()])
            .clock(Some(from), case.limits.spinning_for),
    )
}
