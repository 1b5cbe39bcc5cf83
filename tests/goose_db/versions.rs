//! The same sessions out of every schema, and out of rows no goose would write.

use goosetop::domain::{
    interest::Interest,
    session::{Role, SessionId, SessionKind},
    snapshot::StoreState,
};

use crate::{
    store::{self, Build},
    watcher::{NOW, Place, at, find, ids, look, names, recent, tail, words},
};

fn fill(conn: &rusqlite::Connection) {
    store::session(conn, "20260101_1", "first", "/work/a", "2025-12-31 23:50:00");
    store::session(conn, "20260101_2", "second", "/work/b/", "2025-12-31 23:59:00");
    store::message(conn, "20260101_2", "user", "hello", NOW - 90);
    store::message(conn, "20260101_2", "assistant", "hi there", NOW - 60);
}

#[test]
fn every_version_tells_the_same() {
    for build in Build::all() {
        let place = Place::new();
        fill(&store::create(&place.db, build));
        let mut source = place.source();
        let seen = look(&mut source, 0, &ids(&["20260101_2"]));
        let newer = matches!(build, Build::Future);
        assert_eq!(
            seen.state,
            if newer { StoreState::Newer } else { StoreState::Ok },
            "{build:?}: {}",
            seen.detail
        );
        assert_eq!(seen.detail.is_empty(), !newer, "{build:?}");
        assert_eq!(seen.schema, Some(build.version() as u32), "{build:?}");
        assert_eq!(seen.as_of, Some(at(0)));
        assert!(seen.bytes.is_some_and(|b| b > 0));
        assert_eq!(names(&seen), ["20260101_2", "20260101_1"], "{build:?}");
        let (first, second) = (find(&seen, "20260101_1"), find(&seen, "20260101_2"));
        assert_eq!((first.name.as_str(), second.name.as_str()), ("first", "second"), "{build:?}");
        assert_eq!(second.working_dir.as_os_str(), "/work/b/");
        assert_eq!(second.updated_at, Some(at(-60)), "{build:?}");
        assert_eq!(second.kind, SessionKind::User);
        assert_eq!((first.messages, second.messages), (None, Some(2)), "{build:?}");
        assert!(first.tail.is_none());
        let tail = tail(&seen, "20260101_2");
        assert!(tail.whole && tail.arrivals.len() == 2);
        assert_eq!(words(tail), ["hello", "hi there"]);
        assert_eq!(tail.messages[1].role, Role::Assistant);
        assert_eq!(tail.messages[1].created_at, Some(at(-60)));
        assert!(tail.messages[1].stored_at.is_some() && tail.messages[1].user_visible);
    }
}

#[test]
fn all_columns_of_the_newest_schema_are_read() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Migrated(16));
    fill(&conn);
    let id = "20260101_2";
    let columns = [
        ("session_type", "sub_agent"),
        ("project_id", "shop-42"),
        ("parent_session_id", "20260101_1"),
        ("archived_at", "2025-12-31T23:59:30.5+00:00"),
        ("schedule_id", "nightly"),
        ("provider_name", "openai"),
        ("goose_mode", "approve"),
        ("model_config_json", r#"{"model_name":"gpt-4o","context_limit":128000}"#),
        (
            "extension_data",
            r#"{"enabled_extensions.v0":{"extensions":[{"type":"stdio","name":"git","cmd":"uvx","args":["mcp-git","-v"]}]}}"#,
        ),
    ];
    for (column, value) in columns {
        store::set(&conn, id, column, value);
    }
    for (column, value) in [
        ("total_tokens", 4_000),
        ("accumulated_total_tokens", 90_000),
        ("accumulated_input_tokens", 80_000),
        ("accumulated_output_tokens", -1),
    ] {
        store::set(&conn, id, column, value);
    }
    store::set(&conn, id, "accumulated_cost", 0.81);
    conn.execute("INSERT INTO usage_ledger (session_id, created_timestamp) VALUES (?1, ?2)", (id, NOW - 5))
        .unwrap();
    for (ago, cost) in [(5_000, 2.0), (3_000, 1.5), (60, 0.25), (50, -1.0)] {
        let row = (id, NOW - ago, cost);
        conn.execute(
            "INSERT INTO usage_ledger (session_id, created_timestamp, cost) VALUES (?1, ?2, ?3)",
            row,
        )
        .unwrap();
    }
    let seen = look(&mut place.source(), 0, &ids(&[id]));
    let session = find(&seen, id);
    assert_eq!(session.kind, SessionKind::SubAgent);
    assert_eq!(session.project.as_deref(), Some("shop-42"));
    assert_eq!(session.parent.as_ref().map(SessionId::raw), Some("20260101_1"));
    assert!(session.archived_at.is_some());
    assert_eq!(session.schedule.as_deref(), Some("nightly"));
    assert_eq!(session.provider.as_deref(), Some("openai"));
    assert_eq!(session.mode.as_deref(), Some("approve"));
    assert_eq!(session.model.as_deref(), Some("gpt-4o"));
    assert_eq!(session.context_limit, Some(128_000));
    assert_eq!(session.cost_usd, Some(0.81));
    let tokens = session.tokens;
    let numbers = (tokens.context, tokens.total, tokens.input, tokens.output);
    assert_eq!(numbers, (Some(4_000), Some(90_000), Some(80_000), None));
    assert_eq!(session.extensions[0].command, ["uvx", "mcp-git", "-v"]);
    assert_eq!(tail(&seen, id).ledger.last(), Some(&at(-5)));
    assert_eq!(tail(&seen, id).spent, [(at(-3_000), 1.5), (at(-60), 0.25)], "within the hour, and a price");
    assert_eq!(session.stored_activity(), Some(at(-5)));
    assert!(find(&seen, "20260101_1").tail.is_some(), "the parent of a watched sub-agent is watched");
}

#[test]
fn odd_values_cost_neither_the_row_nor_the_list() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    fill(&conn);
    let id = "20260101_2";
    store::set(&conn, id, "name", b"\xff\x1b]0;x\x07".as_slice());
    store::set(&conn, id, "working_dir", 17);
    store::set(&conn, id, "updated_at", NOW - 3);
    store::set(&conn, id, "session_type", "dreaming");
    store::set(&conn, id, "total_tokens", "many");
    store::set(&conn, id, "accumulated_cost", "0.5");
    store::set(&conn, id, "extension_data", "[[[");
    store::set(&conn, id, "model_config_json", 5);
    store::session(&conn, "huge", &"x".repeat(20 << 20), "/", "2025-12-31 20:00:00");
    store::content_row(&conn, id, "narrator", "no json", NOW - 2);
    store::content_row(&conn, id, "user", &"[".repeat(10_000), NOW - 1);
    conn.execute("UPDATE messages SET created_timestamp = 'soon', timestamp = x'00' WHERE id = 1", [])
        .unwrap();
    conn.execute("INSERT INTO sessions (id, working_dir) VALUES (NULL, '/')", []).unwrap();
    let seen = look(&mut place.source(), 0, &ids(&[id]));
    assert_eq!(seen.state, StoreState::Ok, "{}", seen.detail);
    assert_eq!(names(&seen), [id, "20260101_1", "huge"]);
    let session = find(&seen, id);
    assert_eq!(session.name, "\u{FFFD}\u{FFFD}]0;x\u{FFFD}");
    assert_eq!(session.working_dir.as_os_str(), "17");
    assert_eq!(session.updated_at, Some(at(-3)));
    assert_eq!(session.kind, SessionKind::User);
    assert_eq!((session.tokens.context, session.cost_usd), (None, Some(0.5)));
    assert!(session.extensions.is_empty() && session.model.is_none());
    assert_eq!(session.messages, Some(4));
    assert_eq!(tail(&seen, id).messages.len(), 4);
}

#[test]
fn goose_order_not_row_order() {
    for build in [Build::Fresh(1), Build::Fresh(16)] {
        let place = Place::new();
        let conn = store::create(&place.db, build);
        store::session(&conn, "s", "s", "/", "2025-12-31 23:59:00");
        for n in 0..100 {
            store::message(&conn, "s", "user", &format!("m{n}"), NOW - n);
        }
        // `goose term log` writes milliseconds.
        store::message(&conn, "s", "user", "in ms", (NOW - 50) * 1000);
        let seen = look(&mut place.source(), 0, &ids(&["s"]));
        let tail = tail(&seen, "s");
        let words = words(tail);
        assert_eq!((words.len(), words[0], words[39]), (40, "m39", "m0"), "{build:?}");
        assert!(!tail.whole && tail.arrivals.len() == 101, "{build:?}: {}", tail.arrivals.len());
        assert_eq!(find(&seen, "s").messages, Some(101));
    }
}

#[test]
fn what_is_watched() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    for n in 0..10 {
        store::session(
            &conn,
            &format!("s{n}"),
            &format!("name {n}"),
            "/work/a/",
            &format!("2025-12-31 23:5{n}:00"),
        );
    }
    store::set(&conn, "s0", "parent_session_id", "s1");
    let watched = |interest: Interest| -> Vec<String> {
        let seen = look(&mut place.source(), 0, &interest);
        let with_tail = seen.sessions.iter().filter(|s| s.tail.is_some());
        with_tail.map(|s| s.key.id.raw().to_owned()).collect()
    };
    assert_eq!(watched(ids(&["s1", "none"])), ["s1", "s0"]);
    assert_eq!(watched(Interest { names: ["name 3".into()].into(), ..Interest::default() }), ["s3"]);
    let dirs = Interest { dirs: ["/work/a".into(), "/work".into()].into(), ..Interest::default() };
    assert_eq!(watched(dirs), ["s9", "s8", "s7", "s6"]);
    assert_eq!(watched(recent(120)), ["s9", "s8"]);
    assert_eq!(watched(Interest { all: true, ..Interest::default() }).len(), 10);
}

#[test]
fn the_linked_sqlite_has_the_fix_for_the_wal_reset_race() {
    let version = goosetop::sources::goose_db::sqlite_version();
    let numbers: Vec<u32> = version.split('.').map(|n| n.parse().unwrap()).collect();
    assert!(numbers >= vec![3, 51, 3], "{version}");
    assert_eq!(goosetop::sources::goose_db::schema_version_known(), 16);
}
