//! `cargo bench`: what looking costs, on a store of 10,000 sessions and 1,000,000 messages (about 750
//! MB, built once below `target/bench`). Prints medians; asserts nothing, because a timing is no test.
//!
//! With `GOOSETOP_TEST_GOOSE` naming the real goose, its own list of the same store is timed too.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run should say where")]

#[path = "../support/store.rs"]
mod store;

use std::{
    io::Read,
    ops::ControlFlow,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Offset, Utc};
use goosetop::{
    clock::{Clock, SystemClock},
    domain::{
        board::{Options, assess},
        health::thresholds::Thresholds,
        insights::{DEADLINE, Wish},
        interest::Interest,
        session::{Role, SessionId, SessionKey},
        transcript::{Anchor, Extent, Message, Page, Part, Place, Printed, ToolContent, Wanted},
    },
    engine::reader::{Answer, Request, Told, Want},
    sources::{
        self, Depth, SessionSource,
        goose_db::GooseDb,
        procs::{self, CpuMarks},
        search, transcript,
        world::Sources,
    },
    tui::{app::App, effect::Effect, event::Event, options::UiOptions, screen::Screen},
};
use ratatui::{Terminal, backend::TestBackend};

/// Sessions that are made fresh, so that a first frame has something to show.
const RECENT: u32 = 50;

fn main() {
    let now = SystemClock.now();
    let path = big(now);
    println!("{}: {} MB", path.display(), std::fs::metadata(&path).unwrap().len() / 1_000_000);
    stores(&path, now);
    processes();
    frames(&path, now);
    first_frame(&path);
    list(&path);
    conversations();
    reader(now);
    search_all(&path);
    insights(&path, now);
}

/// The store, built once; its newest sessions are of today.
fn big(now: DateTime<Utc>) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/data/sessions/sessions.db");
    if !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        println!("building {} ...", path.display());
        store::big_store(&path, 10_000, 100);
    }
    let conn = rusqlite::Connection::open(&path).unwrap();
    let sql = "UPDATE sessions SET updated_at = datetime(?1, 'unixepoch') WHERE id IN \
               (SELECT id FROM sessions ORDER BY rowid DESC LIMIT ?2)";
    conn.execute(sql, rusqlite::params![now.timestamp() - 3_600, RECENT]).unwrap();
    path
}

fn stores(path: &Path, now: DateTime<Utc>) {
    let interest = Interest { recent_within: Duration::from_secs(86_400), ..Interest::default() };
    times("store: first look, 10,000 sessions", 9, || {
        let mut source = GooseDb::new(path.to_owned(), 0, true);
        source.look(now, &interest).sessions.len()
    });
    let mut source = GooseDb::new(path.to_owned(), 0, true);
    source.look(now, &interest);
    // A stamp that is younger than two seconds proves nothing yet.
    std::thread::sleep(Duration::from_secs(3));
    source.look(SystemClock.now(), &interest);
    times("store: a poll when nothing changed", 99, || {
        source.look(SystemClock.now(), &interest).sessions.len()
    });
    let conn = rusqlite::Connection::open(path).unwrap();
    let mut id = 1_000;
    times("store: a poll after one message", 25, || {
        id += 1;
        let session = format!("20251231_{}", 9_990 - id % 100);
        store::add_message(&conn, &session, "user", "one more", now.timestamp());
        let begun = Instant::now();
        source.look(now, &interest);
        begun.elapsed()
    });
}

fn processes() {
    let mut source = procs::open(CpuMarks::default());
    let seen = std::fs::read_dir("/proc").map_or(0, Iterator::count);
    source.look(SystemClock.now(), Depth::Sweep);
    times(&format!("processes: a tick, {seen} entries in /proc"), 49, || {
        source.look(SystemClock.now(), Depth::Tick).procs.len()
    });
    times("processes: a sweep", 19, || source.look(SystemClock.now(), Depth::Sweep).procs.len());
}

fn frames(path: &Path, now: DateTime<Utc>) {
    let mut sources = Sources {
        endings: Box::new(std::sync::Arc::default),
        sessions: vec![Box::new(GooseDb::new(path.to_owned(), 0, true))],
        processes: procs::open(CpuMarks::default()),
        host: procs::host(),
        viewer: procs::viewer(),
        recent_within: Duration::from_secs(86_400),
    };
    let snapshot = sources.look(now, Depth::Sweep, &[], false);
    let limits = Thresholds::default();
    times("judging 10,000 sessions", 49, || assess(&snapshot, &limits, Options::default()).counts.total);
    let board = std::sync::Arc::new(assess(&snapshot, &limits, Options::default()));
    let mut app = App::new(UiOptions::default());
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    app.update(Event::Board(board.clone()), now);
    let key = |c| Event::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char(c)));
    app.update(key('2'), now);
    let mut down = true;
    times("frame: a key and a frame, 200x60, 10,000 rows", 49, || {
        down = !down;
        app.update(key(if down { 'j' } else { 'k' }), now);
        terminal.draw(|frame| app.draw(frame, now)).unwrap().count
    });
    times("frame: a new board and a frame, 200x60, 10,000 rows", 49, || {
        app.update(Event::Board(board.clone()), now);
        terminal.draw(|frame| app.draw(frame, now)).unwrap().count
    });
}

/// From `exec` to the first frame with sessions in it, in a real terminal of 80×24.
fn first_frame(path: &Path) {
    times("first frame of the program, in a terminal", 15, || {
        let (master, slave) = terminal();
        let stdio = || Stdio::from(slave.try_clone().unwrap());
        let begun = Instant::now();
        let mut child = Command::new("setsid")
            .args(["--ctty", env!("CARGO_BIN_EXE_goosetop"), "--db"])
            .arg(path)
            .env("TERM", "xterm-256color")
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let mut master = std::fs::File::from(master);
        let mut seen = Vec::new();
        let mut buffer = [0; 8_192];
        while !String::from_utf8_lossy(&seen).contains("20251231_") {
            let read = master.read(&mut buffer).unwrap();
            seen.extend_from_slice(&buffer[..read]);
        }
        let took = begun.elapsed();
        std::io::Write::write_all(&mut master, b"q").unwrap();
        drop(slave);
        while master.read(&mut buffer).is_ok_and(|n| n > 0) {}
        child.wait().unwrap();
        took
    });
}

fn terminal() -> (OwnedFd, OwnedFd) {
    use rustix::{
        fs::{Mode, OFlags, open},
        pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
        termios::{Winsize, tcsetwinsize},
    };
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave =
        open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (master, slave)
}

/// `goosetop list` against goose's own list of the same store.
fn list(path: &Path) {
    let ours = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
            command.args(&args).arg("--db").arg(path).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().unwrap();
        }
    };
    times("goosetop list --json", 9, ours(&["list", "--json"]));
    let Some(goose) = std::env::var_os("GOOSETOP_TEST_GOOSE") else { return };
    let root = path.ancestors().nth(3).unwrap();
    times("goose session list --format json", 3, || {
        let mut command = Command::new(&goose);
        command.args(["session", "list", "--format", "json"]).env("GOOSE_PATH_ROOT", root);
        command.env("GOOSE_DISABLE_KEYRING", "1").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap();
    });
}

/// A conversation of 100,000 messages, with goose's index for its order and without.
fn conversations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/long/sessions.db");
    let old = path.with_file_name("old.db");
    if !old.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        println!("building {} ...", path.display());
        store::big_store(&path, 1, 100_000);
        std::fs::copy(&path, &old).unwrap();
        let sql = "DROP INDEX idx_messages_session_created; UPDATE schema_version SET version = 15";
        rusqlite::Connection::open(&old).unwrap().execute_batch(sql).unwrap();
    }
    let session = SessionId::new("20251231_1");
    let before = resident();
    for (path, what) in [(&path, "schema 16"), (&old, "schema 15")] {
        times(&format!("conversation of 100,000, {what}: open at its end"), 49, || {
            let mut transcript = transcript::open(path, &session).unwrap();
            transcript.extent().unwrap();
            transcript.page(Anchor::End, 200).unwrap().messages.len()
        });
        let mut transcript = transcript::open(path, &session).unwrap();
        let mut first = transcript.page(Anchor::End, 200).unwrap().messages[0].place;
        times(&format!("conversation of 100,000, {what}: a page up"), 10, || {
            let page = transcript.page(Anchor::Before(first), 200).unwrap();
            first = page.messages[0].place;
            page.messages.len()
        });
        let matcher = search::Matcher::new("zebra crossing", false).unwrap();
        times(&format!("conversation of 100,000, {what}: count a word"), 5, || {
            search::count_in(&mut *transcript, &matcher, &false.into()).unwrap() as usize
        });
    }
    println!("memory grew by {} kB meanwhile", (resident().saturating_sub(before)) / 1_000);
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = pages.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size()
}

/// A page of 400 messages on the screen: laid out and drawn for the first time, and scrolled through.
fn reader(now: DateTime<Utc>) {
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
            let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char(c));
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

/// Words in all of 1,000,000 messages, against a LIKE in SQLite's shell.
/// The past out of the same store: its sums alone, a week of it, and as much of a year as three seconds
/// allow.
fn insights(path: &Path, now: DateTime<Utc>) {
    let stores = [path.to_owned()];
    let day = Duration::from_secs(86_400);
    for (what, window) in [("the sums", Duration::ZERO), ("a week", 7 * day), ("a year", 365 * day)] {
        let wish = Wish { now, window, offset: Utc.fix(), deadline: DEADLINE };
        let mut reach = (0, 0);
        times(&format!("insights: {what}"), 5, || {
            let told = sources::insights::read(&stores, None, wish, &mut |_| ControlFlow::Continue(()));
            reach = (told.reach.sessions_read, told.reach.sessions);
        });
        println!("  {} of {} conversations read", reach.0, reach.1);
    }
}

fn search_all(path: &Path) {
    // Nowhere; in the newest messages (the polls above wrote them); in nearly all of them.
    for words in ["zebra crossing", "one more", "dolor sit amet"] {
        let wanted = Wanted { words: words.to_owned(), ..Wanted::default() };
        let mut first = Vec::new();
        times(&format!("search: {words:?}, all"), 5, || {
            let begun = Instant::now();
            let mut told = None;
            let done = search::run(path, &wanted, &false.into(), &mut |event| {
                if matches!(event, search::Event::Hit(_)) {
                    told.get_or_insert_with(|| begun.elapsed());
                }
            });
            first.extend(told);
            done.unwrap().hits as usize
        });
        first.sort_unstable();
        if let Some(first) = first.get(first.len() / 2) {
            println!("  its first hit after {:.3} ms", first.as_secs_f64() * 1_000.0);
        }
        let sql = format!("SELECT count(*) FROM messages WHERE content_json LIKE '%{words}%'");
        let shell = || Command::new("sqlite3").arg(path).arg(&sql).stdout(Stdio::null()).status();
        if shell().is_ok_and(|status| status.success()) {
            times(&format!("sqlite3: LIKE '%{words}%'"), 5, || drop(shell()));
        }
    }
}

/// What a round says about its own time; anything else is timed from outside.
trait Took {
    fn took(self) -> Option<Duration>;
}

impl Took for Duration {
    fn took(self) -> Option<Duration> {
        Some(self)
    }
}

impl Took for usize {
    fn took(self) -> Option<Duration> {
        std::hint::black_box(self);
        None
    }
}

impl Took for () {
    fn took(self) -> Option<Duration> {
        None
    }
}

fn times<T: Took>(what: &str, rounds: usize, mut round: impl FnMut() -> T) {
    let mut taken: Vec<Duration> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            let own = round().took();
            own.unwrap_or_else(|| begun.elapsed())
        })
        .collect();
    taken.sort_unstable();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!("{what:<55} {:>10.3} ms (worst {:.3})", ms(taken[taken.len() / 2]), ms(taken[taken.len() - 1]));
}
