//! Who may ask: everything a request must pass before a handler sees it.
//!
//! | way in | must hold |
//! |---|---|
//! | unix socket | the peer's user is ours or root; no `Origin` (a browser has no business here) |
//! | TCP | `Host` is this address; no `Origin`, `Referer` or cross-site `Sec-Fetch-Site`; the token |
//!
//! Invariant: the order is host, origin, token, so that a web page learns nothing from a refusal. What is
//! refused is never logged with what it showed.
//!
//! To add a check: a function here, its place in [`check`], its column in `tests/http_guard.rs`.

mod token;

pub use token::Token;

use std::net::SocketAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{problem::Problem, socketio, state::Shared};

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The unix socket; the user at the other end is allowed.
    Unix,
    /// TCP, at this address of ours.
    Tcp(SocketAddr),
}

/// Refuses what may not ask.
pub async fn guard(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    // Socket.IO clients may show the token in their first message instead; see `socketio`.
    let open = matches!(request.uri().path(), "/healthz" | socketio::PATH);
    let allowed = match peer {
        Some(peer) => check(peer, request.headers(), &state.parts.token, open),
        // Only the listeners let requests in, and they name the way.
        None => Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this way in is not known")),
    };
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    harden(response.headers_mut());
    response
}

/// What must hold for a request by this way.
///
/// # Errors
/// The first thing that does not.
pub fn check(peer: Peer, headers: &HeaderMap, token: &Token, open: bool) -> Result<(), Problem> {
    if let Peer::Tcp(address) = peer {
        is_host(headers, address)?;
    }
    is_no_page(headers)?;
    match peer {
        Peer::Tcp(_) if !open => shows_token(headers, token),
        Peer::Tcp(_) | Peer::Unix => Ok(()),
    }
}

/// A page that got its name to point here (DNS rebinding) says that name.
fn is_host(headers: &HeaderMap, address: SocketAddr) -> Result<(), Problem> {
    let refused = |what: &str| {
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "forbidden", what).hint(format!(
            "say Host: 127.0.0.1:{} or localhost:{}",
            address.port(),
            address.port()
        )))
    };
    let mut all = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (all.next(), all.next()) else { return refused("one Host is needed") };
    let Ok(host) = host.to_str() else { return refused("this Host is none of this server's names") };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse::<u16>().ok()),
        _ => (host, Some(80)),
    };
    let ours = [address.ip().to_string(), format!("[{}]", address.ip())];
    let local = ["localhost", "127.0.0.1", "[::1]"];
    let named = local.iter().any(|l| l.eq_ignore_ascii_case(name)) || ours.iter().any(|o| o == name);
    if named && port == Some(address.port()) {
        Ok(())
    } else {
        refused("this Host is none of this server's names")
    }
}

/// No web page asks here, not even one of this machine.
fn is_no_page(headers: &HeaderMap) -> Result<(), Problem> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign = headers.contains_key(header::ORIGIN)
        || headers.contains_key(header::REFERER)
        || site.is_some_and(|site| site != b"none" && site != b"same-origin");
    if foreign {
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "web pages may not ask here"));
    }
    Ok(())
}

/// The token stands in its header.
///
/// # Errors
/// It is missing or wrong.
pub fn shows_token(headers: &HeaderMap, token: &Token) -> Result<(), Problem> {
    let shown = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
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
