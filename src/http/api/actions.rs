//! Actions asked for in one request: a fresh look, a plan, a run, a report.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

use super::{answer, body::Body, name::Name};
use crate::{
    domain::{
        board::Board,
        plan::{Intent, Plan, ProjectStatus, Refusal, Scope, Terms, plan},
        text,
    },
    effects::{self, Report},
    engine::actor::Job,
    http::{
        problem::Problem,
        state::{Shared, State as Inner},
    },
    wire::ReportDto,
};

/// Characters of a reason: a sentence, not a letter.
const REASON: usize = 500;

/// What every action's body may hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Why.
    pub reason: Option<String>,
    /// Bulk actions may end sessions that sit in a living terminal.
    #[serde(default)]
    pub include_attached: bool,
    /// Only say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Of one session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminateWish {
    reason: Option<String>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    end_servers: bool,
}

/// Of an emergency.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergencyWish {
    reason: Option<String>,
    #[serde(default)]
    include_attached: bool,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    scope: Scope,
}

/// Of a project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectWish {
    status: ProjectStatus,
    reason: Option<String>,
    #[serde(default)]
    include_attached: bool,
    #[serde(default)]
    dry_run: bool,
}

/// `POST /api/sessions/{id}/terminate`.
pub async fn terminate(
    State(state): State<Shared>,
    headers: HeaderMap,
    Name(id): Name,
    Body(wish): Body<TerminateWish>,
) -> Result<Response, Problem> {
    let TerminateWish { reason, dry_run, end_servers } = wish;
    let wish = Wish { reason, include_attached: false, dry_run };
    let intent = move |board: &Board| {
        let sessions = vec![board.named(&id)?.key().clone()];
        Ok(Intent::Terminate { sessions, processes: Vec::new(), end_servers })
    };
    act(&state, &headers, intent, &wish).await
}

/// `POST /api/close-all-sessions`.
pub async fn close_all(
    State(state): State<Shared>,
    headers: HeaderMap,
    Body(wish): Body<Wish>,
) -> Result<Response, Problem> {
    act(&state, &headers, |_| Ok(Intent::CloseAll), &wish).await
}

/// `POST /api/emergency-cleanup`.
pub async fn emergency(
    State(state): State<Shared>,
    headers: HeaderMap,
    Body(wish): Body<EmergencyWish>,
) -> Result<Response, Problem> {
    let EmergencyWish { reason, include_attached, dry_run, scope } = wish;
    let wish = Wish { reason, include_attached, dry_run };
    act(&state, &headers, |_| Ok(Intent::Emergency { scope }), &wish).await
}

/// `POST /api/projects/{id}/cleanup`.
pub async fn project(
    State(state): State<Shared>,
    headers: HeaderMap,
    Name(project): Name,
    Body(wish): Body<ProjectWish>,
) -> Result<Response, Problem> {
    let ProjectWish { status, reason, include_attached, dry_run } = wish;
    let wish = Wish { reason, include_attached, dry_run };
    act(&state, &headers, |_| Ok(Intent::CleanupProject { project, status }), &wish).await
}

/// A plan, or the report of why there is nothing to do.
pub enum Planned {
    /// To be shown, or run.
    Plan(Box<Job>),
    /// Nothing would be signalled.
    Nothing(Box<Report>),
}

/// Looks, and plans.
///
/// # Errors
/// No look in time; whatever the intent or the planner refuses.
pub async fn planned(
    state: &Inner,
    intent: impl FnOnce(&Board) -> Result<Intent, Problem>,
    wish: &Wish,
) -> Result<Planned, Problem> {
    let board = state.look(Vec::new()).await?;
    let intent = intent(&board)?;
    let own = &state.parts.terms;
    let terms = Terms {
        include_attached: own.include_attached || wish.include_attached,
        reason: wish.reason.as_deref().map(|r| text::cut(&text::line(r), REASON)),
        ..own.clone()
    };
    match plan(&intent, &board, &terms) {
        Ok(plan) => Ok(Planned::Plan(Box::new(Job { plan, terms }))),
        Err(Refusal::Nothing(left)) => {
            let empty = Plan::nothing(intent, &board, &terms, left);
            Ok(Planned::Nothing(Box::new(effects::nothing(empty, wish.dry_run, state.parts.clock.now()))))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

async fn act(
    state: &Inner,
    headers: &HeaderMap,
    intent: impl FnOnce(&Board) -> Result<Intent, Problem>,
    wish: &Wish,
) -> Result<Response, Problem> {
    Ok(reported(state, headers, &acted(state, intent, wish).await?))
}

async fn acted(
    state: &Inner,
    intent: impl FnOnce(&Board) -> Result<Intent, Problem>,
    wish: &Wish,
) -> Result<Vec<Arc<Report>>, Problem> {
    match planned(state, intent, wish).await? {
        Planned::Nothing(report) => {
            if !wish.dry_run {
                state.hub.project_done([report.as_ref()]);
            }
            Ok(vec![Arc::from(report)])
        }
        Planned::Plan(job) if wish.dry_run => {
            Ok(vec![Arc::new(effects::dry_run(&job.plan, state.parts.clock.now()))])
        }
        Planned::Plan(job) => state.acts.run(*job).await,
    }
}

/// Ends every session with an owner, for those who asked by another way than a request.
///
/// # Errors
/// As a request would be refused.
pub async fn close_all_of(state: &Inner, wish: &Wish) -> Result<Vec<Arc<Report>>, Problem> {
    acted(state, |_| Ok(Intent::CloseAll), wish).await
}

/// What was done, the second clean after the first.
pub fn reported(state: &Inner, headers: &HeaderMap, reports: &[Arc<Report>]) -> Response {
    answer(
        headers,
        ReportDto::exit_code(reports.iter().map(AsRef::as_ref)),
        || told(reports),
        |look| {
            let words: Vec<_> = reports.iter().map(|r| state.parts.words.report(look, r)).collect();
            words.join("\n")
        },
    )
}

/// The first report, with the second in it where one followed.
pub fn told(reports: &[Arc<Report>]) -> Option<ReportDto> {
    ReportDto::of(reports.iter().map(AsRef::as_ref))
}
