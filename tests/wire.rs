//! The JSON contract and the plain answers, from one made-up board.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod support;

use std::borrow::Cow;

use goosetop::{
    cli::{explain, health_check, list, output::Output},
    domain::{
        board::{Board, SessionView},
        health::{Health, Rule, Severity, rules::RULES, thresholds::Thresholds},
        query::{Query, Selection},
        snapshot::{Fault, StoreState},
        text,
    },
    wire::{ExplainDto, HealthCheckDto, ListDto, Status, recommendations},
};
use serde_json::Value;
use support::{empty, finding, full};

fn rows(board: &Board) -> Vec<&SessionView> {
    board.sessions.iter().collect()
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn the_list_has_the_promised_shape() {
    let board = full();
    insta::assert_snapshot!("list_json", json(&ListDto::new(&board, rows(&board))));
}

#[test]
fn the_promised_names_stand_in_the_promised_order() {
    let board = full();
    let value = serde_json::to_value(ListDto::new(&board, rows(&board))).unwrap();
    let names = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let list =
        "schema_version generated_at host databases summary sessions leaked untracked unconfirmed faults";
    assert_eq!(names(&value), list);
    assert!(names(&value["databases"][0]).starts_with("path schema state detail"));
    let summary = "total healthy stuck orphaned ended unknown leaked_processes untracked_processes";
    assert!(names(&value["summary"]).starts_with(summary));
    let session = "id name type working_dir project parent_id database created_at updated_at last_activity_at \
                   inactive_seconds health turn attached findings owner processes messages tokens cost_usd \
                   provider model mode archived";
    assert!(names(&value["sessions"][0]).starts_with(session));
    assert_eq!(names(&value["sessions"][0]["turn"]), "state since");
    assert_eq!(names(&value["sessions"][2]["turn"]), "state since tool command");
    let finding = "rule severity message evidence since threshold_seconds advice";
    assert_eq!(names(&value["sessions"][0]["findings"][0]), finding);
    let owner = "pid started_at role command strength evidence";
    assert!(names(&value["sessions"][0]["owner"]).starts_with(owner));
    assert!(names(&value["sessions"][0]["owner"]["evidence"][0]).starts_with("kind detail"));
    let process =
        "pid ppid started_at role command session_id rss_bytes cpu_percent state evidence age_seconds";
    assert_eq!(names(&value["leaked"][0]), process);
    assert_eq!(names(&value["sessions"][0]["tokens"]), "context input output total");
    assert_eq!(names(&value["faults"][0]), "source message");
}

#[test]
fn unknown_is_null_and_never_zero() {
    let board = full();
    let value = serde_json::to_value(ListDto::new(&board, rows(&board))).unwrap();
    let bare = &value["sessions"][1];
    for name in
        ["created_at", "last_activity_at", "inactive_seconds", "messages", "cost_usd", "owner", "attached"]
    {
        assert!(bare[name].is_null(), "{name}");
    }
    assert!(bare["tokens"]["total"].is_null());
}

#[test]
fn the_health_check_has_the_promised_shape() {
    let board = full();
    insta::assert_snapshot!("health_check_json", json(&HealthCheckDto::new(&board, [])));
    insta::assert_snapshot!(
        "health_check_text",
        health_check::render(&Output::plain(100), &board, &rows(&board))
    );
}

#[test]
fn the_list_for_people_fits_its_width() {
    let board = full();
    for width in [60, 100, 160] {
        let out = Output { ascii: width == 60, ..Output::plain(width) };
        let text = list::render(&out, &board, &rows(&board));
        insta::assert_snapshot!(format!("list_text_{width}"), text);
    }
}

#[test]
fn explain_says_everything_that_led_to_the_verdict() {
    let board = full();
    let view = explain::find(&board, "20261120_7").unwrap();
    let told = ExplainDto::new(&view, &board, &Thresholds::default());
    insta::assert_snapshot!("explain_text", explain::render(&Output::plain(100), &view, &told));
    insta::assert_snapshot!("explain_json", json(&told));

    let text = explain::render(&Output::plain(100), &view, &told);
    assert!(text.contains("inactive: silent"), "{text}");
    assert!(text.contains("cost_burn: no model call with a price was seen"), "{text}");
    for (rule, ..) in RULES {
        assert!(text.contains(&rule.to_string()), "{rule} is not named: {text}");
    }
}

#[test]
fn sessions_are_found_by_id_then_by_their_only_name() {
    let mut board = full();
    let id = |found: Cow<'_, SessionView>| found.key().id.to_string();
    for (wanted, expected) in [
        ("20261120_12", "20261120_12"),
        ("research", "20261120_12"),
        ("docs-Translate", "20261119_1"),
        ("20261119_1", "20261119_1"),
    ] {
        assert_eq!(id(explain::find(&board, wanted).unwrap()), expected);
    }
    let missing = explain::find(&board, "20261120_8").unwrap_err();
    assert_eq!(missing.kind.code(), 66);
    assert!(missing.hint.contains("20261120_7 (frontend-CreateLoginForm)"), "{}", missing.hint);
    board.sessions.push(board.sessions[0].clone());
    assert_eq!(explain::find(&board, "20261120_7").unwrap_err().kind.code(), 65);
}

#[test]
fn the_exit_code_says_the_worst_that_is_certain() {
    let judge = |change: &dyn Fn(&mut Board)| {
        let mut board = empty();
        change(&mut board);
        Status::of(&board).exit_code()
    };
    assert_eq!(judge(&|_| {}), 0);
    assert_eq!(judge(&|b| b.counts.stuck = 1), 1);
    assert_eq!(judge(&|b| b.counts.orphaned = 1), 2);
    assert_eq!(judge(&|b| b.counts.leaked_processes = 1), 2);
    let untracked = |severity| {
        move |b: &mut Board| drop(b.findings.insert(7, finding(Rule::UntrackedProcess, severity, "x")))
    };
    assert_eq!(judge(&untracked(Severity::Orphaned)), 2);
    assert_eq!(judge(&untracked(Severity::Warning)), 0);
    assert_eq!(judge(&|b| b.counts.unknown = 1), 3);
    assert_eq!(judge(&|b| b.stores[0].state = StoreState::Absent), 3);
    assert_eq!(judge(&|b| b.stores[0].state = StoreState::Newer), 0);
    assert_eq!(judge(&|b| b.stores.clear()), 3);
    assert_eq!(judge(&|b| b.procs_known = false), 3);
    // A notice (other users' processes are hidden) is no blindness.
    let notice = Fault { source: "processes".into(), message: "x".into() };
    assert_eq!(judge(&|b| b.faults.push(notice.clone())), 0);
    let stuck_and_blind = |b: &mut Board| {
        b.counts.stuck = 1;
        b.stores[0].state = StoreState::Locked;
    };
    assert_eq!(judge(&stuck_and_blind), 1);
}

#[test]
fn a_verdict_asked_of_some_sessions_is_about_them() {
    let judge = |board: &Board, selection: Selection| {
        let part = selection.narrowed(board);
        let counts = part.counts;
        let todo = recommendations(&part).len();
        (Status::of(&part).exit_code(), counts.total, counts.leaked_processes, todo)
    };
    let filter = |words: &str| Selection { query: Query::parse(words).unwrap(), ..Selection::default() };
    let mut board = full();
    board.stores.truncate(1);
    assert_eq!(judge(&board, Selection { limit: Some(1), ..Selection::default() }).1, 4, "shown, not judged");
    assert_eq!(
        judge(&board, Selection { states: vec![Health::Healthy], ..Selection::default() }),
        (0, 1, 0, 0)
    );
    assert_eq!(judge(&board, filter("frontend")), (1, 1, 0, 1));
    assert_eq!(judge(&board, filter("name:zzz")), (0, 0, 0, 0));
    // What an ended session left behind is its own; a goose without a session has only its number.
    let docs = Selection { project: Some("docs".into()), ..Selection::default() };
    assert_eq!(judge(&board, docs.clone()), (2, 1, 2, 1));
    assert_eq!(judge(&board, filter("pid:777")), (2, 0, 0, 1));
    // Whether something healthy is in a store that cannot be read, nobody knows.
    board.stores[0].state = StoreState::Locked;
    assert_eq!(judge(&board, filter("name:zzz")).0, 3);
}

#[test]
fn nothing_healthy_is_recommended_for() {
    assert_eq!(recommendations(&empty()), []);
    let told: Vec<_> = recommendations(&full()).into_iter().map(|r| r.message).collect();
    assert!(told.contains(&"terminate 20261120_7: model silent for 17m (limit 15m)".to_owned()), "{told:?}");
    assert!(!told.iter().any(|m| m.contains("20261120_11")));
}

#[test]
fn hostile_text_reaches_no_output() {
    let board = full();
    let out = Output::plain(400);
    let mut all = vec![
        json(&ListDto::new(&board, rows(&board))),
        json(&HealthCheckDto::new(&board, rows(&board))),
        list::render(&out, &board, &rows(&board)),
        health_check::render(&out, &board, &rows(&board)),
    ];
    for view in &board.sessions {
        let told = ExplainDto::new(view, &board, &Thresholds::default());
        all.extend([explain::render(&out, view, &told), json(&told)]);
    }
    all.push(explain::find(&board, support::HOSTILE).map(|v| v.key().id.to_string()).unwrap_or_default());
    all.push(explain::find(&board, "nope\u{1b}[2J").unwrap_err().render(false));
    for text in all {
        // JSON would hide a control behind its own escapes.
        let plain = text.replace("\\u00", "\u{1b}");
        assert!(!plain.chars().any(|c| c != '\n' && text::is_hostile(c)), "{plain}");
    }
}
