//! `cargo bench`: what looking costs, on a store of 10,000 sessions and 1,000,000 messages (about 750
//! MB, built once below `target/bench`). Prints medians; asserts nothing, because a timing is no test.
//!
//! Words behind `--` choose sections: `cargo bench -- reader` alone, in a process that has done nothing
//! else; only then its memory says something.
//!
//! With `GOOSETOP_TEST_GOOSE` naming the real goose, its own list of the same store is timed too.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run should say where")]

mod reader;
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
        transcript::Wanted,
    },
    sources::{
        self, Depth, SessionSource,
        goose_db::GooseDb,
        procs::{self, CpuMarks},
        search,
        world::Sources,
    },
    tui::{app::App, event::Event, options::UiOptions, screen::Screen},
};
use ratatui::{Terminal, backend::TestBackend};

/// Sessions that are made fresh, so that a first frame has something to show.
const RECENT: u32 = 50;

/// What is timed on the large store.
type Section = fn(&Path, DateTime<Utc>);

fn main() {
    let now = SystemClock.now();
    // What cargo adds begins with a dash.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_chosen = |section: &str| chosen.is_empty() || chosen.iter().any(|word| word == section);
    if is_chosen("reader") {
        reader::run(now);
    }
    let sections: [(&str, Section); 7] = [
        ("stores", stores),
        ("processes", |_, _| processes()),
        ("frames", frames),
        ("first_frame", |path, _| first_frame(path)),
        ("list", |path, _| list(path)),
        ("search", |path, _| search_all(path)),
        ("insights", insights),
    ];
    let mut sections = sections.iter().filter(|(name, _)| is_chosen(name)).peekable();
    if sections.peek().is_none() {
        return;
    }
    let path = big(now);
    println!("{}: {} MB", path.display(), std::fs::metadata(&path).unwrap().len() / 1_000_000);
    for (_, section) in sections {
        section(&path, now);
    }
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

/// Bytes of this process in memory.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = pages.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size()
}

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

/// Words in all of 1,000,000 messages, against a LIKE in SQLite's shell; then in rounds of a
/// conversation as they are: prose with line breaks, calls, what tools printed.
fn search_all(path: &Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    // The polls wrote the rare one, where they were timed; one row in a hundred holds the medium one.
    store::add_message(&conn, "20251231_9990", "user", "one more", 1_795_000_000);
    let sql = "UPDATE messages SET content_json = replace(content_json, 'lorem ipsum dolor sit amet \"', 'lorem quartz dolor \"') \
               WHERE id % 100 = 7 AND NOT EXISTS (SELECT 1 FROM messages WHERE id = 107 AND content_json LIKE '%quartz%')";
    conn.execute(sql, []).unwrap();
    drop(conn);
    let mixed = path.with_file_name("mixed.db");
    if !mixed.exists() {
        println!("building {} ...", mixed.display());
        store::mixed_store(&mixed, 50_000);
    }
    for (path, kind, words, pattern) in [
        (path, "absent", "zebra crossing", None),
        (path, "rare", "one more", None),
        (path, "medium", "quartz", None),
        (path, "common", "dolor sit amet", None),
        (path, "absent", "zebra", Some(r"zebra\w* +crossing")),
        (path, "medium", "quartz", Some(r"lorem quart[sz]+\b")),
        (path, "common", "dolor sit amet", Some(r"dolor\s+(sit|stand) amet")),
        (path, "no needle", "dolor", Some(r"[x-z]{5}")),
        (&mixed, "mixed, absent", "zebra crossing", None),
        (&mixed, "mixed, common", "login", None),
    ] {
        // Where all is told, what fits is told there too, the newest first; else both count it.
        for (most, columns, order) in [
            (None, "session_id, id, created_timestamp, substr(content_json, 1, 100)", "ORDER BY id DESC"),
            (Some(1_000), "count(*)", ""),
        ] {
            let sql = format!("SELECT {columns} FROM messages WHERE content_json LIKE '%{words}%' {order}");
            let shell = || Command::new("sqlite3").arg(path).arg(&sql).stdout(Stdio::null()).status();
            let told = if most.is_some() { "1,000 told, all counted" } else { "all told" };
            let like = shell().is_ok_and(|status| status.success()).then(|| {
                let what = format!("sqlite3: LIKE '%{words}%', {told}");
                times(&what, 7, || drop(shell()))
            });
            let (regex, words) = (pattern.is_some(), pattern.unwrap_or(words).to_owned());
            let wanted = Wanted { words, regex, most, ..Wanted::default() };
            let what = if regex { "pattern" } else { "words" };
            searched(path, &format!("search: {kind} {what}, {told}"), &wanted, like);
        }
    }
}

fn searched(path: &Path, what: &str, wanted: &Wanted, like: Option<Duration>) {
    let mut first = Vec::new();
    let mut hits = 0;
    let all = times(what, 7, || {
        let begun = Instant::now();
        let mut told = None;
        let done = search::run(path, wanted, &false.into(), &mut |event| {
            if matches!(event, search::Event::Hit(_)) {
                told.get_or_insert_with(|| begun.elapsed());
            }
        });
        first.extend(told);
        hits = done.unwrap().hits;
    });
    first.sort_unstable();
    let first = first
        .get(first.len() / 2)
        .map(|first| format!(", the first after {:.3} ms", first.as_secs_f64() * 1_000.0));
    let ratio = like.map(|like| format!(", {:.2} x LIKE", all.as_secs_f64() / like.as_secs_f64()));
    println!("  {hits} hits{}{}", first.unwrap_or_default(), ratio.unwrap_or_default());
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

fn times<T: Took>(what: &str, rounds: usize, mut round: impl FnMut() -> T) -> Duration {
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
    taken[taken.len() / 2]
}
