//! Ending what belongs to a project, by its folder or by its name.

use std::time::{Duration, Instant};

use super::fleet::{Bystanders, Run, all_live, assert_gone};
use crate::world::World;

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_folder_names_what_is_at_or_under_it() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let (at, under) = (Run::in_a_tool(&world, "api", &[]), Run::in_a_tool(&world, "api/v2", &[]));
    // Begins with the same letters, and is another folder.
    let (beside, above) = (Run::in_a_tool(&world, "api2", &[]), Run::in_a_tool(&world, "", &[]));
    owned(&world, &[&at, &under, &beside, &above]);

    let folder = world.work().join("api").display().to_string();
    let report = world.act("cleanup-project", &[&folder, "--status", "completed"]);
    assert_gone(&at.all());
    assert_gone(&under.all());
    assert!(all_live(&beside.all()) && all_live(&above.all()), "{report:#?}");
    assert_eq!((report.sessions_closed, report.failed), (2, 0), "{report:#?}");
    bystanders.live();
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_name_names_what_begins_with_or_holds_it() {
    let world = World::new();
    let begins = Run::in_a_tool(&world, "", &["-n", "frontend-CreateLoginForm"]);
    let holds = Run::in_a_tool(&world, "", &["-n", "acme-frontend"]);
    let other = Run::in_a_tool(&world, "", &["-n", "backend-SetupDatabase"]);
    owned(&world, &[&begins, &holds, &other]);

    for status in ["cancelled", "stopped"] {
        world.dry("cleanup-project", &["frontend", "--status", status]);
    }
    let report = world.act("cleanup-project", &["frontend", "--status", "stopped"]);
    assert_gone(&begins.all());
    assert_gone(&holds.all());
    assert!(all_live(&other.all()), "{report:#?}");
    assert_eq!(report.sessions_closed, 2, "{report:#?}");
    let nothing = world.act("cleanup-project", &["nobody-knows-this", "--status", "completed"]);
    assert!(nothing.steps.is_empty(), "{nothing:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_failed_project_is_cleaned_again_after_two_seconds() {
    let world = World::new();
    let running = Run::in_a_tool(&world, "", &["-n", "frontend-one"]);
    let mut killed = Run::in_a_tool(&world, "", &["-n", "frontend-two"]);
    let mut others = Run::in_a_tool(&world, "", &["-n", "backend-one"]);
    let other = Run::in_a_tool(&world, "", &["-n", "backend-two"]);
    killed.orphan();
    others.orphan();
    owned(&world, &[&running, &other]);
    world.wait_for("both are leaked", |b| b.leaked.len() >= killed.tools.len() + others.tools.len());

    // Its plan is that of the first pass; what the second one finds is not known yet.
    world.dry("cleanup-project", &["frontend", "--status", "failed"]);
    let began = Instant::now();
    let output = world.goosetop("cleanup-project", &["frontend", "--status", "failed", "--yes", "--json"]);
    let took = began.elapsed();
    let told = super::report::told(&output);
    assert!(output.status.success(), "{told}");
    assert_gone(&running.all());
    assert_gone(&killed.tools);
    assert!(all_live(&other.all()), "another project was touched: {told}");
    assert!(all_live(&others.tools), "another project's leftovers were touched: {told}");
    assert!(took >= Duration::from_secs(2), "no second pass after {took:?}: {told}");
}

#[track_caller]
fn owned(world: &World, runs: &[&Run]) {
    for run in runs {
        world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    }
}
