//! No bytes in a store act on a terminal or a browser: from the row to the cells of the screen and to every
//! form of text.

#![expect(clippy::unwrap_used, reason = "a lock or a thread that is gone is a failed test")]
#![expect(dead_code, reason = "the samples serve other tests too")]

#[path = "support/conversation.rs"]
mod conversation;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/sample_board.rs"]
mod sample_board;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/store.rs"]
mod store;

use std::{path::PathBuf, sync::atomic::AtomicBool};

use conversation::Reading;
use goosetop::{
    domain::{
        session::SessionId,
        text::is_hostile,
        transcript::{Anchor, Message, Part, Wanted},
    },
    render::{Amount, Story, html, markdown, plain},
    sources::{search, transcript},
    wire::{HitDto, MessageDto},
};
use proptest::prelude::*;
use rusqlite::Connection;
use sample_board::key;
use store::Build;

const ID: &str = "20261120_7";
const BEGIN: i64 = 1_795_181_525;

struct Place {
    db: PathBuf,
    _dir: tempfile::TempDir,
}

impl Place {
    fn new() -> (Self, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("sessions.db");
        let conn = store::create(&db, Build::Fresh(16));
        store::session(&conn, ID, "one", "/", "2026-11-20 13:32:05");
        (Self { db, _dir: dir }, conn)
    }

    fn read(&self) -> Vec<Message> {
        let mut reader = transcript::open(&self.db, &SessionId::new(ID)).unwrap();
        let (mut messages, mut from) = (Vec::new(), Anchor::Start);
        loop {
            let page = reader.page(from, 50).unwrap().messages;
            let Some(last) = page.last() else { return messages };
            from = Anchor::After(last.place);
            messages.extend(page);
        }
    }

    /// The conversation on the screen.
    fn on_screen(&self, width: u16, height: u16) -> Reading {
        let db = self.db.clone();
        let opener = Box::new(move |_: &_| transcript::open(&db, &SessionId::new(ID)));
        let mut reading = Reading::through(screen::app(), opener);
        screen::text(&mut reading.app, width, height);
        reading.open(key(ID), None);
        screen::text(&mut reading.app, width, height);
        reading
    }
}

/// The first character of a cell that acts on a terminal.
fn bad_cell(reading: &mut Reading, width: u16, height: u16) -> Option<char> {
    let buffer = screen::buffer(&mut reading.app, width, height);
    buffer.content.iter().flat_map(|cell| cell.symbol().chars()).find(|c| is_hostile(*c))
}

/// The first character of a text that does.
fn bad(words: &str) -> Option<char> {
    words.chars().find(|c| !matches!(c, '\n' | '\t') && is_hostile(*c))
}

/// Every form that text can take.
fn forms(messages: &[Message]) -> Vec<(&'static str, String)> {
    let mut story = Story::new(true);
    let mut entries: Vec<_> = messages.iter().flat_map(|m| story.push(m.clone())).collect();
    entries.extend(story.flush());
    let plain = |amount: Amount| -> String {
        entries.iter().map(|e| plain::text(&plain::entry(e, amount))).collect()
    };
    let full = Amount { full: true, ascii: false };
    vec![
        ("short", plain(Amount::default())),
        ("full", plain(full)),
        ("markdown", entries.iter().map(|e| markdown::entry(e, full)).collect()),
        ("html", entries.iter().map(html::entry).collect()),
        ("json", messages.iter().map(|m| serde_json::to_string(&MessageDto::from(m)).unwrap()).collect()),
    ]
}

#[test]
fn the_reader_shows_a_hostile_conversation_without_harm() {
    let (place, conn) = Place::new();
    hostile::fill(&conn, ID, BEGIN);
    let rows: i64 = conn.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    for (width, height) in [(80, 24), (200, 60), (3, 2)] {
        let mut reading = place.on_screen(width, height);
        assert_eq!(reading.app.reader().unwrap().extent().messages, rows as u64);
        // All unfolded, from the end to the beginning; what is large is read where the cursor meets it.
        reading.press("H Z");
        for _ in 0..150 {
            reading.press("k");
            assert_eq!(bad_cell(&mut reading, width, height), None, "{width}x{height}");
        }
        for _ in 0..25 {
            reading.press("u enter");
            assert_eq!(bad_cell(&mut reading, width, height), None, "{width}x{height}");
        }
        reading.press("g");
        assert_eq!(bad_cell(&mut reading, width, height), None);
        reading.press("/");
        reading.type_in("needle");
        reading.press("enter");
        for _ in 0..20 {
            reading.press("n");
            assert_eq!(bad_cell(&mut reading, width, height), None);
        }
    }
    // The line of five megabytes is one of them.
    assert!(place.read().iter().any(|m| matches!(m.parts[..], [Part::Oversized { .. }])));
}

#[test]
fn every_form_of_a_hostile_conversation_is_clean() {
    let (place, conn) = Place::new();
    hostile::fill(&conn, ID, BEGIN);
    for (form, words) in forms(&place.read()) {
        assert_eq!(bad(&words), None, "{form}");
    }
}

/// Bytes with what is dangerous in them more often than chance has it.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let dangerous = prop::sample::select(vec![
        "\u{1b}",
        "\u{1b}]52;c;eA==\u{7}",
        "\u{9b}2J",
        "\u{9d}0;x\u{9c}",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{e0041}",
        "\u{0}",
        "\r",
        "\n",
        "\t",
        "\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "&#x1b;",
        "\\u001b",
        "\\u009b",
        "\"",
        "\\",
        "<b>",
        "```\n",
        "](",
        "|",
        "words ",
        "漢",
    ]);
    let piece = prop_oneof![
        4 => dangerous.prop_map(|words| words.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_in_a_store_act_on_a_terminal(bytes in bytes(), keys in prop::sample::select(vec!["H Z G", "H Z g", "g"])) {
        let (place, conn) = Place::new();
        let words = String::from_utf8_lossy(&bytes).into_owned();
        let blocks = hostile::blocks(&words).to_string();
        store::content_row(&conn, ID, "user", &blocks, BEGIN);
        let row = store::content_row(&conn, ID, "assistant", &blocks, BEGIN + 1);
        conn.execute("UPDATE messages SET metadata_json = ?2 WHERE id = ?1", (row, hostile::metadata(&words).to_string())).unwrap();
        store::content_row(&conn, ID, &words, &blocks, BEGIN + 2);
        // As they are, and where a string of JSON should be.
        hostile::bytes_row(&conn, ID, &bytes, BEGIN + 3);
        let quoted = [&b"[{\"type\":\"text\",\"text\":\""[..], &bytes, b"\"}]"].concat();
        hostile::bytes_row(&conn, ID, &quoted, BEGIN + 4);
        store::set(&conn, ID, "name", &words);

        let messages = place.read();
        prop_assert_eq!(messages.len(), 5);
        for (form, words) in forms(&messages) {
            prop_assert_eq!(bad(&words), None, "{}", form);
        }
        let mut reading = place.on_screen(90, 40);
        reading.press(keys);
        prop_assert_eq!(bad_cell(&mut reading, 90, 40), None);

        let wanted = Wanted { words: "words".into(), ..Wanted::default() };
        let mut hits = Vec::new();
        search::run(&place.db, &wanted, &AtomicBool::new(false), &mut |event| {
            if let search::Event::Hit(hit) = event {
                hits.push(serde_json::to_string(&HitDto::new(&hit, None)).unwrap() + &hit.excerpt);
            }
        }).unwrap();
        prop_assert_eq!(bad(&hits.concat()), None);
        prop_assert_eq!(hits.is_empty(), !words.contains("words"));
    }
}
