//! The action verbs on real processes: the stand-ins of a demo's world. Everything else on this
//! machine belongs to another store and is not touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/terminal.rs"]
mod terminal;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use goosetop::demo::World;
use rustix::process::{Pid, Signal};
use serde_json::Value;
use tempfile::TempDir;
use terminal::on_a_terminal;

/// A world and a home to act from.
struct Stage {
    world: World,
    home: TempDir,
}

#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test begins in the present; stand-ins cannot be back-dated")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Stage {
    fn new() -> Self {
        let world = World::build(now(), Path::new(env!("CARGO_BIN_EXE_goosetop"))).unwrap();
        let stage = Self { world, home: tempfile::tempdir().unwrap() };
        // One goose leaves what it started behind: only then is the world as it will be.
        let deadline = Instant::now() + Duration::from_secs(20);
        while !stage.has_leaked() {
            assert!(Instant::now() < deadline, "nothing leaked");
            std::thread::sleep(Duration::from_millis(10));
        }
        stage
    }

    fn has_leaked(&self) -> bool {
        let alive = self.alive();
        let Some((pid, _)) = alive.iter().find(|(_, argv)| *argv == "npm run review") else { return false };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parent.is_some_and(|parent: u32| !alive.contains_key(&parent))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        command.args(args).arg("--db").arg(self.world.db_path()).stdin(Stdio::null());
        command
    }

    fn say(&self, args: &[&str]) -> Said {
        said(&self.command(args).output().unwrap())
    }

    /// The living stand-ins: number and command line. A zombie has no command line.
    fn alive(&self) -> BTreeMap<u32, String> {
        let sign = format!("GOOSE_PATH_ROOT={}", self.world.root().display());
        let pids = fs::read_dir("/proc").unwrap().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let one = |pid: u32| {
            let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).ok();
            let env = read("environ")?;
            env.split(|b| *b == 0).find(|v| *v == sign.as_bytes())?;
            let argv = String::from_utf8_lossy(&read("cmdline")?).replace('\0', " ");
            (!argv.is_empty()).then(|| (pid, argv.trim().to_owned()))
        };
        pids.filter_map(one).collect()
    }

    /// The commands that have ended since.
    fn ended_since(&self, before: &BTreeMap<u32, String>) -> BTreeSet<String> {
        let now = self.alive();
        before.iter().filter(|(pid, _)| !now.contains_key(pid)).map(|(_, argv)| argv.clone()).collect()
    }

    fn id(&self, name: &str) -> String {
        let list = self.say(&["list", "--json"]).json();
        let all = list["sessions"].as_array().unwrap();
        all.iter().find(|s| s["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Numbers, times and sizes differ from run to run; what else there is must not.
fn redacted(value: &Value, root: &str) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| {
                    let value = match key.as_str() {
                        "pid" | "rss_bytes" if value.is_number() => format!("[{key}]").into(),
                        "started_at" | "finished_at" => format!("[{key}]").into(),
                        "id" | "session_id" if value.is_string() => "[id]".into(),
                        "command" | "detail" => {
                            digits(&value.as_str().unwrap_or_default().replace(root, "[root]"))
                        }
                        _ => redacted(value, root),
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(all) => all.iter().map(|value| redacted(value, root)).collect(),
        other => other.clone(),
    }
}

/// Every number and every id (digits and underscores) as `N`.
fn digits(text: &str) -> Value {
    let mut out = String::new();
    for c in text.chars() {
        let goes_on = out.ends_with('N') && (c.is_ascii_digit() || c == '_');
        if c.is_ascii_digit() && !goes_on {
            out.push('N');
        } else if !goes_on {
            out.push(c);
        }
    }
    out.into()
}

#[test]
fn nothing_is_sent_without_consent() {
    let stage = Stage::new();
    let before = stage.alive();
    assert!(before.len() > 20, "{before:?}");
    let port = "backend-PortToAxum";
    for (args, code) in [
        (&["terminate", port][..], 64),
        (&["terminate", port, "--json"], 64),
        (&["close-all"], 64),
        (&["close-all", "--yes", "--project", "payments"], 64),
        (&["emergency-cleanup", "--yes", "--scope", "everything"], 64),
        (&["cleanup-project", "payments", "--yes"], 64),
        (&["emergency-cleanup", "--yes", "--read-only"], 77),
        (&["emergency-cleanup", "--yes", "--set", "actions.read_only=true"], 77),
        (&["terminate", port, "--yes", "--read-only", "--json"], 77),
        (&["resume", port, "--read-only"], 77),
        (&["terminate", "no-such-session", "--yes"], 66),
        (&["terminate", "--pid", "1", "--yes"], 66),
        (&["resume", port], 69),
        (&["attach", port], 69),
        (&["delete", port, "--yes"], 69),
        (&["terminate", port, "--dry-run"], 0),
        (&["terminate", port, "--dry-run", "--json"], 0),
        (&["close-all", "--dry-run"], 0),
        (&["emergency-cleanup", "--dry-run", "--include-attached"], 0),
        (&["cleanup-project", "payments", "--status", "failed", "--dry-run"], 0),
    ] {
        let said = stage.say(args);
        assert_eq!(said.code, code, "{args:?}: {said:?}");
        if args.contains(&"--json") && code != 0 {
            let error: Value = serde_json::from_str(&said.err).unwrap();
            assert!(error["error"]["hint"].is_string(), "{error}");
        }
    }
    assert_eq!(stage.ended_since(&before), BTreeSet::new());

    let plan = stage.say(&["terminate", port, "--dry-run", "--reason", "it is\u{1b}[2J late"]).out;
    let id = stage.id(port);
    for words in
        ["1 session, 2 processes", &id, "cargo test --workspace", "certain:", "since 20", "KILL", "Dry run"]
    {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    assert!(plan.contains("reason: it is") && !plan.contains('\u{1b}'), "{plan:?}");
    let owned = stage.say(&["resume", port]).err;
    assert!(owned.contains("attach") && owned.contains("--fork"), "{owned}");
}

#[test]
fn terminate_ends_the_chosen_sessions_processes_and_no_other() {
    let stage = Stage::new();
    let before = stage.alive();
    let id = stage.id("backend-PortToAxum");
    let said = stage.say(&["terminate", &id, "--yes", "--json", "--reason", "test"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    let gone = BTreeSet::from([
        "cargo test --workspace".to_owned(),
        format!("goose run --resume --session-id {id} -t Go on"),
    ]);
    assert_eq!(stage.ended_since(&before), gone);
    let root = stage.world.root().to_string_lossy().into_owned();
    let mut report = said.json();
    // Other worlds on this machine use the same ids; that they are left alone is as it should be.
    let others = report["left_alone"].as_array_mut().unwrap();
    others.retain(|left| !left["why"].as_str().unwrap().contains("another store"));
    insta::assert_json_snapshot!("actions_terminate", redacted(&report, &root));

    let again = stage.say(&["terminate", &id, "--yes"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.starts_with("Nothing to end."), "{again:?}");
    let audit = stage.say(&["audit", "--json"]).json();
    assert_eq!(audit["runs"].as_array().unwrap().len(), 1, "{audit}");
    assert_eq!(audit["runs"][0]["reason"], "test");
}

#[test]
fn an_emergency_of_what_leaked_ends_that_tree_alone() {
    let stage = Stage::new();
    let before = stage.alive();
    let said = stage.say(&["emergency-cleanup", "--scope", "leaked", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    let gone = BTreeSet::from(["node review/server.js".to_owned(), "npm run review".to_owned()]);
    assert_eq!(stage.ended_since(&before), gone);
    assert!(said.err.contains("TERM sent to") && said.err.contains("exited"), "{said:?}");
    assert!(said.out.contains("2 processes ended"), "{said:?}");
    let none = stage.say(&["emergency-cleanup", "--scope", "leaked", "--yes", "--json"]);
    assert_eq!(none.code, 0);
    assert_eq!(none.json()["steps"], Value::Array(Vec::new()));
    assert_eq!(none.json()["scope"], "leaked");
}

#[test]
fn a_failed_project_gets_an_emergency_clean_and_the_deaf_are_killed() {
    let stage = Stage::new();
    let before = stage.alive();
    let words = ["cleanup-project", "mobile", "--status", "failed", "--yes", "--json", "--grace", "1s"];
    let said = stage.say(&words);
    assert_eq!(said.code, 0, "{said:?}");
    let report = said.json();
    assert_eq!((&report["action"], &report["status"]), (&"cleanup-project".into(), &"failed".into()));
    assert_eq!(report["follow_up"]["status"], "emergency");
    let dev = report["steps"].as_array().unwrap().iter().find(|s| s["command"] == "npm run dev").unwrap();
    assert_eq!(dev["outcome"], "killed");
    let signals = dev["signals"].as_array().unwrap();
    assert_eq!((&signals[0], signals.last().unwrap()), (&"TERM".into(), &"KILL".into()));
    assert!(stage.ended_since(&before).contains("npm run dev"));
}

#[test]
fn a_run_that_is_broken_off_says_what_it_did() {
    let stage = Stage::new();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut command = stage.command(&["terminate", "mobile-OfflineSync", "--yes", "--grace", "60s"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = err
            .find_map(|line| Some(line.unwrap()).filter(|l| l.contains("npm run dev") && l.contains("TERM")));
        assert!(told.is_some());
        let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        let rest = std::thread::spawn(move || err.for_each(drop));
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{out}");
        rest.join().unwrap();
        assert!(out.contains("Broken off"), "{out}");
        assert!(stage.alive().values().any(|argv| argv == "npm run dev"), "it is deaf, and KILL was not due");
    }
}

#[test]
fn on_a_terminal_a_person_is_asked_and_the_answer_counts() {
    let stage = Stage::new();
    let before = stage.alive();
    for (args, answer) in [
        (&["terminate", "security-AuditDeps"][..], "n\n"),
        (&["close-all"], "y\n"),
        (&["emergency-cleanup"], "close\n"),
    ] {
        let (code, shown) = on_a_terminal(stage.command(args), answer);
        assert_eq!(code, 75, "{args:?}: {shown}");
        assert!(shown.contains("nothing was done"), "{shown}");
    }
    assert_eq!(stage.ended_since(&before), BTreeSet::new());
    let (code, shown) = on_a_terminal(stage.command(&["emergency-cleanup", "--scope", "leaked"]), "clean\n");
    assert_eq!(code, 0, "{shown}");
    assert_eq!(stage.ended_since(&before).len(), 2, "{shown}");
    assert!(shown.contains("Type `clean`"), "{shown}");
}
