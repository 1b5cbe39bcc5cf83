//! Rows no goose writes: a message with a fault, never a panic, never a lost page.

use goosetop::{
    domain::{
        session::SessionId,
        transcript::{Anchor, Part, ReadError},
    },
    sources::transcript,
};
use rusqlite::{ToSql, params, types::Null};

use crate::{
    NOW, Place,
    store::{self, Build},
};

#[test]
fn odd_contents() {
    let (place, conn) = Place::new(Build::Fresh(16));
    conn.execute_batch("CREATE TABLE m2 AS SELECT * FROM messages; DROP TABLE messages; ALTER TABLE m2 RENAME TO messages; CREATE INDEX idx_messages_session_created ON messages(session_id, created_timestamp, id)").unwrap();
    let deep = format!("[{}{}]", "[".repeat(10_000), "]".repeat(10_000));
    let contents: Vec<(&str, Box<dyn ToSql>)> = vec![
        ("deep", Box::new(deep)),
        ("empty", Box::new("")),
        ("cut", Box::new("[{\"type\":\"te")),
        ("no list", Box::new("5")),
        ("null", Box::new("null")),
        ("typeless", Box::new("[{\"text\":1}, 5]")),
        ("surrogate", Box::new("[{\"type\":\"text\",\"text\":\"\\ud800\"}]")),
        ("nul", Box::new("[{\"type\":\"text\",\"text\":\"a\u{0}b\"}]")),
        ("blob", Box::new(b"[{\"type\":\"text\",\"text\":\"x\"}]".to_vec())),
        ("bytes", Box::new(vec![0xffu8, 0xfe, 0])),
        ("number", Box::new(5)),
        ("missing", Box::new(Null)),
        ("long", Box::new("x".repeat(200_000))),
        ("hostile", Box::new("\u{1b}]52;c;x\u{7}\u{202e}")),
    ];
    for (n, (name, content)) in contents.iter().enumerate() {
        conn.execute(
            "INSERT INTO messages (id, session_id, role, content_json, created_timestamp, metadata_json) VALUES (?1, 's', ?2, ?3, ?4, 'odd')",
            params![n as i64, name, content, NOW + n as i64],
        )
        .unwrap();
    }
    let page = place.open().page(Anchor::Start, 99).unwrap();
    assert_eq!(page.messages.len(), contents.len());
    for message in &page.messages {
        assert!(message.fault.is_some(), "{message:?}");
        for part in &message.parts {
            if let Part::Raw { json, .. } = part {
                assert!(json.len() <= (64 << 10) + 9);
                assert!(!json.chars().any(|c| c != '\n' && goosetop::domain::text::is_hostile(c)));
            }
        }
    }
}

#[test]
fn large_rows_are_read_on_demand() {
    let (place, conn) = Place::new(Build::Fresh(16));
    store::message(&conn, "s", "user", &"x".repeat(2 << 20), NOW);
    let sql = "INSERT INTO messages (session_id, role, content_json, created_timestamp) VALUES ('s', 'user', zeroblob(20000000), ?1)";
    conn.execute(sql, [NOW + 1]).unwrap();
    let mut transcript = place.open();
    let page = transcript.page(Anchor::End, 9).unwrap();
    assert!(page.messages.iter().all(|m| matches!(m.parts[..], [Part::Oversized { .. }])));
    let whole =
        |n: usize, t: &mut dyn goosetop::domain::transcript::Transcript| t.whole(page.messages[n].place);
    assert!(matches!(&whole(0, &mut *transcript).unwrap().parts[..], [Part::Text(t)] if t.len() == 2 << 20));
    assert_eq!(whole(1, &mut *transcript).unwrap().parts, [Part::Oversized { bytes: 20_000_000 }]);
    conn.execute("DELETE FROM messages", []).unwrap();
    assert_eq!(whole(0, &mut *transcript), Err(ReadError::NoMessage));
}

#[test]
fn a_page_holds_no_more_than_its_share() {
    let (place, conn) = Place::new(Build::Fresh(16));
    for n in 0..30 {
        store::message(&conn, "s", "user", &"x".repeat(900_000), NOW + n);
    }
    let page = place.open().page(Anchor::End, 30).unwrap();
    assert!(page.messages.len() < 12 && page.more_before && !page.more_after);
    assert_eq!(page.messages.last().unwrap().place.at, NOW + 29);
}

#[test]
fn what_cannot_be_opened_says_so() {
    let (place, conn) = Place::new(Build::Fresh(16));
    let open = |id: &str| transcript::open(&place.db, &SessionId::new(id)).map(|_| ());
    assert_eq!(open("none"), Err(ReadError::NoSession("none".into())));
    for path in ["../x", "/etc/passwd", "", ".."] {
        assert_eq!(open(path), Err(ReadError::NoSession(path.into())));
    }
    let mut transcript = place.open();
    assert_eq!(transcript.page(Anchor::End, 5).unwrap().messages, []);
    assert_eq!(transcript.extent().unwrap().messages, 0);
    conn.execute("DELETE FROM sessions", []).unwrap();
    assert!(matches!(transcript.page(Anchor::End, 5), Err(ReadError::NoSession(_))));
    let path = place.dir.path().join("no.db");
    let missing = transcript::open(&path, &SessionId::new("s")).map(|_| ());
    assert!(matches!(missing, Err(ReadError::Store(why)) if why.contains("no goose database")));
}
