//! What a browser is told.

use crate::{Gate, api::Answer};

const LISTED: &str = "https://board.example.com";

fn cross(answer: &Answer) -> Vec<&str> {
    let named = answer.head.iter().map(|(name, _)| name.as_str());
    named.filter(|name| name.starts_with("access-control") || *name == "vary").collect()
}

fn preflight(gate: &Gate, origin: &str) -> Answer {
    let asked = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization";
    let host = format!("Host: 127.0.0.1:{}\r\nConnection: close", gate.api.port);
    gate.api.raw(&format!("OPTIONS /api/plans HTTP/1.1\r\n{host}\r\nOrigin: {origin}\r\n{asked}\r\n\r\n"))
}

#[test]
fn nothing_is_shared_unless_somebody_says_so() {
    let gate = Gate::open(&[]);
    for origin in [LISTED, "null", "http://localhost"] {
        let answer = preflight(&gate, origin);
        assert_eq!((answer.status, cross(&answer)), (403, vec![]), "{origin}");
        let answer = gate.known("GET /healthz", &format!("Origin: {origin}\r\n\r\n"));
        assert_eq!((answer.status, cross(&answer)), (403, vec![]), "{origin}");
    }
    let answer = gate.known("GET /api/sessions", "\r\n");
    assert_eq!(cross(&answer), Vec::<&str>::new());
    let said = ["content-security-policy", "x-content-type-options", "cache-control", "referrer-policy"];
    let values = said.map(|name| answer.header(name).unwrap());
    let wanted = ["default-src 'none'; frame-ancestors 'none'", "nosniff", "no-store", "no-referrer"];
    assert_eq!(values, wanted);
}

#[test]
fn a_named_page_may_read_with_the_token() {
    let gate = Gate::open(&["--set", "serve.origins=https://board.example.com,http://other.example:8080"]);
    let allowed = preflight(&gate, LISTED);
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(LISTED));
    assert_eq!(allowed.header("access-control-allow-methods"), Some("GET, POST"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    assert_eq!(allowed.header("vary"), Some("origin"));

    let page = format!("Origin: {LISTED}\r\nSec-Fetch-Site: cross-site\r\n\r\n");
    let answer = gate.known("GET /api/sessions", &page);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(LISTED)));
    assert_eq!(answer.header("vary"), Some("origin"));
    let host = format!("Host: 127.0.0.1:{}\r\nConnection: close", gate.api.port);
    let answer = gate.api.raw(&format!("GET /api/sessions HTTP/1.1\r\n{host}\r\n{page}"));
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, Some(LISTED)));

    for origin in
        ["null", "https://evil.example", "https://board.example.com:8443", "HTTPS://BOARD.EXAMPLE.COM"]
    {
        let answer = preflight(&gate, origin);
        assert_eq!((answer.status, cross(&answer)), (403, vec!["vary"]), "{origin}");
    }
    assert_eq!(gate.known("GET /api/sessions", "\r\n").header("vary"), Some("origin"), "caches are told");
}
