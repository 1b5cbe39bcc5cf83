//! Sessions that are not one goose with one row: hidden ones, sub-agents, two writers, a person's shell.

use std::{path::Path, process::Stdio};

use super::fleet::{Run, all_live, assert_gone, term_id};
use crate::{process::Proc, wait::until_true, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_run_without_a_session_is_not_passed_over_in_silence() {
    let world = World::new();
    let hidden =
        Run::start(&world, "", &["--no-session"], "tool:sleep 381 & sleep 382; echo over", &["sleep 381"]);
    let listed = Run::in_a_tool(&world, "", &[]);
    world.wait_for_session(&listed.id, "it is owned", |s| s.is_owned_by(listed.goose.pid()));

    let report = world.act("emergency-cleanup", &[]);
    assert_gone(&listed.all());
    assert_gone(&hidden.all());
    assert_eq!(report.failed, 0, "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_sub_agent_ends_with_its_parent() {
    let world = World::new();
    let (parent, child) = with_sub_agent(&world);
    let tools = world.carriers(&child);
    assert!(!tools.is_empty());

    let report = world.act("terminate", &[&parent.id]);
    assert_gone(&tools);
    assert!(!parent.goose.proc.still_lives(), "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_sub_agents_tools_end_without_its_parent() {
    let world = World::new();
    let (parent, child) = with_sub_agent(&world);
    let tools = world.carriers(&child);

    let report = world.act("terminate", &[&child]);
    assert_gone(&tools);
    assert!(parent.goose.proc.still_lives(), "its parent was not chosen: {report:#?}");
    assert!(report.left_alone.iter().any(|l| l.pid == Some(parent.goose.pid())), "{report:#?}");
}

/// A run whose sub-agent is in a tool, and the sub-agent's id.
fn with_sub_agent(world: &World) -> (Run, String) {
    let words = r#"mcp:delegate:{"instructions":"tool:sleep 383"}"#;
    let parent = Run::start(world, "", &[], words, &[]);
    let child = world.nth_session(2).id;
    world.carrier(&child, "sleep 383");
    world.wait_for_session(&parent.id, "it is owned", |s| s.is_owned_by(parent.goose.pid()));
    (parent, child)
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn both_writers_of_a_session_end() {
    let world = World::new();
    assert!(world.run("say:one").wait().success());
    let id = world.nth_session(1).id;
    let resume = ["run", "--resume", "--session-id", &id, "-t", "tool:sleep 384"];
    let (one, two) = (world.goose(&resume), world.goose(&resume));
    until_true("both run their tool", || world.carriers(&id).len() == 2);
    let mut all = world.carriers(&id);
    all.extend([one.proc.clone(), two.proc.clone()]);
    world.wait_for_session(&id, "two write it", |s| s.has("two_writers"));

    let report = world.act("terminate", &[&id]);
    assert_gone(&all);
    assert_eq!(report.sessions_closed, 1, "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_persons_shell_outlives_the_turn_that_was_asked_in_it() {
    let world = World::new();
    let id = term_id(&world);
    let goose = world.goose_path();
    let script = format!(
        "export AGENT_SESSION_ID={id}; sleep 385 & (setsid sleep 386 &); {goose} term run 'tool:sleep 387'; wait"
    );
    let shell = world.start(Path::new("/bin/bash"), &["-c", &script], Stdio::null(), Stdio::null());
    let persons: Vec<Proc> = ["sleep 385", "sleep 386"].iter().map(|c| world.carrier(&id, c)).collect();
    let tool = world.carrier(&id, "sleep 387");
    let asked = Proc::read(tool.ppid).expect("the goose of that turn");
    assert!(asked.command().contains("term run"), "{asked:?}");

    // Whether anything may be ended here is goosetop's to say; a person's programs are not.
    for args in
        [&["terminate", &id][..], &["emergency-cleanup"], &["emergency-cleanup", "--include-attached"]]
    {
        let output = world.goosetop(args[0], &[&args[1..], &["--yes", "--json"]].concat());
        assert_ne!(output.status.code(), Some(64), "{}", super::report::told(&output));
        assert!(all_live(&persons), "{args:?} ended a person's program: {}", super::report::told(&output));
        assert!(
            shell.proc.still_lives(),
            "{args:?} ended a person's shell: {}",
            super::report::told(&output)
        );
    }
}
