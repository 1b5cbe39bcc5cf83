//! Actions in two requests: a plan that is shown, and that very plan run.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{
    actions::{Planned, Wish, planned, reported},
    answer,
    body::Body,
    name::Name,
};
use crate::{
    domain::{
        board::Board,
        plan::{Intent, ProjectStatus, Scope},
        process::ProcId,
        session::SessionKey,
    },
    effects,
    http::{plans::Kept, problem::Problem, state::Shared},
    wire::{self, ReportDto, SCHEMA_VERSION},
};

/// The id of a plan, beside its words.
const PLAN: HeaderName = HeaderName::from_static("goosetop-plan");

/// What is wanted; the verbs of the command line.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wanted {
    /// End these sessions and processes.
    Terminate {
        /// Ids, or names that only one session has.
        #[serde(default)]
        sessions: Vec<String>,
        /// Processes that stand alone, each with the start it was shown with.
        #[serde(default)]
        processes: Vec<Shown>,
        /// End a server that hosts other sessions too.
        #[serde(default)]
        end_servers: bool,
        /// Why.
        reason: Option<String>,
    },
    /// Every session with an owner.
    CloseAll {
        /// Why.
        reason: Option<String>,
        /// Those at a living terminal too.
        #[serde(default)]
        include_attached: bool,
    },
    /// The sessions of a project.
    CleanupProject {
        /// Which.
        project: String,
        /// How it ended.
        status: ProjectStatus,
        /// Why.
        reason: Option<String>,
        /// Those at a living terminal too.
        #[serde(default)]
        include_attached: bool,
    },
    /// What runs and what was left behind.
    EmergencyCleanup {
        /// How far.
        #[serde(default)]
        scope: Scope,
        /// Why.
        reason: Option<String>,
        /// Those at a living terminal too.
        #[serde(default)]
        include_attached: bool,
    },
}

/// A process as an earlier answer showed it: a number alone may be another's by now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Number.
    pid: u32,
    /// `started_at` of that answer.
    started_at: String,
}

/// A plan and its id.
#[derive(Serialize)]
struct PlanDto {
    schema_version: u32,
    plan_id: String,
    expires_at: String,
    plan: ReportDto,
}

impl Wanted {
    fn reason(&self) -> Option<&str> {
        match self {
            Self::Terminate { reason, .. }
            | Self::CloseAll { reason, .. }
            | Self::CleanupProject { reason, .. }
            | Self::EmergencyCleanup { reason, .. } => reason.as_deref(),
        }
    }

    fn include_attached(&self) -> bool {
        match self {
            Self::Terminate { .. } => false,
            Self::CloseAll { include_attached, .. }
            | Self::CleanupProject { include_attached, .. }
            | Self::EmergencyCleanup { include_attached, .. } => *include_attached,
        }
    }

    fn intent(&self, board: &Board) -> Result<Intent, Problem> {
        Ok(match self {
            Self::CloseAll { .. } => Intent::CloseAll,
            Self::EmergencyCleanup { scope, .. } => Intent::Emergency { scope: *scope },
            Self::CleanupProject { project, status, .. } => {
                Intent::CleanupProject { project: project.clone(), status: *status }
            }
            Self::Terminate { sessions, processes, end_servers, .. } => {
                let mut keys: Vec<SessionKey> = Vec::new();
                for word in sessions {
                    let key = board.named(word)?.key().clone();
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                let processes =
                    processes.iter().map(|shown| alone(board, shown)).collect::<Result<_, _>>()?;
                Intent::Terminate { sessions: keys, processes, end_servers: *end_servers }
            }
        })
    }
}

fn alone(board: &Board, shown: &Shown) -> Result<ProcId, Problem> {
    let mut strays = board.leaked.iter().chain(&board.untracked).chain(&board.unconfirmed);
    let found = strays.find(|p| p.proc.id.pid == shown.pid);
    let found = found.ok_or_else(|| {
        let what = format!("{} is no leaked, untracked or unconfirmed process", shown.pid);
        Problem::new(StatusCode::NOT_FOUND, "not_found", what)
    })?;
    if wire::time(found.proc.started_at) != shown.started_at {
        let what =
            format!("{} is another process now, started {}", shown.pid, wire::time(found.proc.started_at));
        return Err(Problem::new(StatusCode::CONFLICT, "identity_changed", what));
    }
    Ok(found.proc.id)
}

/// `POST /api/plans`. Where nothing is to be done, it is said with a report and without an id.
pub async fn make(
    State(state): State<Shared>,
    headers: HeaderMap,
    Body(wanted): Body<Wanted>,
) -> Result<Response, Problem> {
    let intent = |board: &Board| wanted.intent(board);
    // Whether the plan will be run is not known yet.
    let wish = Wish {
        reason: wanted.reason().map(str::to_owned),
        include_attached: wanted.include_attached(),
        dry_run: false,
    };
    match planned(&state, intent, &wish).await? {
        Planned::Nothing(report) => Ok(reported(&state, &headers, &[report.into()])),
        Planned::Plan(job) => {
            let id = random()?;
            let kept = state.plans.keep(id.clone(), *job, state.parts.clock.now()).await;
            Ok(told(&state, &headers, id, &kept))
        }
    }
}

/// `GET /api/plans/{id}`.
pub async fn show(
    State(state): State<Shared>,
    headers: HeaderMap,
    Name(id): Name,
) -> Result<Response, Problem> {
    let kept = state.plans.get(&id, state.parts.clock.now()).await.ok_or_else(gone)?;
    Ok(told(&state, &headers, id, &kept))
}

/// `POST /api/plans/{id}/run`: once.
pub async fn run(
    State(state): State<Shared>,
    headers: HeaderMap,
    Name(id): Name,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response, Problem> {
    let kept = state.plans.take(&id, state.parts.clock.now()).await.ok_or_else(gone)?;
    let reports = state.acts.run(kept.job).await?;
    Ok(reported(&state, &headers, &reports))
}

/// A body without a word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

fn told(state: &Shared, headers: &HeaderMap, id: String, kept: &Kept) -> Response {
    let plan = &kept.job.plan;
    let header = HeaderValue::from_str(&id).ok();
    let report = effects::dry_run(plan, plan.made_at);
    let exit = ReportDto::exit_code(std::iter::once(&report));
    let dto = || PlanDto {
        schema_version: SCHEMA_VERSION,
        plan_id: id,
        expires_at: wire::time(kept.expires_at),
        plan: ReportDto::from(&report),
    };
    let mut response = answer(headers, exit, dto, |look| state.parts.words.plan(look, plan));
    if let Some(id) = header {
        response.headers_mut().insert(PLAN, id);
    }
    response
}

fn gone() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such plan: it was run, or is too old")
        .hint("POST /api/plans makes one")
}

fn random() -> Result<String, Problem> {
    effects::random::word().map_err(|e| Problem::defect(&format!("no random number: {e}")))
}
