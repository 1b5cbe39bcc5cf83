//! Who may ask the API, what it costs others when somebody misbehaves, and whether its document is true.
//! Against running servers, over TCP and over the unix socket.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/api.rs"]
mod api;
#[path = "http_guard/cors.rs"]
mod cors;
#[path = "http_guard/document.rs"]
mod document;
#[path = "http_guard/limits.rs"]
mod limits;
#[path = "http_guard/raw.rs"]
mod raw;
#[path = "http_guard/schema.rs"]
mod schema;
#[path = "http_guard/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "support/served.rs"]
mod served;
#[path = "http_guard/start.rs"]
mod start;
#[path = "http_guard/table.rs"]
mod table;

use std::time::{Duration, Instant};

use api::Api;
use tempfile::TempDir;

/// A server without a store, which may only read, so that nobody is harmed; and its home.
struct Gate {
    api: Api,
    _home: TempDir,
}

impl Gate {
    fn open(args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let db = home.path().join("none.db").to_str().unwrap().to_owned();
        let mut all = vec!["--db", &db, "--read-only"];
        all.extend(args);
        let gate = Self { api: Api::start(home.path(), &all), _home: home };
        eventually("a first look", || gate.api.get("/api/health-check").status == 200);
        gate
    }

    /// A request with the token, over TCP.
    fn known(&self, line: &str, rest: &str) -> api::Answer {
        let (port, token) = (self.api.port, &self.api.token);
        self.api.raw(&format!(
            "{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{rest}"
        ))
    }
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
