//! `cost_burn`: model calls of the last hour cost more than a session at work does. The sum, not a
//! rate: one dear call in a young session is no burn. Silent where goose knows no prices.

use chrono::TimeDelta;

use crate::domain::health::{
    Finding, Rule, Severity,
    case::{Case, finding},
};

const HOUR: TimeDelta = TimeDelta::hours(1);

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    case.owner?;
    let within: Vec<_> = case.tail()?.spent.iter().filter(|(at, _)| case.now - *at <= HOUR).collect();
    let (first, _) = within.first()?;
    let sum: f64 = within.iter().map(|(_, cost)| cost).sum();
    let limit = case.limits.cost_per_hour;
    if sum < f64::from(limit) {
        return None;
    }
    let message = format!("spent ${sum:.2} within an hour (limit ${limit})");
    let calls = format!("{} model calls since {}", within.len(), first.format("%T UTC"));
    let all = case.session.cost_usd.map(|all| format!("${all:.2} in the whole session"));
    Some(finding(Rule::CostBurn, Severity::Warning, message).seen([calls]).seen(all).from(Some(*first)))
}

pub fn looked(case: &Case<'_>) -> String {
    let Some(tail) = case.tail() else { return "its model calls were not read".into() };
    // Without a price nothing is known, and nothing is not zero dollars.
    if tail.spent.is_empty() {
        return "no model call with a price was seen".into();
    }
    let within = tail.spent.iter().filter(|(at, _)| case.now - *at <= HOUR);
    let sum: f64 = within.map(|(_, cost)| cost).sum();
    format!("${sum:.2} within an hour, limit ${}", case.limits.cost_per_hour)
}
