//! What changed is found, at whatever the change touches and whatever it does not.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use goosetop::{
    domain::{interest::Interest, snapshot::StoreState},
    sources::SessionSource,
};
use rusqlite::Connection;

use crate::{
    store::{self, Build},
    watcher::{NOW, Place, find, ids, look, names, recent, tail, words},
};

/// Two sessions, the first watched with three messages; the writer stays open.
fn place() -> (Place, Connection) {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    store::session(&conn, "s1", "one", "/", "2025-12-31 23:00:00");
    store::session(&conn, "s2", "two", "/", "2025-12-31 22:00:00");
    for n in 0..3 {
        store::message(&conn, "s1", "user", &format!("m{n}"), NOW - 100 + n);
    }
    (place, conn)
}

#[test]
fn nothing_changed_is_the_same_list() {
    let (place, _conn) = place();
    let mut source = place.source();
    let interest = ids(&["s1"]);
    let first = look(&mut source, 0, &interest);
    // The clock of the tests is behind the files': each look reads again, and finds the same.
    let second = look(&mut source, 1, &interest);
    assert!(Arc::ptr_eq(&first.sessions, &second.sessions));
    // Long after, the stamps alone are proof.
    let later: DateTime<Utc> = "2100-01-01T00:00:00Z".parse().unwrap();
    let third = source.look(later, &interest);
    let fourth = source.look(later, &interest);
    assert!(Arc::ptr_eq(&third.sessions, &fourth.sessions));
    assert_eq!(fourth.as_of, Some(later));
}

#[test]
fn a_new_message_and_a_new_session() {
    let (place, conn) = place();
    let mut source = place.source();
    let interest = ids(&["s1", "s2"]);
    let before = look(&mut source, 0, &interest);
    store::add_message(&conn, "s2", "user", "news", NOW + 1);
    let seen = look(&mut source, 2, &interest);
    assert_eq!(names(&seen), ["s2", "s1"], "newest first");
    assert_eq!(words(tail(&seen, "s2")), ["news"]);
    assert_eq!(find(&seen, "s2").messages, Some(1));
    assert!(Arc::ptr_eq(find(&seen, "s1"), find(&before, "s1")), "what did not change is not read again");
    store::session(&conn, "s3", "three", "/", "2026-01-01 00:00:05");
    assert_eq!(names(&look(&mut source, 6, &interest)), ["s3", "s2", "s1"]);
}

#[test]
fn rows_in_the_other_text_form() {
    let (place, conn) = place();
    let mut source = place.source();
    look(&mut source, 0, &ids(&[]));
    store::session(&conn, "s3", "imported", "/", "2026-01-01T00:00:01.123+00:00");
    store::set(&conn, "s2", "updated_at", "2026-01-01T00:00:02+00:00");
    assert_eq!(names(&look(&mut source, 3, &ids(&[]))), ["s2", "s3", "s1"]);
    store::set(&conn, "s1", "updated_at", "2026-01-01 00:00:03");
    assert_eq!(names(&look(&mut source, 4, &ids(&[]))), ["s1", "s2", "s3"]);
}

#[test]
fn a_conversation_replaced_or_cut() {
    let (place, conn) = place();
    let mut source = place.source();
    let interest = ids(&["s1"]);
    look(&mut source, 0, &interest);
    // Compaction: all rows new, `updated_at` untouched.
    conn.execute_batch("BEGIN IMMEDIATE; DELETE FROM messages WHERE session_id = 's1'").unwrap();
    for text in ["m0", "summary"] {
        store::message(&conn, "s1", "assistant", text, NOW - 50);
    }
    conn.execute_batch("COMMIT").unwrap();
    let seen = look(&mut source, 1, &interest);
    assert_eq!(words(tail(&seen, "s1")), ["m0", "summary"]);
    assert_eq!(find(&seen, "s1").messages, Some(2));
    // Truncation, then as many new ones: the count alone would not tell.
    conn.execute("DELETE FROM messages WHERE id = (SELECT max(id) FROM messages)", []).unwrap();
    store::message(&conn, "s1", "user", "instead", NOW - 10);
    let seen = look(&mut source, 2, &interest);
    assert_eq!(words(tail(&seen, "s1")), ["m0", "instead"]);
    assert_eq!(find(&seen, "s1").messages, Some(2));
    conn.execute("DELETE FROM messages WHERE session_id = 's1'", []).unwrap();
    let seen = look(&mut source, 3, &interest);
    assert!(tail(&seen, "s1").messages.is_empty() && tail(&seen, "s1").whole);
    assert_eq!(find(&seen, "s1").messages, Some(0));
}

#[test]
fn counts_follow_when_a_session_is_no_longer_watched() {
    let (place, conn) = place();
    let mut source = place.source();
    look(&mut source, 0, &ids(&["s1"]));
    store::add_message(&conn, "s1", "user", "m3", NOW + 1);
    let seen = look(&mut source, 2, &ids(&[]));
    assert_eq!(find(&seen, "s1").messages, Some(4));
    assert!(find(&seen, "s1").tail.is_none(), "an outdated tail is worse than none");
    let seen = look(&mut source, 3, &ids(&["s1"]));
    assert_eq!(tail(&seen, "s1").messages.len(), 4);
}

#[test]
fn deleted_and_reused_ids() {
    let (place, conn) = place();
    let mut source = place.source();
    let interest = ids(&["s1"]);
    look(&mut source, 0, &interest);
    conn.execute_batch("DELETE FROM messages WHERE session_id = 's1'; DELETE FROM sessions WHERE id = 's1'")
        .unwrap();
    assert_eq!(names(&look(&mut source, 1, &interest)), ["s2"]);
    store::session(&conn, "s1", "another", "/", "2026-01-01 00:00:02");
    let seen = look(&mut source, 3, &interest);
    assert_eq!(find(&seen, "s1").name, "another");
    assert!(tail(&seen, "s1").messages.is_empty());
    // Between two looks: same id, other session.
    store::message(&conn, "s1", "user", "old life", NOW + 2);
    look(&mut source, 4, &interest);
    conn.execute_batch("DELETE FROM messages WHERE session_id = 's1'; DELETE FROM sessions WHERE id = 's1'")
        .unwrap();
    store::session(&conn, "s1", "third", "/", "2026-01-01 00:00:05");
    let seen = look(&mut source, 6, &interest);
    assert_eq!((find(&seen, "s1").name.as_str(), find(&seen, "s1").messages), ("third", Some(0)));
    assert!(tail(&seen, "s1").messages.is_empty());
}

#[test]
fn an_edit_without_a_sign_heals_within_a_minute_of_changes() {
    let (place, conn) = place();
    let mut source = place.source();
    look(&mut source, 0, &ids(&[]));
    store::set(&conn, "s2", "name", "renamed by hand");
    look(&mut source, 10, &ids(&[]));
    assert_eq!(find(&look(&mut source, 61, &ids(&[])), "s2").name, "renamed by hand");
}

#[test]
fn many_tails_are_read_in_portions() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    for n in 0..250 {
        store::session(&conn, &format!("s{n}"), "x", "/", "2025-12-31 23:59:59");
    }
    let mut source = place.source();
    let tails = |seen: &goosetop::domain::snapshot::StoreLook| {
        seen.sessions.iter().filter(|s| s.tail.is_some()).count()
    };
    assert_eq!(tails(&look(&mut source, 0, &recent(60))), 200);
    assert_eq!(tails(&look(&mut source, 1, &recent(60))), 250);
    let all = Interest { all: true, ..Interest::default() };
    assert_eq!(tails(&look(&mut place.source(), 0, &all)), 250);
}

/// A closed store at `path` with one session of this name.
fn rest(path: &std::path::Path, name: &str) {
    let conn = store::create(path, Build::Fresh(16));
    store::session(&conn, "s1", name, "/", "2025-12-31 23:00:00");
    store::message(&conn, "s1", "user", name, NOW);
}

#[test]
fn another_file_under_the_same_path() {
    let place = Place::new();
    let other = place.dir.path().join("other.db");
    rest(&place.db, "first");
    let mut source = place.source();
    let interest = ids(&["s1"]);
    let mut name = |offset| {
        let seen = look(&mut source, offset, &interest);
        let told = find(&seen, "s1").name.clone();
        assert_eq!(words(tail(&seen, "s1")), [told.as_str()]);
        (seen.state, told)
    };
    assert_eq!(name(0), (StoreState::Ok, "first".into()));
    rest(&other, "renamed over");
    std::fs::rename(&other, &place.db).unwrap();
    assert_eq!(name(1), (StoreState::Ok, "renamed over".into()));
    rest(&other, "overwritten in place");
    std::fs::copy(&other, &place.db).unwrap();
    assert_eq!(name(2), (StoreState::Ok, "overwritten in place".into()));
    std::fs::remove_file(&place.db).unwrap();
    assert_eq!(name(3), (StoreState::Absent, "overwritten in place".into()));
    rest(&place.db, "made again");
    assert_eq!(name(4), (StoreState::Ok, "made again".into()));
}

#[test]
fn a_migration_under_our_eyes() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Migrated(11));
    store::session(&conn, "s1", "one", "/", "2025-12-31 23:00:00");
    let mut source = place.source();
    assert_eq!(look(&mut source, 0, &ids(&["s1"])).schema, Some(11));
    conn.execute_batch(include_str!("../support/schema/v12.sql")).unwrap();
    conn.execute_batch("INSERT INTO schema_version (version) VALUES (12)").unwrap();
    store::set(&conn, "s1", "project_id", "shop");
    store::add_message(&conn, "s1", "user", "hi", NOW);
    let seen = look(&mut source, 1, &ids(&["s1"]));
    assert_eq!((seen.schema, find(&seen, "s1").project.as_deref()), (Some(12), Some("shop")));
}

#[test]
fn rollback_journal_stores() {
    // goose between 1.11 and 1.14 wrote without a log.
    let (place, conn) = place();
    conn.execute_batch("PRAGMA journal_mode=DELETE").unwrap();
    let mut source = place.source();
    let interest = ids(&["s1"]);
    assert_eq!(tail(&look(&mut source, 0, &interest), "s1").messages.len(), 3);
    store::add_message(&conn, "s1", "user", "m3", NOW + 1);
    assert_eq!(tail(&look(&mut source, 1, &interest), "s1").messages.len(), 4);
    // Half-way through a write nothing is taken from the file without a lock.
    conn.execute_batch("PRAGMA cache_spill=1; BEGIN EXCLUSIVE; DELETE FROM messages").unwrap();
    let seen = look(&mut source, 2, &interest);
    assert_eq!(seen.state, StoreState::Locked, "{}", seen.detail);
    assert!(seen.detail.starts_with("busy since 00:00:02 UTC"), "{}", seen.detail);
    assert_eq!(seen.as_of, Some(crate::watcher::at(1)));
    assert_eq!(tail(&seen, "s1").messages.len(), 4, "the last good picture stays");
    conn.execute_batch("ROLLBACK").unwrap();
    let seen = look(&mut source, 3, &interest);
    assert_eq!((seen.state, seen.detail.as_str()), (StoreState::Ok, ""));
}
