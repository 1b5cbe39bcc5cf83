//! Every route, once.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{MethodRouter, get, post},
};

use super::{
    api::{actions, audit, events, health, openapi, plans, sessions, transcript},
    guard::guard,
    metrics,
    problem::Problem,
    socketio,
    state::Shared,
};

/// Largest body that is read.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A route.
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path, as in the OpenAPI document.
    pub path: &'static str,
    handler: fn() -> MethodRouter<Shared>,
}

macro_rules! routes {
    ($($method:ident $path:literal $handler:path)*) => {
        /// All of them.
        pub const ROUTES: &[Route] =
            &[$(Route { method: stringify!($method), path: $path, handler: || routes!(@ $method $handler) }),*];
    };
    (@ GET $handler:path) => { get($handler) };
    (@ POST $handler:path) => { post($handler) };
}

routes! {
    GET  "/healthz"                         health::alive
    GET  "/api/health-check"                health::check
    GET  "/api/active-sessions"             sessions::active
    GET  "/api/sessions"                    sessions::list
    GET  "/api/sessions/{id}"               sessions::explain
    GET  "/api/sessions/{id}/transcript"    transcript::read
    GET  "/metrics"                         metrics::scrape
    GET  "/api/audit"                       audit::read
    GET  "/api/openapi.json"                openapi::document
    GET  "/api/events"                      events::stream
    POST "/api/sessions/{id}/terminate"     actions::terminate
    POST "/api/close-all-sessions"          actions::close_all
    POST "/api/emergency-cleanup"           actions::emergency
    POST "/api/projects/{id}/cleanup"       actions::project
    POST "/api/plans"                       plans::make
    GET  "/api/plans/{id}"                  plans::show
    POST "/api/plans/{id}/run"              plans::run
}

/// The whole service.
pub fn router(state: Shared) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, (route.handler)());
    }
    router
        .merge(socketio::mount(&state))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(state.clone(), guard))
        .with_state(state)
}

async fn nowhere() -> Problem {
    Problem::new(axum::http::StatusCode::NOT_FOUND, "not_found", "there is no such path")
        .hint("GET /api/openapi.json lists them")
}

async fn not_so() -> Problem {
    Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "usage", "this path takes another method")
        .hint("GET /api/openapi.json lists them")
}
