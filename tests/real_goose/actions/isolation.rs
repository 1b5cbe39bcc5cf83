//! Other stores of this machine, with the same session ids, and terminals that an agent opened.

use std::collections::BTreeSet;

use rustix::process::Signal;

use super::fleet::{Run, all_live, assert_gone};
use crate::{board::pids, process::Proc, world::World};

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn another_store_with_the_same_ids_is_not_touched() {
    let (world, other) = (World::new(), World::new());
    // Ids begin anew in every store: each of these exists in both.
    let (mut ours, mut theirs) = (Run::in_a_tool(&world, "", &[]), Run::in_a_tool(&other, "", &[]));
    assert_eq!(ours.id, theirs.id, "the scene: one id in two stores");
    let (running, strange) = (Run::in_a_tool(&world, "", &[]), Run::in_a_tool(&other, "", &[]));
    assert_eq!(running.id, strange.id, "the scene: one id in two stores");
    ours.orphan();
    theirs.orphan();
    let mut doomed = running.all();
    doomed.extend(ours.tools.iter().cloned());
    let mut spared = strange.all();
    spared.extend(theirs.tools.iter().cloned());
    world.wait_for("ours is leaked", |b| b.leaked.len() >= ours.tools.len());

    let planned = world.dry("emergency-cleanup", &["--include-attached"]);
    assert_eq!(planned.pids(), doomed.iter().map(|p| p.pid).collect::<BTreeSet<_>>(), "{planned:#?}");
    world.act("terminate", &[&running.id]);
    assert!(all_live(&spared), "ended by the same id in another store");
    world.act("emergency-cleanup", &["--include-attached"]);
    assert_gone(&doomed);
    assert!(all_live(&spared), "ended by an emergency of another store");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_terminal_that_an_agent_opened_outlives_every_bulk_action() {
    let world = World::new();
    let mut leaker = in_tmux(&world, "first", "sleep 361", "sleep 362");
    let runner = in_tmux(&world, "second", "sleep 363", "sleep 364");
    let keepers: Vec<Proc> = ["sleep 361", "sleep 363"].iter().flat_map(|c| with_keeper(&world, c)).collect();
    assert_eq!(keepers.len(), 4, "two servers, two programs in them: {keepers:?}");
    leaker.goose.end(Signal::KILL);
    let tool = world.carrier(&leaker.id, "sleep 362");
    world.wait_for("the tool is leaked", |b| b.leaked.iter().any(|p| p.pid == tool.pid));
    world.wait_for_session(&runner.id, "it is owned", |s| s.is_owned_by(runner.goose.pid()));

    let report = world.act("emergency-cleanup", &[]);
    assert!(all_live(&keepers), "a person's terminal was ended: {report:#?}");
    assert!(!tool.still_lives());
    assert!(!runner.goose.proc.still_lives());
    let left: BTreeSet<u32> = report.left_alone.iter().filter_map(|l| l.pid).collect();
    for keeper in keepers.iter().filter(|p| p.command().contains("tmux")) {
        assert!(left.contains(&keeper.pid), "{} is not said to be left alone: {report:#?}", keeper.pid);
    }
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_goose_that_began_with_one_that_is_gone_is_not_ended_for_it() {
    // Rows have whole seconds: two goose of one second can only be told apart by what they started.
    let (world, mut gone, terminal) = of_one_second(|world| world.session(&[]));
    gone.orphan();
    let board = world.board(&[]);
    let tied = board.session(&gone.id).is_some_and(|s| s.is_owned_by(terminal.pid()));
    assert!(!tied, "its tools' process group is not that goose's: {board:#?}");
    assert_eq!(pids(&board.leaked), crate::process::pids(&gone.tools), "{board:#?}");

    let planned = world.dry("terminate", &[&gone.id]);
    assert!(!planned.pids().contains(&terminal.pid()), "a person's goose is named: {planned:#?}");
    world.act("emergency-cleanup", &["--scope", "leaked"]);
    assert_gone(&gone.tools);
    assert!(terminal.proc.still_lives());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_goose_does_not_move_to_the_row_of_one_that_was_ended() {
    let (world, ended, other) = of_one_second(|world| world.run("hang"));
    // Either may have come first.
    let id = world.rows().into_iter().map(|row| row.id).find(|id| *id != ended.id).expect("the other's row");
    world.wait_for_session(&id, "it is owned", |s| s.is_owned_by(other.pid()));

    world.act("terminate", &[&ended.id]);
    assert_gone(&ended.all());
    let board = world.board(&["--all"]);
    let row = board.session(&ended.id).expect("its row stays");
    assert!(row.owner.is_none(), "the next `terminate` would end another goose: {row:#?}");
    assert!(board.session(&id).is_some_and(|s| s.is_owned_by(other.pid())), "{board:#?}");
    let again = world.act("terminate", &[&ended.id]);
    assert!(again.steps.is_empty(), "{again:#?}");
    assert!(other.proc.still_lives());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn goose_that_were_started_one_after_another_are_not_crossed() {
    let world = World::new();
    // Quick enough that some of their rows are of one second, and some are of the next one's second.
    let runs: Vec<Run> = (0..8).map(|_| Run::hanging(&world)).collect();
    let board =
        world.wait_for("all are owned", |b| b.sessions.iter().filter(|s| s.owner.is_some()).count() == 8);
    let crossed: Vec<_> = runs
        .iter()
        .filter_map(|run| Some((run.goose.pid(), board.session(&run.id)?)))
        .filter(|(pid, session)| !session.is_owned_by(*pid))
        .map(|(pid, session)| (&session.id, pid, &session.owner))
        .collect();
    assert!(crossed.is_empty(), "ending one would end another: {crossed:#?}");
}

/// A run in a tool and something else, both begun in the same second of the same place.
fn of_one_second<T: Send>(other: impl Fn(&World) -> T + Sync) -> (World, Run, T) {
    for _ in 0..40 {
        let world = World::new();
        // Side by side: on a busy machine a start alone takes more than a second.
        let (run, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| other(&world));
            let words = "tool:sleep 365 & sleep 366; echo over";
            let run = Run::beside_another(&world, words, &["sleep 365", "sleep 366"]);
            (run, second.join().expect("the other goose begins"))
        });
        let (one, two) = (world.nth_session(1), world.nth_session(2));
        if one.created == two.created {
            return (world, run, second);
        }
    }
    panic!("the scene: no two goose began in one second");
}

/// A run whose tool opens a terminal and goes on with something else.
fn in_tmux(world: &World, socket: &str, inside: &str, beside: &str) -> Run {
    let folder = world.home().display().to_string();
    let tmux = format!("TMUX_TMPDIR={folder} tmux -f /dev/null -L {socket} new -d {inside}");
    Run::start(world, "", &[], &format!("tool:{tmux}; {beside}; echo over"), &[inside, beside])
}

/// A program in a terminal, and the server that keeps it.
fn with_keeper(world: &World, command: &str) -> Vec<Proc> {
    let all = world.procs();
    let inside = all.into_iter().find(|p| p.command() == command).expect("the scene: it runs in tmux");
    let keeper = Proc::read(inside.ppid).expect("its tmux server");
    assert!(keeper.command().contains("tmux"), "{keeper:?}");
    vec![keeper, inside]
}
