//! How far an emergency clean reaches.

use super::fleet::{Bystanders, Run, all_live, another_second, assert_gone};
use crate::world::World;

/// Older than this is stuck or orphaned in these tests; a session just started must be younger.
const OLD: &str = "20s";

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn leaked_reaches_no_session() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let running = Run::in_a_tool(&world, "", &[]);
    let mut killed = Run::in_a_tool(&world, "", &[]);
    killed.orphan();
    another_second();
    let hanging = Run::hanging(&world);
    world.wait_for("it is leaked", |b| b.leaked.len() >= killed.tools.len());

    let report = world.act("emergency-cleanup", &["--scope", "leaked"]);
    assert_gone(&killed.tools);
    assert!(all_live(&running.all()) && all_live(&hanging.all()), "{report:#?}");
    bystanders.live();
    assert_eq!(report.processes_terminated, killed.tools.len(), "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn stuck_reaches_the_stuck_alone() {
    let world = World::new();
    let (old, fresh, killed) = old_and_fresh(&world, &["--stuck-after", OLD], "stuck");
    let report = world.act("emergency-cleanup", &["--scope", "stuck", "--stuck-after", OLD]);
    assert_gone(&old.all());
    assert!(all_live(&fresh.all()), "{report:#?}");
    assert!(all_live(&killed.tools), "leftovers are not stuck: {report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn orphaned_reaches_the_orphaned_and_the_leaked() {
    let world = World::new();
    let limits = ["--stuck-after", "1s", "--orphaned-after", OLD];
    let (old, fresh, killed) = old_and_fresh(&world, &limits, "orphaned");
    let report = world.act("emergency-cleanup", &[&["--scope", "orphaned"], &limits[..]].concat());
    assert_gone(&old.all());
    assert_gone(&killed.tools);
    assert!(all_live(&fresh.all()), "{report:#?}");
}

/// A session that is of this class, one that was just started, and one that is gone with leftovers.
fn old_and_fresh(world: &World, limits: &[&str], class: &str) -> (Run, Run, Run) {
    let old = Run::in_a_tool(world, "", &[]);
    let mut killed = Run::in_a_tool(world, "", &[]);
    killed.orphan();
    world.wait_for_with(limits, class, |b| b.session(&old.id).is_some_and(|s| s.health == class));
    let fresh = Run::in_a_tool(world, "", &[]);
    world.wait_for_session(&fresh.id, "it is owned", |s| s.is_owned_by(fresh.goose.pid()));
    (old, fresh, killed)
}
