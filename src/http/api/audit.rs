//! What was done, by whom and why.

use axum::{
    Json,
    extract::{Query as UrlQuery, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::Value;

use crate::http::{problem::Problem, state::Shared};

/// Runs where nobody says how many; as the command.
const TAIL: usize = 20;
/// Runs of the longest answer.
const MOST: usize = 1000;

/// How much of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The newest so many runs.
    tail: Option<usize>,
}

/// `GET /api/audit`: what `audit --json` says.
pub async fn read(
    State(state): State<Shared>,
    part: Result<UrlQuery<Part>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let UrlQuery(part) = part.map_err(|e| Problem::usage(e.body_text()))?;
    let tail = part.tail.unwrap_or(TAIL).clamp(1, MOST);
    let read = tokio::task::spawn_blocking(move || (state.parts.audit)(tail)).await;
    read.map_err(|_| Problem::ending())?.map(Json)
}
