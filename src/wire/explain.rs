//! `explain ID --json`: a session with everything that led to its verdict.

use serde::Serialize;

use super::{SCHEMA_VERSION, SessionDto, clean, time};
use crate::domain::{
    board::{Board, SessionView},
    health::{
        account::{Account, Asked},
        thresholds::Thresholds,
    },
    text,
};

/// A rule and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedDto {
    /// Its name.
    pub rule: String,
    /// The severity of its finding; `null` where it keeps silent.
    pub said: Option<String>,
    /// Where it keeps silent: what it looked at; else absent, its finding tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked: Option<String>,
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
    /// What decided it.
    pub because: String,
    /// Signs that speak against each other, one sentence each.
    pub contradictions: Vec<String>,
    /// What was seen of the conversation, one sentence each.
    pub signs: Vec<String>,
    /// The assistant's newest words.
    pub last_words: Option<String>,
    /// Every rule that was asked.
    pub asked: Vec<AskedDto>,
    /// The session itself, findings and processes included.
    pub session: SessionDto,
}

impl From<&Asked> for AskedDto {
    fn from(asked: &Asked) -> Self {
        Self {
            rule: asked.rule.to_string(),
            said: asked.said.map(|severity| severity.to_string()),
            looked: asked.looked.as_deref().map(clean),
        }
    }
}

impl ExplainDto {
    /// Explains a session of this board, judged by these limits.
    pub fn new(view: &SessionView, board: &Board, limits: &Thresholds) -> Self {
        /// Characters of the last words: two lines of a terminal.
        const WORDS: usize = 160;
        let account = Account::of(view, limits, board.taken_at);
        let words = view.session.tail.as_ref().and_then(|tail| tail.last_words());
        Self {
            schema_version: SCHEMA_VERSION,
            generated_at: time(board.taken_at),
            host: clean(&board.host),
            verdict: clean(&account.verdict),
            because: clean(&account.because),
            contradictions: account.against.iter().map(|signs| clean(signs)).collect(),
            signs: view.turn.signs.iter().map(|sign| clean(sign)).collect(),
            last_words: words.map(|w| text::cut(&clean(w), WORDS)),
            asked: account.asked.iter().map(AskedDto::from).collect(),
            session: SessionDto::new(view, board),
        }
    }
}
