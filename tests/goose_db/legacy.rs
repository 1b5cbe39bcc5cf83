//! `.jsonl` files of goose 1.9 and earlier.

use std::{fs, sync::Arc};

use goosetop::{
    domain::{interest::Interest, snapshot::StoreState},
    sources::SessionSource as _,
};

use crate::{
    store::{self, Build},
    watcher::{NOW, Place, find, ids, look, names, tail, words},
};

fn line(role: &str, text: &str, created: i64) -> String {
    serde_json::json!({ "role": role, "created": created, "content": [{ "type": "text", "text": text }] })
        .to_string()
}

fn write(place: &Place, name: &str, lines: &[String]) {
    fs::write(place.dir.path().join(name), lines.join("\n") + "\n").unwrap();
}

fn head() -> String {
    r#"{"working_dir":"/old","description":"an old one","message_count":2,"total_tokens":7,"schedule_id":null}"#.into()
}

#[test]
fn a_folder_without_a_database() {
    let place = Place::new();
    let mut source = place.source();
    assert_eq!(look(&mut source, 0, &ids(&[])).state, StoreState::Absent);
    write(
        &place,
        "20250101_120000.jsonl",
        &[head(), line("user", "hello", NOW), line("assistant", "yes", NOW + 1)],
    );
    write(&place, "oldest.jsonl", &[line("user", "no head", NOW)]);
    write(&place, "sibling.jsonl.backup", &[head()]);
    let seen = look(&mut source, 0, &ids(&["20250101_120000", "oldest"]));
    assert_eq!((seen.state, seen.sessions.len()), (StoreState::Legacy, 2), "{}", seen.detail);
    let session = find(&seen, "20250101_120000");
    assert_eq!((session.name.as_str(), session.working_dir.as_os_str()), ("an old one", "/old".as_ref()));
    assert_eq!((session.messages, session.tokens.context), (Some(2), Some(7)));
    assert!(session.created_at.is_some() && session.updated_at.is_some());
    assert_eq!(words(tail(&seen, "20250101_120000")), ["hello", "yes"]);
    assert_eq!(words(tail(&seen, "oldest")), ["no head"]);
    let again = look(&mut source, 1, &ids(&["20250101_120000", "oldest"]));
    assert!(Arc::ptr_eq(&seen.sessions, &again.sessions));
}

#[test]
fn the_database_comes_first() {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    store::session(&conn, "both", "imported", "/", "2025-12-31 23:00:00");
    write(&place, "both.jsonl", &[head()]);
    write(&place, "left.jsonl", &[head()]);
    let mut source = place.source();
    let seen = look(&mut source, 0, &ids(&[]));
    assert_eq!((seen.state, seen.sessions.len()), (StoreState::Ok, 2));
    assert_eq!(
        (find(&seen, "both").name.as_str(), find(&seen, "left").name.as_str()),
        ("imported", "an old one")
    );
    store::session(&conn, "left", "imported too", "/", "2026-01-01 00:00:01");
    assert_eq!(find(&look(&mut source, 2, &ids(&[])), "left").name, "imported too");
    fs::remove_file(place.dir.path().join("left.jsonl")).unwrap();
    assert_eq!(look(&mut source, 3, &ids(&[])).sessions.len(), 2);
    let mut without = goosetop::sources::goose_db::GooseDb::new(place.db.clone(), 0, false);
    assert_eq!(look(&mut without, 0, &ids(&[])).sessions.len(), 2);
}

#[test]
fn what_does_not_parse_is_named() {
    let place = Place::new();
    write(&place, "good.jsonl", &[head(), "not json".into(), line("user", "after", NOW)]);
    write(&place, "bad\u{1b}.jsonl", &["nonsense".into()]);
    write(&place, "list.jsonl", &["[]".into()]);
    fs::write(place.dir.path().join("empty.jsonl"), "").unwrap();
    fs::create_dir(place.dir.path().join("folder.jsonl")).unwrap();
    let mut source = place.source();
    let seen = look(&mut source, 0, &Interest { all: true, ..Interest::default() });
    assert_eq!(names(&seen), ["good"]);
    assert_eq!(words(tail(&seen, "good")), ["after"]);
    assert_eq!(tail(&seen, "good").messages.len(), 2);
    let faults = source.faults();
    let said = &faults[0].message;
    assert!(said.contains("bad\u{FFFD}.jsonl") && said.contains("and 1 more"), "{faults:?}");
}

#[test]
fn a_session_began_no_later_than_its_first_message() {
    let place = Place::new();
    write(&place, "a.jsonl", &[head(), line("user", "long ago", NOW - 9_000_000)]);
    write(&place, "b.jsonl", &[line("user", "longer ago", NOW - 9_000_001)]);
    let seen = look(&mut place.source(), 0, &ids(&[]));
    let began = |id| find(&seen, id).created_at.unwrap().timestamp();
    assert_eq!((began("a"), began("b")), (NOW - 9_000_000, NOW - 9_000_001));
}

#[test]
fn a_file_that_grows_is_read_again() {
    let place = Place::new();
    let lines = [head(), line("user", "one", NOW)];
    write(&place, "a.jsonl", &lines);
    let mut source = place.source();
    assert_eq!(words(tail(&look(&mut source, 0, &ids(&["a"])), "a")), ["one"]);
    write(&place, "a.jsonl", &[&lines[..], &[line("assistant", "two", NOW)]].concat());
    let seen = look(&mut source, 1, &ids(&["a"]));
    assert_eq!(words(tail(&seen, "a")), ["one", "two"]);
    assert_eq!(find(&seen, "a").messages, Some(2));
}

#[test]
fn of_a_huge_file_both_ends_are_read() {
    use std::io::{Seek, SeekFrom, Write};
    let place = Place::new();
    let mut file = fs::File::create(place.dir.path().join("huge.jsonl")).unwrap();
    writeln!(file, "{}", head()).unwrap();
    // A hole: large without taking room.
    file.seek(SeekFrom::Start(60 << 20)).unwrap();
    writeln!(file, "\n{}", line("user", "the end", NOW)).unwrap();
    drop(file);
    let seen = look(&mut place.source(), 0, &ids(&["huge"]));
    assert_eq!((words(tail(&seen, "huge")), find(&seen, "huge").messages), (vec!["the end"], Some(2)));
    assert!(!tail(&seen, "huge").whole);
}
