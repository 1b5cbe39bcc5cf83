//! The body of a request that acts: JSON, small, in time, without a word that means nothing.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
};
use serde::de::DeserializeOwned;

use crate::http::{problem::Problem, route::BODY_LIMIT, state::Shared};

/// A body, read. An empty one is an empty object.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "usage", "the body must be JSON")
                .hint("Content-Type: application/json"));
        }
        if claims_too_much(&request) {
            return Err(too_large());
        }
        let patience = state.parts.door.body();
        let read = tokio::time::timeout(patience, Bytes::from_request(request, state)).await;
        let late = || Problem::new(StatusCode::REQUEST_TIMEOUT, "usage", "the body did not come in time");
        let bytes = read.map_err(|_| late())?.map_err(|e| {
            let is_too_large = e.status() == StatusCode::PAYLOAD_TOO_LARGE;
            if is_too_large { too_large() } else { Problem::usage("the body broke off") }
        })?;
        let text: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
        // The wishes of a list would have no names.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::usage("the body must be a JSON object"));
        }
        let wish = serde_json::from_slice(text).map_err(|e| Problem::usage(format!("the body: {e}")))?;
        Ok(Self(wish))
    }
}

/// Anything else a web page could send without being asked first.
fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let kind = kind.and_then(|k| k.split(';').next()).unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn too_large() -> Problem {
    let what = format!("the body is larger than {BODY_LIMIT} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "usage", what)
}

/// Nobody waits for what would not be taken.
fn claims_too_much(request: &Request) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    length.and_then(|v| v.parse::<u64>().ok()).is_some_and(|length| length > BODY_LIMIT as u64)
}
