//! `context_full`: the newest call nearly filled the model's context; goose will soon compact it.

use crate::domain::health::{
    Finding, Rule, Severity,
    case::{Case, finding},
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let (used, limit) = (case.session.tokens.context?, case.session.context_limit.filter(|l| *l > 0)?);
    let percent = used as f64 * 100.0 / limit as f64;
    if percent < f64::from(case.limits.context_full) {
        return None;
    }
    let message = format!("context {percent:.0} % full");
    Some(
        finding(Rule::ContextFull, Severity::Note, message)
            .seen([format!("{used} of {limit} tokens (limit {:.0} %)", case.limits.context_full)]),
    )
}
