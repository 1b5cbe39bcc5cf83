//! What a conversation waits for.

use crate::{board::Session, wait::until_true, world::World};

fn is(state: &'static str) -> impl Fn(&Session) -> bool {
    move |s| s.turn.state == state
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_tool_is_running() {
    let world = World::new();
    let goose = world.run("tool:sleep 300");
    let id = world.nth_session(1).id;
    let tool = world.carrier(&id, "sleep 300");

    let session = world.wait_for_session(&id, "its tool runs", is("running_tool"));
    assert_eq!(session.turn.command.as_deref(), Some("sleep 300"));
    assert!(session.is_owned_by(goose.pid()), "{session:?}");
    assert_eq!(session.strength(), "certain");
    assert_eq!(session.owner.as_ref().map(|o| o.role.as_str()), Some("run"));
    assert_eq!(session.health, "healthy");
    let role = session.processes.iter().find(|p| p.pid == tool.pid).map(|p| p.role.as_str());
    assert_eq!(role, Some("tool"));
    assert_eq!(session.attached, Some(false));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn the_model_is_silent() {
    the_model_is_awaited("hang");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_stream_that_is_only_kept_alive_is_a_silent_model() {
    the_model_is_awaited("keepalive");
}

fn the_model_is_awaited(words: &str) {
    let world = World::new();
    let goose = world.run(words);
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;
    until_true("the model is asked", || world.model.waiting() == 1);

    let session = world.wait_for_session(&id, "the model is awaited", is("waiting_for_model"));
    assert!(session.is_owned_by(goose.pid()), "{session:?}");
    assert!(matches!(session.strength(), "likely" | "certain"), "{session:?}");
    assert_eq!(session.health, "healthy");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_model_that_is_awaited_after_a_tool_is_no_running_tool() {
    let world = World::new();
    let goose = world.run("toolhang:echo over");
    let id = world.first_session("the tool's result is stored", |row| row.messages >= 4).id;
    until_true("the model is asked again", || world.model.waiting() == 1);

    let session = world.wait_for_session(&id, "the model is awaited", is("waiting_for_model"));
    assert!(session.is_owned_by(goose.pid()), "{session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_person_is_awaited_in_a_terminal() {
    let world = World::new();
    let terminal = world.session(&[]);
    let id = world.nth_session(1).id;
    let fresh = world.wait_for_session(&id, "nothing was said yet", is("empty"));
    assert!(fresh.is_owned_by(terminal.pid()), "{fresh:?}");
    assert_eq!(fresh.attached, Some(true));

    terminal.line("say:hello");
    world.first_session("the answer is stored", |row| row.answers == 1);
    let session = world.wait_for_session(&id, "its user is awaited", is("waiting_for_user"));
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    assert_eq!(session.attached, Some(true));
    assert_eq!(session.owner.as_ref().map(|o| o.role.as_str()), Some("session"));
    assert_eq!(session.health, "healthy");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_title_that_never_comes_is_no_turn() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("untitled:hello");
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    until_true("the title is asked for", || world.model.waiting() == 1);

    let session = world.wait_for_session(&id, "its user is awaited", is("waiting_for_user"));
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_provider_that_fails_leaves_its_user_awaited_not_a_stuck_session() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("fail:500");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;

    // goose tries again for some seconds; only then its prompt is back.
    let session = world.wait_for_session(&id, "its user is awaited", is("waiting_for_user"));
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    assert_eq!(session.health, "healthy", "{session:?}");
    assert!(!session.has("not_picked_up"), "{session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_approval_is_awaited() {
    let world = World::new().with_mode("approve");
    let terminal = world.session(&[]);
    terminal.line("tool:sleep 300");
    terminal.until_shows("Always Allow");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;
    assert!(world.carriers(&id).is_empty(), "nothing runs before it is allowed");

    let session = world.wait_for_session(&id, "an approval is awaited", is("waiting_for_approval"));
    assert!(session.is_owned_by(terminal.pid()), "{session:?}");
    assert_eq!(session.attached, Some(true));

    terminal.key("Enter");
    world.carrier(&id, "sleep 300");
    world.wait_for_session(&id, "the allowed tool runs", is("running_tool"));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_sub_agent_lives_in_its_parents_process() {
    let world = World::new();
    let goose = world.run(r#"mcp:delegate:{"instructions":"tool:sleep 300"}"#);
    let parent = world.nth_session(1).id;
    let child = world.nth_session(2);
    assert_eq!((child.kind.as_str(), child.parent.as_deref()), ("sub_agent", Some(parent.as_str())));
    world.carrier(&child.id, "sleep 300");

    let session = world.wait_for_session(&parent, "a sub-agent works for it", is("running_tool"));
    assert!(session.is_owned_by(goose.pid()), "not moved away as by /new: {session:?}");
    assert_eq!(session.strength(), "certain");
    let board = world.wait_for("the sub-agent is shown", |b| b.session(&child.id).is_some());
    let child = board.session(&child.id).expect("it was just there");
    assert_eq!(child.parent_id.as_deref(), Some(parent.as_str()));
    assert!(child.owner.is_none() || child.is_owned_by(goose.pid()), "{child:?}");
    assert!(!child.has("two_writers") && !session.has("two_writers"));
}
