//! Insights out of every schema, within their deadline, and without a trace.

use std::{ops::ControlFlow, time::Duration};

use chrono::{Offset, Utc};
use goosetop::{
    domain::insights::{Insights, Sum, WINDOW, Wish},
    sources::insights,
};

use crate::{
    store::{self, Build},
    watcher::{NOW, Place, at},
};

fn wish(deadline: Duration) -> Wish {
    Wish { now: at(0), window: WINDOW, offset: Utc.fix(), deadline }
}

fn read(place: &Place) -> Insights {
    let mut hear = |_| ControlFlow::Continue(());
    insights::read(std::slice::from_ref(&place.db), None, wish(Duration::from_secs(60)), &mut hear)
}

fn tool_round(conn: &rusqlite::Connection, id: &str, from: i64) {
    let request = r#"[{"type":"toolRequest","id":"c1","toolCall":{"status":"success","value":{"name":"developer__shell","arguments":{"command":"make"}}}}]"#;
    let response =
        r#"[{"type":"toolResponse","id":"c1","toolResult":{"status":"error","error":"it failed"}}]"#;
    store::message(conn, id, "user", "build it", from);
    store::content_row(conn, id, "assistant", request, from + 10);
    let row = store::content_row(conn, id, "user", response, from + 10);
    conn.execute("UPDATE messages SET timestamp = datetime(?2, 'unixepoch') WHERE id = ?1", (row, from + 40))
        .unwrap();
    store::message(conn, id, "assistant", "it failed", from + 45);
}

#[test]
fn every_version_tells_what_it_knows() {
    for build in Build::all() {
        let place = Place::new();
        let conn = store::create(&place.db, build);
        store::session(&conn, "20251231_1", "api", "/src/api", "2025-12-31 23:50:00");
        store::session(&conn, "20251101_1", "old", "/src/old", "2025-11-01 00:00:00");
        store::set(&conn, "20251231_1", "accumulated_total_tokens", 1000);
        store::set(&conn, "20251101_1", "accumulated_total_tokens", 7);
        tool_round(&conn, "20251231_1", NOW - 600);
        drop(conn);
        let before = place.trace();
        let told = read(&place);
        assert_eq!(place.trace(), before, "{build:?}");
        assert_eq!(told.faults, Vec::<String>::new(), "{build:?}");
        assert_eq!(told.total, Sum { sessions: 2, messages: None, tokens: Some(1007), cost_usd: None });
        let period = told.period();
        assert_eq!((period.sessions, period.messages, period.tokens), (1, Some(4), Some(1000)), "{build:?}");
        assert_eq!(told.projects.len(), 1, "{build:?}");
        assert_eq!(told.projects[0].name.as_deref(), Some("/src/api"));
        assert_eq!((told.split.model.as_secs(), told.split.tool.as_secs()), (15, 30), "{build:?}");
        assert_eq!((told.tools[0].name.as_str(), told.tools[0].failed), ("developer__shell", 1), "{build:?}");
        assert_eq!((told.reach.sessions, told.reach.messages), (1, 4), "{build:?}");
        assert!(told.disk.stores[0].bytes.is_some_and(|b| b > 0));
    }
}

#[test]
fn legacy_sessions_are_said_not_to_be_counted() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    store::session(&conn, "20251231_1", "api", "/src/api", "2025-12-31 23:50:00");
    drop(conn);
    let folder = place.db.parent().unwrap();
    // One that goose has taken over into its database, two that it has not.
    for id in ["20251231_1", "20250901_120000", "notes"] {
        std::fs::write(folder.join(format!("{id}.jsonl")), "{}\n").unwrap();
    }
    let told = read(&place);
    assert_eq!((told.total.sessions, told.legacy), (1, 2));
    std::fs::remove_file(&place.db).unwrap();
    let told = read(&place);
    assert_eq!((told.total.sessions, told.legacy, told.faults.len()), (0, 3, 1));
}

#[test]
fn the_ledger_says_which_day_and_which_model() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    store::session(&conn, "20251231_1", "api", "/src/api", "2025-12-31 23:50:00");
    store::set(&conn, "20251231_1", "accumulated_total_tokens", 100);
    let add = "INSERT INTO usage_ledger (session_id, created_timestamp, model, total_tokens, cost) \
               VALUES ('20251231_1', ?1, ?2, ?3, 0.25)";
    conn.execute(add, (NOW - 86_400 * 3, "o4", 60)).unwrap();
    conn.execute(add, (NOW - 60, "gpt-4o\u{1b}[2J", 40)).unwrap();
    let metadata = r#"{"usage":{"elapsedMs":9000},"inference":{"resolvedModel":"o4"}}"#;
    store::message(&conn, "20251231_1", "user", "hello", NOW - 70);
    let row = store::message(&conn, "20251231_1", "assistant", "hi", NOW - 60);
    conn.execute("UPDATE messages SET metadata_json = ?2 WHERE id = ?1", (row, metadata)).unwrap();
    let told = read(&place);
    let days: Vec<_> = told.days.iter().rev().take(5).map(|d| d.sum.tokens).collect();
    assert_eq!(days, [None, Some(40), None, Some(60), None]);
    assert_eq!(told.lumped, 0);
    assert_eq!(told.period().cost_usd, Some(0.5));
    let models: Vec<_> = told.models.iter().map(|m| m.name.clone().unwrap_or_default()).collect();
    assert_eq!(models, ["o4", "gpt-4o\u{FFFD}[2J", ""]);
    let call = &told.slow_calls[0];
    assert_eq!((call.took.as_secs(), call.measured, call.model.as_deref()), (9, true, Some("o4")));
}

#[test]
fn what_cannot_be_read_is_a_sentence() {
    let place = Place::new();
    let told = read(&place);
    assert!(told.faults[0].contains("sessions.db"), "{:?}", told.faults);
    std::fs::write(&place.db, "not a database, but long enough to look like one ".repeat(40)).unwrap();
    assert_eq!(read(&place).faults.len(), 1);
    let conn = rusqlite::Connection::open(place.dir.path().join("other.db")).unwrap();
    conn.execute_batch("CREATE TABLE sessions (id); INSERT INTO sessions VALUES (X'FF'), (NULL), (3)")
        .unwrap();
    let other = Place { db: place.dir.path().join("other.db"), dir: place.dir };
    let told = read(&other);
    assert_eq!((told.faults.len(), told.total.sessions), (0, 2));
}

#[test]
fn it_stops_when_told_to_and_says_how_far_it_came() {
    let place = Place::new();
    store::big_store(&place.db, 40, 20);
    let stop = &mut |_| ControlFlow::Break(());
    let told = insights::read(std::slice::from_ref(&place.db), None, wish(Duration::from_secs(60)), stop);
    assert_eq!((told.reach.sessions_read, told.reach.sessions), (0, 40));
    assert!(!told.reach.is_complete());
    assert_eq!(told.period().messages, Some(800), "sums do not need the conversations");
    let told = read(&place);
    assert_eq!((told.reach.sessions_read, told.reach.messages), (40, 800));
    let mut hear = |_| ControlFlow::Continue(());
    let told = insights::read(std::slice::from_ref(&place.db), None, wish(Duration::ZERO), &mut hear);
    assert!(!told.reach.is_complete() || !told.faults.is_empty());
}
