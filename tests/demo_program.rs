//! `goosetop demo` as a person starts it, in a real terminal: it shows its world, and leaves nothing
//! behind however it is ended.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a terminal that cannot be opened is a failed test")]

use std::{
    io::{Read, Write},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

/// Long enough for a loaded machine; nothing here waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

struct Demo {
    master: std::fs::File,
    child: Child,
    folder: tempfile::TempDir,
    seen: Vec<u8>,
}

impl Demo {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    fn start_in(folder: tempfile::TempDir) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave: OwnedFd = open(name.as_c_str(), flags, Mode::empty()).unwrap();
        tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let stdio = || Stdio::from(slave.try_clone().unwrap());
        let child = Command::new("setsid")
            .args(["--ctty", env!("CARGO_BIN_EXE_goosetop"), "demo"])
            .env("TMPDIR", folder.path())
            .env("HOME", folder.path())
            .env_remove("XDG_STATE_HOME")
            .env("TERM", "xterm-256color")
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let mut demo = Self { master: master.into(), child, folder, seen: Vec::new() };
        demo.until("Orphaned");
        demo.until("● Healthy");
        assert!(demo.world().is_some(), "the demo has no folder");
        demo
    }

    fn world(&self) -> Option<PathBuf> {
        let mut entries = std::fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().path());
        entries.find(|p| p.file_name().unwrap().to_string_lossy().starts_with("goosetop-demo"))
    }

    /// Reads the terminal until a text was on it.
    fn until(&mut self, text: &str) {
        let begun = Instant::now();
        while !String::from_utf8_lossy(&self.seen).contains(text) {
            assert!(begun.elapsed() < PATIENCE, "no {text:?} in {}", String::from_utf8_lossy(&self.seen));
            self.read();
        }
    }

    fn read(&mut self) {
        let wait = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
        if poll(&mut fds, Some(&wait)).unwrap() > 0 {
            let mut buffer = [0; 8_192];
            let read = self.master.read(&mut buffer).unwrap_or(0);
            self.seen.extend_from_slice(&buffer[..read]);
        }
    }

    /// Waits for the end of the program, of every stand-in, and of the folder.
    fn goes_without_a_trace(mut self) {
        let begun = Instant::now();
        let world = self.world();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "the program did not end");
            self.read();
        }
        while let Some(left) = left_behind(self.folder.path()) {
            assert!(begun.elapsed() < PATIENCE, "left behind: {left}");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(world.is_none_or(|w| !w.exists()), "the folder is still there");
    }
}

/// A living process of the demo's, or its folder.
fn left_behind(folder: &Path) -> Option<String> {
    let mark = format!("GOOSE_PATH_ROOT={}", folder.canonicalize().unwrap().display());
    for entry in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let Ok(environ) = std::fs::read(entry.path().join("environ")) else { continue };
        if String::from_utf8_lossy(&environ).contains(&mark) {
            return Some(entry.path().display().to_string());
        }
    }
    let mut entries = std::fs::read_dir(folder).unwrap().filter_map(Result::ok);
    entries
        .find(|e| e.file_name().to_string_lossy().starts_with("goosetop-demo"))
        .map(|e| e.path().display().to_string())
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn q_ends_it() {
    let mut demo = Demo::start();
    demo.master.write_all(b"q").unwrap();
    demo.until("\x1b[?1049l");
    demo.goes_without_a_trace();
}

#[test]
fn words_of_its_conversations_are_found() {
    let mut demo = Demo::start();
    demo.master.write_all(b"\x07Requests a MINUTE\r").unwrap();
    // Nothing is copied until there is a hit to copy the session's id of.
    let begun = Instant::now();
    while !String::from_utf8_lossy(&demo.seen).contains("\x1b]52;") {
        assert!(begun.elapsed() < PATIENCE, "nothing found in {}", String::from_utf8_lossy(&demo.seen));
        demo.master.write_all(b"y").unwrap();
        demo.read();
    }
    demo.master.write_all(b"\r\x03").unwrap();
    demo.goes_without_a_trace();
}

#[test]
fn what_is_done_in_it_is_written_down_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join(".local/state/goosetop");
    std::fs::create_dir_all(&state).unwrap();
    let own = state.join("audit.jsonl");
    let before = r#"{"v":1,"at":"2026-01-20T10:00:00Z","kind":"run_finished","run":"r1","who":"somebody-real","uid":0,"host":"h","ssh_client":null,"action":"close-all","sessions":[],"steps":0,"left_alone":0,"terminated":1,"failed":0,"broken_off":false}
"#;
    std::fs::write(&own, before).unwrap();

    let mut demo = Demo::start_in(folder);
    let inside = demo.world().unwrap().join("state/goosetop/audit.jsonl");
    // The second row is a session whose goose is gone; what it left ends at once.
    demo.master.write_all(b"jxy").unwrap();
    let begun = Instant::now();
    while !std::fs::read_to_string(&inside).unwrap_or_default().contains("run_finished") {
        assert!(begun.elapsed() < PATIENCE, "nothing written: {}", String::from_utf8_lossy(&demo.seen));
        demo.read();
    }
    demo.until("written to the audit log");
    demo.master.write_all(b"\r4").unwrap();
    demo.until("Events");
    demo.master.write_all(b"q").unwrap();
    demo.until("\x1b[?1049l");
    assert!(!String::from_utf8_lossy(&demo.seen).contains("somebody-real"), "real events are shown");
    assert_eq!(std::fs::read_to_string(&own).unwrap(), before);
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 1, "something else was written");
    demo.goes_without_a_trace();
}

#[test]
fn ctrl_c_ends_it() {
    let mut demo = Demo::start();
    demo.master.write_all(b"\x03").unwrap();
    demo.goes_without_a_trace();
}

#[test]
fn sigterm_ends_it_and_gives_the_terminal_back() {
    let mut demo = Demo::start();
    signal(&demo.child, Signal::TERM);
    demo.until("\x1b[?1049l");
    demo.goes_without_a_trace();
}

#[test]
fn even_sigkill_leaves_nothing() {
    let demo = Demo::start();
    signal(&demo.child, Signal::KILL);
    demo.goes_without_a_trace();
}

#[test]
fn its_world_fills_every_pane_by_the_real_rules() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_goosetop"))
        .args(["demo", "--json"])
        .env("TMPDIR", folder.path())
        .env("HOME", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let board: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts: std::collections::BTreeMap<&str, &str> = board["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["name"].as_str().unwrap(), s["health"].as_str().unwrap()))
        .collect();
    for (name, health) in [
        ("mobile-OfflineSync", "orphaned"),
        ("data-ImportCustomers", "orphaned"),
        ("infra-TerraformPlan", "orphaned"),
        ("search-Reindex", "stuck"),
        ("backend-SetupDatabase", "stuck"),
        ("backend-PortToAxum", "healthy"),
        ("infra-Dashboards", "healthy"),
        ("docs-ReleaseNotes", "healthy"),
        ("support-TicketTriage", "healthy"),
        ("security-AuditDeps", "healthy"),
    ] {
        assert_eq!(verdicts.get(name), Some(&health), "{name} in {verdicts:?}");
    }
    assert_eq!(board["summary"]["leaked_processes"], 2, "{}", board["leaked"]);
    assert!(left_behind(folder.path()).is_none(), "something is left of it");
}
