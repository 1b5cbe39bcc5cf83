//! The search finds what a plain reading of every message finds, in the order of storing, and nothing
//! else.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use goosetop::{
    domain::{
        session::{Role, SessionId},
        text,
        transcript::{Anchor, Hit, Printed, ReadError, Searched, Wanted},
    },
    sources::search::{self, Event, Matcher, Store},
};
use proptest::prelude::*;
use regex::RegexBuilder;
use serde_json::{Value, json};

use crate::{
    NOW, Place,
    store::{self, Build},
};

fn wanted(words: &str) -> Wanted {
    Wanted { words: words.into(), ..Wanted::default() }
}

fn hits(place: &Place, wanted: &Wanted) -> (Vec<Hit>, Searched) {
    let mut hits = Vec::new();
    let mut told = Searched::default();
    let done = search::run(&place.db, wanted, &AtomicBool::new(false), &mut |event| match event {
        Event::Hit(hit) => hits.push(hit),
        Event::Progress(progress) => told = progress,
    })
    .unwrap();
    assert_eq!(told, done);
    assert_eq!(done.hits, hits.len() as u64);
    for hit in &hits {
        assert!(hit.excerpt.is_char_boundary(hit.fits.start) && hit.excerpt.is_char_boundary(hit.fits.end));
        assert!(!hit.excerpt.chars().any(goosetop::domain::text::is_hostile));
    }
    (hits, done)
}

fn rows(place: &Place, wanted: &Wanted) -> Vec<i64> {
    hits(place, wanted).0.iter().map(|hit| hit.place.row).collect()
}

/// Text with what JSON escapes, colours, and letters of two cases.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-cA-C]{1,3}",
        2 => r#"[ "/\\\t\n\r]"#,
        1 => Just("\r\n".to_owned()),
        1 => "[éÉßſKİ日🦆]",
        1 => Just("\u{1b}[1m".to_owned()),
        1 => "[\u{0}-\u{1f}\u{7f}\u{9b}\u{202e}]",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// JSON of a text, with every character that is no ASCII escaped: other writers do that.
fn ascii_only(content: &Value) -> String {
    let mut out = String::new();
    for c in content.to_string().chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_finds_what_plain_reading_finds(
        texts in proptest::collection::vec((words(), any::<bool>(), any::<bool>()), 1..25),
        pick in any::<(prop::sample::Index, prop::sample::Index, prop::sample::Index)>(),
        other in words(),
    ) {
        let (place, conn) = Place::new(Build::Fresh(16));
        for (n, (text, printed, ascii)) in texts.iter().enumerate() {
            let block = if *printed {
                json!([{ "type": "toolResponse", "id": "t", "toolResult": { "status": "success", "value": [{ "type": "text", "text": text }] } }])
            } else {
                json!([{ "type": "text", "text": text }])
            };
            let content = if *ascii { ascii_only(&block) } else { block.to_string() };
            store::content_row(&conn, "s", "user", &content, NOW + n as i64);
        }
        // Part of one of the texts, and something else.
        let whole: Vec<char> = texts[pick.0.index(texts.len())].0.chars().collect();
        let (a, b) = (pick.1.index(whole.len() + 1), pick.2.index(whole.len() + 1));
        let part: String = whole[a.min(b)..a.max(b)].iter().collect();
        for needle in [part, other] {
            let words = regex::escape(&text::block(&needle));
            let naive = RegexBuilder::new(&words.replace([' ', '\t', '\n'], "[ \t\n]"))
                .case_insensitive(true)
                .build()
                .unwrap();
            let shown = |words: &str, printed: bool| {
                if printed { Printed::new(words).plain() } else { text::block(words).into_owned() }
            };
            let mut expected: Vec<i64> = (1..).zip(&texts)
                .filter(|(_, (text, printed, _))| naive.is_match(&shown(text, *printed)))
                .map(|(row, _)| row)
                .collect();
            let matcher = Matcher::new(&needle, false).unwrap();
            let inside: Vec<i64> = search::all_in(&mut *place.open(), &matcher, &AtomicBool::new(false))
                .unwrap().iter().map(|p| p.row).collect();
            prop_assert_eq!(&inside, &expected, "in one conversation: {:?}", needle);
            expected.reverse();
            prop_assert_eq!(rows(&place, &wanted(&needle)), expected, "everywhere: {:?}", needle);
        }
    }
}

/// A block of every kind that can be searched, around a text.
fn block(kind: u8, text: &str) -> Value {
    match kind {
        0 => json!([{ "type": "text", "text": text }]),
        1 => {
            json!([{ "type": "toolResponse", "id": "t", "toolResult": { "status": "success", "value": [{ "type": "text", "text": text }] } }])
        }
        2 => {
            json!([{ "type": "toolRequest", "id": "t", "toolCall": { "status": "success", "value": { "name": text, "arguments": { text: [text, 17] } } } }])
        }
        3 => json!([{ "type": "toolRequest", "id": "t", "toolCall": { "status": "error", "error": text } }]),
        4 => {
            json!([{ "type": "toolConfirmationRequest", "id": "t", "toolName": text, "arguments": { text: 1 }, "prompt": text }])
        }
        5 => {
            json!([{ "type": "actionRequired", "data": { "actionType": "elicitationResponse", "user_data": { text: text } } }])
        }
        6 => json!([{ "type": text, "a": { text: ["b", { "c": text }] } }]),
        7 => {
            json!([{ "type": "toolResponse", "id": "t", "toolResult": { "status": "success", "value": { "content": [{ "type": "audio", "mimeType": text, "data": "QUJD" }] } } }])
        }
        8 => {
            json!([{ "type": "toolResponse", "id": "t", "toolResult": { "status": "success", "value": { "content": [], "structuredContent": { text: text } } } }])
        }
        10 => {
            json!([{ "type": "toolResponse", "id": "t", "toolResult": { "status": "success", "value": { "content": [{ "type": "text", "text": text }], "isError": false } } }])
        }
        9 => json!([{ "type": "thinking", "thinking": text }, { "type": "text", "text": text }]),
        _ => json!(text),
    }
}

/// Patterns, and what may be read out of every kind of block.
fn patterns() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => words().prop_map(|words| regex::escape(&words)),
        2 => "[a-cA-C]{1,2}",
        1 => Just(" [(](shell|a|b)".to_owned()),
        1 => prop_oneof![Just("unknown"), Just("names no tool"), Just("answered"), Just("\"bytes\":3")].prop_map(regex::escape),
        1 => "[{}\\[\\]:,\"]{1,3}".prop_map(|signs| regex::escape(&signs)),
    ];
    let piece = (piece, prop_oneof![4 => Just(""), 1 => Just("?"), 1 => Just("+"), 1 => Just("{2}")]);
    let piece = piece.prop_map(|(piece, times)| format!("(?:{piece}){times}"));
    let run = proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat());
    let flag = prop_oneof![6 => Just(""), 1 => Just("(?-i)"), 1 => Just("^"), 1 => Just("(?i-u:b)")];
    (flag, proptest::collection::vec(run, 1..3))
        .prop_map(|(flag, runs)| format!("{flag}(?:{})", runs.join("|")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What the cheap tests pass by, reading would not have found.
    #[test]
    fn no_hit_is_lost_to_a_test_on_stored_bytes(
        rows in proptest::collection::vec((words(), 0..12_u8, any::<bool>(), any::<bool>()), 1..30),
        patterns in proptest::collection::vec(patterns(), 1..6),
        pick in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let (place, conn) = Place::new(Build::Fresh(16));
        for (n, (text, kind, ascii, pretty)) in rows.iter().enumerate() {
            let content = match (ascii, pretty) {
                (true, _) => ascii_only(&block(*kind, text)),
                (_, true) => serde_json::to_string_pretty(&block(*kind, text)).unwrap(),
                _ => block(*kind, text).to_string(),
            };
            store::content_row(&conn, "s", "user", &content, NOW + n as i64);
        }
        let messages = place.open().page(Anchor::Start, 100).unwrap().messages;
        // What one of them says, in part.
        let mut said = Vec::new();
        for part in messages.iter().flat_map(|m| &m.parts) {
            goosetop::domain::find::any_text(part, &mut |text| { said.push(text.to_owned()); false });
        }
        let part = said.get(pick.0.index(said.len().max(1))).map(|text| {
            let from = pick.1.index(text.chars().count() + 1);
            text.chars().skip(from).take(7).collect::<String>()
        });
        let part = part.filter(|part| !part.is_empty()).map(|part| regex::escape(&part));
        for words in patterns.into_iter().chain(part) {
            let wanted = Wanted { regex: true, ..wanted(&words) };
            let finder = goosetop::domain::find::Finder::new(&wanted).unwrap();
            let naive: Vec<i64> =
                messages.iter().rev().filter(|m| finder.fits(m)).map(|m| m.place.row).collect();
            prop_assert_eq!(self::rows(&place, &wanted), naive, "{:?}", words);
        }
    }
}

#[test]
fn hits_beyond_the_number_wanted_are_counted() {
    let (place, mut conn) = Place::new(Build::Fresh(16));
    let tx = conn.transaction().unwrap();
    for n in 0..3_000 {
        let content = block(u8::from(n % 3 == 0), "a needle");
        store::content_row(&tx, "s", "user", &content.to_string(), NOW + n);
    }
    tx.commit().unwrap();
    for most in [0, 1, 700, 2_999, 3_000, 9_000] {
        let mut told = Vec::new();
        let wanted = Wanted { most: Some(most), ..wanted("needle") };
        let done = search::run(&place.db, &wanted, &AtomicBool::new(false), &mut |event| {
            if let Event::Hit(hit) = event {
                told.push(hit.place.row);
            }
        });
        assert_eq!(done.unwrap().hits, 3_000);
        assert_eq!(told, (1..=3_000).rev().take(most).collect::<Vec<i64>>());
    }
}

#[test]
fn several_stores_are_merged_by_time() {
    let (one, conn) = Place::new(Build::Fresh(16));
    let (two, other) = Place::new(Build::Fresh(16));
    let (empty, _conn) = Place::new(Build::Fresh(16));
    for n in 0..3_000_i64 {
        // Nothing to be found for a long time in one of them, then a few in a row there.
        let words = if n % 5 == 0 && n < 2_000 { "needle" } else { "hay" };
        store::message(if n % 2 == 0 { &conn } else { &other }, "s", "user", words, NOW + n);
    }
    let missing = one.dir.path().join("none.db");
    let store = |path| Store { path, legacy: true };
    let stores = [store(one.db.as_path()), store(&two.db), store(&missing), store(&empty.db)];
    for most in [None, Some(10)] {
        let wanted = Wanted { most, ..wanted("needle") };
        let (mut told, mut last) = (Vec::new(), Searched::default());
        let done =
            search::run_all(&stores, &wanted, &AtomicBool::new(false), &mut |place, event| match event {
                Event::Hit(hit) => told.push((place, hit.place.at - NOW)),
                Event::Progress(progress) => last = progress,
            })
            .unwrap();
        let expected: Vec<_> =
            (0..2_000).rev().filter(|n| n % 5 == 0).map(|n| (usize::from(n % 2 != 0), n)).collect();
        assert_eq!(told, expected[..most.unwrap_or(400)]);
        assert_eq!((last.messages, last.of, last.hits), (3_000, 3_000, 400));
        assert!(matches!(done[..], [Ok(_), Ok(_), Err(ReadError::Store(_)), Ok(_)]), "{done:?}");
    }
    let cancel = AtomicBool::new(false);
    let stopped = search::run_all(&stores[..2], &wanted("needle"), &cancel, &mut |_, _| {
        cancel.store(true, Ordering::Relaxed);
    });
    assert_eq!(stopped, Ok(vec![Err(ReadError::Cancelled); 2]));
    assert!(search::run_all(&[], &wanted("x"), &cancel, &mut |_, _| ()).unwrap().is_empty());
}

/// A round of a conversation: a request, its response, an answer.
fn round(conn: &rusqlite::Connection, n: i64, tool: &str) {
    let request = json!([{ "type": "toolRequest", "id": format!("c{n}"), "toolCall": { "status": "success", "value": { "name": tool, "arguments": { "command": "grep needle", "port": 8_080 } } } }]);
    let response = json!([{ "type": "toolResponse", "id": format!("c{n}"), "toolResult": { "status": "success", "value": { "content": [{ "type": "text", "text": "\u{1b}[31mneed\u{1b}[0mle in hay" }] } } }]);
    store::content_row(conn, "s", "assistant", &request.to_string(), NOW + n);
    store::content_row(conn, "s", "user", &response.to_string(), NOW + n + 1);
    store::message(conn, "s", "assistant", "no Needle \"here\"", NOW + n + 2);
}

#[test]
fn filters() {
    let (place, conn) = Place::new(Build::Fresh(16));
    round(&conn, 0, "developer__shell");
    round(&conn, 100, "memory__recall");
    assert_eq!(rows(&place, &wanted("NEEDLE")), [6, 5, 4, 3, 2, 1]);
    assert_eq!(rows(&place, &wanted("8080")), [4, 1]);
    assert_eq!(rows(&place, &wanted("needle \"h")), [6, 3]);
    store::message(&conn, "s", "user", "my needle", NOW - 10);
    let with = |edit: &dyn Fn(&mut Wanted)| {
        let mut wanted = wanted("needle");
        edit(&mut wanted);
        rows(&place, &wanted)
    };
    assert_eq!(with(&|w| w.role = Some(Role::User)), [7], "nobody said what a tool printed");
    assert_eq!(with(&|w| w.role = Some(Role::Assistant)), [6, 4, 3, 1]);
    assert_eq!(with(&|w| (w.role, w.tool) = (Some(Role::User), Some("shell".into()))), [2]);
    let named = hits(&place, &wanted("needle")).0;
    let named: Vec<_> = named.iter().map(|hit| (hit.place.row, hit.speaker())).collect();
    assert_eq!(
        named[..4],
        [(7, "user".into()), (6, "assistant".into()), (5, "tool".into()), (4, "tool".into())]
    );
    assert_eq!(with(&|w| w.tool = Some("SHELL".into())), [2, 1]);
    assert_eq!(with(&|w| (w.tool, w.words) = (Some("recall".into()), String::new())), [5, 4]);
    assert_eq!(with(&|w| w.since = chrono::DateTime::from_timestamp(NOW + 100, 0)), [6, 5, 4]);
    let pattern = |words: &str| with(&|w| (w.regex, w.words) = (true, words.into()));
    assert_eq!(pattern("^needle .. hay$"), [5, 2]);
    assert_eq!(pattern("(?-i)Needle"), [6, 3]);
    let bad =
        search::run(&place.db, &Wanted { regex: true, ..wanted("(") }, &AtomicBool::new(false), &mut |_| ());
    assert!(matches!(bad, Err(ReadError::Pattern(_))));
}

#[test]
fn many_rows_come_newest_first_and_can_be_stopped() {
    let (place, mut conn) = Place::new(Build::Fresh(16));
    let tx = conn.transaction().unwrap();
    for n in 0..20_000 {
        store::message(&tx, "s", "user", if n % 7 == 0 { "lucky" } else { "plain" }, NOW + n);
    }
    tx.commit().unwrap();
    let (found, done) = hits(&place, &wanted("lucky"));
    assert!(found.is_sorted_by(|a, b| a.place.row > b.place.row));
    assert_eq!((found.len(), done.messages, done.of), (2_858, 20_000, 20_000));
    let cancel = AtomicBool::new(false);
    let mut told = 0;
    let stopped = search::run(&place.db, &wanted("lucky"), &cancel, &mut |event| {
        told += usize::from(matches!(event, Event::Hit(_)));
        cancel.store(true, Ordering::Relaxed);
    });
    assert_eq!(stopped, Err(ReadError::Cancelled));
    assert!(told < 2_858);
    let mut transcript = place.open();
    let matcher = Matcher::new("lucky", false).unwrap();
    assert_eq!(search::count_in(&mut *transcript, &matcher, &cancel), Err(ReadError::Cancelled));
    cancel.store(false, Ordering::Relaxed);
    assert_eq!(search::count_in(&mut *transcript, &matcher, &cancel), Ok(2_858));
    let last = transcript.extent().unwrap().last.unwrap();
    let up = search::find_in(&mut *transcript, &matcher, last, false, &cancel).unwrap().unwrap();
    assert_eq!((last.at, up.at), (NOW + 19_999, NOW + 19_992));
    let next = search::find_in(&mut *transcript, &matcher, up, false, &cancel).unwrap().unwrap();
    assert_eq!(search::find_in(&mut *transcript, &matcher, next, true, &cancel).unwrap(), Some(up));
    assert_eq!(search::find_in(&mut *transcript, &matcher, up, true, &cancel).unwrap(), Some(last));
    assert_eq!(search::find_in(&mut *transcript, &matcher, last, true, &cancel).unwrap(), None);
}

#[test]
fn ids_with_gaps() {
    let (place, conn) = Place::new(Build::Fresh(16));
    for row in [i64::MIN, -5, 0, 7, 1 << 40, i64::MAX] {
        let sql = "INSERT INTO messages (id, session_id, role, content_json, created_timestamp) VALUES (?1, 's', 'user', '\"needle\"', 1)";
        conn.execute(sql, [row]).unwrap();
    }
    assert_eq!(rows(&place, &wanted("needle")), [i64::MAX, 1 << 40, 7, 0, -5, i64::MIN]);
}

#[test]
fn a_store_of_another_encoding() {
    let (mut place, _conn) = Place::new(Build::Fresh(16));
    place.db = place.dir.path().join("wide.db");
    let conn = rusqlite::Connection::open(&place.db).unwrap();
    conn.execute_batch("PRAGMA encoding = 'UTF-16'").unwrap();
    store::schema(&conn, Build::Fresh(16));
    store::session(&conn, "s", "one", "/", "2025-12-31 23:00:00");
    for (n, text) in ["a needle", "nothing", "é \"needle\""].iter().enumerate() {
        store::message(&conn, "s", "user", text, NOW + n as i64);
    }
    let encoding: String = conn.query_row("PRAGMA encoding", [], |row| row.get(0)).unwrap();
    assert!(encoding.starts_with("UTF-16"), "{encoding}");
    assert_eq!(rows(&place, &wanted("needle")), [3, 1]);
}

#[test]
fn threads_and_legacy_files_are_searched_too() {
    let (place, conn) = Place::new(Build::Migrated(11));
    conn.execute_batch(
        "INSERT INTO threads (id) VALUES ('t'); UPDATE sessions SET thread_id = 't';
         INSERT INTO thread_messages (thread_id, role, content_json, created_timestamp)
         VALUES ('t', 'user', '[{\"type\":\"text\",\"text\":\"needle\"}]', 20);",
    )
    .unwrap();
    let lines: Vec<String> = [
        json!({ "working_dir": "/", "description": "needle" }),
        json!({ "role": "assistant", "created": 1, "content": [{ "type": "toolRequest", "id": "c", "toolCall": { "status": "success", "value": { "name": "shell", "arguments": {} } } }] }),
        json!({ "role": "user", "created": 2, "content": [{ "type": "toolResponse", "id": "c", "toolResult": { "status": "success", "value": [{ "type": "text", "text": "needle" }] } }] }),
        json!({ "role": "user", "created": 3, "content": [{ "type": "text", "text": "a needle" }] }),
    ]
    .iter()
    .map(Value::to_string)
    .collect();
    let legacy = |name: &str| std::fs::write(place.dir.path().join(name), lines.join("\n")).unwrap();
    legacy("old.jsonl");
    legacy("s.jsonl");
    let found: Vec<_> =
        hits(&place, &wanted("needle")).0.iter().map(|h| (h.session.to_string(), h.place.row)).collect();
    let expected = [("s", 1), ("old", 2), ("old", 1)].map(|(id, row)| (id.to_owned(), row));
    assert_eq!(found, expected);
    let of_shell = Wanted { tool: Some("shell".into()), ..wanted("needle") };
    assert_eq!(rows(&place, &of_shell), [1]);
    let mut without = Vec::new();
    let stores = [Store { path: &place.db, legacy: false }];
    let cancel = AtomicBool::new(false);
    let done = search::run_all(&stores, &wanted("needle"), &cancel, &mut |_, event| {
        without.extend(matches!(event, Event::Hit(_)).then_some(()));
    });
    assert!(done.unwrap()[0].is_ok() && without.len() == 1, "the files are left alone");
    let open = |legacy| goosetop::sources::transcript::open_in(&place.db, &SessionId::new("old"), legacy);
    assert!(open(true).is_ok() && matches!(open(false).err(), Some(ReadError::NoSession(_))));
    // Without a database the files are all there is; without both there is nothing to search.
    std::fs::remove_file(place.dir.path().join("s.jsonl")).unwrap();
    let alone = Place { db: place.dir.path().join("none.db"), dir: place.dir };
    assert_eq!(rows(&alone, &wanted("needle")), [2, 1]);
    std::fs::remove_file(alone.dir.path().join("old.jsonl")).unwrap();
    let nothing = search::run(&alone.db, &wanted("x"), &AtomicBool::new(false), &mut |_| ());
    assert!(matches!(nothing, Err(ReadError::Store(_))));
}

#[test]
fn what_nobody_is_shown_is_found_when_asked_for() {
    let (place, conn) = Place::new(Build::Fresh(16));
    let metadata = [
        r#"{"userVisible":true,"agentVisible":true}"#,
        r#"{"userVisible":false,"agentVisible":true,"turnContext":{"a":1}}"#,
        // Compacted: people still see it.
        r#"{"userVisible":true,"agentVisible":false}"#,
        r#"{"userVisible":0}"#,
        r#"{"turn_context":true}"#,
        r#"{"turnC\u006fntext":true}"#,
        r#"{"userVisible": true, "turnContext": null}"#,
        "no JSON, false",
    ];
    for (n, json) in metadata.iter().enumerate() {
        let row = store::message(&conn, "s", "user", "the needle", (NOW + n as i64) * 1_000);
        conn.execute("UPDATE messages SET metadata_json = ?2 WHERE id = ?1", (row, json)).unwrap();
    }
    let line = |context: bool| {
        json!({ "role": "user", "created": NOW, "metadata": { "userVisible": !context, "turnContext": context },
            "content": [{ "type": "text", "text": "the needle" }] })
    };
    let lines = [json!({ "description": "x" }), line(true), line(false)].map(|line| line.to_string());
    std::fs::write(place.dir.path().join("old.jsonl"), lines.join("\n")).unwrap();
    for words in ["needle", "nee?dle"] {
        let shown = Wanted { regex: words.contains('?'), ..wanted(words) };
        assert_eq!(rows(&place, &shown), [8, 7, 3, 1, 1], "{words}");
        let counted = Wanted { most: Some(0), ..shown.clone() };
        let counted = search::run(&place.db, &counted, &AtomicBool::new(false), &mut |_| ()).unwrap();
        assert_eq!(counted.hits, 5, "{words}");
        let (all, _) = hits(&place, &Wanted { hidden: true, ..shown });
        let hidden: Vec<_> = all.iter().filter(|h| h.speaker() == "context").map(|h| h.place.row).collect();
        assert_eq!((all.len(), hidden), (10, vec![6, 5, 4, 2, 0]), "{words}");
    }
}

#[test]
fn hits_lead_to_their_place() {
    let (place, conn) = Place::new(Build::Fresh(16));
    for n in 0..50 {
        store::message(&conn, "s", "user", &format!("word {n}."), (NOW + n) * 1_000);
    }
    let hit = hits(&place, &wanted("word 17.")).0.remove(0);
    assert_eq!(&hit.excerpt[hit.fits.clone()], "word 17.");
    let page = place.open().page(Anchor::Around(hit.place), 5).unwrap();
    assert!(page.messages.iter().any(|m| m.place == hit.place));
}
