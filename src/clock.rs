//! The one place that reads the time. Everything else takes `now` as an argument.

use chrono::{DateTime, Utc};

/// The moment.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
