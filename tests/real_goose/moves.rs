//! `/new` and `/clear`: a process that changes its session, or empties it.

use std::{thread, time::Duration};

use crate::{board::Session, terminal::Terminal, world::World};

/// A terminal in which one turn was spoken, then `/new` was typed; the two ids.
fn moved(world: &World) -> (Terminal, String, String) {
    let terminal = world.session(&[]);
    terminal.line("say:one");
    let old = world.first_session("the answer is stored", |row| row.answers == 1).id;
    // A row made just after any goose was started is held to be that one's; a person types later.
    thread::sleep(Duration::from_secs(7));
    terminal.line("/new");
    let new = world.nth_session(2).id;
    (terminal, old, new)
}

fn owned_by(session: Option<&Session>, pid: u32) -> bool {
    session.is_some_and(|s| s.is_owned_by(pid))
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_new_conversation_takes_its_process_along() {
    // Alone: a goose that another test starts meanwhile might have made the row as well.
    let world = World::alone();
    let (terminal, old, new) = moved(&world);

    let board = world.wait_for("the new one is owned", |b| owned_by(b.session(&new), terminal.pid()));
    assert!(board.session(&old).is_none(), "the old one is history: {board:?}");
    let all = world.board(&["--all"]);
    assert!(all.session(&old).is_some_and(|s| s.owner.is_none() && s.health == "ended"), "{all:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_tool_of_the_new_conversation_proves_the_move() {
    let world = World::new();
    let (terminal, old, new) = moved(&world);
    terminal.line("tool:sleep 300");
    world.carrier(&new, "sleep 300");

    let session = world.wait_for_session(&new, "its owner is certain", |s| s.strength() == "certain");
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    assert_eq!(session.turn.state, "running_tool");
    assert!(world.board(&[]).session(&old).is_none(), "the old one is history");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_resumed_session_is_let_go_by_its_argument_after_new() {
    let world = World::new();
    assert!(world.run("say:one").wait().success());
    let old = world.nth_session(1).id;
    let terminal = world.session(&["--resume", "--session-id", &old]);
    thread::sleep(Duration::from_secs(7));
    terminal.line("/new");
    let new = world.nth_session(2).id;
    terminal.line("tool:sleep 300");
    world.carrier(&new, "sleep 300");

    let board = world.wait_for("the new one is owned", |b| owned_by(b.session(&new), terminal.pid()));
    assert!(!owned_by(board.session(&old), terminal.pid()), "{board:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_cleared_conversation_keeps_its_process() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("say:one");
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    terminal.line("/clear");
    world.first_session("the messages are gone", |row| row.messages == 0);

    let session = world.wait_for_session(&id, "it is empty", |s| s.turn.state == "empty");
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    assert_eq!(world.rows().len(), 1);
}
