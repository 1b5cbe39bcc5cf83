//! `goosetop watch` on real processes: the stand-ins of a demo's world, a real hook, real signals.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/stage.rs"]
mod stage;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use stage::Stage;

/// Long enough for a loaded machine; nothing here waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the end may take.
const ORDERLY: Duration = Duration::from_secs(10);

/// A watcher whose lines are read as they come.
struct Watcher {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<Value>,
}

impl Watcher {
    fn start(stage: &Stage, args: &[&str]) -> Self {
        let mut command = stage.command(&[&["watch", "--interval", "1s"], args].concat());
        // The mark of an agent that starts a watcher is not the hook's.
        command.env("AGENT_SESSION_ID", "20200101_1").env("PATH", std::env::var_os("PATH").unwrap());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Reads until an event is so, and returns it.
    fn until(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let event: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
                    assert_eq!(event["schema_version"], 1, "{line}");
                    assert!(event["at"].is_string() && event["event"].is_string(), "{line}");
                    self.seen.push(event.clone());
                    if fits(&event) {
                        return event;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no {what} in {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without {what}: {:#?}", self.seen),
            }
        }
    }

    fn event(&mut self, name: &str) -> Value {
        self.until(name, |e| e["event"] == name)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn names(&self) -> BTreeSet<&str> {
        self.seen.iter().map(|e| e["event"].as_str().unwrap()).collect()
    }

    /// Asks for the end; it comes in time, with a last line.
    fn ends(mut self, signal: Signal) -> (Vec<Value>, ExitStatus, String) {
        let asked = Instant::now();
        self.signal(signal);
        let last = self.event("stopped");
        assert_eq!(last["in_order"], true, "{:#?}", self.seen);
        let status = self.child.wait().unwrap();
        assert!(asked.elapsed() < ORDERLY, "it took {:?}", asked.elapsed());
        let err = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (std::mem::take(&mut self.seen), status, err)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _collected = self.child.wait();
    }
}

/// A process of a session whose goose is gone, which hears no TERM.
struct Deaf(u32);

impl Deaf {
    fn start(stage: &Stage, session: &str) -> Self {
        let file = stage.home.path().join("deaf");
        let script = "trap '' TERM; echo $$ > deaf.new; mv deaf.new deaf; while :; do sleep 1; done";
        let mut parent = Command::new("/bin/sh")
            .args(["-c", "setsid /bin/bash -c \"$SCRIPT\" & exit 0"])
            .current_dir(stage.home.path())
            .env("SCRIPT", script)
            .env("AGENT_SESSION_ID", stage.id(session))
            .env("GOOSE_PATH_ROOT", stage.world.root())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        parent.wait().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(pid) = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()) {
                return Self(pid);
            }
            assert!(Instant::now() < deadline, "it did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The letter of its state; `None` when it is gone.
    fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        stat.rsplit_once(") ")?.1.chars().next().filter(|state| !"ZX".contains(*state))
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        // Its number is its own while its environment says so.
        let environ = fs::read(format!("/proc/{}/environ", self.0)).unwrap_or_default();
        if String::from_utf8_lossy(&environ).contains("deaf.new") {
            let _gone = kill_process(Pid::from_raw(self.0.cast_signed()).unwrap(), Signal::KILL);
        }
    }
}

fn sessions(report: &Value) -> BTreeSet<String> {
    let all = report["sessions"].as_array().unwrap();
    all.iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

const AT_ONCE: [&str; 2] = ["--set", "watch.grace=1s"];

#[test]
fn one_check_tells_what_is_wrong_calls_the_hook_and_exits_as_health_check_does() {
    let stage = Stage::new();
    let folder = stage.home.path().join("calls");
    fs::create_dir(&folder).unwrap();
    let hook =
        "n=calls/$GOOSETOP_WHAT.${GOOSETOP_SESSION_ID:-$GOOSETOP_PID}; { env; echo; cat; } > $n; echo talk";
    let mut watcher = Watcher::start(&stage, &["--once", "--hook", hook]);
    let check = watcher.event("check");
    assert_eq!((&check["status"], &check["exit_code"]), (&"orphaned".into(), &2.into()));
    assert_eq!(check["summary"]["leaked_processes"], 2, "{check}");
    watcher.event("stopped");
    let status = watcher.child.wait().unwrap();
    assert_eq!(status.code(), Some(2), "as health-check");
    assert_eq!(stage.say(&["health-check"]).code, 2);
    assert_eq!(watcher.names(), BTreeSet::from(["started", "check", "change", "stopping", "stopped"]));
    let err = std::io::read_to_string(watcher.child.stderr.take().unwrap()).unwrap();
    assert!(err.contains("talk"), "what the hook prints goes to stderr: {err}");

    let id = stage.id("backend-SetupDatabase");
    let call = fs::read_to_string(folder.join(format!("appeared.{id}"))).unwrap();
    let (variables, line) = call.split_once("\n\n").unwrap();
    for variable in [
        "GOOSETOP_EVENT=change",
        &format!("GOOSETOP_SESSION_ID={id}"),
        "GOOSETOP_HEALTH=stuck",
        "GOOSETOP_FROM=",
        "GOOSETOP_NAME=backend-SetupDatabase",
        "GOOSETOP_REASON=loop: shell ×9, same arguments",
    ] {
        assert!(variables.lines().any(|v| v == variable), "{variable} in {variables}");
    }
    assert!(!variables.contains("AGENT_SESSION_ID"), "{variables}");
    let line: Value = serde_json::from_str(line.trim()).unwrap();
    assert!(watcher.seen.contains(&line), "the line that was written");
    let calls = fs::read_dir(&folder).unwrap().count();
    let changes = watcher.seen.iter().filter(|e| e["event"] == "change").count();
    assert_eq!(calls, changes, "one call a change: {:#?}", watcher.seen);
}

#[test]
fn what_leaked_is_ended_when_its_grace_is_over_and_nothing_else_is() {
    let stage = Stage::new();
    let before = stage.alive();
    let mut watcher = Watcher::start(&stage, &[&["--auto-clean", "leaked"][..], &AT_ONCE].concat());
    let plan = watcher.event("plan");
    assert_eq!((&plan["acting"], &plan["plan"]["action"]), (&true.into(), &"auto-clean".into()));
    let started = watcher.event("action_started");
    assert_eq!(started["processes"], 2);
    watcher.until("TERM", |e| e["event"] == "step" && e["what"] == "term_sent");
    let report = watcher.event("action_finished")["report"].clone();
    assert_eq!((&report["processes_terminated"], &report["failed"]), (&2.into(), &0.into()), "{report}");
    let gone = BTreeSet::from(["node review/server.js".to_owned(), "npm run review".to_owned()]);
    assert_eq!(stage.ended_since(&before), gone);
    watcher.until("the leftovers are gone", |e| e["event"] == "change" && e["what"] == "gone");
    // Two more checks find nothing to do.
    watcher.event("check");
    watcher.event("check");
    let (seen, status, _) = watcher.ends(Signal::TERM);
    assert_eq!(status.code(), Some(0), "an end that was asked for is a success");
    assert_eq!(seen.iter().filter(|e| e["event"] == "plan").count(), 1);
    let checks = seen.iter().filter(|e| e["event"] == "check").count();
    let first = seen.iter().position(|e| e["event"] == "plan").unwrap();
    let before_it = seen[..first].iter().filter(|e| e["event"] == "check").count();
    assert!(before_it >= 2 && checks > before_it, "seen more than once before: {seen:#?}");
    assert_eq!(stage.ended_since(&before), gone);
    let audit = stage.say(&["audit", "--json"]).json();
    let run = &audit["runs"][0];
    assert_eq!((&run["who"], &run["action"]), (&"watch".into(), &"auto-clean".into()), "{audit}");
    assert_eq!(run["reason"], "leaked for longer than 1s (watch)");
}

#[test]
fn of_the_orphaned_only_those_that_nobody_needs_are_planned() {
    let stage = Stage::new();
    let before = stage.alive();
    let args = [&["--auto-clean", "orphaned", "--dry-run"][..], &AT_ONCE].concat();
    let mut watcher = Watcher::start(&stage, &args);
    let plan = watcher.event("plan");
    assert_eq!(plan["acting"], false);
    // A closed terminal, and what a dead goose left; not the server's session, not who sits somewhere.
    let expected = ["infra-TerraformPlan", "data-ImportCustomers"].map(|name| stage.id(name));
    assert_eq!(sessions(&plan["plan"]), BTreeSet::from(expected), "{plan:#}");
    watcher.event("check");
    let (seen, status, _) = watcher.ends(Signal::INT);
    assert_eq!(status.code(), Some(0));
    assert!(!seen.iter().any(|e| e["event"] == "action_started"));
    assert_eq!(stage.ended_since(&before), BTreeSet::new(), "a dry run ends nothing");

    let capped = [&args[..], &["--set", "watch.max_per_run=1"]].concat();
    let mut watcher = Watcher::start(&stage, &capped);
    let plan = watcher.event("plan");
    assert_eq!((&plan["deferred"], sessions(&plan["plan"]).len()), (&1.into(), 1));
}

#[test]
fn a_hook_that_hangs_is_ended_and_the_watch_goes_on() {
    let stage = Stage::new();
    let hook = "trap '' TERM; [ $GOOSETOP_HEALTH = stuck ] || exit 3; sleep 300";
    let args = ["--hook", hook, "--set", "watch.hook_timeout=300ms"];
    let mut watcher = Watcher::start(&stage, &args);
    let late = watcher.until("a late one", |e| {
        e["event"] == "hook_failed" && e["because"].as_str().unwrap().starts_with("it was ended after")
    });
    assert_eq!(late["hook_event"], "change");
    watcher.until("one that fails", |e| {
        e["event"] == "hook_failed" && e["because"] == "it ended with exit status: 3"
    });
    let (_, status, err) = watcher.ends(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    assert!(err.contains("the hook for change failed: it was ended after"), "{err}");
}

#[test]
fn hooks_that_were_never_run_are_told_at_the_end() {
    let stage = Stage::new();
    let mut watcher = Watcher::start(&stage, &["--hook", "sleep 100"]);
    watcher.event("change");
    let (seen, status, _) = watcher.ends(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    let count = |name: &str| seen.iter().filter(|e| e["event"] == name).count();
    assert!(count("change") > 1, "{seen:#?}");
    assert_eq!(count("hook_failed"), count("change"), "each is a call: {seen:#?}");
    let not_run = seen.iter().filter(|e| e["because"] == "not run: goosetop is ending").count();
    assert!(not_run + 1 >= count("change"), "one at a time: {seen:#?}");
    assert_eq!(seen.last().unwrap()["in_order"], true);
}

#[test]
fn sigterm_in_the_middle_of_a_clean_ends_in_order_and_says_how_far_it_went() {
    let stage = Stage::new();
    let deaf = Deaf::start(&stage, "data-ImportCustomers");
    let args = [&["--auto-clean", "leaked", "--set", "actions.grace=10m"][..], &AT_ONCE].concat();
    let mut watcher = Watcher::start(&stage, &args);
    let pid = deaf.0;
    watcher.until("TERM", |e| e["what"] == "term_sent" && e["pid"] == pid);
    watcher.until("another exits", |e| e["event"] == "step" && e["what"] == "done");
    let (seen, status, _) = watcher.ends(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    let report = &seen.iter().find(|e| e["event"] == "action_finished").unwrap()["report"];
    assert_eq!(report["broken_off"], true, "{report:#}");
    let step = report["steps"].as_array().unwrap().iter().find(|s| s["pid"] == pid).unwrap();
    assert_eq!((&step["outcome"], &step["detail"]), (&"survived".into(), &"broken off before KILL".into()));
    assert!(matches!(deaf.state(), Some('S' | 'R')), "it lives, and is not left stopped: {:?}", deaf.state());
    let audit = stage.say(&["audit", "--json"]).json();
    assert_eq!(audit["runs"].as_array().unwrap().len(), 1, "{audit}");
}

#[test]
fn of_two_watchers_one_acts_and_the_other_takes_over_when_it_is_gone() {
    let stage = Stage::new();
    let args = [&["--auto-clean", "leaked"][..], &["--set", "watch.grace=3s"]].concat();
    let mut first = Watcher::start(&stage, &args);
    first.event("acting");
    let mut second = Watcher::start(&stage, &args);
    let standby = second.event("standby");
    let because = standby["because"].as_str().unwrap();
    assert!(because.contains(&format!("pid {}", first.child.id())), "{because}");
    first.event("action_finished");
    let since = second.seen.len();
    for _ in 0..3 {
        second.event("check");
    }
    assert!(second.seen[since..].iter().all(|e| e["event"] != "standby"), "said once");
    assert!(!second.names().contains("plan"), "{:#?}", second.seen);
    let audit = stage.say(&["audit", "--json"]).json();
    assert_eq!(audit["runs"].as_array().unwrap().len(), 1, "{audit}");
    // However it ends: the lock goes with it.
    first.signal(Signal::KILL);
    second.event("acting");
    let deaf = Deaf::start(&stage, "data-ImportCustomers");
    let short = second.event("plan");
    assert_eq!(short["plan"]["steps"][0]["pid"], deaf.0);
    drop(first);
}

#[test]
fn read_only_refuses_to_act_and_lets_watch() {
    let stage = Stage::new();
    for args in [
        &["watch", "--once", "--auto-clean", "leaked", "--read-only"][..],
        &["watch", "--once", "--read-only", "--set", "timeouts.enforce=true"],
        &["watch", "--once", "--auto-clean", "leaked", "--dry-run", "--set", "actions.read_only=true"],
    ] {
        let said = stage.say(args);
        assert_eq!(said.code, 77, "{args:?}");
        assert!(said.err.contains("read-only"), "{said:?}");
    }
    assert_eq!(stage.say(&["watch", "--once", "--read-only"]).code, 2);
    for hook in ["true", "\"true\"", "'true' '\n'"] {
        assert_eq!(
            stage.say(&["watch", "--once", "--hook", hook]).err,
            "",
            "{hook}: a command, as it was typed"
        );
    }
    for args in [&["watch", "--once", "--project", "web"][..], &["watch", "--auto-clean", "stuck"]] {
        assert_eq!(stage.say(args).code, 64, "{args:?}");
    }
}

#[test]
fn a_reader_who_leaves_ends_it_quietly() {
    let stage = Stage::new();
    let mut command = stage.command(&["watch", "--interval", "100ms"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0));
    assert_eq!(std::io::read_to_string(child.stderr.take().unwrap()).unwrap(), "");
}

#[test]
fn run_limits_end_headless_runs_alone() {
    let stage = Stage::new();
    let set = |key: &'static str| ["--set", key];
    let args = [
        set("timeouts.enforce=true"),
        set("timeouts.default=1s"),
        set("timeouts.extended=2s"),
        set("timeouts.max_inactivity=1h"),
    ];
    let before = stage.alive();
    let mut watcher = Watcher::start(&stage, &args.concat());
    let limit = watcher.event("limit");
    assert!(["default", "extended"].contains(&limit["limit"].as_str().unwrap()), "{limit}");
    let report = watcher.event("action_finished")["report"].clone();
    let reason = report["reason"].as_str().unwrap();
    assert!(reason.starts_with("run limit ") && reason.ends_with("passed (watch)"), "{reason}");
    watcher.event("check");
    watcher.event("check");
    watcher.ends(Signal::TERM);
    let now = stage.alive();
    let left: Vec<&String> = before.iter().filter(|(pid, _)| now.contains_key(pid)).map(|(_, a)| a).collect();
    assert!(!left.iter().any(|argv| argv.starts_with("goose run")), "{left:#?}");
    for kind in ["goose acp", "goose serve", "goose session"] {
        let count =
            |all: &mut dyn Iterator<Item = &String>| all.filter(|argv| argv.starts_with(kind)).count();
        assert_eq!(count(&mut left.iter().copied()), count(&mut before.values()), "{kind}");
    }
}
