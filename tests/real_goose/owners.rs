//! Which process drives which session.

use std::{thread, time::Duration};

use crate::{wait::until_true, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_resumed_session_is_owned_by_its_argument() {
    let world = World::new();
    assert!(world.run("say:one").wait().success());
    // A younger session in the same directory, so that a guess by place and time would go wrong.
    assert!(world.run("say:two").wait().success());
    let id = world.nth_session(1).id;
    let terminal = world.session(&["--resume", "--session-id", &id]);

    let session = world.wait_for_session(&id, "it is owned", |s| s.owner.is_some());
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    assert_eq!(session.strength(), "certain");
    assert_eq!(session.attached, Some(true));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_extension_makes_the_owner_certain_from_the_start() {
    let world = World::new();
    let script = world.extension();
    let terminal = world.session(&["--with-extension", &format!("sh {script}")]);
    let row = world.nth_session(1);
    // goose resolves `sh` to a full path, so the command line differs from what was asked for.
    let server = world.carrier_that(&row.id, &script, |p| p.argv.last() == Some(&script));
    assert_eq!(server.ppid, terminal.pid());
    assert_eq!(row.messages, 0);

    let session = world.wait_for_session(&row.id, "its owner is certain", |s| s.strength() == "certain");
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    let listed = session.processes.iter().find(|p| p.pid == server.pid).map(|p| p.role.as_str());
    assert_eq!(listed, Some("extension"), "{session:?}");
    assert_eq!(session.turn.state, "empty", "a server that waits is no running tool");

    terminal.line("say:hello");
    world.first_session("the answer is stored", |row| row.answers == 1);
    world.wait_for_session(&row.id, "its user is awaited", |s| s.turn.state == "waiting_for_user");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn two_sessions_of_one_directory_are_told_apart() {
    let world = World::new();
    let first = world.session(&[]);
    let one = world.nth_session(1).id;
    // Rows have whole seconds: closer together only the order tells.
    thread::sleep(Duration::from_millis(1100));
    let second = world.session(&[]);
    let two = world.nth_session(2).id;

    let board = world.wait_for("both are owned", |b| {
        [&one, &two].iter().all(|id| b.session(id).is_some_and(|s| s.owner.is_some()))
    });
    assert!(board.session(&one).is_some_and(|s| s.is_owned_by(first.pid())), "{board:?}");
    assert!(board.session(&two).is_some_and(|s| s.is_owned_by(second.pid())), "{board:?}");

    // A tool of the second proves it, and must not unsettle the first.
    second.line("tool:sleep 300");
    world.carrier(&two, "sleep 300");
    let board = world
        .wait_for("the second is certain", |b| b.session(&two).is_some_and(|s| s.strength() == "certain"));
    assert!(board.session(&one).is_some_and(|s| s.is_owned_by(first.pid())), "{board:?}");
    assert!(board.session(&two).is_some_and(|s| s.is_owned_by(second.pid())), "{board:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn two_writers_of_one_session_are_named() {
    let world = World::new();
    assert!(world.run("say:one").wait().success());
    let id = world.nth_session(1).id;
    let resume = ["run", "--resume", "--session-id", &id, "-t", "tool:sleep 300"];
    let (one, two) = (world.goose(&resume), world.goose(&resume));
    until_true("both run their tool", || world.carriers(&id).len() == 2);

    let session = world.wait_for_session(&id, "two write it", |s| s.has("two_writers"));
    assert!(session.is_owned_by(one.pid()) || session.is_owned_by(two.pid()), "{session:?}");
}

/// Neither has a child that would say so: the first made the session, the second resumed it by its id.
#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn who_made_a_session_and_who_resumed_it_both_drive_it() {
    let world = World::new();
    let first = world.session(&["-n", "pair"]);
    let id = world.nth_session(1).id;
    first.line("say:one");
    world.wait_for_session(&id, "its turn is over", |s| s.turn.state == "waiting_for_user");
    let second = world.session(&["--resume", "--session-id", &id]);
    let session = world.wait_for_session(&id, "two write it", |s| s.has("two_writers"));
    assert!(session.is_owned_by(second.pid()), "{session:?}");
    let untracked = world.board(&[]).untracked;
    assert!(untracked.iter().all(|p| p.pid != first.pid()), "{untracked:?}");
    drop(second);
    let session = world.wait_for_session(&id, "the first drives it alone", |s| !s.has("two_writers"));
    assert!(session.is_owned_by(first.pid()), "{session:?}");
}
