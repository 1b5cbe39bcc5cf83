//! The event stream.

use axum::response::Response;

use crate::http::{problem::Problem, state::Shared};

/// `GET /api/events`.
pub async fn stream(_state: axum::extract::State<Shared>) -> Result<Response, Problem> {
    Err(Problem::blind())
}
