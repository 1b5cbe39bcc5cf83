//! The account of a verdict: why it is what it is, which rules were asked, and what each said. The one
//! source of the words that `explain`, the why dialog and the hand-over show.

use chrono::{DateTime, Utc};

use super::{Health, Rule, Severity, case::Case, rules::RULES, thresholds::Thresholds};
use crate::domain::{
    board::{ProcRole, SessionView},
    turn::TurnState,
};

/// Everything that led to a verdict, besides the findings themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The verdict in one sentence.
    pub verdict: String,
    /// Which finding or sign decided it, and what would have been said without a doubt.
    pub because: String,
    /// Signs that speak against each other, one sentence each.
    pub against: Vec<String>,
    /// Every rule, in the order they are asked: those that spoke first, the loudest first.
    pub asked: Vec<Asked>,
}

/// A rule and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub rule: Rule,
    /// The severity of its finding; `None` where it keeps silent.
    pub said: Option<Severity>,
    /// Where it keeps silent: what it looked at.
    pub looked: Option<String>,
}

impl Account {
    /// Of a session as it was judged at `now` by these limits.
    pub fn of(view: &SessionView, limits: &Thresholds, now: DateTime<Utc>) -> Self {
        Self {
            verdict: verdict(view),
            because: because(view),
            against: against(view),
            asked: asked(view, limits, now),
        }
    }
}

/// Rules that keep silent, in the words of every screen: one pair each of rule and what it looked at; at
/// the end, those that looked at the same thing share one pair, the other way round.
pub fn silent<'a>(asked: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (rule, looked) in asked {
        match groups.iter_mut().find(|(same, _)| *same == looked) {
            Some((_, rules)) => rules.push(rule),
            None => groups.push((looked, vec![rule])),
        }
    }
    let (shared, single): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, rules)| rules.len() > 1);
    let single = single.into_iter().map(|(looked, rules)| (rules.concat(), looked.to_owned()));
    single.chain(shared.into_iter().map(|(looked, rules)| (looked.to_owned(), rules.join(", ")))).collect()
}

fn verdict(view: &SessionView) -> String {
    match (&view.doubt, view.worst()) {
        (Some(doubt), _) => format!("{}: {doubt}", view.health),
        (None, Some(finding)) => format!("{}: {}", view.health, finding.message),
        (None, None) => {
            let turn = view.turn.state.to_string().replace('_', " ");
            format!("{}: nothing speaks against it; the conversation is {turn}", view.health)
        }
    }
}

fn because(view: &SessionView) -> String {
    let alone = view.by_findings();
    let by = match (view.worst(), alone) {
        (Some(finding), Health::Orphaned | Health::Stuck) => {
            format!("the worst finding decides: {} says {}", finding.rule, finding.severity)
        }
        (Some(finding), Health::Healthy) => {
            format!("it has an owner, and the worst finding is a {} ({})", finding.severity, finding.rule)
        }
        (None, Health::Healthy) => "it has an owner, and no rule speaks".into(),
        (Some(finding), _) => {
            format!("no owner, and the worst finding is a {} ({})", finding.severity, finding.rule)
        }
        (None, _) => "no owner, and no rule speaks: history".into(),
    };
    match &view.doubt {
        Some(doubt) => format!("a verdict would be a guess: {doubt}; without that {alone}, {by}"),
        None => by,
    }
}

/// Signs that do not fit together, each sentence with both of them.
fn against(view: &SessionView) -> Vec<String> {
    let mut found = Vec::new();
    if let (TurnState::Unknown, [one, .., other]) = (view.turn.state, view.turn.signs.as_slice()) {
        found.push(format!("{one}, yet {other}"));
    }
    if let Some(owner) = &view.owner {
        for rival in view.processes.iter().filter(|p| p.role == ProcRole::Rival) {
            let proof = |list: &[crate::domain::link::Evidence]| {
                list.first().map_or_else(|| "without proof".to_owned(), |e| e.detail.clone())
            };
            found.push(format!(
                "goose {} drives it ({}), yet so does {} ({})",
                owner.proc.id.pid,
                proof(&owner.evidence),
                rival.proc.id.pid,
                proof(&rival.evidence)
            ));
        }
    }
    found
}

fn asked(view: &SessionView, limits: &Thresholds, now: DateTime<Utc>) -> Vec<Asked> {
    let case = Case::of_view(view, limits, now);
    let said = |rule| view.findings.iter().find(|f| f.rule == rule).map(|f| f.severity);
    let mut all: Vec<Asked> = RULES
        .iter()
        .map(|(rule, _, look)| {
            let said = said(*rule);
            let looked =
                said.is_none().then(|| if needless(*rule, &case) { "no owner".into() } else { look(&case) });
            Asked { rule: *rule, said, looked }
        })
        .collect();
    all.sort_by_key(|a| std::cmp::Reverse(a.said));
    all
}

/// The rule is about an owner, and there is none.
fn needless(rule: Rule, case: &Case<'_>) -> bool {
    case.owner.is_none() && !matches!(rule, Rule::LeakedProcesses | Rule::Interrupted | Rule::Unkillable)
}
