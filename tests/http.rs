//! The API: the same picture as the command line, and actions on the real stand-ins of a demo's world.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/api.rs"]
mod api;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "support/served.rs"]
mod stage;

use serde_json::Value;
use stage::Stage;

/// Id and class of every session.
fn classes(list: &Value) -> Vec<(String, String)> {
    let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut all: Vec<_> =
        list["sessions"].as_array().unwrap().iter().map(|s| (word(&s["id"]), word(&s["health"]))).collect();
    all.sort();
    all
}

#[test]
fn the_picture_is_that_of_the_command_line() {
    let stage = Stage::new(&[]);
    let listed: Value = serde_json::from_str(&stage.command(&["list", "--json"])).unwrap();
    let served = stage.sessions();
    assert_eq!(classes(&served), classes(&listed));
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&served), keys(&listed));
    assert_eq!(keys(&served["sessions"][0]), keys(&listed["sessions"][0]));

    let words = stage.api.get_text("/api/health-check");
    assert_eq!(words.header("goosetop-exit"), Some("2"));
    assert!(words.body.contains("Recommendations"), "{}", words.body);

    let id = served["sessions"][0]["id"].as_str().unwrap();
    let told = stage.api.get(&format!("/api/sessions/{id}")).json();
    assert_eq!(told["session"]["id"], id);
    let page = stage.api.get(&format!("/api/sessions/{id}/transcript?tail=2")).json();
    assert!(!page["messages"].as_array().unwrap().is_empty(), "{page:#}");
}

#[test]
fn pages_of_a_conversation_follow_each_other() {
    let stage = Stage::new(&[]);
    let list = stage.sessions();
    let longest = list["sessions"].as_array().unwrap().iter().max_by_key(|s| s["messages"].as_u64()).unwrap();
    let path = format!("/api/sessions/{}/transcript", longest["id"].as_str().unwrap());
    let all = stage.api.get(&format!("{path}?tail=1000")).json();
    let rows = |page: &Value| -> Vec<i64> {
        page["messages"].as_array().unwrap().iter().map(|m| m["row"].as_i64().unwrap()).collect()
    };
    let mut back = Vec::new();
    let mut at = format!("{path}?tail=3");
    loop {
        let page = stage.api.get(&at).json();
        back.splice(0..0, rows(&page));
        let Some(before) = page["before"].as_str() else { break };
        at = format!("{path}?tail=3&before={before}");
    }
    assert_eq!(back, rows(&all));
    let end = all["after"].as_str().unwrap();
    assert!(rows(&stage.api.get(&format!("{path}?after={end}")).json()).is_empty());
}

#[test]
fn what_was_shown_is_what_is_run_and_only_once() {
    let stage = Stage::new(&[]);
    let made =
        stage.api.post("/api/plans", r#"{"action":"emergency-cleanup","scope":"leaked","reason":"test"}"#);
    let plan = made.json();
    let shown: Vec<u64> =
        plan["plan"]["steps"].as_array().unwrap().iter().map(|s| s["pid"].as_u64().unwrap()).collect();
    assert!(!shown.is_empty(), "{plan:#}");
    let path = format!("/api/plans/{}", plan["plan_id"].as_str().unwrap());
    assert_eq!(stage.api.get(&path).json()["plan"]["steps"], plan["plan"]["steps"]);
    let report = stage.api.post(&format!("{path}/run"), "{}").json();
    let run: Vec<u64> =
        report["steps"].as_array().unwrap().iter().map(|s| s["pid"].as_u64().unwrap()).collect();
    assert!(shown.iter().all(|pid| run.contains(pid)), "{report:#}");
    assert_eq!((&report["failed"], &report["reason"]), (&0.into(), &"test".into()));
    assert_eq!(stage.api.post(&format!("{path}/run"), "{}").status, 404, "a plan is run once");
    stage.until("nothing leaked", |list| list["leaked"].as_array().unwrap().is_empty());
}

#[test]
fn a_process_is_named_by_number_and_start() {
    let stage = Stage::new(&[]);
    let leaked = stage.sessions()["leaked"][0].clone();
    let wish = |start: &str| {
        let process = format!(r#"{{"pid":{},"started_at":"{start}"}}"#, leaked["pid"]);
        format!(r#"{{"action":"terminate","processes":[{process}]}}"#)
    };
    let other = stage.api.post("/api/plans", &wish("2020-01-01T00:00:00Z"));
    assert_eq!((other.status, other.json()["error"]["kind"].as_str()), (409, Some("identity_changed")));
    let made = stage.api.post("/api/plans", &wish(leaked["started_at"].as_str().unwrap()));
    assert_eq!(made.status, 200, "{made:?}");
}

#[test]
fn sessions_are_closed_as_the_contract_says() {
    let stage = Stage::new(&[]);
    let dry = stage.api.post("/api/close-all-sessions", r#"{"reason":"end of day","dry_run":true}"#).json();
    assert_eq!((&dry["dry_run"], &dry["action"]), (&true.into(), &"close-all".into()));
    let done = stage.api.post("/api/close-all-sessions", r#"{"reason":"end of day"}"#).json();
    assert!(done["sessions_closed"].as_u64().unwrap() > 0, "{done:#}");
    assert_eq!(done["reason"], "end of day");
    let audit = stage.command(&["audit", "--json"]);
    assert!(audit.contains("end of day"), "{audit}");
}

#[test]
fn a_server_that_may_only_read_acts_for_nobody() {
    let stage = Stage::new(&["--read-only"]);
    for (path, body) in [
        ("/api/close-all-sessions", "{}"),
        ("/api/emergency-cleanup", "{}"),
        ("/api/projects/x/cleanup", r#"{"status":"failed"}"#),
        ("/api/plans", r#"{"action":"close-all"}"#),
    ] {
        let refused = stage.api.post(path, body);
        assert_eq!(
            (refused.status, refused.json()["error"]["kind"].as_str()),
            (403, Some("read_only")),
            "{path}"
        );
    }
}
