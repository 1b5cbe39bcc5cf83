//! Who may ask: everything a request must pass before a handler sees it.
//!
//! | way in | must hold | else |
//! |---|---|---|
//! | TCP | one `Host`, and it is this address or a name of `serve.hosts` | 421 |
//! | TCP | no `Origin`, `Referer` or cross-site `Sec-Fetch-Site`, but for an `Origin` of `serve.origins` | 403 |
//! | TCP | the token, but for `/healthz` and a named page's preflight | 401 |
//! | TCP | not too often; who shows no token has a bucket of its own | 429 |
//! | unix socket | the peer's user is ours or root | not taken in |
//! | unix socket | no web page, named or not: a browser has no business here | 403 |
//!
//! `tests/http_guard/snapshots` holds the whole table, asked of a running server.
//!
//! Invariant: the order is host, origin, token, so that a web page learns nothing from a refusal. What is
//! refused is never logged with what it showed. Paths are compared as they came, before anything is decoded.
//!
//! To add a check: a function here, its place in [`check`], its column in `tests/http_guard/table.rs`.

mod door;
mod host;
mod origin;
mod rate;
mod token;

pub use door::Door;
pub use rate::Rate;
pub use token::Token;

use std::{net::SocketAddr, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use self::rate::Caller;
use super::{problem::Problem, socketio, state::Shared};

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The unix socket; the user at the other end is allowed.
    Unix,
    /// TCP, at this address of ours.
    Tcp(SocketAddr),
}

/// What may be done for a request.
enum Pass {
    /// What it asks.
    Go,
    /// What it asks; who it is will be seen later.
    Unknown,
    /// A browser is told that the page may ask.
    Preflight,
}

/// Refuses what may not ask.
pub async fn guard(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let door = &state.parts.door;
    let peer = request.extensions().get::<Peer>().copied();
    let named = if peer == Some(Peer::Unix) { &[][..] } else { &door.origins };
    let page = origin::page(request.headers(), named);
    let allowed = match peer {
        Some(peer) => check(peer, &request, page.as_ref(), door, &state.parts.token),
        // Only the listeners let requests in, and they name the way.
        None => Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this way in is not known")),
    };
    let allowed = match peer {
        Some(Peer::Tcp(_)) => not_too_often(&state.rate, allowed, is_open(&request)),
        _ => allowed,
    };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let unread = has_body(request.headers());
    let mut response = match allowed {
        Ok(Pass::Go | Pass::Unknown) => next.run(request).await,
        Ok(Pass::Preflight) => origin::preflight(),
        Err(problem) => problem.into_response(),
    };
    // The path alone: what stands behind it may be somebody's token, shown in the wrong place.
    tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
    harden(response.headers_mut());
    if unread && response.status().is_client_error() {
        // A body that nobody read ends the connection: better said than found out.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if !door.origins.is_empty() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Ok(Some(page)) = page {
        origin::allow(page, response.headers_mut());
    }
    response
}

/// What must hold for a request by this way; the first thing that does not is its error.
fn check(
    peer: Peer,
    request: &Request,
    page: Result<&Option<HeaderValue>, &Problem>,
    door: &Door,
    token: &Token,
) -> Result<Pass, Problem> {
    let headers = request.headers();
    if let Peer::Tcp(address) = peer {
        host::is_ours(request.uri(), headers, address, &door.hosts)?;
    }
    let page = page.map_err(Clone::clone)?;
    if page.is_some() && origin::is_preflight(request.method(), headers) {
        return Ok(Pass::Preflight);
    }
    match peer {
        Peer::Unix => Ok(Pass::Go),
        Peer::Tcp(_) if is_open(request) => Ok(Pass::Go),
        Peer::Tcp(_) => match shows_token(headers, token) {
            Ok(()) => Ok(Pass::Go),
            // Its clients may show the token in their first message instead.
            Err(_) if request.uri().path() == socketio::PATH => Ok(Pass::Unknown),
            Err(problem) => Err(problem),
        },
    }
}

/// The path as it was sent: what only looks like it is not it.
fn is_open(request: &Request) -> bool {
    request.uri().path() == "/healthz"
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
    length || headers.contains_key(header::TRANSFER_ENCODING)
}

fn not_too_often(rate: &Rate, allowed: Result<Pass, Problem>, open: bool) -> Result<Pass, Problem> {
    let caller = match allowed {
        // A 429 would cost as much as the answer, and would be taken for a server that is ill.
        Ok(Pass::Go) if open => return allowed,
        Ok(Pass::Go) => Caller::Known,
        Ok(Pass::Preflight | Pass::Unknown) | Err(_) => Caller::Stranger,
    };
    rate.count(caller, Instant::now()).and(allowed)
}

/// The token stands in its header.
///
/// # Errors
/// It is missing or wrong.
pub fn shows_token(headers: &HeaderMap, token: &Token) -> Result<(), Problem> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let (shown, None) = (all.next(), all.next()) else { return Err(unauthorized("one token is enough")) };
    let shown = shown.and_then(|value| {
        let (scheme, rest) = value.split_at_checked("bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(rest)
    });
    match shown {
        Some(shown) if token.is(shown) => Ok(()),
        Some(_) => Err(unauthorized("this is not the token")),
        None => Err(unauthorized("a token is needed")),
    }
}

fn unauthorized(what: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", what)
        .hint("Authorization: Bearer …; `goosetop serve --print-token` prints it on that machine")
}

/// What every answer says to whoever shows it in a browser after all.
fn harden(headers: &mut HeaderMap) {
    const SAID: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in SAID {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
