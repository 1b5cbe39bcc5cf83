//! Pages put together are the whole, whatever the times say and wherever one begins.

use goosetop::domain::transcript::{Anchor, Message, Place as Spot, Transcript};
use proptest::prelude::*;
use rusqlite::params;

use crate::{
    NOW, Place,
    store::{self, Build},
};

/// A time as some row might have it: seconds, milliseconds, neither.
#[derive(Clone, Debug)]
enum Time {
    Number(i64),
    Real(f64),
    Words,
    Nothing,
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        8 => (0i64..6).prop_map(|n| Time::Number(NOW + n)),
        4 => (0i64..6_000).prop_map(|n| Time::Number(NOW * 1_000 + n)),
        1 => any::<i64>().prop_map(Time::Number),
        1 => (-2i64..2).prop_map(Time::Number),
        1 => (0f64..6.0).prop_map(|n| Time::Real(NOW as f64 + n)),
        1 => any::<f64>().prop_map(Time::Real),
        1 => Just(Time::Words),
        1 => Just(Time::Nothing),
    ]
}

fn fill(build: Build, times: &[Time]) -> Place {
    let (place, conn) = Place::new(build);
    // Without its constraint the column takes anything.
    conn.execute_batch(
        "ALTER TABLE messages RENAME TO old; CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, \
         role TEXT, content_json TEXT, created_timestamp INTEGER, timestamp TIMESTAMP, metadata_json TEXT);",
    )
    .unwrap();
    if build.version() >= 16 {
        conn.execute_batch(
            "DROP INDEX idx_messages_session_created; CREATE INDEX idx_messages_session_created ON \
             messages(session_id, created_timestamp, id)",
        )
        .unwrap();
    }
    let sql = "INSERT INTO messages (session_id, role, content_json, created_timestamp) VALUES (?1, 'user', '[]', ?2)";
    for time in times {
        for session in ["s", "other"] {
            match time {
                Time::Number(n) => conn.execute(sql, params![session, n]),
                Time::Real(n) => conn.execute(sql, params![session, n]),
                Time::Words => conn.execute(sql, params![session, "yesterday"]),
                Time::Nothing => conn.execute(sql, params![session, rusqlite::types::Null]),
            }
            .unwrap();
        }
    }
    place
}

fn places(messages: &[Message]) -> Vec<Spot> {
    messages.iter().map(|m| m.place).collect()
}

/// Everything from an end, page by page.
fn walked(transcript: &mut dyn Transcript, limit: usize, back: bool) -> Vec<Spot> {
    let mut all: Vec<Spot> = Vec::new();
    let mut anchor = if back { Anchor::End } else { Anchor::Start };
    loop {
        let page = transcript.page(anchor, limit).unwrap();
        let found = places(&page.messages);
        assert!(found.len() <= limit);
        if back {
            assert_eq!(page.more_after, !all.is_empty());
            all.splice(0..0, found.iter().copied());
        } else {
            assert_eq!(page.more_before, !all.is_empty());
            all.extend(&found);
        }
        let more = if back { page.more_before } else { page.more_after };
        if !more {
            return all;
        }
        anchor = if back { Anchor::Before(found[0]) } else { Anchor::After(*found.last().unwrap()) };
    }
}

fn check(transcript: &mut dyn Transcript, count: usize, limit: usize, sorted: bool) {
    let all = places(&transcript.page(Anchor::Start, 1_000).unwrap().messages);
    assert_eq!(all.len(), count);
    if sorted {
        assert!(all.is_sorted());
    }
    assert_eq!(walked(transcript, limit, true), all);
    assert_eq!(walked(transcript, limit, false), all);
    let extent = transcript.extent().unwrap();
    assert_eq!((extent.first, extent.last), (all.first().copied(), all.last().copied()));
    for (n, place) in all.iter().enumerate() {
        let around = transcript.page(Anchor::Around(*place), limit).unwrap();
        let found = places(&around.messages);
        let start = all.iter().position(|p| *p == found[0]).unwrap();
        assert_eq!(found, all[start..start + found.len()]);
        assert!(found.contains(place) && found.len() == limit.min(count));
        assert_eq!((around.more_before, around.more_after), (start > 0, start + found.len() < count));
        let before = places(&transcript.page(Anchor::Before(*place), limit).unwrap().messages);
        assert_eq!(before, all[n.saturating_sub(limit)..n]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_make_the_whole(times in proptest::collection::vec(time(), 1..40), limit in 1usize..9) {
        for build in [Build::Fresh(16), Build::Fresh(1)] {
            let place = fill(build, &times);
            check(&mut *place.open(), times.len(), limit, true);
        }
    }
}

#[test]
fn a_long_conversation_without_an_index() {
    let (place, mut conn) = Place::new(Build::Fresh(3));
    let tx = conn.transaction().unwrap();
    for n in 0..5_200i64 {
        // A little out of order, as rounds are.
        store::message(&tx, "s", "user", "x", NOW + n / 2 + (n % 3));
    }
    tx.commit().unwrap();
    let mut transcript = place.open();
    let mut all = walked(&mut *transcript, 700, true);
    assert_eq!(walked(&mut *transcript, 699, false), all);
    assert!(all.is_sorted_by_key(|p| p.row));
    all.dedup();
    assert_eq!(all.len(), 5_200);
    assert_eq!(transcript.extent().unwrap().last, all.last().copied());
}

#[test]
fn a_legacy_file() {
    let (place, conn) = Place::new(Build::Fresh(16));
    conn.execute("DELETE FROM sessions", []).unwrap();
    let mut lines = vec![r#"{"working_dir":"/","description":"d"}"#.to_owned(), String::new()];
    lines.extend((0..30).map(|n| {
        format!(r#"{{"role":"user","created":{},"content":[{{"type":"text","text":"word {n}"}}]}}"#, NOW - n)
    }));
    let file = place.dir.path().join("s.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let mut transcript = place.open();
    check(&mut *transcript, 30, 7, false);
    lines.truncate(12);
    lines.push("{\"role\":\"user\",".into());
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let page = transcript.page(Anchor::End, 50).unwrap();
    assert_eq!(page.messages.len(), 11);
    assert!(page.messages[10].fault.is_some());
    // The first form had no metadata line.
    std::fs::write(&file, lines[2..5].join("\n")).unwrap();
    assert_eq!(transcript.extent().unwrap().messages, 3);
}

#[test]
fn rewriting_between_two_pages_is_no_fault() {
    let (place, conn) = Place::new(Build::Fresh(16));
    for n in 0..60 {
        store::message(&conn, "s", "user", &format!("word {n}"), NOW + n);
    }
    let mut transcript = place.open();
    let mut page = transcript.page(Anchor::End, 10).unwrap();
    for round in 0..20 {
        // goose's replace_conversation: the same times, other rows, fewer of them.
        conn.execute_batch("BEGIN IMMEDIATE; DELETE FROM messages WHERE session_id = 's'").unwrap();
        for n in 0..60 - round * 3 {
            store::message(&conn, "s", "user", &format!("word {n}"), NOW + n);
        }
        conn.execute_batch("COMMIT").unwrap();
        let first = page.messages[0].place;
        let before = transcript.page(Anchor::Before(first), 10).unwrap();
        assert!(before.messages.iter().all(|m| m.place < first));
        assert!(places(&before.messages).is_sorted());
        page = transcript.page(if round % 2 == 0 { Anchor::End } else { Anchor::Around(first) }, 10).unwrap();
        assert!(!page.messages.is_empty());
    }
}
