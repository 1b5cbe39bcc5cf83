//! Emergency clean of a whole machine: everything owned or leaked ends, nothing else does.

use std::collections::BTreeSet;

use super::fleet::{Bystanders, Fleet, all_live, assert_gone};
use crate::{process::Proc, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_emergency_ends_the_fleet_and_spares_the_rest() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let fleet = Fleet::start(&world);
    let doomed = fleet.doomed(&world);
    let expected: BTreeSet<u32> = doomed.iter().map(|p| p.pid).collect();

    let planned = world.dry("emergency-cleanup", &[]);
    assert_eq!(planned.pids(), expected, "the plan is the fleet: {planned:#?}");
    assert!(planned.steps.iter().all(|s| s.outcome == "not_sent" && s.signals.is_empty()), "{planned:#?}");
    assert_eq!((planned.sessions_closed, planned.processes_terminated), (0, 0));
    assert!(all_live(&doomed), "a dry run ends nothing");

    let report = world.act("emergency-cleanup", &["--grace", "1s", "--reason", "the machine is full"]);
    assert_eq!(report.pids(), expected, "{report:#?}");
    assert_gone(&doomed);
    bystanders.live();
    assert!(fleet.attached.proc.still_lives(), "somebody sits there");
    let why = report.why_left(&fleet.attached_id);
    assert!(why.contains("terminal") || why.contains("attached"), "{why}");
    assert_eq!(report.failed, 0, "{report:#?}");
    assert!(report.sessions_closed >= 5, "five with an owner, and one with leftovers alone: {report:#?}");
    assert_eq!(report.reason.as_deref(), Some("the machine is full"));
    for step in &report.steps {
        assert!(matches!(step.outcome.as_str(), "exited" | "killed" | "already_gone"), "{step:?}");
    }
    for child in &fleet.stubborn.tools {
        let step = report.step(child.pid);
        assert_eq!(step.outcome, "killed", "it does not hear TERM: {step:?}");
    }
    let board = world.board(&[]);
    assert!(board.leaked.is_empty(), "{:?}", board.leaked);
    let owned: Vec<&str> =
        board.sessions.iter().filter(|s| s.owner.is_some()).map(|s| s.id.as_str()).collect();
    assert_eq!(owned, [&fleet.attached_id]);

    let report = world.act("emergency-cleanup", &["--grace", "1s", "--include-attached"]);
    assert_eq!(report.pids(), BTreeSet::from([fleet.attached.pid()]), "{report:#?}");
    assert!(!fleet.attached.proc.still_lives());
    bystanders.live();
    let spared: BTreeSet<u32> = bystanders.pids().into_iter().collect();
    // The children of a bystander's script are bystanders too.
    let below = |p: &Proc| spared.contains(&p.pid) || spared.contains(&p.ppid);
    let left: Vec<Proc> = world.procs().into_iter().filter(|p| !below(p)).collect();
    assert!(left.is_empty(), "{left:?}");
    let nothing = world.act("emergency-cleanup", &["--include-attached"]);
    assert!(nothing.steps.is_empty(), "{nothing:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn all_sessions_are_closed_and_leftovers_stay() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let fleet = Fleet::start(&world);
    let owned = fleet.owned(&world);

    let report = world.act("close-all", &["--grace", "1s"]);
    assert_gone(&owned);
    assert_eq!(report.pids(), owned.iter().map(|p| p.pid).collect(), "{report:#?}");
    assert_eq!((report.sessions_closed, report.failed), (5, 0), "{report:#?}");
    assert!(all_live(&fleet.killed.tools), "leftovers have no owner to close");
    assert!(fleet.attached.proc.still_lives());
    report.why_left(&fleet.attached_id);
    bystanders.live();
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn without_a_yes_nothing_is_ended() {
    let world = World::new();
    let run = super::fleet::Run::in_a_tool(&world, "", &[]);
    let all = run.all();
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    let verbs: [(&str, &[&str]); 3] =
        [("emergency-cleanup", &[]), ("close-all", &[]), ("terminate", &[&run.id])];
    for (verb, args) in verbs {
        let output = world.goosetop(verb, args);
        assert!(!output.status.success(), "{verb} must ask: {}", super::report::told(&output));
        let refused = world.goosetop(verb, &[args, &["--yes", "--read-only"]].concat());
        assert!(!refused.status.success(), "{verb} is read-only: {}", super::report::told(&refused));
    }
    assert!(all_live(&all));
}
