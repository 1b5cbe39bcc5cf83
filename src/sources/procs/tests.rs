//! Both sources against real children of the test.

#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use rustix::process::{PidfdFlags, Signal};

use super::{CpuMarks, linux::LinuxProcs, portable::PortableProcs};
use crate::{
    domain::process::Proc,
    sources::{Depth, ProcessSource},
};

/// Looks at most this often for something that is certain to come, 10 ms apart.
const PATIENCE: usize = 1000;

/// Ended and collected whatever happens to the test.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that is nobody's child here, pinned so that the signal cannot hit another.
struct Orphan(OwnedFd);

impl Orphan {
    fn hold(pid: u32) -> Self {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        Self(rustix::process::pidfd_open(pid, PidfdFlags::empty()).unwrap())
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        let _ = rustix::process::pidfd_send_signal(&self.0, Signal::KILL);
    }
}

fn marked(program: &str, args: &[&str], marker: &str) -> Command {
    let mut command = Command::new(program);
    command.args(args).env("AGENT_SESSION_ID", marker).stdin(Stdio::null());
    command
}

#[expect(clippy::disallowed_methods, reason = "the real table is compared with the real clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn find(source: &mut dyn ProcessSource, fits: impl Fn(&Proc) -> bool) -> Arc<Proc> {
    for _ in 0..PATIENCE {
        let look = source.look(now(), Depth::Tick);
        assert!(look.known, "{:?}", look.faults);
        if let Some(proc) = look.procs.iter().find(|proc| fits(proc)) {
            return Arc::clone(proc);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the process never showed");
}

#[test]
fn both_sources_agree_on_a_child() {
    let dir = tempfile::tempdir().unwrap();
    let child = Owned(marked("sleep", &["300"], "both_1").current_dir(dir.path()).spawn().unwrap());
    let pid = child.0.id();
    let is_it = |p: &Proc| p.id.pid == pid && p.argv == ["sleep", "300"];
    let linux = find(&mut LinuxProcs::system(CpuMarks::default()), is_it);
    let portable = find(&mut PortableProcs::new(CpuMarks::default()), is_it);
    for proc in [&linux, &portable] {
        assert_eq!(proc.marker(), Some("both_1"));
        assert_eq!(proc.ppid, std::process::id());
        assert_eq!(proc.cwd.as_deref(), Some(dir.path().canonicalize().unwrap().as_path()));
        assert_eq!(proc.uid, Some(rustix::process::getuid().as_raw()));
        assert_eq!(proc.name, "sleep");
        assert!(proc.rss_bytes.is_some_and(|bytes| bytes > 0), "{proc:?}");
    }
    assert_eq!(linux.sid, portable.sid);
    let apart = (linux.started_at - portable.started_at).abs();
    assert!(apart < TimeDelta::seconds(3), "{apart}");
}

#[test]
fn a_daemonised_carrier_is_found_with_its_own_session() {
    // The shell prints the orphan's number and ends; what it started goes to a reaper.
    let script = "setsid sleep 300 >/dev/null 2>&1 & echo $!";
    let mut shell = Owned(marked("sh", &["-c", script], "orphan_1").stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(shell.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    shell.0.wait().unwrap();
    let pid: u32 = line.trim().parse().unwrap();
    let _orphan = Orphan::hold(pid);
    let mut source = LinuxProcs::system(CpuMarks::default());
    let orphan = find(&mut source, |p| p.id.pid == pid && p.name == "sleep");
    assert_eq!(orphan.marker(), Some("orphan_1"));
    assert_eq!(orphan.sid, Some(pid));
    assert_ne!(orphan.ppid, shell.0.id());
    assert_eq!(orphan.has_tty, Some(false));
}

#[test]
fn an_exec_is_noticed_in_a_process_already_known() {
    let script = "read _; exec sleep 300";
    for mut source in [
        Box::new(LinuxProcs::system(CpuMarks::default())) as Box<dyn ProcessSource>,
        Box::new(PortableProcs::new(CpuMarks::default())),
    ] {
        let mut command = marked("sh", &["-c", script], "exec_1");
        let mut child = Owned(command.stdin(Stdio::piped()).spawn().unwrap());
        let pid = child.0.id();
        let before = find(&mut *source, |p| p.id.pid == pid && p.argv.len() == 3);
        drop(child.0.stdin.take());
        let after = find(&mut *source, |p| p.id.pid == pid && p.argv == ["sleep", "300"]);
        assert_eq!(before.id, after.id);
        assert_eq!(before.started_at, after.started_at);
        // sysinfo keeps the short name of the first program; the arguments are those of the second.
        assert!(after.name == "sleep" || after.has_tty.is_none(), "{after:?}");
    }
}

#[test]
fn an_ended_child_is_a_zombie_until_collected_and_then_gone() {
    let mut child = Owned(marked("sleep", &["300"], "zombie_1").spawn().unwrap());
    let pid = child.0.id();
    let mut source = LinuxProcs::system(CpuMarks::default());
    // The name comes before the arguments and the environment when a program begins.
    find(&mut source, |p| p.id.pid == pid && p.argv == ["sleep", "300"] && p.marker() == Some("zombie_1"));
    child.0.kill().unwrap();
    let zombie = find(&mut source, |p| p.id.pid == pid && p.is_zombie());
    assert_eq!((zombie.argv.len(), zombie.marker()), (2, Some("zombie_1")));
    child.0.wait().unwrap();
    let look = source.look(now(), Depth::Tick);
    assert!(!look.procs.iter().any(|p| p.id == zombie.id));
}

/// Prints what a look costs: `cargo test --release --lib -- --ignored --nocapture cost_of_a_look`.
#[test]
#[ignore = "prints figures, asserts none"]
fn cost_of_a_look() {
    let count = std::env::var("SLEEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    let mut children: Vec<Owned> =
        (0..count).map(|_| Owned(Command::new("sleep").arg("600").spawn().unwrap())).collect();
    children.extend((0..20).map(|_| Owned(marked("sleep", &["600"], "cost_1").spawn().unwrap())));
    std::thread::sleep(Duration::from_millis(500));
    // Far enough ahead for the children to be no longer young.
    let later = now() + TimeDelta::seconds(60);
    for (name, mut source) in [
        ("linux", Box::new(LinuxProcs::system(CpuMarks::default())) as Box<dyn ProcessSource>),
        ("portable", Box::new(PortableProcs::new(CpuMarks::default()))),
    ] {
        let mut time = |now: DateTime<Utc>, depth, times: usize| {
            let mut spent: Vec<(Duration, usize)> = (0..times)
                .map(|_| {
                    let begun = Instant::now();
                    let procs = source.look(now, depth).procs.len();
                    (begun.elapsed(), procs)
                })
                .collect();
            spent.sort();
            spent[times / 2]
        };
        let first = time(now(), Depth::Tick, 1);
        let sweep = time(later, Depth::Sweep, 15);
        let tick = time(later, Depth::Tick, 51);
        println!("{name}, {count} sleeps: first {first:?}, sweep {sweep:?}, tick {tick:?}");
    }
}
