//! The document that describes all of it.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// OpenAPI 3.1, kept by hand.
pub const DOCUMENT: &str = include_str!("../../../assets/openapi.json");

/// `GET /api/openapi.json`.
pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], DOCUMENT).into_response()
}
