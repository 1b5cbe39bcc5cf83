//! The demo's world: it is real while it lives, and nothing of it is left, however it ends.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "helpers of tests; a panic is a failed test")]

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use goosetop::demo::World;

/// Makes this test program build a world with the program named, say where, and wait to be killed.
const BUILD_AND_WAIT: &str = "GOOSETOP_TEST_DEMO_WAIT";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_goosetop"))
}

#[expect(clippy::disallowed_methods, reason = "a test begins in the present; stand-ins cannot be back-dated")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn eventually(mut so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    so()
}

/// A process as /proc shows it.
struct Seen {
    pid: u32,
    parent: u32,
    argv: Vec<String>,
    env: HashSet<String>,
}

impl Seen {
    fn read(pid: u32) -> Option<Self> {
        let words = |file: &str| -> Option<Vec<String>> {
            let bytes = fs::read(format!("/proc/{pid}/{file}")).ok()?;
            let words = bytes.split(|b| *b == 0).filter(|w| !w.is_empty());
            Some(words.map(|w| String::from_utf8_lossy(w).into_owned()).collect())
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some(Self { pid, parent, argv: words("cmdline")?, env: words("environ")?.into_iter().collect() })
    }

    fn marker(&self) -> Option<&str> {
        self.env.iter().find_map(|v| v.strip_prefix("AGENT_SESSION_ID="))
    }

    fn is_goose(&self) -> bool {
        self.argv.first().is_some_and(|name| name == "goose")
    }
}

/// Every living process that belongs to the world at `root`, its guard included.
fn of_world(root: &Path) -> Vec<Seen> {
    let sign = format!("GOOSE_PATH_ROOT={}", root.display());
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(Seen::read).filter(|seen| seen.env.contains(&sign)).collect()
}

fn link(pid: u32, file: &str) -> String {
    fs::read_link(format!("/proc/{pid}/{file}")).unwrap().display().to_string()
}

#[test]
fn a_world_is_real_while_it_lives_and_leaves_nothing() {
    let world = World::build(now(), program()).unwrap();
    let root = world.root().to_owned();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&root).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700);

    let db =
        rusqlite::Connection::open_with_flags(world.db_path(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT max(version) FROM schema_version"), 16);
    assert!(count("SELECT count(*) FROM sessions") >= 20);
    assert_eq!(count("SELECT count(*) FROM messages WHERE NOT json_valid(content_json)"), 0);
    assert_eq!(count("SELECT count(DISTINCT session_type) FROM sessions"), 5);
    let id = |name: &str| -> String {
        db.query_row("SELECT id FROM sessions WHERE name = ?1", [name], |row| row.get(0)).unwrap()
    };

    let seen = of_world(&root);
    let geese: Vec<_> = seen.iter().filter(|s| s.is_goose()).collect();
    assert!(geese.len() >= 12, "{} geese", geese.len());
    assert!(geese.iter().all(|g| g.marker().is_none()), "goose itself carries no marker");
    let with_marker = |name: &str| -> Vec<&Seen> {
        let id = id(name);
        seen.iter().filter(|s| s.marker() == Some(id.as_str())).collect()
    };
    let is_goose = |pid: u32| geese.iter().any(|g| g.pid == pid);

    let tool = with_marker("backend-PortToAxum");
    assert_eq!(tool.len(), 1);
    assert!(is_goose(tool[0].parent));
    assert_eq!(tool[0].argv, ["cargo", "test", "--workspace"]);
    assert_eq!(link(tool[0].pid, "cwd"), root.join("src/backend").display().to_string());

    // The leak: its goose is gone, so it has passed to another parent, outside the demo.
    let leaked = with_marker("data-ImportCustomers");
    assert_eq!(leaked.len(), 2);
    let top = leaked.iter().find(|s| s.argv[0] == "npm").unwrap();
    assert!(!is_goose(top.parent));
    assert!(seen.iter().all(|s| s.pid != top.parent));

    let lost = id("infra-TerraformPlan");
    let lost = geese.iter().find(|g| g.argv.contains(&lost)).unwrap();
    assert!(link(lost.pid, "fd/0").ends_with("(deleted)"));

    let deaf = with_marker("mobile-OfflineSync");
    let status = fs::read_to_string(format!("/proc/{}/status", deaf[0].pid)).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
    let term = 1 << (rustix::process::Signal::TERM.as_raw() - 1);
    assert!(u64::from_str_radix(caught, 16).unwrap() & term != 0, "it does not end by SIGTERM");

    let pids: Vec<u32> = seen.iter().map(|s| s.pid).collect();
    drop(world);
    assert!(!root.exists());
    assert!(of_world(&root).is_empty());
    let gone = eventually(|| pids.iter().all(|pid| Seen::read(*pid).is_none_or(|s| s.argv.is_empty())));
    assert!(gone);
}

#[test]
fn a_stand_in_ends_by_sigterm_and_takes_its_extension_along() {
    let world = World::build(now(), program()).unwrap();
    let seen = of_world(world.root());
    let goose = seen.iter().find(|s| s.argv.iter().any(|w| w == "acp")).unwrap();
    let children: Vec<_> = seen.iter().filter(|s| s.parent == goose.pid).collect();
    let (extension, tool): (Vec<_>, Vec<_>) = children.into_iter().partition(|s| s.argv[0] == "uvx");
    assert_eq!((extension.len(), tool.len()), (1, 1));
    signal(goose.pid, rustix::process::Signal::TERM);
    // Collected as well: an ended goose must not stay in the table as a zombie.
    assert!(eventually(|| Seen::read(goose.pid).is_none()));
    assert!(eventually(|| of_world(world.root()).iter().all(|s| s.pid != extension[0].pid)));
    // The tool is leaked, as goose leaks it.
    assert!(of_world(world.root()).iter().any(|s| s.pid == tool[0].pid));
}

#[test]
fn the_moving_session_moves() {
    let mut world = World::build(now(), program()).unwrap();
    world.animate();
    let db = rusqlite::Connection::open(world.db_path()).unwrap();
    let count = || db.query_row("SELECT count(*) FROM messages", [], |row| row.get::<_, i64>(0)).unwrap();
    let before = count();
    assert!(eventually(|| count() > before));
}

#[test]
fn the_goose_to_resume_with_says_what_it_is() {
    let world = World::build(now(), program()).unwrap();
    let run = Command::new(world.goose())
        .args(["session", "--resume", "--session-id", "20260101_1"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success());
    assert!(said.contains("session --resume --session-id 20260101_1") && said.contains("stand-in"), "{said}");
}

#[test]
fn a_program_that_cannot_be_started_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let (_, mut viewer) = viewer(scratch.path(), Path::new("/nonexistent/goosetop"));
    assert!(!viewer.wait().unwrap().success());
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn a_world_whose_viewer_is_killed_clears_itself_away() {
    let scratch = tempfile::tempdir().unwrap();
    let (root, mut viewer) = viewer(scratch.path(), program());
    let root = root.unwrap();
    assert!(of_world(&root).len() > 20);
    viewer.kill().unwrap();
    // Not collected yet: a zombie is as dead to its stand-ins as one that nobody remembers.
    let gone = eventually(|| of_world(&root).is_empty() && !root.exists());
    viewer.wait().unwrap();
    assert!(gone, "left: {:?}", of_world(&root).iter().map(|s| s.argv.clone()).collect::<Vec<_>>());
}

#[test]
fn the_next_demo_removes_what_one_killed_with_its_guard_left() {
    let scratch = tempfile::tempdir().unwrap();
    let (old, mut first) = viewer(scratch.path(), program());
    let old = old.unwrap();
    let guard = of_world(&old).into_iter().find(|s| s.argv[0] == "goosetop-demo-guard").unwrap();
    signal(guard.pid, rustix::process::Signal::KILL);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(eventually(|| of_world(&old).is_empty()), "stand-ins end without the guard");
    assert!(old.exists());

    let (new, mut second) = viewer(scratch.path(), program());
    let new = new.unwrap();
    assert!(!old.exists());
    assert!(new.exists(), "a living demo is left alone");
    second.kill().unwrap();
    second.wait().unwrap();
    assert!(eventually(|| !new.exists()));
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Starts a process that builds a world below `tmp` and waits; and where that world is, if it could be built.
fn viewer(tmp: &Path, program: &Path) -> (Option<PathBuf>, Child) {
    let mut viewer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "builds_and_waits_when_asked", "--nocapture"])
        .env(BUILD_AND_WAIT, program)
        .env("TMPDIR", tmp)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(viewer.stdout.take().unwrap());
    let mut lines = out.lines().map_while(Result::ok);
    let root = lines.find_map(|line| Some(PathBuf::from(line.split_once("root=")?.1)));
    (root, viewer)
}

/// Not a test by itself: the viewer of the tests above.
#[test]
fn builds_and_waits_when_asked() {
    let Some(program) = std::env::var_os(BUILD_AND_WAIT) else { return };
    let world = World::build(now(), Path::new(&program)).unwrap();
    println!("\nroot={}", world.root().display());
    std::thread::sleep(Duration::from_secs(60));
}
