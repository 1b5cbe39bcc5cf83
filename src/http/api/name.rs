//! The name in a path, in whatever it was written.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::http::{problem::Problem, state::Shared};

/// `{id}` of a route.
pub struct Name(pub String);

impl FromRequestParts<Shared> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        // Whoever asks with JSON in mind gets JSON, even for a path that is no text.
        name.map(|Path(name)| Self(name)).map_err(|e| Problem::usage(format!("the path: {}", e.body_text())))
    }
}
