//! JSON, or the same as words.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::http::words::Look;

/// With what the command would exit.
const EXIT: HeaderName = HeaderName::from_static("goosetop-exit");

/// An answer in the form the request wants.
pub fn answer<T: Serialize>(
    headers: &HeaderMap,
    exit: u8,
    dto: impl FnOnce() -> T,
    words: impl FnOnce(Look) -> String,
) -> Response {
    let mut response = match Look::wanted(headers) {
        None => Json(dto()).into_response(),
        Some(look) => {
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            ([(header::CONTENT_TYPE, plain)], words(look)).into_response()
        }
    };
    response.headers_mut().insert(EXIT, HeaderValue::from(u16::from(exit)));
    response
}
