//! Processes that do not want to end.

use super::fleet::{Run, all_live, assert_gone};
use crate::{process::Proc, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_ignores_term_is_killed_after_the_grace() {
    let world = World::new();
    let run = Run::stubborn(&world);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));

    let report = world.act("terminate", &[&run.id, "--grace", "1s"]);
    assert_gone(&run.all());
    assert_eq!(report.step(run.goose.pid()).outcome, "exited", "{report:#?}");
    assert!(!report.step(run.goose.pid()).got("KILL"), "{report:#?}");
    for tool in &run.tools {
        let step = report.step(tool.pid);
        assert_eq!(step.outcome, "killed", "{report:#?}");
        assert!(step.got("TERM") && step.got("KILL"), "{report:#?}");
    }
    assert_eq!((report.sessions_closed, report.failed), (1, 0), "{report:#?}");
    assert_eq!(report.processes_terminated, 3, "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_starts_others_all_the_time_is_ended_with_them() {
    let world = World::new();
    // Its children live for a moment each: no plan can name them all.
    let script = "tool:trap '' TERM; sleep 371 & while :; do sleep 0.0371; done";
    let run = Run::start(&world, "", &[], script, &["sleep 371"]);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));

    let output = world.goosetop("terminate", &[&run.id, "--grace", "1s", "--yes", "--json"]);
    let left: Vec<Proc> = world.carriers(&run.id);
    assert!(left.is_empty(), "{left:?}: {}", super::report::told(&output));
    assert!(output.status.success(), "{}", super::report::told(&output));
    assert!(world.board(&[]).leaked.is_empty());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_leaves_its_tree_when_told_to_end_is_found() {
    let world = World::new();
    // On TERM it starts a daemon outside its tree, its group and its unix session, and ends.
    let script = "tool:trap 'setsid sleep 373 & exit' TERM; sleep 372 & wait; wait";
    let run = Run::start(&world, "", &[], script, &["sleep 372"]);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));

    let output = world.goosetop("terminate", &[&run.id, "--grace", "2s", "--yes", "--json"]);
    let left: Vec<Proc> = world.carriers(&run.id);
    assert!(left.is_empty(), "{left:?}: {}", super::report::told(&output));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_stopped_session_can_be_ended() {
    let world = World::new();
    let run = Run::in_a_tool(&world, "", &[]);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    let all = run.all();
    for proc in &all {
        proc.signal(rustix::process::Signal::STOP).expect("it can be stopped");
    }
    assert!(all_live(&all));
    world.act("terminate", &[&run.id, "--grace", "1s"]);
    assert_gone(&all);
}
