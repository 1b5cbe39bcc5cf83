//! Words into terms.

use strum::IntoEnumIterator;

use super::{Clause, Field, Measure, Op, Query, Term};
use crate::domain::{
    health::{Health, Rule},
    session::SessionKind,
    turn::TurnState,
};

/// Every key, for the sentence that names them.
const KEYS: &str = "state type turn rule project dir model provider name id pid, \
                    and idle age tokens memory cost cpu messages with < or >";

const KINDS: [SessionKind; 7] = [
    SessionKind::User,
    SessionKind::Scheduled,
    SessionKind::SubAgent,
    SessionKind::Hidden,
    SessionKind::Terminal,
    SessionKind::Gateway,
    SessionKind::Acp,
];

const TURNS: [TurnState; 9] = [
    TurnState::Empty,
    TurnState::WaitingForUser,
    TurnState::WaitingForModel,
    TurnState::RunningTool,
    TurnState::WaitingForApproval,
    TurnState::Interrupted,
    TurnState::Failed,
    TurnState::Finished,
    TurnState::Unknown,
];

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A quote that never ends.
    #[error("the quote that starts at {0} has no end")]
    OpenQuote(String),
    /// `key:` or `key>` with nothing after it.
    #[error("{0} needs a value, for example {1}")]
    NoValue(String, &'static str),
    /// A key nobody knows.
    #[error("there is no filter `{0}`; there are {KEYS}; put it in quotes to look for the text itself")]
    UnknownKey(String),
    /// A value that this key does not have.
    #[error("{key} has no `{value}`; it has {known}")]
    UnknownValue {
        /// The key.
        key: &'static str,
        /// What was given.
        value: String,
        /// What there is.
        known: String,
    },
    /// Not a number, size or duration.
    #[error("`{value}` is not a {what}, for example {example}")]
    NotANumber {
        /// What was given.
        value: String,
        /// What is wanted.
        what: &'static str,
        /// How it looks.
        example: &'static str,
    },
}

/// A word of the input; quoted ones are never keys.
struct Word {
    text: String,
    negated: bool,
    quoted: bool,
}

pub(super) fn query(text: &str) -> Result<Query, QueryError> {
    let clauses = words(text)?
        .into_iter()
        .map(|word| {
            let term = if word.quoted { Term::Word(word.text.to_lowercase()) } else { term(&word.text)? };
            Ok(Clause { negated: word.negated, term })
        })
        .collect::<Result<_, _>>()?;
    Ok(Query { clauses })
}

fn words(text: &str) -> Result<Vec<Word>, QueryError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let bare = rest.trim_start_matches('!');
        let negated = (rest.len() - bare.len()) % 2 == 1;
        let (text, after, quoted) = if let Some(inner) = bare.strip_prefix('"') {
            let (inside, after) = inner
                .split_once('"')
                .ok_or_else(|| QueryError::OpenQuote(bare.chars().take(20).collect()))?;
            (inside, after, true)
        } else {
            let end = word_end(bare).ok_or_else(|| QueryError::OpenQuote(bare.chars().take(20).collect()))?;
            (&bare[..end], &bare[end..], false)
        };
        // A lone `!` is a filter half typed: it asks for nothing yet.
        if !text.is_empty() {
            words.push(Word { text: text.to_owned(), negated, quoted });
        }
        rest = after.trim_start();
    }
    Ok(words)
}

/// Where a word ends: at a space outside of quotes (`name:"two words"`); `None` where a quote stays open.
fn word_end(text: &str) -> Option<usize> {
    let mut open = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => open = !open,
            c if c.is_whitespace() && !open => return Some(at),
            _ => {}
        }
    }
    (!open).then_some(text.len())
}

fn term(word: &str) -> Result<Term, QueryError> {
    let Some(at) = word.find([':', '<', '>']) else { return Ok(Term::Word(word.to_lowercase())) };
    let (key, rest) = word.split_at(at);
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphabetic()) {
        return Ok(Term::Word(word.to_lowercase()));
    }
    let key = key.to_ascii_lowercase();
    match rest.strip_prefix(':') {
        Some(value) => named(&key, value),
        None => comparison(&key, rest),
    }
}

fn named(key: &str, value: &str) -> Result<Term, QueryError> {
    let values: Vec<String> =
        value.split(',').map(|v| v.trim_matches('"').to_lowercase()).filter(|v| !v.is_empty()).collect();
    let need = |example| if values.is_empty() { Err(no_value(key, ":", example)) } else { Ok(()) };
    let field = match key {
        "state" => {
            need("state:stuck,orphaned")?;
            return Ok(Term::State(choose("state", &values, Health::iter())?));
        }
        "type" => {
            need("type:acp")?;
            return Ok(Term::Kind(choose("type", &values, KINDS.into_iter())?));
        }
        "turn" => {
            need("turn:waiting_for_user")?;
            return Ok(Term::Turn(choose("turn", &values, TURNS.into_iter())?));
        }
        "rule" => {
            need("rule:loop")?;
            return Ok(Term::Rule(choose("rule", &values, Rule::iter())?));
        }
        "pid" => {
            need("pid:12346")?;
            let pids = values.iter().map(|v| {
                v.parse().map_err(|_| QueryError::NotANumber {
                    value: v.clone(),
                    what: "process number",
                    example: "pid:12346",
                })
            });
            return Ok(Term::Pid(pids.collect::<Result<_, _>>()?));
        }
        "id" => Field::Id,
        "name" => Field::Name,
        "project" => Field::Project,
        "dir" => Field::Dir,
        "model" => Field::Model,
        "provider" => Field::Provider,
        _ => return Err(QueryError::UnknownKey(format!("{key}:"))),
    };
    need("project:frontend")?;
    Ok(Term::Field(field, values))
}

/// A name or the beginning of one, so that a filter narrows while it is typed.
fn choose<T>(
    key: &'static str,
    values: &[String],
    all: impl Iterator<Item = T> + Clone,
) -> Result<Vec<T>, QueryError>
where
    T: Copy + Into<&'static str>,
{
    let mut chosen = Vec::new();
    for value in values {
        let before = chosen.len();
        chosen.extend(all.clone().filter(|item| {
            let name: &'static str = (*item).into();
            name.starts_with(value.as_str())
        }));
        if chosen.len() == before {
            let known: Vec<&'static str> = all.map(Into::into).collect();
            return Err(QueryError::UnknownValue { key, value: value.clone(), known: known.join(" ") });
        }
    }
    Ok(chosen)
}

fn comparison(key: &str, rest: &str) -> Result<Term, QueryError> {
    let (op, value) = match rest {
        r if r.starts_with(">=") => (Op::MoreEq, &r[2..]),
        r if r.starts_with("<=") => (Op::LessEq, &r[2..]),
        r if r.starts_with('>') => (Op::More, &r[1..]),
        r => (Op::Less, r.get(1..).unwrap_or_default()),
    };
    let measure = match key {
        "idle" => Measure::Idle,
        "age" => Measure::Age,
        "tokens" => Measure::Tokens,
        "memory" | "mem" => Measure::Memory,
        "cost" => Measure::Cost,
        "cpu" => Measure::Cpu,
        "messages" => Measure::Messages,
        _ => return Err(QueryError::UnknownKey(format!("{key}{}", &rest[..1]))),
    };
    let (parsed, what, example) = match measure {
        Measure::Idle | Measure::Age => (span(value), "duration", "idle>30m or age<1h30m"),
        Measure::Memory => (size(value, 1024.0), "size", "memory>2G"),
        Measure::Tokens => (size(value, 1000.0), "count", "tokens>100k"),
        Measure::Cost | Measure::Cpu | Measure::Messages => (number(value), "number", "cost>1.5"),
    };
    if value.is_empty() {
        return Err(no_value(key, &rest[..1], example));
    }
    match parsed {
        Some(limit) => Ok(Term::Compare(measure, op, limit)),
        None => Err(QueryError::NotANumber { value: value.to_owned(), what, example }),
    }
}

fn no_value(key: &str, sign: &str, example: &'static str) -> QueryError {
    QueryError::NoValue(format!("{key}{sign}"), example)
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim_start_matches('$').trim_end_matches('%');
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

/// `10k`, `2G`, `500`, with or without `B` / `iB` at the end.
fn size(text: &str, base: f64) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let text = text.trim_end_matches('b').trim_end_matches('i');
    let (digits, power) = match text.chars().last()? {
        'k' => (&text[..text.len() - 1], 1),
        'm' => (&text[..text.len() - 1], 2),
        'g' => (&text[..text.len() - 1], 3),
        't' => (&text[..text.len() - 1], 4),
        _ => (text, 0),
    };
    number(digits).map(|n| n * base.powi(power))
}

/// `45s`, `30m`, `1h30m`, `2d`; a bare number is minutes, the unit of the thresholds. In seconds.
pub fn span(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut digits = String::new();
    for c in text.chars() {
        let unit = match c {
            '0'..='9' | '.' => {
                digits.push(c);
                continue;
            }
            's' => 1.0,
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            'w' => 604_800.0,
            _ => return None,
        };
        total += digits.parse::<f64>().ok()? * unit;
        digits.clear();
    }
    if digits.is_empty() {
        return (!text.is_empty()).then_some(total);
    }
    Some(total + digits.parse::<f64>().ok()? * 60.0)
}
