//! By which name the server was called. A page that got its own name to point here (DNS rebinding) says
//! that name: it cannot say another.

use std::net::SocketAddr;

use axum::http::{HeaderMap, StatusCode, Uri, header};

use crate::http::problem::Problem;

/// Names of this machine for itself, whatever the server is bound to.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The one `Host`, and the name in the request line where one stands there, are this server's.
///
/// # Errors
/// Neither address nor name of ours; none; several.
pub fn is_ours(uri: &Uri, headers: &HeaderMap, at: SocketAddr, names: &[String]) -> Result<(), Problem> {
    let mut all = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (all.next(), all.next()) else { return Err(refused("one Host is needed", at)) };
    let host = host.to_str().unwrap_or_default();
    let line = uri.authority().map_or(host, |authority| authority.as_str());
    if is_name(host, at, names) && is_name(line, at, names) {
        Ok(())
    } else {
        Err(refused("this Host is none of this server's names", at))
    }
}

fn refused(what: &str, at: SocketAddr) -> Problem {
    let port = at.port();
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "forbidden", what)
        .hint(format!("say Host: 127.0.0.1:{port} or localhost:{port}; serve.hosts allows other names"))
}

fn is_name(host: &str, at: SocketAddr, names: &[String]) -> bool {
    // A proxy passes on the port that it was called by, which is not ours: such a name holds for all.
    let given = |name: &String| name.eq_ignore_ascii_case(host) || name.eq_ignore_ascii_case(split(host).0);
    if names.iter().any(given) {
        return true;
    }
    let (name, port) = split(host);
    let port = port.map_or(Some(80), |port| port.parse::<u16>().ok());
    let ours = [at.ip().to_string(), format!("[{}]", at.ip())];
    let is_local = LOCAL.iter().any(|l| l.eq_ignore_ascii_case(name)) || ours.iter().any(|o| o == name);
    is_local && port == Some(at.port())
}

/// Name and port; the colons of an address in brackets are its own.
fn split(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_name_holds_with_any_port_and_one_with_a_port_for_that() {
        let at = SocketAddr::from(([10, 0, 0, 7], 3285));
        let names = ["board.example.com".to_owned(), "other.example.com:8443".to_owned()];
        let is = |host: &str| is_name(host, at, &names);
        for host in ["board.example.com", "Board.Example.COM:443", "other.example.com:8443", "10.0.0.7:3285"]
        {
            assert!(is(host), "{host}");
        }
        for host in
            ["example.com", "board.example.com.evil.net", "other.example.com", "10.0.0.7", "10.0.0.8:3285"]
        {
            assert!(!is(host), "{host}");
        }
    }
}
