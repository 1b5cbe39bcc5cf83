//! Deleting a session: the transaction on every schema, and what stands before it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use assert_cmd::Command;
use goosetop::{
    domain::session::SessionId,
    effects::delete::{Deleted, Deleter, Error},
    sources::goose_db::schema_version_known,
};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

#[path = "support/store.rs"]
mod store;
use store::Build;

const ID: &str = "20260101_1";
const OTHER: &str = "20260101_2";

fn filled(path: &Path, build: Build) -> Connection {
    let conn = store::create(path, build);
    for (id, name) in [(ID, "one"), (OTHER, "two")] {
        store::session(&conn, id, name, "/src", "2026-01-01 10:00:00");
        store::message(&conn, id, "user", "hello", 1_767_261_600);
        store::message(&conn, id, "assistant", "hi", 1_767_261_601);
        if build.version() >= 15 {
            let sql = "INSERT INTO usage_ledger (session_id, created_timestamp) VALUES (?1, 1767261601)";
            conn.execute(sql, [id]).unwrap();
        }
    }
    conn
}

fn count(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn every_schema_loses_that_session_and_nothing_else() {
    let id = SessionId::new(ID);
    for build in Build::all().into_iter().filter(|b| *b != Build::Future) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.db");
        let conn = filled(&path, build);
        let mut deleter = Deleter::open(&path, schema_version_known()).unwrap();
        let seen = deleter.fingerprint(&id).unwrap();
        assert_eq!(seen.messages, 2, "{build:?}");
        let ledger = usize::from(build.version() >= 15);
        assert_eq!(deleter.delete(&id, &seen).unwrap(), Deleted { messages: 2, ledger }, "{build:?}");
        drop(deleter);
        assert_eq!(count(&conn, "SELECT count(*) FROM sessions"), 1, "{build:?}");
        assert_eq!(count(&conn, "SELECT count(*) FROM messages WHERE session_id = '20260101_2'"), 2);
        assert_eq!(count(&conn, "SELECT count(*) FROM messages"), 2, "{build:?}");
        if build.version() >= 15 {
            assert_eq!(count(&conn, "SELECT count(*) FROM usage_ledger"), 1, "{build:?}");
        }
        assert_eq!(count(&conn, "SELECT count(*) FROM pragma_foreign_key_check"), 0, "{build:?}");
    }
}

#[test]
fn a_session_in_use_a_missing_one_and_a_newer_store_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.db");
    let conn = filled(&path, Build::Fresh(16));
    let id = SessionId::new(ID);
    let mut deleter = Deleter::open(&path, schema_version_known()).unwrap();
    let seen = deleter.fingerprint(&id).unwrap();
    store::add_message(&conn, ID, "user", "one more", 1_767_261_700);
    assert!(matches!(deleter.delete(&id, &seen), Err(Error::Changed(_))));
    assert_eq!(count(&conn, "SELECT count(*) FROM messages"), 5);
    assert!(matches!(deleter.fingerprint(&SessionId::new("20260101_9")), Err(Error::Missing(_))));

    let newer = dir.path().join("newer.db");
    drop(filled(&newer, Build::Future));
    let refused = Deleter::open(&newer, schema_version_known());
    assert!(matches!(refused, Err(Error::Newer { found: 17, .. })));
    assert!(Deleter::open(&dir.path().join("absent.db"), 16).is_err());
    assert!(!dir.path().join("absent.db").exists(), "nothing is made");
}

#[test]
fn a_writer_is_waited_for_and_the_log_is_not_checkpointed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.db");
    drop(filled(&path, Build::Fresh(16)));
    let before = fs::read(&path).unwrap();
    let id = SessionId::new(ID);
    let mut deleter = Deleter::open(&path, schema_version_known()).unwrap();
    let seen = deleter.fingerprint(&id).unwrap();
    deleter.delete(&id, &seen).unwrap();
    drop(deleter);
    assert_eq!(fs::read(&path).unwrap(), before, "the change stays in the log");
    assert_eq!(count(&Connection::open(&path).unwrap(), "SELECT count(*) FROM sessions"), 1);
}

/// A home with a store and a goose that exports what the test says.
struct Home(TempDir);

impl Home {
    fn new(export: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.store().parent().unwrap()).unwrap();
        drop(filled(&home.store(), Build::Fresh(16)));
        let goose = home.0.path().join("goose");
        fs::write(&goose, format!("#!/bin/sh\necho \"$@\" > {}/argv\n{export}\n", home.0.path().display()))
            .unwrap();
        fs::set_permissions(&goose, fs::Permissions::from_mode(0o755)).unwrap();
        home
    }

    fn store(&self) -> std::path::PathBuf {
        self.0.path().join(".local/share/goose/sessions/sessions.db")
    }

    fn trash(&self) -> Vec<std::path::PathBuf> {
        let dir = self.0.path().join(".local/state/goosetop/trash");
        fs::read_dir(dir).map(|all| all.map(|e| e.unwrap().path()).collect()).unwrap_or_default()
    }

    fn sessions(&self) -> i64 {
        count(&Connection::open(self.store()).unwrap(), "SELECT count(*) FROM sessions")
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::cargo_bin("goosetop").unwrap();
        command.env_clear().env("HOME", self.0.path()).env("PATH", self.0.path());
        let output = command.arg("delete").args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }
}

const WHOLE: &str = r#"echo '{"id":"20260101_1","conversation":[{},{}]}'"#;

#[test]
fn a_session_goes_after_its_export_and_the_way_back_is_named() {
    let home = Home::new(WHOLE);
    let (code, out, err) = home.run(&[ID, "--yes", "--json", "--reason", "tidy"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(home.sessions(), 1);
    let argv = fs::read_to_string(home.0.path().join("argv")).unwrap();
    assert_eq!(argv, "session export --format json --session-id=20260101_1\n");
    let [file] = home.trash().try_into().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["sessions"][0]["outcome"], "deleted");
    assert_eq!(
        value["sessions"][0]["undo"],
        format!("{} session import {}", home.0.path().join("goose").display(), file.display())
    );
    let audit = fs::read_to_string(home.0.path().join(".local/state/goosetop/audit.jsonl")).unwrap();
    let line: Value = serde_json::from_str(&audit).unwrap();
    assert_eq!((&line["action"], &line["reason"]), (&"delete".into(), &"tidy".into()));
    assert_eq!(line["summary"]["sessions"], serde_json::json!([ID]));
}

#[test]
fn without_a_whole_export_nothing_is_deleted() {
    for (export, says) in [
        ("echo '{\"id\":\"20260101_1\",\"conversation\":[{}]}'", "1 of 2 messages"),
        ("echo '{\"id\":\"20260101_2\",\"conversation\":[{},{}]}'", "of session 20260101_2"),
        ("echo 'not json'", "not whole"),
        ("echo 'no such thing' >&2; exit 3", "no such thing"),
    ] {
        let home = Home::new(export);
        let (code, _, err) = home.run(&[ID, "--yes"]);
        assert_eq!(code, 4, "{export}");
        assert!(err.contains(says), "{export}: {err}");
        assert_eq!((home.sessions(), home.trash().len()), (2, 0), "{export}");
    }
}

#[test]
fn deleting_asks_and_can_be_shown_and_forbidden() {
    let home = Home::new(WHOLE);
    for (args, expected) in [
        (&[ID][..], 64),
        (&[ID, "--json"], 64),
        (&[ID, "--yes", "--read-only"], 77),
        (&["20260101_9", "--yes"], 66),
        (&[ID, "--yes", "--project", "x"], 64),
        (&[ID, "--dry-run"], 0),
        (&[ID, "--yes", "--goose", "/nowhere/goose"], 69),
    ] {
        let (code, _, err) = home.run(args);
        assert_eq!(code, expected, "{args:?}: {err}");
        assert_eq!((home.sessions(), home.trash().len()), (2, 0), "{args:?}");
    }
}
