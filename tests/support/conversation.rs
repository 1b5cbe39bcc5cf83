//! A made-up conversation, a transcript that reads it, and an app that gets its answers.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use goosetop::{
    domain::{
        session::{Role, SessionKey},
        transcript::{
            Anchor, Extent, Message, Page, Part, Place, Printed, ReadError, Stretch, ToolContent, Transcript,
            Usage,
        },
    },
    engine::reader::{Answer, Opener, Reader, Told, Want},
    tui::{app::App, effect::Effect, event::Event, screen::Screen},
};
use ratatui::crossterm::event::KeyEvent;
use serde_json::{Value, json};

use crate::{sample_board::now, screen::key_event};

/// Messages that a test may change under the reader.
pub type Store = Arc<Mutex<Vec<Message>>>;

/// A message at so many seconds before now.
pub fn message(row: i64, ago: i64, role: Role, parts: Vec<Part>) -> Message {
    let at = now() - TimeDelta::seconds(ago);
    Message {
        place: Place { at: at.timestamp(), row },
        role,
        created_at: Some(at),
        stored_at: None,
        user_visible: true,
        agent_visible: true,
        turn_context: false,
        usage: None,
        parts,
        bytes: 200,
        fault: None,
    }
}

pub fn user(row: i64, ago: i64, text: &str) -> Message {
    message(row, ago, Role::User, vec![Part::Text(text.into())])
}

pub fn goose(row: i64, ago: i64, text: &str) -> Message {
    message(row, ago, Role::Assistant, vec![Part::Text(text.into())])
}

pub fn call(row: i64, ago: i64, id: &str, tool: &str, arguments: Value) -> Message {
    let request = Part::ToolRequest { id: id.into(), tool: tool.into(), arguments, invalid: None };
    message(row, ago, Role::Assistant, vec![request])
}

pub fn answer(row: i64, ago: i64, took: i64, id: &str, code: Option<i64>, output: &str) -> Message {
    let content = if output.is_empty() { vec![] } else { vec![ToolContent::Text(Printed::new(output))] };
    let response = Part::ToolResponse {
        id: id.into(),
        failed: code.is_some_and(|code| code != 0),
        exit_code: code,
        content,
        sub_agent: None,
    };
    let stored_at: Option<DateTime<Utc>> = Some(now() - TimeDelta::seconds(ago - took));
    Message { stored_at, ..message(row, ago, Role::User, vec![response]) }
}

pub fn usage() -> Usage {
    Usage {
        model: Some("gpt-4o".into()),
        input: Some(12_400),
        output: Some(340),
        cost_usd: Some(0.04),
        elapsed: Some(Duration::from_secs(8)),
        ..Usage::default()
    }
}

/// One of everything.
pub fn sample() -> Vec<Message> {
    let markdown = "## Plan\nI will start with the **labels** and the *focus* order:\n\n\
        1. find every `<input>`\n2. add a label\n   - visible where there is room\n\n\
        | file | inputs |\n|---|---:|\n| src/Login.tsx | 2 |\n| src/Signup.tsx | 12 |\n\n\
        ```tsx\n<label for=\"user\">User</label>\n```\nSee [the guide](https://example.org/a11y).";
    let lines: Vec<String> = (1..=1_204).map(|n| format!("\u{1b}[32mok\u{1b}[0m {n} login")).collect();
    let long = lines.join("\n");
    let mut first = goose(2, 1_513, "I looked at the form.");
    first.agent_visible = false;
    let mut old = user(1, 1_520, "Look at the login form.");
    old.agent_visible = false;
    let mut summary = goose(3, 1_480, "Summary of what was said before.");
    summary.user_visible = false;
    let mut context = user(5, 1_105, "<turn-context>cwd: /home/ann</turn-context>");
    context.turn_context = true;
    let mut plan = goose(6, 1_093, markdown);
    plan.usage = Some(usage());
    plan.parts
        .insert(0, Part::Thinking(Some("The form has no labels at all, so a screen reader is lost.".into())));
    let edit = json!({"command": "str_replace", "path": "src/Login.tsx", "old_str": "<form>\n  <input id=\"user\">\n</form>",
        "new_str": "<form>\n  <label for=\"user\">User name</label><input id=\"user\">\n</form>"});
    let mut odd = message(14, 1_030, Role::Assistant, vec![]);
    odd.parts = vec![
        Part::Image { mime: "image/png".into(), bytes: 236_544 },
        Part::Raw { kind: "hologram".into(), json: "{\"type\":\"hologram\",\"data\":1}".into() },
        Part::Oversized { bytes: 48 << 20 },
    ];
    let mut faulty = goose(15, 1_029, "half a row");
    faulty.fault = Some("content_json is no array".into());
    let error =
        Part::Error { kind: "contextLengthExceeded".into(), message: "the prompt is too long".into() };
    vec![
        old,
        first,
        summary,
        user(4, 1_105, "Please make the login form accessible and add tests."),
        context,
        plan,
        call(7, 1_093, "c1", "developer__shell", json!({"command": "npm test -- login"})),
        answer(8, 1_092, 41, "c1", Some(0), &long),
        call(9, 1_050, "c2", "developer__text_editor", edit),
        answer(10, 1_049, 0, "c2", None, "The file was edited.\nOne place."),
        call(11, 1_048, "c3", "developer__shell", json!({"command": "npm run lint"})),
        answer(12, 1_046, 3, "c3", Some(2), "\u{1b}[31merror\u{1b}[0m unused variable"),
        message(13, 1_042, Role::Assistant, vec![error]),
        odd,
        faulty,
        call(16, 1_023, "c4", "delegate", json!({"instructions": "write the tests"})),
    ]
}

/// So many messages, a minute apart in tens.
pub fn long(count: i64) -> Vec<Message> {
    let message = |n: i64| {
        let ago = (count - n) * 7 + 60;
        match n % 4 {
            0 => user(n, ago, &format!("question {n}: what about the focus of field {n}?")),
            1 => call(n, ago, &format!("c{n}"), "developer__shell", json!({"command": format!("make {n}")})),
            2 => answer(n, ago, 2, &format!("c{}", n - 1), Some(i64::from(n % 40 == 2)), "one\ntwo"),
            _ => goose(n, ago, &format!("answer {n}\n\nwith **two** paragraphs of words")),
        }
    };
    (0..count).map(message).collect()
}

/// What a page leaves out of a large row.
pub const LARGE_ROW: &str = "all of the large row";

fn read_whole(message: &mut Message) {
    for part in &mut message.parts {
        if matches!(part, Part::Oversized { .. }) {
            *part = Part::Text(format!("{}{LARGE_ROW}", "much is said here\n\n".repeat(4_000)));
        }
    }
}

struct Fake(Store);

impl Transcript for Fake {
    fn extent(&mut self) -> Result<Extent, ReadError> {
        let all = self.0.lock().unwrap();
        let place = |m: Option<&Message>| m.map(|m| m.place);
        Ok(Extent { messages: all.len() as u64, first: place(all.first()), last: place(all.last()) })
    }

    fn page(&mut self, anchor: Anchor, limit: usize) -> Result<Page, ReadError> {
        let all = self.0.lock().unwrap();
        // Where times go back, the rows are the order.
        let by_time = all.is_sorted_by_key(|m| m.place);
        let rank = |place: Place| if by_time { place } else { Place { at: 0, ..place } };
        let at = |place: Place| all.partition_point(|m| rank(m.place) < rank(place));
        let (from, to) = match anchor {
            Anchor::End => (all.len().saturating_sub(limit), all.len()),
            Anchor::Start => (0, limit),
            Anchor::Before(place) => (at(place).saturating_sub(limit), at(place)),
            Anchor::After(place) => {
                let from = all.partition_point(|m| rank(m.place) <= rank(place));
                (from, from + limit)
            }
            Anchor::Around(place) => {
                let from = at(place).saturating_sub(limit / 2);
                (from, from + limit)
            }
        };
        let to = to.min(all.len());
        let mut messages = all[from.min(to)..to].to_vec();
        if limit == 1 {
            // Alone, a row is read whole.
            messages.iter_mut().for_each(read_whole);
        }
        Ok(Page { messages, more_before: from > 0, more_after: to < all.len() })
    }

    fn stretch(&mut self, from: Anchor, _worth: &dyn Fn(&[u8]) -> bool) -> Result<Stretch, ReadError> {
        let mut messages = self.page(from, 200)?.messages;
        messages.iter_mut().for_each(read_whole);
        messages.reverse();
        Ok(Stretch { end: messages.last().map(|m| m.place), messages })
    }
}

/// Opens whatever is asked for on one store.
pub fn opener(store: &Store) -> Opener {
    let store = store.clone();
    Box::new(move |key| {
        if key.id.raw() == "missing" {
            return Err(ReadError::NoSession(key.id.to_string()));
        }
        Ok(Box::new(Fake(store.clone())))
    })
}

/// An app whose wishes to read are granted.
pub struct Reading {
    pub app: App,
    pub store: Store,
    /// Effects other than reading.
    pub effects: Vec<Effect>,
    reader: Reader,
    waiting: HashSet<u64>,
    /// The survey and the search under way: a later one ends it without a word.
    scans: [Option<u64>; 2],
    runtime: tokio::runtime::Runtime,
}

impl Reading {
    pub fn new(app: App, messages: Vec<Message>) -> Self {
        let store = Arc::new(Mutex::new(messages));
        Self { store: store.clone(), ..Self::through(app, opener(&store)) }
    }

    /// The same of what an opener opens; nothing of it is in `store`.
    pub fn through(app: App, opener: Opener) -> Self {
        let store = Store::default();
        let reader = Reader::start(opener).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let waiting = HashSet::new();
        Self { app, store, effects: Vec::new(), reader, waiting, scans: [None; 2], runtime }
    }

    /// Opens a session's conversation and waits until it is there.
    pub fn open(&mut self, key: SessionKey, at: Option<Place>) {
        let effects = self.app.open_reader(key, at, now());
        self.perform(effects);
    }

    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.send(Event::Key(key_event(key)));
        }
    }

    pub fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Event::Key(KeyEvent::from(ratatui::crossterm::event::KeyCode::Char(c))));
        }
    }

    /// Tells the app, and everything that comes of it.
    pub fn send(&mut self, event: Event) {
        let effects = self.app.update(event, now());
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        self.ask(effects);
        while !self.waiting.is_empty() {
            let told = self.runtime.block_on(self.reader.told()).unwrap();
            let pieces = matches!(
                told,
                Told {
                    answer: Ok(Answer::Surveyed { done: false, .. } | Answer::Found { done: false, .. }),
                    ..
                }
            );
            if !pieces {
                self.waiting.remove(&told.id);
            }
            let effects = self.app.update(Event::Read(told), now());
            self.ask(effects);
        }
    }

    fn ask(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Read(request) = effect else {
                self.effects.push(effect);
                continue;
            };
            match request.want {
                Want::Rest => self.waiting.clear(),
                Want::Find { .. } | Want::Survey => {
                    let scan = usize::from(request.want == Want::Survey);
                    if let Some(before) = self.scans[scan].replace(request.id) {
                        self.waiting.remove(&before);
                    }
                    self.waiting.insert(request.id);
                }
                _ => drop(self.waiting.insert(request.id)),
            }
            assert!(self.reader.ask(request));
        }
    }
}
