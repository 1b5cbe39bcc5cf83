//! What is left when a goose ends, and what is nobody's leftover.

use std::{fs, path::Path, process::Stdio};

use rustix::process::Signal;

use crate::{
    board::{self, Session},
    process::{Proc, pids},
    wait::{until, until_true},
    world::World,
};

/// A shell, two children of its own and a grandchild.
const TOOL: &str = "sleep 301 & bash -c 'sleep 302 & wait' & wait; echo over";

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_finished_session_is_history() {
    let world = World::new();
    let mut goose = world.run("say:hello");
    assert!(goose.wait().success());
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;

    let board = world.wait_for_with(&["--all"], "it is history", |b| b.session(&id).is_some());
    let session = board.session(&id).expect("it was just there");
    assert_eq!((session.health.as_str(), session.turn.state.as_str()), ("ended", "finished"));
    assert!(session.owner.is_none());
    assert!(world.board(&[]).session(&id).is_none(), "without --all it is not shown");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn looking_changes_nothing() {
    let world = World::new();
    assert!(world.run("tool:echo over").wait().success());
    let id = world.first_session("the answer is stored", |row| row.answers == 2).id;
    // goose never checkpoints after so few rows: what it stored is in the log beside the database.
    let stored = || ["", "-wal"].map(|end| fs::read(format!("{}{end}", world.db().display())).ok());
    let before = stored();
    assert!(before.iter().all(Option::is_some), "both files are there");

    world.wait_for_with(&["--all"], "it is shown", |b| b.session(&id).is_some());
    assert!(stored() == before, "the database and its log are as goose left them, byte by byte");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn killed_in_a_tool_it_leaks_the_tool_and_nothing_else() {
    ended_in_a_tool(Signal::KILL);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn terminated_in_a_tool_it_leaks_the_tool_and_nothing_else() {
    ended_in_a_tool(Signal::TERM);
}

fn ended_in_a_tool(signal: Signal) {
    let world = World::new();
    let shell = term_shell(&world);
    let bystander = world.start(Path::new("/bin/sleep"), &["303"], Stdio::null(), Stdio::null());
    let mut goose = world.run(&format!("tool:{TOOL}"));
    let id = run_row(&world);
    world.carrier(&id, "sleep 301");
    world.carrier(&id, "sleep 302");
    let tool = world.carriers(&id);
    assert_eq!(tool.len(), 4, "a shell, its two children, a grandchild: {tool:?}");

    goose.end(signal);
    assert!(tool.iter().all(Proc::still_lives), "goose takes no tool with it");
    let board = world.wait_for("the tool is leaked", |b| !b.leaked.is_empty());
    assert_eq!(board::pids(&board.leaked), pids(&tool), "{:?}", board.leaked);
    assert!(board.leaked.iter().all(|p| p.session_id.as_deref() == Some(&id)), "{:?}", board.leaked);
    for innocent in [shell.pid, bystander.pid()] {
        assert!(!board.all_pids().contains(&innocent), "{innocent} is in {board:?}");
    }
    let session = board.session(&id).expect("an interrupted session is shown");
    assert_eq!(session.health, "orphaned");
    assert_eq!(session.turn.state, "interrupted");
    assert!(session.has("leaked_processes") && session.has("interrupted"), "{session:?}");
    assert!(session.findings.iter().any(|f| f.severity == "orphaned"), "{session:?}");
    assert!(session.owner.is_none());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn killed_while_the_model_is_silent_it_leaks_nothing() {
    let world = World::new();
    let mut goose = world.run("hang");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;
    goose.end(Signal::KILL);

    // While another goose ends and cannot be read any more, that one may have driven it: not yet known.
    let settled = |s: &Session| s.turn.state == "interrupted" && s.health != "unknown";
    let session = world.wait_for_session(&id, "it was interrupted", settled);
    assert_eq!(session.health, "orphaned");
    assert!(session.has("interrupted") && !session.has("leaked_processes"), "{session:?}");
    assert!(world.board(&[]).leaked.is_empty());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_closed_terminal_leaks_what_would_not_hang_up() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("tool:sleep 304 & setsid sleep 305 & nohup sleep 306 & wait");
    let id = world.nth_session(1).id;
    let dies = world.carrier(&id, "sleep 304");
    let stays = [world.carrier(&id, "sleep 305"), world.carrier(&id, "sleep 306")];

    terminal.close();
    until_true("the ordinary child hangs up", || !dies.still_lives());
    until_true("the others are adopted", || {
        stays.iter().all(|p| Proc::read(p.pid).is_some_and(|p| p.ppid == 1))
    });
    let board = world.wait_for("both are leaked", |b| b.leaked.len() >= 2);
    assert_eq!(board::pids(&board.leaked), pids(&stays), "{:?}", board.leaked);
    let session = board.session(&id).expect("an interrupted session is shown");
    assert_eq!(session.health, "orphaned");
    assert!(session.has("leaked_processes"), "{session:?}");
}

/// The newest session of type `user`: the one that `goose run` made.
fn run_row(world: &World) -> String {
    let newest = || world.rows().into_iter().rfind(|row| row.kind == "user");
    until("goose run has a session", newest).id
}

/// A person's program in a shell with `goose term init`: carries a session id, and its parent is gone
/// as that of anything started with `setsid` and forgotten.
fn term_shell(world: &World) -> Proc {
    let init = world.ask(&["term", "init", "bash"]);
    let id = init.split("AGENT_SESSION_ID=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.unwrap_or_else(|| panic!("goose term init exports no id: {init}")).to_owned();
    assert!(world.rows().iter().any(|row| row.id == id && row.kind == "terminal"));
    let script = format!("export AGENT_SESSION_ID={id}; setsid sleep 307 & exit 0");
    let mut shell = world.start(Path::new("/bin/bash"), &["-c", &script], Stdio::null(), Stdio::null());
    shell.wait();
    world.carrier(&id, "sleep 307")
}
