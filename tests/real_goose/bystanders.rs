//! Programs that look like goose's, or live near it, and are none of its leftovers.

use std::{path::Path, process::Stdio};

use rustix::process::Signal;

use crate::{process::Proc, wait::until, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn another_program_called_goose_is_never_listed() {
    let world = World::new();
    let goose = world.run("tool:sleep 300");
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");
    // A migration tool has this name, and an argument that is none of the agent's.
    let script = ["-c", "exec -a goose sleep 308"];
    let other = world.start(Path::new("/bin/bash"), &script, Stdio::null(), Stdio::null());
    until("it is called goose", || {
        Proc::read(other.pid()).filter(|p| p.argv == ["goose", "308"]).map(|_| ())
    });

    let board =
        world.wait_for("the agent is owned", |b| b.session(&id).is_some_and(|s| s.is_owned_by(goose.pid())));
    assert!(!board.all_pids().contains(&other.pid()), "{board:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_terminal_that_an_agent_opened_is_not_leaked() {
    let world = World::new();
    let command =
        format!("TMUX_TMPDIR={} tmux -f /dev/null -L inner new -d sleep 309", world.home().display());
    let mut goose = world.run(&format!("tool:{command}; sleep 310"));
    let id = world.nth_session(1).id;
    let inside = world.carrier(&id, "sleep 309");
    let tool = world.carrier(&id, "sleep 310");
    let keeper = Proc::read(inside.ppid).expect("its tmux server");
    assert!(keeper.command().contains("tmux"), "{keeper:?}");

    let living = world.wait_for_session(&id, "its tool runs", |s| s.turn.state == "running_tool");
    assert!(living.is_owned_by(goose.pid()));

    goose.end(Signal::KILL);
    let board = world.wait_for("the tool is leaked", |b| b.leaked.iter().any(|p| p.pid == tool.pid));
    let named = |list: &[crate::board::Process], pid: u32| list.iter().any(|p| p.pid == pid);
    for pid in [keeper.pid, inside.pid] {
        assert!(!named(&board.leaked, pid), "{pid} is a person's terminal: {board:?}");
        assert!(named(&board.unconfirmed, pid), "{pid} is not shown as unconfirmed: {board:?}");
    }
}
