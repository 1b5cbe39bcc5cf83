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

pub fn looked(case: &Case<'_>) -> String {
    let Some(cpu) = case.owner.map(|o| o.proc.cpu) else { return "no owner".into() };
    let limit = case.limits.spinning_cpu;
    match (cpu.hot_since, cpu.percent) {
        (Some(from), _) => {
            let (hot, limit_for) = (since(case.now, from), case.limits.spinning_for);
            let (hot, limit_for) = (words::spoken(hot), words::spoken(limit_for));
            format!("owner above {limit:.0} % of a core for {hot}, limit {limit_for}, and silent")
        }
        (None, Some(percent)) => format!("owner at {percent:.0} % of a core, limit {limit:.0} %"),
        (None, None) => "its owner's processor use is not known yet".into(),
    }
}
