//! Web pages: none, but for those of the origins that were named; these get the answers that CORS wants.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::http::problem::Problem;

/// Headers of ours that a page may read.
const SHOWN: &str = "goosetop-exit, goosetop-plan, retry-after";
/// Headers that a page may send.
const TAKEN: &str = "accept, authorization, content-type, goosetop-terminal, last-event-id";
/// Seconds for which a browser need not ask again.
const KEPT: &str = "600";

/// The page that asks, where it is one that may; `None` for programs.
///
/// # Errors
/// A page that may not.
pub fn page(headers: &HeaderMap, origins: &[String]) -> Result<Option<HeaderValue>, Problem> {
    let refused = || Problem::new(StatusCode::FORBIDDEN, "forbidden", "web pages may not ask here");
    let mut all = headers.get_all(header::ORIGIN).iter();
    match (all.next(), all.next()) {
        // `null` is what every sandboxed page and file says: it names nobody, and no entry can be it.
        (Some(origin), None) if origins.iter().any(|o| o.as_bytes() == origin.as_bytes()) => {
            Ok(Some(origin.clone()))
        }
        (Some(_), _) => Err(refused()),
        (None, _) => {
            let mut sites = headers.get_all("sec-fetch-site").iter().map(HeaderValue::as_bytes);
            let foreign = sites.any(|site| site != b"none" && site != b"same-origin");
            if foreign || headers.contains_key(header::REFERER) { Err(refused()) } else { Ok(None) }
        }
    }
}

/// A browser asks whether the page may ask.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// It may.
pub fn preflight() -> Response {
    const SAID: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, TAKEN),
        (header::ACCESS_CONTROL_MAX_AGE, KEPT),
    ];
    (StatusCode::NO_CONTENT, SAID.map(|(name, value)| (name, HeaderValue::from_static(value))))
        .into_response()
}

/// Lets this page read the answer. No cookies are allowed: there are none.
pub fn allow(page: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, page);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
}
