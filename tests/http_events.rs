//! The event stream: everybody is told the same, misses nothing, and costs nobody else anything.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/api.rs"]
mod api;
#[path = "support/listener.rs"]
mod listener;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "support/served.rs"]
mod stage;

use std::time::{Duration, Instant};

use listener::{Listener, Said};
use rustix::process::Signal;
use stage::{PATIENCE, Stage, processes};

/// One event, without touching anything: a project that has nothing to clean up.
fn make_an_event(stage: &Stage, project: &str) {
    let done = stage.api.post(&format!("/api/projects/{project}/cleanup"), r#"{"status":"completed"}"#);
    assert_eq!(done.status, 200, "{done:?}");
}

fn numbers(said: &[Said]) -> Vec<u64> {
    said.iter().map(Said::number).collect()
}

#[test]
fn a_stream_begins_with_the_board_and_tells_what_follows() {
    let stage = Stage::new(&[]);
    let mut one = Listener::tcp(&stage.api, "", "");
    let mut other = Listener::tcp(&stage.api, "", "");
    let boards = [one.next().unwrap(), other.next().unwrap()];
    let list = stage.sessions();
    for board in &boards {
        assert_eq!(board.name, "board");
        assert_eq!(processes(&board.json()), processes(&list));
        let keys = |v: &serde_json::Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&board.json()), keys(&list));
    }
    let done = stage.api.post("/api/close-all-sessions", r#"{"reason":"end of day"}"#).json();
    let told = one.until("action_finished");
    let report = told.last().unwrap().json();
    assert_eq!(report["report"], done, "the report is that of the request");
    assert!(told.iter().any(|said| said.name == "action_started"), "{told:#?}");
    assert!(told.iter().any(|said| said.name == "step"), "{told:#?}");
    let first = boards[0].number() + 1;
    assert_eq!(numbers(&told), (first..first + told.len() as u64).collect::<Vec<_>>(), "without a gap");
    // Both connected while nothing happened, or nearly.
    let same = other.until("action_finished");
    let shared = told.len().min(same.len());
    assert_eq!(told[told.len() - shared..], same[same.len() - shared..], "everybody is told the same");

    // What changed on the board is told as well, and whoever comes back misses nothing of it.
    one.until("change");
    for (query, head) in [
        (format!("?last_event_id={}", told[2].id), String::new()),
        (String::new(), format!("Last-Event-ID: {}\r\n", told[2].id)),
    ] {
        let mut back = Listener::tcp(&stage.api, &query, &head);
        for said in &told[3..] {
            assert_eq!(back.next().as_ref(), Some(said));
        }
    }
    for unknown in ["a-1", "zzz", "1", &format!("{}0000", told[2].id)] {
        let mut stranger = Listener::tcp(&stage.api, &format!("?last_event_id={unknown}"), "");
        let names = [stranger.next().unwrap(), stranger.next().unwrap()].map(|said| said.name);
        assert_eq!(names, ["reset", "board"], "{unknown}");
    }
}

#[test]
fn a_project_is_told_once_when_all_of_it_is_done() {
    let stage = Stage::new(&[]);
    let mut listener = Listener::tcp(&stage.api, "", "");
    make_an_event(&stage, "there-is-no-such-project");
    let told = listener.until("project_cleanup_completed").pop().unwrap().json();
    assert_eq!(told["projectId"], "there-is-no-such-project");
    assert_eq!((&told["cleanedSessionsCount"], &told["failedCleanupCount"]), (&0.into(), &0.into()));
}

#[test]
fn silence_is_broken_by_a_heartbeat() {
    let stage = Stage::new(&["--set", "timeouts.heartbeat=200ms"]);
    let mut listener = Listener::tcp(&stage.api, "", "");
    listener.next().unwrap();
    listener.heartbeat();
    listener.heartbeat();
    make_an_event(&stage, "x");
    listener.until("project_cleanup_completed");
}

#[test]
fn one_that_does_not_read_holds_nobody_up_and_begins_again() {
    // More than a socket takes, and more than a listener may be behind.
    const EACH: usize = 100;
    let stage = Stage::new(&[]);
    let mut lazy = Listener::unix(&stage.api);
    let mut awake = Listener::tcp(&stage.api, "", "");
    awake.next().unwrap();
    let before = resident(&stage);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (stage, long) = (&stage, format!("{n}-{}", "x".repeat(12_000)));
            scope.spawn(move || (0..EACH).for_each(|_| make_an_event(stage, &long)));
        }
        for _ in 0..4 * EACH {
            awake.until("project_cleanup_completed");
        }
    });
    let grown = resident(&stage).saturating_sub(before);
    assert!(grown < 24 << 10, "{grown} KiB more for one who does not read");
    let told = lazy.until("reset");
    assert!(told.len() < 4 * EACH, "{}", told.len());
    let board = lazy.next().unwrap();
    assert_eq!(board.name, "board");
    make_an_event(&stage, "last");
    let told = lazy.until("project_cleanup_completed");
    assert!(told.last().unwrap().data.contains("\"last\""), "{told:#?}");
    assert!(told[0].number() == board.number() + 1);
}

#[test]
fn two_hundred_listeners_are_told_at_once_and_leave_nothing_behind() {
    const MANY: usize = 200;
    let stage = Stage::new(&[]);
    let files_before = files(&stage);
    let mut left = Vec::new();
    for round in 0..3 {
        let memory_before = resident(&stage);
        let begin = Instant::now();
        let mut all: Vec<_> = (0..MANY).map(|_| Listener::unix(&stage.api)).collect();
        for listener in &mut all {
            assert_eq!(listener.next().unwrap().name, "board");
        }
        let connected = begin.elapsed();
        let (files_with, memory_with) = (files(&stage), resident(&stage));
        assert!(files_with >= files_before + MANY - 2, "{files_with}");
        let begin = Instant::now();
        make_an_event(&stage, "for-all");
        let told: Vec<Said> =
            all.iter_mut().map(|one| one.until("project_cleanup_completed").pop().unwrap()).collect();
        let took = begin.elapsed();
        assert!(told.iter().all(|said| *said == told[0]));
        drop(all);
        until("all are gone", || files(&stage) <= files_before + 2);
        left.push(resident(&stage));
        println!(
            "{MANY} listeners, round {round}: connected in {connected:?}, {} files and {} KiB more; \
             one event to all in {took:?}",
            files_with - files_before,
            memory_with.saturating_sub(memory_before)
        );
    }
    println!("KiB after each round: {left:?}");
    // What the first round needed is used again by the others.
    assert!(left[2] < left[0] + (4 << 10), "{left:?} KiB: something is not given back");
}

#[test]
fn the_end_is_the_last_event() {
    let mut stage = Stage::new(&[]);
    let mut listener = Listener::tcp(&stage.api, "", "");
    listener.next().unwrap();
    stage.api.signal(Signal::TERM);
    let rest = listener.rest();
    assert_eq!(rest.last().map(|said| said.name.as_str()), Some("stopping"), "{rest:#?}");
    assert_eq!(stage.api.wait(), Some(0));
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn files(stage: &Stage) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", stage.api.pid())).unwrap().count()
}

/// KiB.
fn resident(stage: &Stage) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.api.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap()
}
