//! Ending one session, alone in its process or beside others in a server.

use super::fleet::{Bystanders, Fleet, Run, all_live, another_second, assert_gone, editor};
use crate::world::World;

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn one_session_ends_with_all_it_started_and_no_other() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let fleet = Fleet::start(&world);
    let ending = fleet.tool.all();
    let mut others = fleet.doomed(&world);
    others.retain(|p| !ending.contains(p));

    let report = world.act("terminate", &[&fleet.tool.id]);
    assert_gone(&ending);
    assert!(all_live(&others), "another session was touched: {report:#?}");
    assert!(fleet.attached.proc.still_lives());
    bystanders.live();
    assert_eq!(report.pids(), ending.iter().map(|p| p.pid).collect(), "{report:#?}");
    assert_eq!(report.steps.first().map(|s| s.pid), Some(fleet.tool.goose.pid()), "the owner first");
    assert_eq!((report.sessions_closed, report.failed), (1, 0), "{report:#?}");
    assert!(report.steps.iter().all(|s| s.session_id.as_deref() == Some(&fleet.tool.id)), "{report:#?}");
    let board = world.board(&["--all"]);
    let row = board.session(&fleet.tool.id).expect("its row stays");
    assert!(row.owner.is_none(), "another goose is taken for it: {row:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_person_may_end_what_sits_in_a_terminal() {
    let world = World::new();
    let terminal = world.session(&[]);
    let id = world.nth_session(1).id;
    world.wait_for_session(&id, "it is owned", |s| s.is_owned_by(terminal.pid()));

    let report = world.act("terminate", &[&id]);
    assert!(!terminal.proc.still_lives());
    assert_eq!(report.sessions_closed, 1, "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn several_are_ended_at_once() {
    let world = World::new();
    let one = Run::in_a_tool(&world, "", &[]);
    another_second();
    let two = Run::hanging(&world);
    another_second();
    let third = Run::hanging(&world);
    for run in [&one, &two, &third] {
        world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    }
    let report = world.act("terminate", &[&one.id, &two.id]);
    assert_gone(&one.all());
    assert_gone(&two.all());
    assert!(third.goose.proc.still_lives());
    assert_eq!(report.sessions_closed, 2, "{report:#?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_server_outlives_one_of_its_sessions() {
    let world = World::new();
    let (acp, tool, hanging) = editor(&world);
    let server = acp.goose.proc.clone();
    for id in [&tool, &hanging] {
        world.wait_for_session(id, "it is owned", |s| s.is_owned_by(server.pid));
    }
    let tools = world.carriers(&tool);
    assert_eq!(tools.len(), 3, "a shell and two children: {tools:?}");

    let report = world.act("terminate", &[&tool]);
    assert_gone(&tools);
    assert!(server.still_lives(), "another session lives in it");
    let left = report.left_alone.iter().find(|l| l.pid == Some(server.pid));
    assert!(left.is_some_and(|l| l.why.contains("session") || l.why.contains("server")), "{report:#?}");
    let named: Vec<&str> = report.steps.iter().filter_map(|s| s.session_id.as_deref()).collect();
    assert!(!named.contains(&hanging.as_str()), "{report:#?}");
    // The other one is served still.
    let other = world.wait_for_session(&hanging, "it is owned still", |s| s.is_owned_by(server.pid));
    assert_eq!(other.turn.state, "waiting_for_model");
    // Nothing of the other's runs outside the server.
    let report = world.act("terminate", &[&hanging]);
    assert!(report.steps.is_empty() && report.sessions_closed == 0, "{report:#?}");
    assert!(server.still_lives());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_server_ends_when_all_its_sessions_are_named() {
    let world = World::new();
    let (acp, tool, hanging) = editor(&world);
    let server = acp.goose.proc.clone();
    for id in [&tool, &hanging] {
        world.wait_for_session(id, "it is owned", |s| s.is_owned_by(server.pid));
    }
    let mut ending = world.carriers(&tool);
    ending.push(server.clone());
    let shown = world.goosetop("terminate", &[&tool, "--end-servers", "--dry-run"]);
    let words = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(words.contains(&tool) && words.contains(&hanging), "both are named: {words}");
    assert!(all_live(&ending), "a dry run ends nothing");

    let report = world.act("terminate", &[&tool, "--end-servers"]);
    assert_gone(&ending);
    assert_eq!(report.sessions_closed, 2, "{report:#?}");
    assert!(report.step(server.pid).got("TERM"));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_is_not_there_cannot_be_ended() {
    let world = World::new();
    assert!(world.run("say:hello").wait().success());
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    let report = world.act("terminate", &[&id]);
    assert!(report.steps.is_empty() && report.sessions_closed == 0, "{report:#?}");
    report.why_left(&id);
    world.refused("terminate", &["20200101_99"]);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn extension_servers_end_with_their_session() {
    let world = World::new();
    let script = world.extension();
    let terminal = world.session(&["--with-extension", &format!("sh {script}")]);
    let id = world.nth_session(1).id;
    let server = world.carrier_that(&id, &script, |p| p.argv.last() == Some(&script));
    world.wait_for_session(&id, "its owner is certain", |s| s.strength() == "certain");

    // The server dies with its goose by itself (parent-death signal): whoever is first, it is no failure.
    let report = world.act("terminate", &[&id]);
    assert_gone(&[server.clone(), terminal.proc.clone()]);
    assert_eq!(report.failed, 0, "{report:#?}");
    let step = report.step(server.pid);
    assert!(matches!(step.outcome.as_str(), "exited" | "already_gone"), "{step:?}");
}
