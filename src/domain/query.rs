//! The filter and sort language: the box behind `/`, `--filter` and the API read the same words.
//!
//! ```text
//!  frontend state:stuck,orphaned idle>30m !docs     every term must hold
//!  word "two words"    anywhere in id, name, directory, project, model, provider or reason
//!  key:a,b             state type turn rule project dir model provider name id pid
//!  key>n  key<n        idle age (30m, 2h) · tokens memory (10k, 2G) · cost cpu messages
//!  !term               not
//! ```
//!
//! Invariant: what is unknown matches no comparison, whichever way it points, and sorts last,
//! whichever way the list runs.

mod parse;
mod selection;
mod sort;

use chrono::{DateTime, Utc};

pub use parse::QueryError;
pub(super) use parse::span;
pub use selection::Selection;
pub use sort::Sort;

use super::{
    board::{ProcRole, ProcView, SessionView},
    health::{Health, Rule},
    session::{Session, SessionKind},
    turn::TurnState,
};

/// A session to be matched or sorted: judged, or a row of the history.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What the store says.
    pub session: &'a Session,
    /// The verdict; `None` for the history.
    pub view: Option<&'a SessionView>,
}

impl<'a> From<&'a SessionView> for Subject<'a> {
    fn from(view: &'a SessionView) -> Self {
        Self { session: &view.session, view: Some(view) }
    }
}

impl<'a> From<&'a Session> for Subject<'a> {
    fn from(session: &'a Session) -> Self {
        Self { session, view: None }
    }
}

impl Subject<'_> {
    /// The class; history is `ended`.
    pub fn health(&self) -> Health {
        self.view.map_or(Health::Ended, |v| v.health)
    }

    /// The newest sign of progress.
    pub fn last_activity(&self) -> Option<DateTime<Utc>> {
        self.view.and_then(|v| v.last_activity_at).or_else(|| self.session.stored_activity())
    }

    /// Processor use of everything that belongs to it, percent of one core.
    pub fn cpu(&self) -> Option<f32> {
        let view = self.view?;
        view.processes.iter().filter_map(|p| p.proc.cpu.percent).reduce(|a, b| a + b)
    }

    /// Tokens of the whole session, or of its context where that is all that is known.
    pub fn tokens(&self) -> Option<u64> {
        self.session.tokens.total.or(self.session.tokens.context)
    }
}

/// Text fields that can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Name,
    Project,
    Dir,
    Model,
    Provider,
}

/// Things that can be compared with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Idle,
    Age,
    Tokens,
    Memory,
    Cost,
    Cpu,
    Messages,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Less,
    LessEq,
    More,
    MoreEq,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    Word(String),
    State(Vec<Health>),
    Kind(Vec<SessionKind>),
    Turn(Vec<TurnState>),
    Rule(Vec<Rule>),
    Field(Field, Vec<String>),
    Pid(Vec<u32>),
    Compare(Measure, Op, f64),
}

#[derive(Clone, Debug, PartialEq)]
struct Clause {
    negated: bool,
    term: Term,
}

/// A filter. The default lets everything through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    clauses: Vec<Clause>,
}

impl Query {
    /// Reads a filter; the error is a sentence for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::query(text)
    }

    /// Lets everything through.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// True where every term holds for the session at this moment.
    pub fn matches(&self, subject: Subject<'_>, now: DateTime<Utc>) -> bool {
        self.clauses.iter().all(|c| c.term.holds(subject, now) != c.negated)
    }

    /// As [`Self::matches`], or one of its sub-agents does: a parent stays in sight with its child.
    pub fn matches_family(&self, view: &SessionView, now: DateTime<Utc>) -> bool {
        self.matches(view.into(), now) || view.sub_agents.iter().any(|s| self.matches_family(s, now))
    }

    /// True where every term holds for a process that stands alone (leaked, untracked, unconfirmed)
    /// or in the process tree.
    pub fn matches_process(&self, view: &ProcView) -> bool {
        self.clauses.iter().all(|c| c.term.holds_for_process(view) != c.negated)
    }
}

impl Term {
    fn holds(&self, subject: Subject<'_>, now: DateTime<Utc>) -> bool {
        let session = subject.session;
        match self {
            Self::Word(word) => any_text(subject, word),
            Self::State(states) => states.contains(&subject.health()),
            Self::Kind(kinds) => kinds.contains(&session.kind),
            Self::Turn(turns) => subject.view.is_some_and(|v| turns.contains(&v.turn.state)),
            Self::Rule(rules) => {
                subject.view.is_some_and(|v| v.findings.iter().any(|f| rules.contains(&f.rule)))
            }
            Self::Field(field, words) => {
                let holds = |text: &str| words.iter().any(|w| contains(text, w));
                let some = |text: &Option<String>| text.as_deref().is_some_and(holds);
                match field {
                    Field::Id => holds(session.key.id.raw()),
                    Field::Name => holds(&session.name),
                    Field::Project => some(&session.project),
                    Field::Dir => holds(&session.working_dir.to_string_lossy()),
                    Field::Model => some(&session.model),
                    Field::Provider => some(&session.provider),
                }
            }
            Self::Pid(pids) => subject.view.is_some_and(|v| {
                let owner = v.owner.iter().map(|o| o.proc.id.pid);
                v.processes.iter().map(|p| p.proc.id.pid).chain(owner).any(|pid| pids.contains(&pid))
            }),
            Self::Compare(measure, op, limit) => {
                measure.of(subject, now).is_some_and(|value| op.holds(value, *limit))
            }
        }
    }

    fn holds_for_process(&self, view: &ProcView) -> bool {
        let proc = &view.proc;
        match self {
            Self::Word(word) => {
                let ids = [view.session.as_ref().map(|k| k.id.raw()), view.stray_id.as_deref()];
                contains(&proc.command(), word)
                    || contains(view.role.into(), word)
                    || contains(&proc.id.pid.to_string(), word)
                    || ids.into_iter().flatten().any(|id| contains(id, word))
                    || proc.cwd.as_ref().is_some_and(|d| contains(&d.to_string_lossy(), word))
            }
            Self::State(states) => match view.role {
                ProcRole::Leaked | ProcRole::Untracked => states.contains(&Health::Orphaned),
                ProcRole::Unconfirmed => states.contains(&Health::Unknown),
                _ => false,
            },
            Self::Field(Field::Dir, words) => {
                proc.cwd.as_ref().is_some_and(|d| words.iter().any(|w| contains(&d.to_string_lossy(), w)))
            }
            Self::Field(Field::Id, words) => {
                view.session.as_ref().is_some_and(|k| words.iter().any(|w| contains(k.id.raw(), w)))
            }
            Self::Pid(pids) => pids.contains(&proc.id.pid),
            Self::Compare(measure, op, limit) => {
                let value = match measure {
                    Measure::Age => Some(view.age.as_secs_f64()),
                    Measure::Memory => proc.rss_bytes.map(|n| n as f64),
                    Measure::Cpu => proc.cpu.percent.map(f64::from),
                    _ => None,
                };
                value.is_some_and(|value| op.holds(value, *limit))
            }
            _ => false,
        }
    }
}

impl Measure {
    fn of(self, subject: Subject<'_>, now: DateTime<Utc>) -> Option<f64> {
        let session = subject.session;
        let seconds = |since: DateTime<Utc>| (now - since).num_milliseconds() as f64 / 1000.0;
        match self {
            Self::Idle => match subject.view.and_then(|v| v.inactive) {
                Some(inactive) => Some(inactive.as_secs_f64()),
                None => subject.last_activity().map(seconds),
            },
            Self::Age => session.created_at.map(seconds),
            Self::Tokens => subject.tokens().map(|n| n as f64),
            Self::Memory => subject.view.and_then(SessionView::rss_bytes).map(|n| n as f64),
            Self::Cost => session.cost_usd,
            Self::Cpu => subject.cpu().map(f64::from),
            Self::Messages => session.messages.map(|n| n as f64),
        }
    }
}

impl Op {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessEq => value <= limit,
            Self::More => value > limit,
            Self::MoreEq => value >= limit,
        }
    }
}

fn any_text(subject: Subject<'_>, word: &str) -> bool {
    let session = subject.session;
    let optional = [&session.project, &session.model, &session.provider];
    contains(session.key.id.raw(), word)
        || contains(&session.name, word)
        || optional.into_iter().flatten().any(|text| contains(text, word))
        || contains(&session.working_dir.to_string_lossy(), word)
        || subject.view.is_some_and(|view| {
            let turn = [&view.turn.tool, &view.turn.command];
            view.findings.iter().any(|f| contains(&f.message, word))
                || contains(view.turn.state.into(), word)
                || turn.into_iter().flatten().any(|text| contains(text, word))
        })
}

/// Substring without regard to case; `needle` is lower case already. Plain ASCII, which is nearly
/// everything, costs no allocation: a keystroke runs this over every session there is.
fn contains(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return true;
    }
    if text.is_ascii() {
        let (text, needle) = (text.as_bytes(), needle.as_bytes());
        return text.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests;
