//! What reading costs: a conversation of 100,000 messages, read as the dashboard reads it, and a page of
//! rich text on the screen.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};
use goosetop::{
    domain::{
        session::{Role, SessionId, SessionKey},
        transcript::{Anchor, Extent, Message, Page, Part, Place, Printed, ToolContent},
    },
    engine::reader::{Answer, Reader, Request, Told, Want},
    sources::{search, transcript},
    tui::{app::App, effect::Effect, event::Event, options::UiOptions, screen::Screen},
};
use ratatui::{Terminal, backend::TestBackend};
use tokio::runtime::Runtime;

use super::{resident, store, times};

/// Messages of the long one.
const LONG: usize = 100_000;

/// All of it.
pub fn run(now: DateTime<Utc>) {
    let (path, old) = long();
    whole(&path, now);
    pages(&path, "schema 16");
    // Without the index that goose's order has since version 16.
    pages(&old, "schema 15");
    rich(now);
}

/// The long conversation, built once: as goose stores it today, and as it did before.
fn long() -> (PathBuf, PathBuf) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/long/sessions.db");
    let old = path.with_file_name("old.db");
    if !old.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        println!("building {} ...", path.display());
        store::big_store(&path, 1, LONG);
        std::fs::copy(&path, &old).unwrap();
        let sql = "DROP INDEX idx_messages_session_created; UPDATE schema_version SET version = 15";
        rusqlite::Connection::open(&old).unwrap().execute_batch(sql).unwrap();
    }
    (path, old)
}

fn session() -> SessionId {
    SessionId::new("20251231_1")
}

/// The dashboard without a terminal: its thread that reads, its screen, and what it still waits for.
struct Dashboard {
    app: App,
    reader: Reader,
    terminal: Terminal<TestBackend>,
    runtime: Runtime,
    now: DateTime<Utc>,
}

impl Dashboard {
    fn new(path: &Path, now: DateTime<Utc>) -> Self {
        let path = path.to_owned();
        let reader = Reader::start(Box::new(move |key| transcript::open(&path, &key.id))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        let mut new = Self { app: App::new(UiOptions::default()), reader, terminal, runtime, now };
        new.draw();
        new
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| self.app.draw(frame, self.now)).unwrap();
    }

    fn ask(&mut self, effects: Vec<Effect>) -> Option<u64> {
        let requests = effects.into_iter().filter_map(|effect| match effect {
            Effect::Read(request) => Some(request),
            _ => None,
        });
        let mut page = None;
        for request in requests {
            page = matches!(request.want, Want::Page { .. }).then_some(request.id).or(page);
            self.reader.ask(request);
        }
        page
    }

    /// Takes answers until this one came (or all of a survey did), and draws.
    fn until(&mut self, wanted: Option<u64>) {
        loop {
            let told = self.runtime.block_on(self.reader.told()).unwrap();
            let over = match (wanted, &told.answer) {
                (Some(id), _) => id == told.id,
                (None, Ok(Answer::Surveyed { done, .. })) => *done,
                _ => false,
            };
            let effects = self.app.update(Event::Read(told), self.now);
            self.ask(effects);
            if over {
                return self.draw();
            }
        }
    }

    fn open(&mut self) {
        let key = SessionKey { store: 0, id: session() };
        let effects = self.app.open_reader(key, None, self.now);
        let page = self.ask(effects);
        self.until(page);
    }

    fn press(&mut self, code: KeyCode) {
        let effects = self.app.update(Event::Key(KeyEvent::from(code)), self.now);
        match self.ask(effects) {
            Some(page) => self.until(Some(page)),
            None => self.draw(),
        }
    }
}

/// As the dashboard reads it. First, because only the first reading shows what memory it takes.
fn whole(path: &Path, now: DateTime<Utc>) {
    let mut dashboard = Dashboard::new(path, now);
    let grown = |since: usize| resident().saturating_sub(since) as f64 / 1e6;
    let before = resident();
    let begun = Instant::now();
    dashboard.open();
    let opened = begun.elapsed();
    println!(
        "reader: first opening of {LONG}, drawn: {:.3} ms, +{:.1} MB",
        opened.as_secs_f64() * 1e3,
        grown(before)
    );
    dashboard.until(None);
    println!(
        "reader: its time bar is whole after {:.3} s, +{:.1} MB",
        begun.elapsed().as_secs_f64(),
        grown(before)
    );
    times("reader: PageUp, a frame each, pages read as needed", 2_000, || {
        let begun = Instant::now();
        dashboard.press(KeyCode::PageUp);
        begun.elapsed()
    });
    println!("reader: after 2,000 pages +{:.1} MB", grown(before));
    for (key, what) in [('g', "to the beginning"), ('G', "to the end")] {
        times(&format!("reader: {what}"), 1, || {
            let begun = Instant::now();
            dashboard.press(KeyCode::Char(key));
            begun.elapsed()
        });
    }
    println!("reader: in all +{:.1} MB", grown(before));
    times("reader: opened again, drawn", 25, || {
        let mut dashboard = Dashboard::new(path, now);
        let begun = Instant::now();
        dashboard.open();
        begun.elapsed()
    });
}

/// The store's part of it.
fn pages(path: &Path, what: &str) {
    times(&format!("conversation of {LONG}, {what}: open at its end"), 49, || {
        let mut transcript = transcript::open(path, &session()).unwrap();
        transcript.extent().unwrap();
        transcript.page(Anchor::End, 200).unwrap().messages.len()
    });
    let mut transcript = transcript::open(path, &session()).unwrap();
    let page = transcript.page(Anchor::End, 200).unwrap();
    let (mut first, last) = (page.messages[0].place, page.messages[199].place);
    times(&format!("conversation of {LONG}, {what}: a page up"), 10, || {
        let page = transcript.page(Anchor::Before(first), 200).unwrap();
        first = page.messages[0].place;
        page.messages.len()
    });
    times(&format!("conversation of {LONG}, {what}: a poll, nothing new"), 49, || {
        transcript.extent().unwrap();
        transcript.page(Anchor::After(last), 200).unwrap().messages.len()
    });
    let matcher = search::Matcher::new("zebra crossing", false).unwrap();
    times(&format!("conversation of {LONG}, {what}: count a word"), 5, || {
        search::count_in(&mut *transcript, &matcher, &false.into()).unwrap() as usize
    });
}

/// A page of 400 messages on the screen: laid out and drawn for the first time, and scrolled through.
fn rich(now: DateTime<Utc>) {
    let place = |row: i64| Place { at: now.timestamp() - 4_000 + row * 9, row };
    let message = |row: i64| {
        let text = format!(
            "## Step {row}\nThe **form** has `{row}` fields.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| {row} | 2 |\n\n```\nlet x = {row};\n```\n"
        );
        let parts = match row % 4 {
            0 | 3 => vec![Part::Text(text)],
            1 => vec![Part::ToolRequest {
                id: row.to_string(),
                tool: "developer__shell".into(),
                arguments: serde_json::json!({ "command": format!("make {row}") }),
                invalid: None,
            }],
            _ => vec![Part::ToolResponse {
                id: (row - 1).to_string(),
                failed: false,
                exit_code: Some(0),
                content: vec![ToolContent::Text(Printed::new("\u{1b}[32mok\u{1b}[0m done\n".repeat(40)))],
                sub_agent: None,
            }],
        };
        Message {
            place: place(row),
            role: if row % 4 == 3 || row % 4 == 1 { Role::Assistant } else { Role::User },
            created_at: DateTime::from_timestamp(place(row).at, 0),
            stored_at: None,
            user_visible: true,
            agent_visible: true,
            turn_context: false,
            usage: None,
            parts,
            bytes: 2_000,
            fault: None,
        }
    };
    let messages: Vec<Message> = (0..400).map(message).collect();
    let key = SessionKey { store: 0, id: SessionId::new("20261120_7") };
    let extent = Extent { messages: 400, first: Some(place(0)), last: Some(place(399)) };
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let mut open = |all: bool| {
        let mut app = App::new(UiOptions::default());
        terminal.draw(|frame| app.draw(frame, now)).unwrap();
        let id = app.open_reader(key.clone(), None, now).iter().find_map(|effect| match effect {
            Effect::Read(Request { id, want: Want::Page { .. }, .. }) => Some(*id),
            _ => None,
        });
        let page = Page { messages: messages.clone(), more_before: false, more_after: false };
        let answer = Ok(Answer::Page { page, extent });
        let told = Told { key: key.clone(), id: id.unwrap(), answer };
        let press = |app: &mut App, c| {
            let key = KeyEvent::from(KeyCode::Char(c));
            drop(app.update(Event::Key(key), now));
        };
        let begun = Instant::now();
        app.update(Event::Read(told), now);
        terminal.draw(|frame| app.draw(frame, now)).unwrap();
        if all {
            press(&mut app, 'Z');
            for _ in 0..200 {
                press(&mut app, 'T');
            }
            press(&mut app, 'g');
            terminal.draw(|frame| app.draw(frame, now)).unwrap();
        }
        begun.elapsed()
    };
    times("reader: 400 messages arrive and are drawn, 200x60", 49, || open(false));
    times("reader: the same, all unfolded and gone through", 9, || open(true));
}
