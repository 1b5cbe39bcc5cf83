//! The end of the server: in order, within ten seconds, and nobody stays frozen.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/api.rs"]
mod api;
#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/listener.rs"]
mod listener;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "support/served.rs"]
mod stage;

use std::{
    collections::BTreeSet,
    io::Write,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use listener::Listener;
use rustix::process::Signal;
use serde_json::Value;
use stage::{PATIENCE, Stage, processes, state};

/// The bound of the contract.
const BOUND: Duration = Duration::from_secs(10);

fn frozen(list: &Value) -> Vec<u64> {
    processes(list).into_iter().filter(|pid| state(*pid) == Some('T')).collect()
}

#[test]
fn a_clean_that_is_broken_off_is_reported_to_who_asked_and_to_everybody() {
    let mut stage = Stage::new(&["--set", "actions.grace=5s"]);
    let before = stage.sessions();
    let mut listener = Listener::tcp(&stage.api, "", "");
    let mut asking = UnixStream::connect(&stage.api.socket).unwrap();
    asking.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = concat!(
        "POST /api/emergency-cleanup HTTP/1.1\r\nHost: goosetop\r\nContent-Type: application/json\r\n",
        "Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    );
    asking.write_all(request.as_bytes()).unwrap();
    // Everybody was asked to end: one of them will not, and the grace has begun.
    let last = |told: &[listener::Said], key: &str| told.last().unwrap().json()[key].as_u64().unwrap();
    let asked = last(&listener.until("action_started"), "processes");
    let mut turns = BTreeSet::new();
    while (turns.len() as u64) < asked {
        turns.insert(last(&listener.until("step"), "pid"));
    }
    let begin = Instant::now();
    stage.api.signal(Signal::TERM);
    let report = api::read(&mut asking);
    assert_eq!((report.status, &report.json()["broken_off"]), (200, &true.into()), "{report:?}");
    let steps = report.json()["steps"].as_array().unwrap().clone();
    let cut = steps.iter().find(|step| step["detail"] == "broken off before KILL");
    let cut = cut.unwrap_or_else(|| panic!("{steps:#?}"));
    assert_eq!(cut["outcome"], "survived", "{cut:#}");
    assert_ne!(cut["signals"], serde_json::json!([]), "{cut:#}");
    let told = listener.rest();
    let names: Vec<_> = told.iter().map(|said| said.name.as_str()).collect();
    let finished = told.iter().find(|said| said.name == "action_finished");
    assert_eq!(finished.map(|said| said.json()["report"].clone()), Some(report.json()), "{names:?}");
    assert_eq!(names.last(), Some(&"stopping"), "{names:?}");
    assert_eq!(stage.api.wait(), Some(0));
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
    assert_eq!(frozen(&before), Vec::<u64>::new());
}

#[test]
fn sessions_are_closed_on_exit_whatever_the_grace() {
    let mut stage = Stage::new(&["--close-on-exit", "--set", "actions.grace=60s"]);
    let dry = stage.api.post("/api/close-all-sessions", r#"{"dry_run":true}"#).json();
    let meant: Vec<u64> = dry["steps"].as_array().unwrap().iter().filter_map(|s| s["pid"].as_u64()).collect();
    assert!(!meant.is_empty(), "{dry:#}");
    let mut listener = Listener::tcp(&stage.api, "", "");
    let begin = Instant::now();
    stage.api.signal(Signal::TERM);
    let told = listener.rest();
    assert_eq!(stage.api.wait(), Some(0));
    let took = begin.elapsed();
    println!("closed and ended in {took:?}");
    assert!(took < BOUND, "{took:?}");
    let finished = told.iter().find(|said| said.name == "action_finished").unwrap().json();
    assert_eq!(
        (&finished["report"]["failed"], &finished["report"]["broken_off"]),
        (&0.into(), &false.into())
    );
    let left: Vec<_> = meant.iter().filter(|pid| !matches!(state(**pid), None | Some('Z'))).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn who_insists_does_not_wait() {
    let mut stage = Stage::new(&["--close-on-exit", "--set", "actions.grace=60s"]);
    let before = stage.sessions();
    let mut listener = Listener::tcp(&stage.api, "", "");
    stage.api.signal(Signal::TERM);
    listener.until("step");
    let begin = Instant::now();
    stage.api.signal(Signal::TERM);
    assert_eq!(stage.api.wait(), Some(0));
    // Sooner than KILL comes to who does not insist.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(frozen(&before), Vec::<u64>::new());
}

#[test]
fn places_all_taken_are_no_reason_not_to_end() {
    let mut stage = Stage::new(&[]);
    let open: Vec<_> = (0..600).map_while(|_| UnixStream::connect(&stage.api.socket).ok()).collect();
    assert!(open.len() > 500, "{}", open.len());
    let begin = Instant::now();
    stage.api.signal(Signal::TERM);
    assert_eq!(stage.api.wait(), Some(0));
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
}
