//! `explain ID --json`: a session with everything that led to its verdict.

use serde::Serialize;

use super::{SCHEMA_VERSION, SessionDto, clean, time};
use crate::domain::{
    board::{Board, SessionView},
    health::{Rule, rules::RULES},
    text,
};

/// A rule and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedDto {
    /// Its name.
    pub rule: String,
    /// The severity of its finding; `null` where it keeps silent.
    pub said: Option<String>,
}

/// A session, explained.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainDto {
    /// Version of this shape.
    pub schema_version: u32,
    /// The moment.
    pub generated_at: String,
    /// This machine.
    pub host: String,
    /// The verdict in one sentence.
    pub verdict: String,
    /// What was seen of the conversation, one sentence each.
    pub signs: Vec<String>,
    /// The assistant's newest words.
    pub last_words: Option<String>,
    /// Every rule that was asked.
    pub asked: Vec<AskedDto>,
    /// The session itself, findings and processes included.
    pub session: SessionDto,
}

impl ExplainDto {
    /// Explains a session of this board.
    pub fn new(view: &SessionView, board: &Board) -> Self {
        /// Characters of the last words: two lines of a terminal.
        const WORDS: usize = 160;
        let said = |rule: Rule| view.findings.iter().find(|f| f.rule == rule).map(|f| f.severity.to_string());
        let words = view.session.tail.as_ref().and_then(|tail| tail.last_words());
        Self {
            schema_version: SCHEMA_VERSION,
            generated_at: time(board.taken_at),
            host: clean(&board.host),
            verdict: verdict(view),
            signs: view.turn.signs.iter().map(|sign| clean(sign)).collect(),
            last_words: words.map(|w| text::cut(&clean(w), WORDS)),
            asked: RULES
                .iter()
                .map(|(rule, _)| AskedDto { rule: rule.to_string(), said: said(*rule) })
                .collect(),
            session: SessionDto::new(view, board),
        }
    }
}

fn verdict(view: &SessionView) -> String {
    let turn = view.turn.state.to_string().replace('_', " ");
    match view.worst() {
        Some(finding) => format!("{}: {}", view.health, clean(&finding.message)),
        None => format!("{}: nothing speaks against it; the conversation is {turn}", view.health),
    }
}
