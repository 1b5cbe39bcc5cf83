//! A session with its verdict.

use serde::Serialize;

use super::{EvidenceDto, ProcessDto, clean, database_path, time};
use crate::domain::{
    board::{Board, Owner, SessionView},
    health::Finding,
    session::Tokens,
    text,
    turn::Turn,
};

/// What the conversation waits for.
#[derive(Clone, Debug, Serialize)]
pub struct TurnDto {
    /// The word.
    pub state: String,
    /// Since when.
    pub since: Option<String>,
    /// The running tool; absent where none runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What it runs; absent where none runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl From<&Turn> for TurnDto {
    fn from(turn: &Turn) -> Self {
        Self {
            state: turn.state.to_string(),
            since: turn.since.map(time),
            tool: turn.tool.as_deref().map(clean),
            command: turn.command.as_deref().map(clean),
        }
    }
}

/// One reason for a verdict.
#[derive(Clone, Debug, Serialize)]
pub struct FindingDto {
    /// Which rule speaks.
    pub rule: String,
    /// `note`, `warning`, `stuck`, `orphaned`.
    pub severity: String,
    /// The sentence.
    pub message: String,
    /// What was seen.
    pub evidence: Vec<String>,
    /// The clock.
    pub since: Option<String>,
    /// The limit the clock is held against.
    pub threshold_seconds: Option<u64>,
    /// What to do about it; `null` where nothing helps but waiting.
    pub advice: Option<String>,
}

impl From<&Finding> for FindingDto {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.to_string(),
            severity: finding.severity.to_string(),
            message: clean(&finding.message),
            evidence: finding.evidence.iter().map(|e| clean(e)).collect(),
            since: finding.since.map(time),
            threshold_seconds: finding.threshold.map(|t| t.as_secs()),
            advice: Some(clean(&finding.advice)).filter(|advice| !advice.is_empty()),
        }
    }
}

/// The process that drives a session.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerDto {
    /// Number.
    pub pid: u32,
    /// When it started.
    pub started_at: String,
    /// What it was started to do: `session`, `run`, `serve`, ...
    pub role: String,
    /// Its command line.
    pub command: String,
    /// The best of the evidence.
    pub strength: String,
    /// How it is known.
    pub evidence: Vec<EvidenceDto>,
    /// Other sessions in the same process.
    pub hosts: usize,
}

impl From<&Owner> for OwnerDto {
    fn from(owner: &Owner) -> Self {
        Self {
            pid: owner.proc.id.pid,
            started_at: time(owner.proc.started_at),
            role: owner.role.to_string(),
            command: owner.proc.command(),
            strength: owner.strength.to_string(),
            evidence: owner.evidence.iter().map(EvidenceDto::from).collect(),
            hosts: owner.hosts,
        }
    }
}

/// Token counts.
#[derive(Clone, Debug, Serialize)]
pub struct TokensDto {
    /// Of the newest call.
    pub context: Option<u64>,
    /// Over the session.
    pub input: Option<u64>,
    /// Over the session.
    pub output: Option<u64>,
    /// Over the session.
    pub total: Option<u64>,
}

impl From<Tokens> for TokensDto {
    fn from(t: Tokens) -> Self {
        Self { context: t.context, input: t.input, output: t.output, total: t.total }
    }
}

/// A session.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are the contract; domain::session and domain::board explain them")]
pub struct SessionDto {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub working_dir: String,
    pub project: Option<String>,
    pub parent_id: Option<String>,
    pub database: Option<String>,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
    pub last_activity_at: Option<String>,
    pub inactive_seconds: Option<u64>,
    pub health: String,
    /// Why `health` is `unknown`; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    pub turn: TurnDto,
    pub attached: Option<bool>,
    pub findings: Vec<FindingDto>,
    pub owner: Option<OwnerDto>,
    pub processes: Vec<ProcessDto>,
    pub messages: Option<u64>,
    pub tokens: TokensDto,
    pub cost_usd: Option<f64>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub mode: Option<String>,
    pub archived: bool,
    /// Sessions that this one made and that live in its process.
    pub sub_agents: Vec<SessionDto>,
}

impl SessionDto {
    /// From a judged session; the board knows the stores' paths.
    pub fn new(view: &SessionView, board: &Board) -> Self {
        let session = &view.session;
        let words = |word: &Option<String>| word.as_deref().map(clean);
        Self {
            id: session.key.id.to_string(),
            name: clean(&session.name),
            kind: session.kind.to_string(),
            working_dir: text::path(&session.working_dir, None),
            project: words(&session.project),
            parent_id: session.parent.as_ref().map(ToString::to_string),
            database: database_path(board, session.key.store),
            created_at: session.created_at.map(time),
            updated_at: session.updated_at.map(time),
            last_activity_at: view.last_activity_at.map(time),
            inactive_seconds: view.inactive.map(|d| d.as_secs()),
            health: view.health.to_string(),
            doubt: words(&view.doubt),
            turn: TurnDto::from(&view.turn),
            attached: view.attached,
            findings: view.findings.iter().map(FindingDto::from).collect(),
            owner: view.owner.as_ref().map(OwnerDto::from),
            processes: view.processes.iter().map(ProcessDto::from).collect(),
            messages: session.messages,
            tokens: TokensDto::from(session.tokens),
            cost_usd: session.cost_usd.filter(|c| c.is_finite()),
            provider: words(&session.provider),
            model: words(&session.model),
            mode: words(&session.mode),
            archived: session.archived_at.is_some(),
            sub_agents: view.sub_agents.iter().map(|sub| Self::new(sub, board)).collect(),
        }
    }
}
