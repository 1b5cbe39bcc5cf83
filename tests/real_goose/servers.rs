//! goose processes that host any number of sessions, or none.

use std::net::{Ipv4Addr, TcpListener};

use crate::{acp::Acp, wait::until_true, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_server_without_a_session_is_listed() {
    let world = World::new();
    assert!(world.run("say:hello").wait().success(), "a server alone makes no store");
    let port = free_port();
    let args = ["serve", "--dangerously-unauthenticated", "--port", &port.to_string()];
    let server = world.goose(&args);
    until_true("the server listens", || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err());

    let board = world.wait_for("it is listed", |b| b.untracked.iter().any(|p| p.pid == server.pid()));
    let listed = board.untracked.iter().find(|p| p.pid == server.pid()).expect("it was just there");
    assert!(listed.command.contains(" serve "), "{listed:?}");
    assert!(matches!(listed.role.as_str(), "serve" | "untracked"), "{listed:?}");
    assert!(board.leaked.is_empty(), "{board:?}");
    let owned = board.sessions.iter().any(|s| s.is_owned_by(server.pid()));
    assert!(!owned, "a session that another process ended is not its: {board:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_editors_agent_owns_all_its_sessions() {
    let world = World::new();
    let mut acp = Acp::start(&world);
    let (one, two) = (acp.new_session(&world), acp.new_session(&world));
    acp.prompt(&one, "tool:sleep 300");
    acp.prompt(&two, "hang");
    world.carrier(&one, "sleep 300");
    until_true("the model is asked in the second", || world.model.waiting() == 1);

    let board = world.wait_for("both are owned", |b| {
        [&one, &two].iter().all(|id| b.session(id).is_some_and(|s| s.is_owned_by(acp.goose.pid())))
    });
    let (one, two) = (board.session(&one).expect("the first"), board.session(&two).expect("the second"));
    assert_eq!((one.strength(), one.turn.state.as_str()), ("certain", "running_tool"));
    assert_eq!(two.turn.state, "waiting_for_model");
    assert_eq!(one.owner.as_ref().map(|o| o.role.as_str()), Some("acp"));
    assert!(!board.untracked.iter().any(|p| p.pid == acp.goose.pid()), "{board:?}");
}

/// A port that nobody has just now. Another program may take it first; then the server would not
/// stay, and the test says that it was never listed.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
    listener.local_addr().expect("its address").port()
}
