//! The action verbs on real processes: the stand-ins of a demo's world. Everything else on this
//! machine belongs to another store and is not touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/stage.rs"]
mod stage;
#[path = "support/terminal.rs"]
mod terminal;

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use rustix::process::{Pid, Signal};
use serde_json::Value;
use stage::Stage;
use terminal::on_a_terminal;

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
    assert!(owned.contains("--fork") && owned.contains("terminate"), "{owned}");
    assert!(!owned.contains("attach"), "nobody can go to what has no terminal: {owned}");
    let seen = stage.say(&["resume", "frontend-CreateLoginForm"]).err;
    assert!(seen.contains("attach") && seen.contains("--fork"), "{seen}");
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
    // Nothing was done, and not because a trial was asked for.
    assert_eq!(stage.say(&["terminate", &id, "--yes", "--json"]).json()["dry_run"], false);
    assert_eq!(stage.say(&["terminate", &id, "--dry-run", "--json"]).json()["dry_run"], true);
    let audit = stage.say(&["audit", "--json"]).json();
    assert_eq!(audit["runs"].as_array().unwrap().len(), 1, "{audit}");
    assert_eq!(stage.say(&["audit", "--limit", "0", "--json"]).json()["runs"].as_array().unwrap().len(), 0);
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
fn a_project_that_nobody_has_is_not_taken_for_a_clean_one() {
    let stage = Stage::new();
    let clean = |project| stage.say(&["cleanup-project", project, "--status", "stopped", "--yes"]);
    for (project, words) in [
        ("nosuch", "Nothing to end: no session belongs to project `nosuch`."),
        ("payment-RefundFlow", "project `payment-RefundFlow`; nearest: payments-RefundFlow."),
        ("/", "Nothing to end: every directory is below this one, so it names no project."),
    ] {
        let said = clean(project);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains(words), "{said:?}");
    }
}

#[test]
fn what_does_not_choose_sessions_refuses_to_be_asked_to() {
    let stage = Stage::new();
    for args in [
        &["audit", "--filter", "x"][..],
        &["insights", "--project", "x"],
        &["insights", "--filter", "x"],
        &["doctor", "--state", "stuck"],
        &["search", "x", "--sort", "name"],
        &["show", "x", "--limit", "1"],
        &["emergency-cleanup", "--yes", "--sort", "name"],
    ] {
        let said = stage.say(args);
        assert_eq!(said.code, 64, "{args:?}: {said:?}");
        assert!(said.err.contains(args.iter().find(|a| a.starts_with("--") && **a != "--yes").unwrap()));
    }
    let none = stage.say(&["health-check", "--filter", "name:zzz", "--json"]);
    assert_eq!((none.code, &none.json()["summary"]["total"]), (0, &0.into()), "{none:?}");
    let (code, shown) = on_a_terminal(stage.command(&["--project", "web"]), "");
    assert!(code == 64 && shown.contains("goosetop list"), "{code} {shown}");
}

#[test]
fn a_terminal_that_shows_no_picture_or_no_pager_is_told_what_to_do() {
    let stage = Stage::new();
    let mut dumb = stage.command(&[]);
    dumb.env("TERM", "dumb");
    let (code, shown) = on_a_terminal(dumb, "");
    assert_eq!(code, 69, "{shown}");
    assert_eq!(
        (shown.matches("which cannot show").count(), shown.matches("goosetop list").count()),
        (1, 1),
        "{shown}"
    );

    let mut paged = stage.command(&["show", "infra-Dashboards"]);
    paged.env("PAGER", "nosuchpager -x").env("TERM", "xterm");
    let (code, shown) = on_a_terminal(paged, "");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("the pager `nosuchpager -x` cannot be started"), "{shown}");
    assert!(shown.contains("infra-Dashboards"), "{shown}");

    // Whoever reads a pipe writes to the same terminal: no half a line of ours may be there.
    let mut piped = std::process::Command::new("/bin/sh");
    piped.env_clear().env("HOME", stage.home.path()).env("TERM", "xterm");
    piped.args(["-c", r#""$0" search the --db "$1" | cat"#, env!("CARGO_BIN_EXE_goosetop")]);
    piped.arg(stage.world.db_path());
    let (_, shown) = on_a_terminal(piped, "");
    assert!(shown.contains("assistant") && !shown.contains("searched"), "{shown}");
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
