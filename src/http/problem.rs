//! What went wrong, in the shape that the command line's `--json` has too.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::domain::{board::Unnamed, plan::Refusal, text, transcript::ReadError};

/// An answer that is none: status, kind, sentence, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    /// A word programs can compare; those of the command line where it has one.
    pub kind: &'static str,
    /// One sentence, cleaned.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
    retryable: bool,
    /// Seconds after which asking again makes sense.
    after: Option<u32>,
}

impl Problem {
    /// Of this status and kind.
    pub fn new(status: StatusCode, kind: &'static str, message: impl AsRef<str>) -> Self {
        let message = text::line(message.as_ref()).into_owned();
        Self { status, kind, message, hint: String::new(), retryable: false, after: None }
    }

    /// With what to do next.
    #[must_use]
    pub fn hint(self, hint: impl AsRef<str>) -> Self {
        Self { hint: text::line(hint.as_ref()).into_owned(), ..self }
    }

    /// The same request may succeed in so many seconds.
    #[must_use]
    pub fn again_in(self, seconds: u32) -> Self {
        Self { retryable: true, after: Some(seconds), ..self }
    }

    /// The request itself is wrong.
    pub fn usage(message: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "usage", message)
    }

    /// Too many requests came; the next one may come then.
    pub fn too_often(wait: std::time::Duration) -> Self {
        let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
        Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "too many requests")
            .hint("serve.requests sets how many; the unix socket knows no limit")
            .again_in(seconds)
    }

    /// The engine has not answered.
    pub fn blind() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "nothing has been looked at yet")
            .hint("`goosetop doctor` on that machine says why if it stays so")
            .again_in(2)
    }

    /// goosetop itself is wrong.
    pub fn defect(what: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", what).hint("please report this")
    }

    /// Something that is needed is not there.
    pub fn unavailable(message: impl AsRef<str>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    /// The server ends.
    pub fn ending() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "goosetop is ending; nothing was done")
    }

    /// `{ "error": … }`, as every way of answering says it.
    pub fn body(&self) -> Value {
        let hint = (!self.hint.is_empty()).then_some(&self.hint);
        let error = json!({
            "kind": self.kind, "message": self.message, "hint": hint, "retryable": self.retryable,
        });
        json!({ "error": error })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(seconds) = self.after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"goosetop\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl From<Unnamed> for Problem {
    fn from(why: Unnamed) -> Self {
        let (status, kind) = match why {
            Unnamed::Nobody { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Unnamed::Several { .. } => (StatusCode::CONFLICT, "ambiguous"),
        };
        Self::new(status, kind, why.to_string()).hint(why.hint())
    }
}

impl From<Refusal> for Problem {
    fn from(why: Refusal) -> Self {
        let (status, kind) = match why {
            Refusal::ReadOnly => (StatusCode::FORBIDDEN, "read_only"),
            Refusal::Gone(_) | Refusal::Nothing(_) => (StatusCode::NOT_FOUND, "not_found"),
            Refusal::Blind => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        Self::new(status, kind, why.to_string())
    }
}

impl From<ReadError> for Problem {
    fn from(why: ReadError) -> Self {
        let (status, kind) = match why {
            ReadError::NoSession(_) | ReadError::NoMessage => (StatusCode::NOT_FOUND, "not_found"),
            ReadError::Pattern(_) => (StatusCode::BAD_REQUEST, "usage"),
            ReadError::Store(_) | ReadError::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        Self::new(status, kind, why.to_string())
    }
}
