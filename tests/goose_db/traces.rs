//! Looking leaves nothing behind and changes nothing, whoever has the database open.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use goosetop::domain::snapshot::StoreState;

use crate::{
    store::{self, Build},
    watcher::{NOW, Place, find, ids, look, names, tail, words},
};

const ROLE: &str = "GOOSETOP_TEST_WRITER";

/// Another process with the database open, as goose is: locks do not tell apart two connections of
/// one process.
struct Writer {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Writer {
    fn start(db: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["traces::writer_process", "--exact", "--ignored", "--nocapture"])
            .env(ROLE, db)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut writer = Self { child, out };
        writer.wait("ready");
        writer
    }

    fn wait(&mut self, word: &str) {
        let mut line = String::new();
        while self.out.read_line(&mut line).unwrap() > 0 {
            if line.trim().ends_with(word) {
                return;
            }
            line.clear();
        }
        panic!("the writer ended before it said {word}");
    }

    fn say(&mut self, command: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{command}").unwrap();
        self.wait("done");
    }

    fn quit(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "run by the tests of this file as another process"]
fn writer_process() {
    let Ok(db) = std::env::var(ROLE) else { return };
    let conn = store::writer(Path::new(&db));
    conn.query_row("SELECT count(*) FROM sessions", [], |row| row.get::<_, i64>(0)).unwrap();
    println!("ready");
    for (n, line) in std::io::stdin().lines().map_while(Result::ok).enumerate() {
        match line.as_str() {
            "add" => {
                store::add_message(&conn, "s1", "user", &format!("word {n}"), NOW + n as i64);
            }
            "session" => store::session(&conn, "s2", "two", "/", "2026-01-01 00:00:09"),
            "hold" => conn.execute_batch("BEGIN EXCLUSIVE").unwrap(),
            "checkpoint" => conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap(),
            other => panic!("{other}"),
        }
        println!("done");
    }
}

fn place() -> Place {
    let place = Place::new();
    let conn = store::create(&place.db, Build::Fresh(16));
    store::session(&conn, "s1", "one", "/", "2025-12-31 23:00:00");
    place
}

#[test]
fn a_store_at_rest() {
    let place = place();
    let before = place.trace();
    assert_eq!(before.len(), 1, "closed cleanly: {before:?}");
    let mut source = place.source();
    for n in 0..3 {
        assert_eq!(look(&mut source, n, &ids(&["s1"])).state, StoreState::Ok);
    }
    assert_eq!(place.trace(), before);
}

#[test]
fn a_living_writer() {
    let place = place();
    let mut source = place.source();
    let interest = ids(&["s1"]);
    look(&mut source, 0, &interest);
    let mut writer = Writer::start(&place.db);
    for n in 0..3 {
        writer.say("add");
        let before = place.trace();
        let seen = look(&mut source, n, &interest);
        assert_eq!(seen.state, StoreState::Ok, "{}", seen.detail);
        assert_eq!(tail(&seen, "s1").messages.len(), n as usize + 1);
        assert_eq!(place.trace(), before, "only the writer changes anything");
    }
    writer.say("session");
    assert_eq!(names(&look(&mut source, 4, &interest)), ["s2", "s1"]);
    // Emptied log, then a new message: from immutable back to live.
    writer.say("checkpoint");
    assert_eq!(tail(&look(&mut source, 5, &interest), "s1").messages.len(), 3);
    writer.say("add");
    assert_eq!(tail(&look(&mut source, 6, &interest), "s1").messages.len(), 4);
    // Its clean end removes log and index: nobody else holds the database.
    writer.quit();
    assert_eq!(place.trace().keys().collect::<Vec<_>>(), ["sessions.db"]);
    let seen = look(&mut source, 7, &interest);
    assert_eq!(tail(&seen, "s1").messages.len(), 4);
    assert_eq!(place.trace().len(), 1);
}

#[test]
fn a_killed_writer() {
    let place = place();
    let interest = ids(&["s1"]);
    let mut source = place.source();
    let mut writer = Writer::start(&place.db);
    writer.say("add");
    writer.say("add");
    look(&mut source, 0, &interest);
    writer.kill();
    let before = place.trace();
    assert_eq!(before.len(), 3);
    for mut source in [source, place.source()] {
        let seen = look(&mut source, 1, &interest);
        assert_eq!(words(tail(&seen, "s1")), ["word 0", "word 1"], "{}", seen.detail);
        assert_eq!(place.trace(), before);
    }
    // The index is gone, the log is not: its rows still count.
    std::fs::remove_file(place.dir.path().join("sessions.db-shm")).unwrap();
    let before = place.trace();
    let seen = look(&mut place.source(), 2, &interest);
    assert_eq!(seen.state, StoreState::Ok, "{}", seen.detail);
    assert_eq!(words(tail(&seen, "s1")), ["word 0", "word 1"]);
    assert_eq!(place.trace(), before);
}

#[test]
fn a_held_database_does_not_hide_its_readers() {
    // WAL readers do not wait for writers, not even exclusive ones.
    let place = place();
    let mut writer = Writer::start(&place.db);
    writer.say("add");
    writer.say("hold");
    let seen = look(&mut place.source(), 0, &ids(&["s1"]));
    assert_eq!(seen.state, StoreState::Ok);
    assert_eq!(find(&seen, "s1").messages, Some(1));
}

#[test]
fn a_log_beside_an_empty_database_is_left_alone() {
    // SQLite itself deletes such a log when it opens the database.
    let place = place();
    let mut writer = Writer::start(&place.db);
    writer.say("add");
    writer.kill();
    std::fs::write(&place.db, "").unwrap();
    let before = place.trace();
    let seen = look(&mut place.source(), 0, &ids(&[]));
    assert_eq!(seen.state, StoreState::Damaged, "{}", seen.detail);
    assert_eq!(place.trace(), before);
}

#[test]
#[cfg(unix)]
fn an_interrupted_write_without_a_log_waits_for_goose() {
    let place = place();
    let conn = store::writer(&place.db);
    conn.execute_batch("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA cache_size=2").unwrap();
    conn.execute_batch("BEGIN").unwrap();
    for n in 0..200 {
        store::message(&conn, "s1", "user", &"x".repeat(2_000), NOW + n);
    }
    // As after a kill: database and hot journal, nobody alive.
    let copy = Place::new();
    for name in ["sessions.db", "sessions.db-journal"] {
        std::fs::copy(place.dir.path().join(name), copy.dir.path().join(name)).unwrap();
    }
    let before = copy.trace();
    let seen = look(&mut copy.source(), 0, &ids(&[]));
    assert_eq!(seen.state, StoreState::Locked, "{}", seen.detail);
    assert!(seen.detail.contains("interrupted write"), "{}", seen.detail);
    assert_eq!(copy.trace(), before);
}
