//! The demo's world: it is real while it lives, and nothing of it is left, however it ends.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use goosetop::demo::World;

/// Makes this test program build a world, say where, and wait to be killed.
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
    ppid: u32,
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
        let ppid = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some(Self { pid, ppid, argv: words("cmdline")?, env: words("environ")?.into_iter().collect() })
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
    assert!(is_goose(tool[0].ppid));
    assert_eq!(tool[0].argv, ["cargo", "test", "--workspace"]);
    assert_eq!(link(tool[0].pid, "cwd"), root.join("src/backend").display().to_string());

    // The leak: its goose is gone, so it has passed to another parent, outside the demo.
    let leaked = with_marker("data-ImportCustomers");
    assert_eq!(leaked.len(), 2);
    let top = leaked.iter().find(|s| s.argv[0] == "npm").unwrap();
    assert!(!is_goose(top.ppid));
    assert!(seen.iter().all(|s| s.pid != top.ppid));

    let lost = id("infra-TerraformPlan");
    let lost = geese.iter().find(|g| g.argv.contains(&lost)).unwrap();
    assert!(link(lost.pid, "fd/0").ends_with("(deleted)"));

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
    let children: Vec<_> = seen.iter().filter(|s| s.ppid == goose.pid).collect();
    let (extension, tool): (Vec<_>, Vec<_>) = children.into_iter().partition(|s| s.argv[0] == "uvx");
    assert_eq!((extension.len(), tool.len()), (1, 1));
    let pid = rustix::process::Pid::from_raw(i32::try_from(goose.pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
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
    let before = demo_folders();
    let error = World::build(now(), Path::new("/nonexistent/goosetop")).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/goosetop"), "{error}");
    let ours = format!("goosetop-demo-{}", std::process::id());
    let new: Vec<_> = demo_folders().difference(&before).cloned().collect();
    // Other tests of this program build worlds at the same time; theirs have stand-ins.
    let left = new.iter().filter(|p| p.to_string_lossy().contains(&ours) && of_world(p).is_empty());
    assert!(eventually(|| left.clone().all(|p| !p.exists() || !of_world(p).is_empty())));
}

fn demo_folders() -> HashSet<PathBuf> {
    let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten().map(|e| e.path());
    entries.filter(|p| p.to_string_lossy().contains("goosetop-demo-")).collect()
}

#[test]
fn a_world_whose_viewer_is_killed_clears_itself_away() {
    let mut viewer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "builds_and_waits_when_asked", "--nocapture"])
        .env(BUILD_AND_WAIT, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = std::io::BufReader::new(viewer.stdout.take().unwrap());
    let root = std::io::BufRead::lines(&mut out)
        .map_while(Result::ok)
        .find_map(|line| Some(PathBuf::from(line.split_once("root=")?.1)))
        .unwrap();
    assert!(of_world(&root).len() > 20);
    viewer.kill().unwrap();
    // Not collected yet: a zombie is as dead to its stand-ins as one that nobody remembers.
    let gone = eventually(|| of_world(&root).is_empty() && !root.exists());
    viewer.wait().unwrap();
    assert!(gone, "left: {:?}", of_world(&root).iter().map(|s| s.argv.clone()).collect::<Vec<_>>());
}

/// Not a test by itself: the viewer that the test above kills.
#[test]
fn builds_and_waits_when_asked() -> ExitCode {
    if std::env::var_os(BUILD_AND_WAIT).is_some() {
        let world = World::build(now(), program()).unwrap();
        println!("\nroot={}", world.root().display());
        std::thread::sleep(Duration::from_secs(60));
    }
    ExitCode::SUCCESS
}
