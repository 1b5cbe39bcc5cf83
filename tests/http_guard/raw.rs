//! Requests that no library sends.

use crate::Gate;

#[test]
fn a_path_is_what_it_was_sent_as() {
    let gate = Gate::open(&[]);
    let host = format!("Host: 127.0.0.1:{}", gate.api.port);
    let ask = |line: &str| gate.api.raw(&format!("{line}\r\n{host}\r\nConnection: close\r\n\r\n")).status;
    for path in [
        "//healthz",
        "/healthz/",
        "/healthz/../api/sessions",
        "/healthz/%2e%2e/api/sessions",
        "/%68ealthz",
        "/healthz%00",
        "/healthz;/api/sessions",
        "/Healthz",
        "/./healthz",
        "/api/../healthz",
        "/api/sessions#/healthz",
        "*",
    ] {
        assert_eq!(ask(&format!("GET {path} HTTP/1.1")), 401, "{path} is not /healthz");
    }
    assert_eq!(ask("GET /healthz?a=b HTTP/1.1"), 200);
    assert_eq!(ask("GET /healthz HTTP/1.0"), 200);
    assert_eq!(ask("HEAD /healthz HTTP/1.1"), 200);
    assert_eq!(ask("GET /api/sessions HTTP/1.0"), 401);
    assert_eq!(ask("TRACE /healthz HTTP/1.1"), 405);
}

#[test]
fn the_line_names_this_server_too() {
    let gate = Gate::open(&[]);
    let port = gate.api.port;
    let host = format!("Host: 127.0.0.1:{port}");
    let ask = |line: &str| gate.api.raw(&format!("{line}\r\n{host}\r\nConnection: close\r\n\r\n")).status;
    assert_eq!(ask("GET http://evil.example/healthz HTTP/1.1"), 421);
    assert_eq!(ask(&format!("GET http://127.0.0.1:{port}/healthz HTTP/1.1")), 200);
    assert_eq!(ask(&format!("GET HTTP://127.0.0.1:{port}/healthz HTTP/1.1")), 200);
    assert_eq!(ask(&format!("GET http://127.0.0.1:{port}@evil.example/healthz HTTP/1.1")), 421);
    assert_eq!(ask(&format!("GET http://127.0.0.1:{port}/api/sessions HTTP/1.1")), 401);
    assert_eq!(ask("CONNECT evil.example:443 HTTP/1.1"), 421);
    assert_eq!(ask(&format!("CONNECT 127.0.0.1:{port} HTTP/1.1")), 401);
    let none = gate.api.raw("GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(none.status, 421, "HTTP/1.0 needs no Host, and we do");
}

#[test]
fn what_is_no_request_gets_no_further() {
    let gate = Gate::open(&[]);
    let host = format!("Host: 127.0.0.1:{}", gate.api.port);
    let ask = |request: &str| gate.api.raw(request).status;
    assert_eq!(ask("\u{16}\u{3}\u{1}\u{2}\r\n\r\n"), 400, "TLS");
    assert_eq!(ask(&format!("GET /healthz HTTP/1.1\r\n{host}\r\nX: a\u{0}b\r\n\r\n")), 400);
    assert_eq!(ask(&format!("GET /healthz HTTP/1.1\r\n{host}\r\n X: folded\r\n\r\n")), 400);
    assert_eq!(ask(&format!("GET /healthz HTTP/1.1\r\n{host}\r\nHost : evil.example\r\n\r\n")), 400);
    assert_eq!(ask(&format!("GET /healthz HTTP/1.1\r\n{host}\r\nX: {}\r\n\r\n", "a".repeat(20_000))), 431);
    assert_eq!(ask(&format!("GET /healthz HTTP/1.1\r\n{host}\r\n{}\r\n", "X: a\r\n".repeat(200))), 431);
    assert_eq!(ask(&format!("GET /{} HTTP/1.1\r\n{host}\r\n\r\n", "a".repeat(20_000))), 431);
    let both = "Content-Length: 2\r\nTransfer-Encoding: chunked";
    let smuggled = format!(
        "POST /api/close-all-sessions HTTP/1.1\r\n{host}\r\n{both}\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n{host}\r\n\r\n"
    );
    let answer = gate.api.raw(&smuggled);
    assert!(matches!(answer.status, 400 | 401), "{answer:?}");
    assert_eq!(gate.api.get("/healthz").status, 200, "and the server lives");
}

#[test]
fn a_body_is_small_json_without_a_word_that_means_nothing() {
    let gate = Gate::open(&[]);
    let post = |head: &str, body: &str| {
        gate.known(
            "POST /api/close-all-sessions",
            &format!("Content-Type: application/json\r\n{head}\r\n{body}"),
        )
    };
    let sized = |body: &str| post(&format!("Content-Length: {}\r\n", body.len()), body);
    let told = |answer: &crate::api::Answer| (answer.status, answer.json()["error"]["kind"].clone());
    for (body, status, kind) in [
        ("{}", 403, "read_only"),
        ("", 403, "read_only"),
        (" \n", 403, "read_only"),
        (r#"{"reason":null}"#, 403, "read_only"),
        (r#"{"reasn":"a"}"#, 400, "usage"),
        (r#"{"reason":1}"#, 400, "usage"),
        (r#"{"reason":"a","reason":"b"}"#, 400, "usage"),
        (r#"{"reason":"#, 400, "usage"),
        ("{} {}", 400, "usage"),
        ("[]", 400, "usage"),
        ("[null,false,true]", 400, "usage"),
        ("null", 400, "usage"),
        ("\u{feff}{}", 400, "usage"),
        (r#"{"reason":"\ud800"}"#, 400, "usage"),
    ] {
        assert_eq!(told(&sized(body)), (status, kind.into()), "{body}");
    }
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(sized(&deep).status, 400, "nested deeply");
    let large = format!(r#"{{"reason":"{}"}}"#, "a".repeat(65 * 1024));
    assert_eq!(told(&sized(&large)), (413, "usage".into()));
    assert_eq!(post("Content-Length: 99999999999\r\n", "{}").status, 413, "by what it says of itself");
    let chunk = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    assert_eq!(post("Transfer-Encoding: chunked\r\n", &chunk).status, 413, "without a length");
    assert_eq!(post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n").status, 403);
}

#[test]
fn bytes_that_are_no_text_are_told_so() {
    use std::io::Write;
    let gate = Gate::open(&[]);
    let head = "Content-Type: application/json\r\nHost: x\r\nConnection: close\r\nContent-Length: 15";
    let mut stream = std::os::unix::net::UnixStream::connect(&gate.api.socket).unwrap();
    write!(stream, "POST /api/close-all-sessions HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    stream.write_all(b"{\"reason\":\"\xff\xfe\"}").unwrap();
    assert_eq!(crate::api::read(&mut stream).status, 400);
    for path in
        ["/api/sessions/%ff", "/api/sessions?all=%ff", "/api/sessions/%00/transcript", "/api/plans/%ff"]
    {
        let answer = gate.api.get(path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer:?}");
        assert!(answer.json()["error"]["message"].is_string(), "{answer:?}");
    }
}

#[test]
fn a_token_in_the_address_opens_nothing() {
    let gate = Gate::open(&[]);
    let (port, token) = (gate.api.port, &gate.api.token);
    for line in [
        format!("GET /api/sessions?token={token}"),
        format!("GET /api/sessions?access_token={token}"),
        format!("GET http://{token}@127.0.0.1:{port}/api/sessions"),
    ] {
        let head = format!("Host: 127.0.0.1:{port}\r\nConnection: close");
        let answer = gate.api.raw(&format!("{line} HTTP/1.1\r\n{head}\r\n\r\n"));
        assert!(matches!(answer.status, 401 | 421), "{line}: {answer:?}");
        assert!(!answer.body.contains(token.as_str()));
    }
    let cookie = format!("Host: 127.0.0.1:{port}\r\nCookie: token={token}\r\nConnection: close");
    assert_eq!(gate.api.raw(&format!("GET /api/sessions HTTP/1.1\r\n{cookie}\r\n\r\n")).status, 401);
}
