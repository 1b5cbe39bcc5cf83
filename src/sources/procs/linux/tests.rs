//! A tree laid out like /proc, changed between looks.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use super::*;
use crate::domain::process::{Proc, ProcState, Terminal};

/// Seconds since boot in every look.
const UPTIME: u64 = 1000;

struct Fake {
    dir: tempfile::TempDir,
    source: LinuxProcs,
}

/// One process of the tree.
struct Entry<'a> {
    pid: u32,
    ppid: u32,
    comm: &'a str,
    argv: &'a [&'a str],
    env: &'a [&'a str],
    start: u64,
    state: char,
    ticks: u64,
    image: u64,
}

impl<'a> Entry<'a> {
    fn new(pid: u32, parent: u32, argv: &'a [&'a str]) -> Self {
        let comm = argv.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or(arg));
        Self {
            pid,
            ppid: parent,
            comm,
            argv,
            env: &[],
            start: u64::from(pid),
            state: 'S',
            ticks: 0,
            image: 1,
        }
    }

    fn write(&self, root: &Path) {
        let dir = root.join(self.pid.to_string());
        fs::create_dir_all(dir.join("fd")).unwrap();
        let Self { pid, ppid: parent, comm, start, state, ticks, image, .. } = self;
        let line = format!(
            "{pid} ({comm}) {state} {parent} {pid} {pid} 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {start} 0 10 0 0 0 \
             {image} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 {image} 0 {image} 0 0\n"
        );
        fs::write(dir.join("stat"), line).unwrap();
        fs::write(dir.join("status"), "Name:\tx\nUmask:\t0022\nUid:\t1000\t0\t0\t0\n").unwrap();
        let joined = |words: &[&str]| words.iter().flat_map(|w| [w, "\0"]).collect::<String>();
        fs::write(dir.join("cmdline"), joined(self.argv)).unwrap();
        fs::write(dir.join("environ"), joined(self.env)).unwrap();
        let _ = fs::remove_file(dir.join("cwd"));
        symlink("/work/project", dir.join("cwd")).unwrap();
    }
}

impl Fake {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("uptime"), format!("{UPTIME}.50 1.00\n")).unwrap();
        let source = LinuxProcs::at(dir.path(), CpuMarks::default());
        let fake = Self { dir, source };
        fake.put(&Entry::new(1, 0, &["/sbin/init"]));
        fake
    }

    fn put(&self, entry: &Entry<'_>) {
        entry.write(self.dir.path());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn look(&mut self, second: i64, depth: Depth) -> Vec<Arc<Proc>> {
        let look = self.source.look(at(second), depth);
        assert!(look.known && look.faults.is_empty(), "{:?}", look.faults);
        look.procs
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn pids(procs: &[Arc<Proc>]) -> Vec<u32> {
    procs.iter().map(|p| p.id.pid).collect()
}

#[test]
fn what_matters_is_returned_in_pid_order_with_its_facts() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(50, 1, &["bash"]));
    fake.put(&Entry { env: &["HOME=/home/u", "SECRET=x"], ..Entry::new(60, 50, &["/bin/goose", "session"]) });
    fake.put(&Entry { env: &["AGENT_SESSION_ID=20260101_7"], ..Entry::new(70, 60, &["cargo", "b"]) });
    fake.put(&Entry::new(80, 50, &["vim"]));
    fake.put(&Entry::new(90, 1, &["npx", "mcp-server-git"]));
    let procs = fake.look(0, Depth::Tick);
    assert_eq!(pids(&procs), [1, 50, 60, 70, 90]);
    let goose = &procs[2];
    assert_eq!(goose.uid, Some(1000));
    assert_eq!(goose.cwd.as_deref(), Some(Path::new("/work/project")));
    assert_eq!(goose.has_tty, Some(false));
    assert_eq!(goose.env.as_ref().unwrap().home, None, "no store is below that home");
    assert_eq!(goose.started_at, at(-1000) + TimeDelta::milliseconds(100));
    assert_eq!(procs[3].marker(), Some("20260101_7"));
    assert!(goose.files.is_some() && procs[1].files.is_none());
}

#[test]
fn an_unchanged_process_stays_the_same_value() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "run"]));
    fake.look(0, Depth::Tick);
    let one = fake.look(2, Depth::Tick);
    let two = fake.look(4, Depth::Sweep);
    assert!(one.iter().zip(&two).all(|(a, b)| Arc::ptr_eq(a, b)));
}

#[test]
fn another_start_is_another_process() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "run"]));
    assert_eq!(pids(&fake.look(0, Depth::Tick)), [1, 60]);
    fake.put(&Entry { start: 900, ..Entry::new(60, 1, &["vim"]) });
    assert_eq!(fake.look(2, Depth::Tick), []);
}

#[test]
fn another_program_in_the_same_process_is_read_anew() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["bash"]));
    assert_eq!(fake.look(0, Depth::Tick), []);
    fake.put(&Entry { image: 2, comm: "bash", ..Entry::new(60, 1, &["/opt/goose", "acp"]) });
    assert_eq!(fake.look(2, Depth::Tick), [], "old and of no interest: waits for the sweep");
    assert_eq!(pids(&fake.look(4, Depth::Sweep)), [1, 60]);
    // A young one is seen at once.
    let start = UPTIME * 100;
    fake.put(&Entry { start, ..Entry::new(61, 1, &["bash"]) });
    assert_eq!(pids(&fake.look(6, Depth::Tick)), [1, 60]);
    fake.put(&Entry { start, ..Entry::new(61, 1, &["goose"]) });
    assert_eq!(pids(&fake.look(8, Depth::Tick)), [1, 60, 61]);
}

#[test]
fn a_zombie_keeps_what_was_known_of_it() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "run"]));
    fake.look(0, Depth::Tick);
    fake.put(&Entry { state: 'Z', image: 0, argv: &[], ..Entry::new(60, 1, &["goose"]) });
    let procs = fake.look(2, Depth::Sweep);
    assert_eq!((procs[1].state, procs[1].argv.len()), (ProcState::Zombie, 2));
}

#[test]
fn files_of_an_agent_tell_store_calls_and_terminal() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "session"]));
    let fd = |n: &str| fake.path("60/fd").join(n);
    let call = fake.path("llm_request.6d2f-77.jsonl");
    fs::write(&call, "").unwrap();
    symlink("/dev/pts/3 (deleted)", fd("0")).unwrap();
    symlink("/h/sessions.db", fd("3")).unwrap();
    symlink("/h/sessions.db", fd("4")).unwrap();
    symlink("/h/old/sessions.db (deleted)", fd("5")).unwrap();
    symlink("/h/sessions.db-wal", fd("6")).unwrap();
    symlink(&call, fd("7")).unwrap();
    symlink("/h/llm_request.3.jsonl", fd("8")).unwrap();
    let procs = fake.look(0, Depth::Tick);
    let files = procs[1].files.clone().unwrap();
    assert_eq!(files.terminal, Terminal::Gone("/dev/pts/3".into()));
    assert_eq!(files.stores, [PathBuf::from("/h/sessions.db")]);
    assert_eq!(files.model_calls.len(), 1);
    assert_eq!(files.model_calls[0].path, call);
    assert!(files.model_calls[0].since.is_some());
    // Read again at every look.
    fs::remove_file(fake.path("60/fd/0")).unwrap();
    symlink("pipe:[7]", fake.path("60/fd/0")).unwrap();
    let procs = fake.look(2, Depth::Tick);
    assert_eq!(procs[1].files.as_ref().unwrap().terminal, Terminal::None);
}

#[test]
fn a_parent_of_carriers_is_looked_into_whatever_its_name() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["node", "wrapper.js"]));
    fake.put(&Entry { env: &["AGENT_SESSION_ID=a"], ..Entry::new(61, 60, &["bash"]) });
    fake.put(&Entry { env: &["AGENT_SESSION_ID=a"], ..Entry::new(62, 61, &["sleep"]) });
    fake.put(&Entry { env: &["AGENT_SESSION_ID=a"], ..Entry::new(63, 1, &["sleep"]) });
    let procs = fake.look(0, Depth::Tick);
    let looked: Vec<u32> = procs.iter().filter(|p| p.files.is_some()).map(|p| p.id.pid).collect();
    assert_eq!(looked, [60]);
}

#[test]
fn processor_time_is_judged_between_looks() {
    let mut fake = Fake::new();
    let entry = |ticks| Entry { ticks, ..Entry::new(60, 1, &["goose", "run"]) };
    fake.put(&entry(100));
    assert_eq!(fake.look(0, Depth::Tick)[1].cpu.percent, None);
    fake.put(&entry(200));
    let cpu = fake.look(2, Depth::Tick)[1].cpu;
    assert_eq!((cpu.percent, cpu.total_ms, cpu.busy_at), (Some(50.0), 2000, Some(at(2))));
}

#[test]
fn what_cannot_be_read_is_said() {
    let mut source = LinuxProcs::at("/nonexistent/proc", CpuMarks::default());
    let look = source.look(at(0), Depth::Sweep);
    assert!(!look.known);
    assert!(look.faults[0].message.contains("mount"), "{:?}", look.faults);

    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "run"]));
    fs::remove_dir_all(fake.path("1")).unwrap();
    let look = fake.source.look(at(0), Depth::Tick);
    assert!(look.known && look.faults[0].message.contains("hidepid"), "{:?}", look.faults);
    assert_eq!(pids(&look.procs), [60]);
}

#[test]
fn what_is_gone_or_torn_is_skipped() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "run"]));
    fs::create_dir(fake.path("61")).unwrap();
    fs::create_dir(fake.path("62")).unwrap();
    fs::write(fake.path("62/stat"), "62 (x").unwrap();
    fs::create_dir(fake.path("4294967296")).unwrap();
    assert_eq!(pids(&fake.look(0, Depth::Tick)), [1, 60]);
    fs::remove_dir_all(fake.path("60")).unwrap();
    assert_eq!(fake.look(2, Depth::Tick), []);
}

#[test]
fn long_and_hostile_details_are_kept_in_bounds() {
    let mut fake = Fake::new();
    let (long, endless) = ("x".repeat(20_000), "y".repeat(300_000));
    fake.put(&Entry { comm: "a) R 1 \u{1b}]0;x\u{7}", ..Entry::new(60, 1, &["goose", "run", &long]) });
    fake.put(&Entry { comm: "y", ..Entry::new(61, 60, &[&endless]) });
    fs::write(fake.path("60/cmdline"), [b"goose\0run\0\xff\0", long.as_bytes(), b"\0\0\0"].concat()).unwrap();
    fs::remove_file(fake.path("60/cwd")).unwrap();
    symlink("/work/gone (deleted)", fake.path("60/cwd")).unwrap();
    let procs = fake.look(0, Depth::Tick);
    let goose = &procs[1];
    assert_eq!(goose.name, "a) R 1 \u{FFFD}]0;x\u{FFFD}");
    assert_eq!(goose.argv, ["goose", "run", "\u{FFFD}", &long]);
    assert_eq!(goose.cwd.as_deref(), Some(Path::new("/work/gone")));
    assert_eq!(procs[2].argv[0].len(), 128 * 1024);
}

#[test]
fn details_that_are_refused_are_unknown() {
    let mut fake = Fake::new();
    fake.put(&Entry::new(60, 1, &["goose", "serve"]));
    for name in ["environ", "status", "cwd"] {
        fs::remove_file(fake.path("60").join(name)).unwrap();
    }
    fs::remove_dir_all(fake.path("60/fd")).unwrap();
    let procs = fake.look(0, Depth::Tick);
    let goose = &procs[1];
    assert_eq!((&goose.env, goose.uid, &goose.cwd, &goose.files), (&None, None, &None, &None));
}
