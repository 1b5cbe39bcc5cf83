//! What was done is on record, however the run ended.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Output},
};

use rustix::process::Signal;
use serde_json::Value;

use super::{
    fleet::{Run, all_live},
    report::told,
};
use crate::{
    process::Proc,
    wait::{until, until_true},
    world::World,
};

fn log(world: &World) -> PathBuf {
    world.home().join(".local/state/goosetop/audit.jsonl")
}

#[track_caller]
fn lines(world: &World) -> Vec<Value> {
    let text = fs::read_to_string(log(world)).expect("the audit log can be read");
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}"));
    text.lines().map(parse).collect()
}

/// A line names this process.
fn names(line: &Value, pid: u32) -> bool {
    match line {
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| key == "pid" && *value == pid || names(value, pid))
        }
        Value::Array(items) => items.iter().any(|item| names(item, pid)),
        _ => false,
    }
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn every_step_is_on_record() {
    let world = World::new();
    let run = Run::in_a_tool(&world, "", &[]);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    world.dry("terminate", &[&run.id]);
    let report = world.act("terminate", &[&run.id, "--reason", "too \u{1b}[31mloud"]);

    let log = log(&world);
    let mode = fs::metadata(&log).expect("there is an audit log").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let recorded = lines(&world);
    for pid in report.pids() {
        assert!(recorded.iter().any(|line| names(line, pid)), "{pid} is not on record: {recorded:#?}");
    }
    let text = fs::read_to_string(&log).expect("the audit log can be read");
    assert!(text.contains("loud") && text.contains("terminate"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");

    let shown = world.goosetop("audit", &["--json"]);
    assert!(shown.status.success(), "{}", told(&shown));
    let words = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(words.contains("terminate") && words.contains("loud") && words.contains(&run.id), "{words}");
    let plain = world.goosetop("audit", &[]);
    assert!(String::from_utf8_lossy(&plain.stdout).contains("terminate"), "{}", told(&plain));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_run_that_is_told_to_end_ends_in_order() {
    let world = World::new();
    let (run, acting) = broken_off_in_its_grace(&world, Signal::TERM);
    let output = ended(acting);
    assert!(!output.status.success(), "it did not do all it was told to: {}", told(&output));
    assert!(all_live(&run.tools), "nobody asked for their KILL: {}", told(&output));
    assert!(world.procs().iter().all(|p| !p.is_stopped()), "left stopped: {}", told(&output));

    let recorded = lines(&world);
    assert!(recorded.iter().any(|line| names(line, run.goose.pid())), "{recorded:#?}");
    let text = fs::read_to_string(log(&world)).expect("the audit log can be read");
    assert!(text.contains("broken_off") || text.contains("not_sent"), "the break is not on record: {text}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_run_that_is_killed_is_on_record() {
    let world = World::new();
    let (run, acting) = broken_off_in_its_grace(&world, Signal::KILL);
    let _killed = ended(acting);
    assert!(world.procs().iter().all(|p| !p.is_stopped()), "left stopped");
    let recorded = lines(&world);
    assert!(recorded.iter().any(|line| names(line, run.goose.pid())), "{recorded:#?}");

    // The next run finds what is left, and the log goes on.
    let before = recorded.len();
    world.wait_for("it is leaked", |b| b.leaked.len() >= run.tools.len());
    let next =
        world.goosetop("emergency-cleanup", &["--scope", "leaked", "--grace", "1s", "--yes", "--json"]);
    assert!(next.status.success(), "{}", told(&next));
    assert!(run.tools.iter().all(|p| !p.still_lives()));
    assert!(lines(&world).len() > before);
}

/// A session whose tool ignores TERM, and the goosetop that was ending it when the signal came.
fn broken_off_in_its_grace(world: &World, signal: Signal) -> (Run, Child) {
    let run = Run::stubborn(world);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    world.dry("terminate", &[&run.id]);
    let acting = world.acting("terminate", &[&run.id, "--grace", "300s"]);
    let goosetop = Proc::read(acting.id()).expect("a child that was not waited for is in the table");
    until_true("its goose is ended", || !run.goose.proc.still_lives());
    goosetop.signal(signal).expect("goosetop waits for the grace to end");
    (run, acting)
}

fn ended(mut child: Child) -> Output {
    until("goosetop ends", || child.try_wait().expect("a child can be waited for"));
    child.wait_with_output().expect("its output can be read")
}
