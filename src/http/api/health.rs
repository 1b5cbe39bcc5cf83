//! Is the server alive, and how is the machine?

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{answer, sessions::Choice};
use crate::{
    domain::board::SessionView,
    http::{problem::Problem, state::Shared},
    wire::{HealthCheckDto, Status},
};

/// `GET /healthz`: says nothing that a stranger may not know.
pub async fn alive(State(state): State<Shared>) -> Response {
    // An engine that is gone has closed its boards.
    let dead = state.parts.boards.has_changed().is_err();
    let status = if dead { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(json!({ "status": if dead { "unavailable" } else { "ok" } }))).into_response()
}

/// `GET /api/health-check`: what `health-check` says.
pub async fn check(
    State(state): State<Shared>,
    headers: HeaderMap,
    choice: Choice,
) -> Result<Response, Problem> {
    let whole = state.board()?;
    let board = choice.0.narrowed(&whole);
    let rows = choice.0.rows(&board);
    let rows: Vec<&SessionView> = rows.iter().map(AsRef::as_ref).collect();
    Ok(answer(
        &headers,
        Status::of(&board).exit_code(),
        || HealthCheckDto::new(&board, rows.iter().copied()),
        |look| state.parts.words.health(look, &board, &rows),
    ))
}
