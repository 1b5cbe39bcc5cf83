//! Numbers for a monitoring system, in OpenMetrics.
//!
//! ```text
//!  Board (at the moment of asking) ─► picture  gauges ─┐
//!  looks, actions (since the start) ─► Metrics ─────────┴─► exposition ─► OpenMetrics | the older text
//! ```
//!
//! Invariant: gauges are read off the very board that every other answer reads, at the moment somebody
//! asks; what the board does not know has no sample, never a 0.
//!
//! To add a gauge: a line in `picture`; a counter: a field of [`Metrics`]. Then its panel in
//! `assets/grafana-dashboard.json`, and its alert in `assets/prometheus-rules.yml` where it has one.

mod exposition;
mod picture;
mod since_start;

pub use since_start::Metrics;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{problem::Problem, state::Shared};

/// `GET /metrics`.
///
/// # Errors
/// A defect: numbers can always be written.
pub async fn scrape(State(state): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let board = state.parts.boards.borrow().clone();
    let form = exposition::Form::wanted(&headers);
    let listeners = state.hub.clients();
    let text =
        exposition::write(form, &picture::of(board.as_deref(), listeners), state.parts.metrics.registry());
    let text = text.map_err(|_| Problem::defect("the numbers cannot be written"))?;
    let kind = HeaderValue::from_static(form.content_type());
    Ok(([(header::CONTENT_TYPE, kind), (header::VARY, HeaderValue::from_static("Accept"))], text)
        .into_response())
}

#[cfg(test)]
mod tests;
