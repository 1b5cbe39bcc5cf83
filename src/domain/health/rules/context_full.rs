//! `context_full`: the newest call nearly filled the model's context; goose will soon compact it.

use crate::domain::health::{
    Finding, Rule, Severity,
    case::{Case, finding},
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let (used, limit) = (case.session.tokens.context?, case.session.context_limit.filter(|l| *l > 0)?);
    let percent = filled(case)?;
    if percent < f64::from(case.limits.context_full) {
        return None;
    }
    let message = format!("context {percent:.0} % full");
    Some(
        finding(Rule::ContextFull, Severity::Note, message)
            .seen([format!("{used} of {limit} tokens (limit {:.0} %)", case.limits.context_full)]),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    filled(case).map_or_else(
        || "how full the context is, is not known".into(),
        |percent| format!("context {percent:.0} % full, limit {:.0} %", case.limits.context_full),
    )
}

/// Percent of the model's context that the newest call took.
fn filled(case: &Case<'_>) -> Option<f64> {
    let (used, limit) = (case.session.tokens.context?, case.session.context_limit.filter(|l| *l > 0)?);
    Some(used as f64 * 100.0 / limit as f64)
}
