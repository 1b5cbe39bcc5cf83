//! The token stands in no log and in no answer.

use std::{
    fs::File,
    io::Read,
    os::fd::AsFd,
    process::Command,
    sync::{Arc, Mutex},
};

use rustix::process::Signal;

use crate::{api::Api, eventually};

#[test]
fn the_token_is_written_nowhere() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
    command.env_clear().env("HOME", home.path()).env("GOOSETOP_LOG", "trace").current_dir(home.path());
    command.args(["serve", "--port", "0", "--read-only", "--db", "none.db"]);
    let mut api = Api::run(command, home.path());
    // The log must be taken away as it comes: a full pipe would hold the server up.
    let log = Arc::new(Mutex::new(String::new()));
    let mut talk = File::from(api.talk.get_ref().as_fd().try_clone_to_owned().unwrap());
    let kept = log.clone();
    let reading = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = talk.read(&mut bytes) {
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    });
    eventually("a first look", || api.get("/api/health-check").status == 200);

    let token = api.token.clone();
    let guess = "f".repeat(63) + "e";
    let host = format!("Host: 127.0.0.1:{}\r\nConnection: close", api.port);
    let ask = |line: &str, shown: &str, rest: &str| {
        api.raw(&format!("{line} HTTP/1.1\r\n{host}\r\nAuthorization: Bearer {shown}\r\n{rest}\r\n"))
    };
    let mut answers = vec![
        ask("GET /api/sessions", &token, ""),
        ask("GET /api/sessions", &guess, ""),
        ask("GET /api/openapi.json", &token, ""),
        ask("GET /api/audit", &token, ""),
        ask(&format!("GET /api/audit?tail={token}"), &token, ""),
        ask("GET /nowhere", &token, ""),
        ask("GET /api/sessions", &token, "Origin: http://evil.example\r\n"),
        ask("GET /api/sessions", &token, "Accept: text/plain\r\n"),
        ask("POST /api/close-all-sessions", &token, "Content-Type: text/plain\r\nContent-Length: 0\r\n"),
    ];
    answers.push(api.get("/healthz"));
    let wanted = [200, 401, 200, 200, 400, 404, 403, 200, 415, 200];
    assert_eq!(answers.iter().map(|a| a.status).collect::<Vec<_>>(), wanted);
    for answer in &answers {
        let all = format!("{answer:?}");
        assert!(!all.contains(&token) && !all.contains(&guess), "{answer:?}");
    }
    api.signal(Signal::TERM);
    assert_eq!(api.wait(), Some(0));
    reading.join().unwrap();
    let log = log.lock().unwrap();
    assert!(log.contains("path=\"/api/audit\" status=200"), "there was a log: {log}");
    for secret in [&*token, &*guess, "Authorization", "authorization", "Bearer"] {
        assert!(!log.contains(secret), "`{secret}` stands in the log");
    }
}
