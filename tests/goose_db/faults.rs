//! Whatever lies at the path: a state, a sentence, and never a panic.

use goosetop::domain::snapshot::{StoreLook, StoreState};

use crate::{
    store::{self, Build},
    watcher::{NOW, Place, find, ids, look, tail, words},
};

fn filled() -> Place {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    for n in 0..20 {
        let id = format!("s{n}");
        store::session(&conn, &id, "one", "/", "2025-12-31 23:00:00");
        for m in 0..20 {
            store::message(&conn, &id, "user", &format!("word {m}"), NOW + m);
        }
    }
    place
}

fn fails(place: &Place, state: StoreState, words: &str) -> StoreLook {
    let seen = look(&mut place.source(), 0, &ids(&["s1"]));
    assert_eq!(seen.state, state, "{}", seen.detail);
    assert!(seen.detail.contains(words), "{}", seen.detail);
    assert_eq!(seen.as_of, None);
    seen
}

#[test]
fn nothing_there() {
    let mut place = Place::new();
    fails(&place, StoreState::Absent, "no goose database at");
    place.db = place.dir.path().join("no/where/sessions.db");
    fails(&place, StoreState::Absent, "no directory");
}

#[test]
fn no_database() {
    let place = Place::new();
    std::fs::write(&place.db, "").unwrap();
    fails(&place, StoreState::Damaged, "empty file, not a database");
    std::fs::write(&place.db, "x".repeat(10_000)).unwrap();
    fails(&place, StoreState::Damaged, "26");
    std::fs::remove_file(&place.db).unwrap();
    std::fs::create_dir(&place.db).unwrap();
    fails(&place, StoreState::Unreadable, "is a directory");
}

#[test]
#[cfg(unix)]
fn a_fifo_is_not_opened_and_a_link_is_followed() {
    let place = Place::new();
    let fifo = place.dir.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    if made.is_ok_and(|status| status.success()) {
        std::os::unix::fs::symlink(&fifo, &place.db).unwrap();
        fails(&place, StoreState::Unreadable, "is a FIFO");
        std::fs::remove_file(&place.db).unwrap();
    }
    let real = place.dir.path().join("elsewhere");
    std::fs::create_dir(&real).unwrap();
    let conn = store::create(&real.join("real.db"), Build::Fresh(16));
    store::session(&conn, "s1", "behind a link", "/", "2025-12-31 23:00:00");
    std::os::unix::fs::symlink(real.join("real.db"), &place.db).unwrap();
    // The log lies beside the real file, not beside the link.
    assert_eq!(find(&look(&mut place.source(), 0, &ids(&[])), "s1").name, "behind a link");
}

#[test]
#[cfg(unix)]
fn another_users_file() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let place = filled();
    std::fs::set_permissions(&place.db, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&place.db).is_ok() {
        return; // the superuser is refused nothing
    }
    let uid = std::fs::metadata(&place.db).unwrap().uid();
    fails(&place, StoreState::Unreadable, &format!("owned by uid {uid}, mode 0000"));
}

#[test]
fn not_gooses() {
    let place = Place::new();
    let conn = store::writer(&place.db);
    conn.execute_batch("CREATE TABLE recipes (id TEXT)").unwrap();
    fails(&place, StoreState::NotGoose, "no sessions table");
    conn.execute_batch("CREATE TABLE sessions (name TEXT)").unwrap();
    fails(&place, StoreState::NotGoose, "no id column");
}

#[test]
fn the_least_that_is_a_store() {
    let place = Place::new();
    store::writer(&place.db)
        .execute_batch("CREATE TABLE sessions (id TEXT); INSERT INTO sessions VALUES ('s1')")
        .unwrap();
    let seen = look(&mut place.source(), 0, &ids(&["s1"]));
    assert_eq!((seen.state, seen.schema), (StoreState::Ok, None));
    assert_eq!(find(&seen, "s1").messages, None);
}

#[test]
fn damage_keeps_the_last_picture_and_backs_off() {
    let place = filled();
    let good = std::fs::read(&place.db).unwrap();
    let mut source = place.source();
    let interest = ids(&["s1"]);
    look(&mut source, 0, &interest);
    std::fs::write(&place.db, "no database any more, but long enough to be looked at".repeat(100)).unwrap();
    let seen = look(&mut source, 1, &interest);
    assert_eq!(seen.state, StoreState::Damaged, "{}", seen.detail);
    assert_eq!((seen.sessions.len(), seen.as_of), (20, Some(crate::watcher::at(0))));
    assert_eq!(tail(&seen, "s1").messages.len(), 20);
    // Mended within the pause: seen when it is over.
    std::fs::write(&place.db, good).unwrap();
    let states: Vec<_> = [1, 2].map(|n| look(&mut source, n, &interest).state).into();
    assert_eq!(states, [StoreState::Damaged, StoreState::Ok]);
}

#[test]
fn hostile_text_is_cleaned_where_it_enters() {
    let place = filled();
    let conn = store::writer(&place.db);
    let evil = "\u{1b}]52;c;x\u{7}\u{202e}\u{9b}31m\u{e0041}";
    for column in ["name", "project_id", "schedule_id", "provider_name", "goose_mode"] {
        store::set(&conn, "s1", column, evil);
    }
    store::set(&conn, "s1", "model_config_json", serde_json::json!({ "model_name": evil }).to_string());
    let blocks = serde_json::json!([
        { "type": "text", "text": evil }, { "type": evil },
        { "type": "toolRequest", "id": evil, "toolCall": { "status": "success", "value": { "name": evil, "arguments": { "command": evil } } } },
        { "type": "toolResponse", "id": evil, "toolResult": { "status": "error", "error": evil } },
        { "type": "error", "kind": evil, "message": evil },
        { "type": "actionRequired", "data": { "actionType": evil } },
        { "type": "actionRequired", "data": { "actionType": "elicitation", "id": evil, "message": evil } },
        { "type": "systemNotification", "notificationType": evil, "msg": evil },
    ]);
    store::content_row(&conn, "s1", evil, &blocks.to_string(), NOW + 100);
    let seen = look(&mut place.source(), 0, &ids(&["s1"]));
    // Debug output escapes what is left; these would show as themselves.
    let session = find(&seen, "s1");
    let told = format!("{session:?}");
    for escaped in ["\\u{1b}", "\\u{7}", "\\u{202e}", "\\u{9b}", "\\u{e0041}"] {
        assert!(!told.contains(escaped), "{escaped} in {told}");
    }
    assert!(words(tail(&seen, "s1")).last().unwrap().starts_with('\u{FFFD}'));
}

/// A small generator: the same mutations in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

#[test]
fn any_bytes_are_survived() {
    let good = {
        let place = filled();
        std::fs::read(&place.db).unwrap()
    };
    let mut dice = Dice(1);
    let place = Place::new();
    let mut read = 0;
    for round in 0..300 {
        let mut bytes = good.clone();
        match round % 4 {
            0 => bytes.truncate(dice.roll(good.len())),
            1 => {
                for _ in 0..=dice.roll(30) {
                    bytes[dice.roll(good.len())] ^= 1 << dice.roll(8);
                }
            }
            2 => {
                let page = dice.roll(good.len() / 4096) * 4096;
                let from = dice.roll(good.len() / 4096) * 4096;
                bytes.copy_within(from..from + 4096, page);
            }
            _ => {
                let at = dice.roll(100);
                bytes[at] = dice.roll(256) as u8;
            }
        }
        std::fs::write(&place.db, &bytes).unwrap();
        let seen = look(&mut place.source(), 0, &ids(&["s1"]));
        assert!(seen.state.is_current() || !seen.detail.is_empty(), "{seen:?}");
        read += usize::from(seen.state.is_current());
        assert_eq!(std::fs::read(&place.db).unwrap(), bytes);
    }
    assert!(read > 10, "some damage is harmless, or the test is: {read}");
}
