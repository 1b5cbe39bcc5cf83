//! The program under test: the real loop around a small screen that does what its keys say, and
//! tells the log what it saw.

use std::{
    fmt::Display,
    fs::OpenOptions,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use goosetop::{
    clock::SystemClock,
    domain::{
        board::{Board, Counts},
        interest::Interest,
        session::{SessionId, SessionKey},
        snapshot::{Snapshot, StoreLook, Viewer},
    },
    engine::{EngineHandle, Pace},
    sources::{Depth, ProcLook, ProcessSource, SessionSource, world::Sources},
    tui::{
        self, TerminalOptions, effect::Effect, event::Event, screen::Screen, terminal::Terminal,
        tty::Unsuitable,
    },
};
use ratatui::{Frame, crossterm::event::KeyCode, text::Line};

use super::{
    outside,
    world::{LOG, PATIENCE},
};

/// Runs the loop and ends the process with its exit code, as the real program does.
pub fn run() {
    wait_for_the_foreground();
    color_eyre::install().unwrap();
    report_slowly();
    if std::env::var_os("GOOSETOP_PTY_LEND").is_some() {
        lend();
    }
    let options = TerminalOptions { mouse: false, term: std::env::var("TERM").ok() };
    let engine = engine();
    let outside = outside::outside(&engine);
    let ended = tui::run(&mut StandIn::default(), &engine, outside, &options, Arc::new(SystemClock));
    drop(engine);
    exit(match ended {
        Ok(reason) => i32::from(reason.code()),
        Err(report) => {
            eprintln!("{report}");
            if report.is::<Unsuitable>() { 2 } else { 1 }
        }
    });
}

/// A report that takes a while, as on a busy machine, and is wanted whole all the same.
fn report_slowly() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        std::thread::sleep(Duration::from_millis(500));
        report(info);
    }));
}

#[expect(clippy::disallowed_methods, reason = "the test harness would answer with a code of its own")]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}

/// A shell makes a job its foreground just after starting it.
fn wait_for_the_foreground() {
    let deadline = Instant::now() + PATIENCE;
    while rustix::termios::tcgetpgrp(std::io::stdin()).ok() != Some(rustix::process::getpgrp()) {
        assert!(Instant::now() < deadline, "never in the foreground");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn lend() {
    let mut terminal = Terminal::start(false, goosetop::engine::actor::Halt::default()).unwrap();
    terminal
        .lend(|| {
            println!("lent");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
            println!("borrowed line: {line}");
        })
        .unwrap();
}

pub fn log(what: impl Display) {
    let path = std::env::var_os(LOG).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{what}").unwrap();
}

#[derive(Default)]
struct StandIn {
    note: String,
    draws: usize,
    storm: bool,
    dirty: bool,
}

impl Screen for StandIn {
    fn update(&mut self, event: Event, _: DateTime<Utc>) -> Vec<Effect> {
        self.dirty = true;
        match event {
            Event::Key(key) => match key.code {
                KeyCode::Char('q') => return vec![Effect::Quit],
                KeyCode::Char('z') => return vec![Effect::Suspend],
                KeyCode::Char('m') => return vec![Effect::Mouse(true)],
                KeyCode::Char('c') => return vec![Effect::Copy("goose".into())],
                KeyCode::Char('!') => panic!("the screen fell over"),
                KeyCode::Char('t') => {
                    std::thread::spawn(|| panic!("the helper fell over"));
                }
                KeyCode::Char('h') => {
                    log("hanging");
                    loop {
                        std::thread::sleep(PATIENCE);
                    }
                }
                KeyCode::Char('x') => return vec![Effect::Run(Box::new(outside::job()))],
                KeyCode::Char('a') => {
                    let key = SessionKey { store: 0, id: SessionId::new("20261120_1") };
                    return vec![Effect::Attach(key)];
                }
                KeyCode::Char('s') => self.storm = true,
                KeyCode::Char('n') => {
                    self.storm = false;
                    self.note = "newest".into();
                }
                _ => {}
            },
            Event::Failed(said) | Event::Said(said) => self.note = said,
            // Asks for a frame every second, which shows the same.
            Event::Tick => log(format_args!("tick {}", self.draws)),
            Event::Paste(text) => self.note = format!("pasted {text}"),
            _ => {}
        }
        Vec::new()
    }

    fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty) || self.storm
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _: DateTime<Utc>) {
        self.draws += 1;
        let area = frame.area();
        let mut put = |row: u16, text: String| {
            if row < area.height {
                let line = ratatui::layout::Rect { y: area.y + row, height: 1, ..area };
                frame.render_widget(Line::from(text), line);
            }
        };
        put(0, format!("stand-in {}x{}", area.width, area.height));
        put(1, self.note.clone());
        put(2, "ready".into());
        if self.storm {
            for row in 3..area.height {
                put(row, format!("{:>7}", self.draws).repeat(12));
            }
        }
    }
}

struct Nothing;

impl ProcessSource for Nothing {
    fn look(&mut self, _: DateTime<Utc>, _: Depth) -> ProcLook {
        ProcLook::default()
    }
}

impl SessionSource for Nothing {
    fn look(&mut self, _: DateTime<Utc>, _: &Interest) -> StoreLook {
        unreachable!("no store is configured")
    }
}

fn engine() -> EngineHandle {
    let sources = Sources {
        endings: Box::new(Arc::default),
        sessions: Vec::new(),
        processes: Box::new(Nothing),
        host: "here".into(),
        viewer: Viewer::default(),
        recent_within: Duration::from_secs(60),
    };
    let assess = |snapshot: Snapshot| Board {
        taken_at: snapshot.taken_at,
        host: snapshot.host,
        stores: Vec::new(),
        sessions: Vec::new(),
        hidden: Vec::new(),
        notes: std::collections::BTreeMap::new(),
        ended: Vec::new(),
        unlisted: Vec::new(),
        leaked: Vec::new(),
        untracked: Vec::new(),
        unconfirmed: Vec::new(),
        findings: std::collections::BTreeMap::new(),
        faults: Vec::new(),
        procs_known: true,
        needs_second_look: false,
        counts: Counts::default(),
    };
    EngineHandle::start(sources, Box::new(assess), Pace::default(), Arc::new(SystemClock)).unwrap()
}
