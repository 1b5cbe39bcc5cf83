use std::sync::{Arc, Mutex};

use super::*;
use crate::domain::session::{Role, SessionId};

fn message(row: i64, text: &str) -> Message {
    Message {
        place: Place { at: row, row },
        role: Role::User,
        created_at: None,
        stored_at: None,
        user_visible: true,
        agent_visible: true,
        turn_context: false,
        usage: None,
        parts: vec![crate::domain::transcript::Part::Text(text.into())],
        bytes: 1,
        fault: None,
    }
}

/// Rows 0 to `count`; says what was asked.
struct Fake {
    count: i64,
    asked: Arc<Mutex<Vec<Anchor>>>,
}

impl Transcript for Fake {
    fn extent(&mut self) -> Result<Extent, ReadError> {
        Ok(Extent { messages: self.count as u64, ..Extent::default() })
    }

    fn page(&mut self, anchor: Anchor, limit: usize) -> Result<Page, ReadError> {
        self.asked.lock().unwrap().push(anchor);
        let to = match anchor {
            Anchor::Before(place) => place.row,
            _ => self.count,
        };
        let from = (to - limit as i64).max(0);
        let messages = (from..to).map(|row| message(row, &format!("word {row}"))).collect();
        Ok(Page { messages, more_before: from > 0, more_after: to < self.count })
    }
}

fn reader(count: i64) -> (Reader, Arc<Mutex<Vec<Anchor>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let opener: Opener = Box::new(move |key| {
        if key.id.raw() == "gone" {
            return Err(ReadError::NoSession("gone".into()));
        }
        Ok(Box::new(Fake { count, asked: seen.clone() }))
    });
    (Reader::start(opener).unwrap(), asked)
}

fn ask(reader: &Reader, id: u64, session: &str, want: Want) {
    let key = SessionKey { store: 0, id: SessionId::new(session) };
    assert!(reader.ask(Request { key, id, want }));
}

fn told(reader: &mut Reader) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(reader.told()).unwrap()
}

#[test]
fn a_page_is_answered_under_its_own_name() {
    let (mut reader, _) = reader(9);
    ask(&reader, 7, "a", Want::Page { anchor: Anchor::End, limit: 3 });
    let answer = told(&mut reader);
    assert_eq!((answer.id, answer.key.id.raw()), (7, "a"));
    let Ok(Answer::Page { page, extent }) = answer.answer else { panic!("{answer:?}") };
    assert_eq!((page.messages.len(), extent.messages), (3, 9));
    ask(&reader, 8, "gone", Want::Survey);
    assert_eq!(told(&mut reader).answer, Err(ReadError::NoSession("gone".into())));
}

#[test]
fn a_survey_sees_every_message_once_and_from_the_end() {
    let (mut reader, _) = reader(1_000);
    ask(&reader, 1, "a", Want::Survey);
    let mut rows = Vec::new();
    loop {
        let Ok(Answer::Surveyed { beats, done }) = told(&mut reader).answer else { panic!() };
        rows.splice(0..0, beats.iter().map(|b| b.place.row));
        if done {
            break;
        }
    }
    assert_eq!(rows, (0..1_000).collect::<Vec<i64>>());
}

#[test]
fn a_search_finds_all_and_a_bad_pattern_is_said() {
    let (mut reader, _) = reader(600);
    let wanted = |words: &str| Wanted { words: words.into(), regex: true, ..Wanted::default() };
    ask(&reader, 1, "a", Want::Find { wanted: wanted("word [0-9]*00$"), hidden: false });
    let mut rows = Vec::new();
    loop {
        let Ok(Answer::Found { places, done, .. }) = told(&mut reader).answer else { panic!() };
        rows.splice(0..0, places.iter().map(|p| p.row));
        if done {
            break;
        }
    }
    assert_eq!(rows, [100, 200, 300, 400, 500]);
    ask(&reader, 2, "a", Want::Find { wanted: wanted("("), hidden: false });
    assert!(matches!(told(&mut reader).answer, Err(ReadError::Pattern(_))));
}

#[test]
fn another_conversation_ends_the_survey_of_the_one_before() {
    let (mut reader, asked) = reader(1_000_000_000);
    ask(&reader, 1, "a", Want::Survey);
    ask(&reader, 2, "b", Want::Page { anchor: Anchor::End, limit: 1 });
    while told(&mut reader).id != 2 {}
    let before = asked.lock().unwrap().len();
    ask(&reader, 3, "b", Want::Page { anchor: Anchor::End, limit: 1 });
    assert_eq!(told(&mut reader).id, 3);
    assert_eq!(asked.lock().unwrap().len(), before + 1);
}
