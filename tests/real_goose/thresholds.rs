//! The base rule and the exit code of `health-check`, on a silent session.

use std::process::Output;

use crate::{wait::until_true, world::World};

fn told(output: &Output) -> String {
    let (said, talk) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{said}\n{talk}", output.status)
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn silence_is_stuck_then_orphaned() {
    // Alone: the exit code judges every goose of this machine.
    let world = World::alone();
    let terminal = world.session(&[]);
    terminal.line("say:hello");
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    let fine = world.goosetop("health-check", &[]);
    assert_eq!(fine.status.code(), Some(0), "{}", told(&fine));

    // Far limits on the other side, so that the class does not depend on when the test looks.
    let stuck = ["--stuck-after", "2s", "--orphaned-after", "2h"];
    let board =
        world.wait_for_with(&stuck, "it is stuck", |b| b.session(&id).is_some_and(|s| s.health == "stuck"));
    let session = board.session(&id).expect("it was just there");
    assert!(session.has("inactive"), "{session:?}");
    assert!(session.is_owned_by(terminal.pid()));
    let checked = world.goosetop("health-check", &stuck);
    assert_eq!(checked.status.code(), Some(1), "{}", told(&checked));
    assert!(String::from_utf8_lossy(&checked.stdout).contains(&id), "{}", told(&checked));

    let orphaned = ["--stuck-after", "2s", "--orphaned-after", "4s"];
    until_true("health-check says orphaned", || {
        world.goosetop("health-check", &orphaned).status.code() == Some(2)
    });
    let board = world.board(&orphaned);
    assert!(board.session(&id).is_some_and(|s| s.health == "orphaned"), "{board:?}");
    assert!(board.leaked.is_empty(), "{board:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_leak_is_no_longer_healthy() {
    let world = World::alone();
    let mut goose = world.run("tool:sleep 300");
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");
    let running = world.goosetop("health-check", &[]);
    assert_eq!(running.status.code(), Some(0), "{}", told(&running));

    goose.end(rustix::process::Signal::KILL);
    let leaked = world.goosetop("health-check", &[]);
    assert_eq!(leaked.status.code(), Some(2), "{}", told(&leaked));
}
