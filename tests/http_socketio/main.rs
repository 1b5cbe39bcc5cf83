//! Socket.IO with the clients there are: the package `socket.io-client` in node, unchanged.
//!
//! `GOOSETOP_TEST_SOCKETIO` names a folder in which `npm install socket.io-client@4` was run; `.ci/run`
//! does it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "../support/api.rs"]
mod api;
mod client;
#[expect(dead_code, reason = "each test file uses its part of the listener")]
#[path = "../support/listener.rs"]
mod listener;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "../support/served.rs"]
mod stage;

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    process::Command,
    time::{Duration, Instant},
};

use api::Api;
use client::Client;
use listener::Listener;
use rustix::process::Signal;
use serde_json::{Value, json};
use stage::{PATIENCE, Stage};

const TRANSPORTS: [&[&str]; 3] = [&["websocket"], &["polling"], &["polling", "websocket"]];

fn with_auth(api: &Api, transports: &[&str]) -> Client {
    Client::start(api, &json!({ "transports": transports, "auth": { "token": api.token } }))
}

fn with_header(api: &Api, transports: &[&str]) -> Client {
    let header = json!({ "Authorization": format!("Bearer {}", api.token) });
    Client::start(api, &json!({ "transports": transports, "extraHeaders": header }))
}

/// What every client must be told of a report.
fn cleanups(client: &mut Client, report: &Value) -> Vec<Value> {
    let closed = report["sessions_closed"].as_u64().unwrap();
    let mut told: Vec<_> = (0..closed).map(|_| client.until("session_cleanup")).collect();
    told.sort_by_key(|one| one["sessionId"].to_string());
    told
}

/// Waits until the server counts so many clients; one that was killed is missed at its next ping.
fn until_counted(stage: &Stage, clients: usize) {
    let wanted = format!("goosetop_event_listeners {clients}\n");
    let told = || stage.api.get("/metrics").body.contains(&wanted);
    let end = Instant::now() + Duration::from_secs(30);
    while !told() {
        assert!(Instant::now() < end, "not {clients} clients: {}", stage.api.get("/metrics").body);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn every_client_is_told_of_every_closed_session() {
    let stage = Stage::new(&[]);
    let mut clients: Vec<Client> = TRANSPORTS
        .iter()
        .flat_map(|transports| [with_auth(&stage.api, transports), with_header(&stage.api, transports)])
        .collect();
    for (client, transports) in clients.iter_mut().zip(TRANSPORTS.iter().flat_map(|t| [t, t])) {
        assert_eq!(client.until("open"), transports[0]);
        client.until("connect");
        if transports.len() > 1 {
            assert_eq!(client.until("upgrade"), "websocket");
        }
    }
    until_counted(&stage, clients.len());
    clients[0].emit(&json!(["close_all_sessions", { "reason": "end of day" }]));
    let report = clients[0].until("answer");
    assert_eq!(report["reason"], "end of day");
    assert!(report["sessions_closed"].as_u64().unwrap() > 3, "{report:#}");
    let told: Vec<_> = clients.iter_mut().map(|client| cleanups(client, &report)).collect();
    assert!(told.iter().all(|all| *all == told[0]), "{told:#?}");
    for (n, one) in told[0].iter().enumerate() {
        assert_eq!((&one["status"], &one["reason"]), (&"cleaned_up".into(), &"end of day".into()));
        assert!(one["projectId"].is_string() || one["projectId"].is_null(), "{one}");
        assert!(n == 0 || one["sessionId"] != told[0][n - 1]["sessionId"], "once each: {told:#?}");
        let meant = report["sessions"].as_array().unwrap();
        assert!(meant.iter().any(|s| s["id"] == one["sessionId"] && s["owner_ends"] == true), "{one}");
    }
    drop(clients);
    until_counted(&stage, 0);
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn what_is_asked_by_other_ways_is_told_too() {
    let stage = Stage::new(&[]);
    let mut client = with_auth(&stage.api, &["websocket"]);
    client.until("connect");
    // One that failed is cleaned twice where something is left; that is one event all the same.
    let done = stage.api.post("/api/projects/mobile/cleanup", r#"{"status":"failed"}"#).json();
    let told = client.until("project_cleanup_completed");
    let count = done["sessions_closed"].as_u64().unwrap();
    assert!(count > 0, "{done:#}");
    assert_eq!((&told["projectId"], &told["status"]), (&"mobile".into(), &"failed".into()), "{told}");
    assert_eq!(
        (&told["cleanedSessionsCount"], &told["failedCleanupCount"]),
        (&count.into(), &0.into()),
        "{told}"
    );
    let closed = cleanups(&mut client, &done);
    assert!(closed.iter().all(|one| one["projectId"] == "mobile"), "{closed:#?}");
    let done = stage.api.post("/api/close-all-sessions", "{}").json();
    let told = cleanups(&mut client, &done);
    assert!(!told.is_empty() && told.iter().all(|one| one["reason"] == "close-all"), "{told:#?}");
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn strangers_are_refused_and_cut_off() {
    for transports in TRANSPORTS {
        let stage = Stage::new(&[]);
        for auth in [json!({}), json!({ "token": "0".repeat(64) }), json!({ "token": 7 }), Value::Null] {
            let begin = Instant::now();
            let options = json!({ "transports": transports, "auth": auth, "reconnection": false });
            let mut client = Client::start(&stage.api, &options);
            let why = client.until("connect_error");
            assert!(why.as_str().unwrap().starts_with("unauthorized: "), "{why}");
            client.emit(&json!(["close_all_sessions", {}]));
            client.until("closed");
            assert!(begin.elapsed() < Duration::from_secs(9), "{:?}", begin.elapsed());
        }
        let header = json!({ "Authorization": "Bearer 0123456789abcdef0123456789abcdef" });
        let options = json!({ "transports": transports, "extraHeaders": header, "reconnection": false });
        Client::start(&stage.api, &options).until("connect_error");
        let all = stage.command(&["audit", "--json"]);
        assert!(!all.contains("close-all"), "{all}");
    }
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn a_refusal_has_words() {
    let stage = Stage::new(&["--read-only"]);
    for transports in TRANSPORTS {
        let mut client = with_auth(&stage.api, transports);
        client.until("connect");
        for data in [json!(["close_all_sessions", { "reason": "x" }]), json!(["close_all_sessions"])] {
            client.emit(&data);
            let error = client.until("error");
            assert_eq!(error["kind"], "read_only", "{data}");
            assert_eq!(client.until("answer")["error"], error);
        }
        client.emit(&json!(["close_all_sessions", { "reason": 7 }]));
        assert_eq!(client.until("answer")["error"]["kind"], "usage");
    }
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn the_wishes_are_those_of_a_request() {
    let stage = Stage::new(&[]);
    let mut client = with_auth(&stage.api, &["websocket"]);
    client.until("connect");
    let post = |body: &str| stage.api.post("/api/close-all-sessions", body).json();
    for wish in [
        json!({ "reason": "just looking", "dry_run": true }),
        json!({ "dry_run": true, "include_attached": true }),
    ] {
        client.emit(&json!(["close_all_sessions", wish]));
        let (report, same) = (client.until("answer"), post(&wish.to_string()));
        assert_eq!(report["dry_run"], true, "{report:#}");
        let steps = |report: &Value| report["steps"].as_array().unwrap().len();
        assert!(steps(&report) > 3, "{report:#}");
        let left = |report: &Value| report["left_alone"].as_array().unwrap().len();
        assert_eq!((steps(&report), left(&report)), (steps(&same), left(&same)), "{wish}");
    }
    for odd in [
        json!([{ "dryrun": true }]),
        json!([{ "dry_run": "yes" }]),
        json!(["just looking"]),
        json!([["just looking", true, true]]),
        json!([true]),
        json!([null, { "dry_run": true }]),
    ] {
        let event: Vec<_> =
            [json!("close_all_sessions")].iter().chain(odd.as_array().unwrap()).cloned().collect();
        client.emit(&event.into());
        let error = client.until("error");
        assert_eq!(error["kind"], "usage", "{odd}");
        assert_eq!(client.until("answer")["error"], error, "{odd}");
    }
    let audit = stage.command(&["audit", "--json"]);
    assert!(!audit.contains("close-all"), "nothing was ended: {audit}");
    client.emit(&json!(["close_all_sessions", null]));
    assert!(client.until("answer")["sessions_closed"].as_u64().unwrap() > 3);
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn clients_come_back_to_a_server_that_was_started_anew() {
    let mut stage = Stage::new(&[]);
    let mut clients: Vec<_> = TRANSPORTS.iter().map(|transports| with_auth(&stage.api, transports)).collect();
    for client in &mut clients {
        client.until("connect");
    }
    clients[2].until("upgrade");
    let port = stage.api.port.to_string();
    stage.api.signal(Signal::TERM);
    for client in &mut clients {
        assert!(client.until("stopping")["because"].is_string());
        let reason = client.until("disconnect");
        assert!(matches!(reason.as_str(), Some("transport close" | "transport error")), "{reason}");
    }
    assert_eq!(stage.api.wait(), Some(0));
    let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
    command.env_clear().env("HOME", stage.home.path()).current_dir(stage.home.path());
    command.args(["serve", "--interval", "200ms", "--port", &port, "--db"]).arg(stage.world.db_path());
    stage.api = Api::run(command, stage.home.path());
    for client in &mut clients {
        client.until("connect");
    }
    stage.until("a board", |list| list["sessions"].is_array());
    clients[1].emit(&json!(["close_all_sessions", { "reason": "again" }]));
    assert_eq!(clients[2].until("session_cleanup")["reason"], "again");
}

#[test]
#[ignore = "needs node and socket.io-client"]
fn who_asked_is_answered_when_the_server_ends() {
    // One of the stand-ins does not listen to TERM: the run is under way for all of the grace.
    for transports in TRANSPORTS {
        let mut stage = Stage::new(&["--set", "actions.grace=30s"]);
        let (mut asking, mut other) = (with_auth(&stage.api, transports), with_auth(&stage.api, transports));
        asking.until("connect");
        other.until("connect");
        let mut listener = Listener::tcp(&stage.api, "", "");
        asking.emit(&json!(["close_all_sessions", { "reason": "in a hurry" }]));
        listener.until("step");
        stage.api.signal(Signal::TERM);
        let report = asking.until("answer");
        assert_eq!(
            (&report["broken_off"], &report["reason"]),
            (&true.into(), &"in a hurry".into()),
            "{report}"
        );
        for client in [&mut asking, &mut other] {
            cleanups(client, &report);
            client.until("stopping");
            client.until("disconnect");
        }
        assert_eq!(stage.api.wait(), Some(0));
    }
}

/// The library answers a client that comes too late with an error that clients never come back from.
/// Needs no node.
#[test]
fn nobody_is_refused_for_good_while_the_server_ends() {
    let mut stage = Stage::new(&[]);
    let socket = stage.api.socket.clone();
    let ask = |line: &str, body: &str| {
        let mut stream = UnixStream::connect(&socket).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("Host: goosetop\r\nContent-Length: {}\r\nConnection: close", body.len());
        stream.write_all(format!("{line} HTTP/1.1\r\n{head}\r\n\r\n{body}").as_bytes()).ok()?;
        let mut said = String::new();
        stream.read_to_string(&mut said).ok()?;
        said.starts_with("HTTP/1.1 ").then_some(said)
    };
    let path = "/socket.io/?EIO=4&transport=polling";
    let open = || ask(&format!("GET {path}"), "");
    let connect = |opened: &str| {
        let sid = opened.split_once("\"sid\":\"").unwrap().1.split('"').next().unwrap();
        ask(&format!("POST {path}&sid={sid}"), "40")?;
        // A ping may come first.
        let poll = || ask(&format!("GET {path}&sid={sid}"), "");
        poll().filter(|said| !said.ends_with("\r\n\r\n2")).or_else(poll)
    };
    let first = connect(&open().unwrap()).unwrap();
    assert!(first.contains("40{"), "{first}");
    // Whoever does not read its events makes the server wait for it, which gives us the time.
    let _lazy = Listener::unix(&stage.api);
    let long = format!("/api/projects/{}/cleanup", "x".repeat(12_000));
    (0..100).for_each(|_| drop(stage.api.post(&long, r#"{"status":"completed"}"#)));
    let mut listener = Listener::unix(&stage.api);
    let early: Vec<_> = (0..100).map(|_| open().unwrap()).collect();
    stage.api.signal(Signal::TERM);
    listener.until("stopping");
    let mut tried = 0;
    // Some have opened already and say only now who they are, the others come now.
    for opened in early.into_iter().map(Some).chain(std::iter::repeat_with(open)).map_while(|opened| opened) {
        assert!(opened.starts_with("HTTP/1.1 200 ") || opened.starts_with("HTTP/1.1 503 "), "{opened}");
        if opened.contains("\"sid\"") {
            let said = connect(&opened).unwrap_or_default();
            assert!(!said.contains("44{"), "{said}");
        }
        tried += 1;
        std::thread::sleep(Duration::from_millis(3));
    }
    println!("{tried} came while it ended");
    assert_eq!(stage.api.wait(), Some(0));
}

/// Needs no node: says nothing at all.
#[test]
fn one_that_says_nothing_is_cut_off() {
    let stage = Stage::new(&[]);
    let mut stream = stage.api.connect();
    let key = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let path = "/socket.io/?EIO=4&transport=websocket";
    let begin = Instant::now();
    stream
        .write_all(
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{key}\r\n\r\n", stage.api.port).as_bytes(),
        )
        .unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    let said = String::from_utf8_lossy(&said);
    assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
    let took = begin.elapsed();
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(9), "{took:?}");
    // A page of this machine, too, is none that may ask.
    let refused = stage.api.raw(&format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: http://127.0.0.1\r\n{key}\r\n\r\n",
        stage.api.port
    ));
    assert_eq!(refused.status, 403);
}

/// They are few at a time, and whoever shows the token is none of them.
#[test]
fn strangers_take_no_place_from_others() {
    let stage = Stage::new(&[]);
    let ask = |head: &str| {
        let mut stream = stage.api.connect();
        let host = format!("Host: 127.0.0.1:{}\r\n{head}", stage.api.port);
        let path = "/socket.io/?EIO=4&transport=polling";
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes())
            .unwrap();
        api::read(&mut stream).status
    };
    let answers: Vec<u16> = (0..12).map(|_| ask("")).collect();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 8, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 200 | 503)), "{answers:?}");
    assert_eq!(ask(&format!("Authorization: Bearer {}\r\n", stage.api.token)), 200);
    // Their time is over soon.
    let begin = Instant::now();
    while ask("") != 200 {
        assert!(begin.elapsed() < Duration::from_secs(9));
        std::thread::sleep(Duration::from_millis(100));
    }
}
