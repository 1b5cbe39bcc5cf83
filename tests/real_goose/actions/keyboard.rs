//! The same from the keyboard, at the smallest screen.

use std::fs;

use rustix::process::Signal;

use super::fleet::{Bystanders, Fleet, Run, all_live, assert_gone};
use crate::{process::Proc, terminal::Terminal, wait::until, world::World};

fn dashboard(world: &World) -> Terminal {
    dashboard_with(world, &[])
}

fn dashboard_with(world: &World, more: &[&str]) -> Terminal {
    let args = world.goosetop_args();
    let command = [&[env!("CARGO_BIN_EXE_goosetop"), &args[0], &args[1]], more].concat();
    Terminal::open(world, (80, 24), &world.hands_over(), &command)
}

/// A session whose tool ignores TERM, and a dashboard that has asked it to end and waits for that.
fn in_its_grace(world: &World) -> (Run, Terminal) {
    let run = Run::stubborn(world);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    world.dry("terminate", &[&run.id]);
    let screen = dashboard_with(world, &["--set", "actions.grace=300s"]);
    select(&screen, &run.id);
    screen.key("x");
    screen.until_shows(&run.goose.pid().to_string());
    screen.key("y");
    until("the owner ends", || (!run.goose.proc.still_lives()).then_some(()));
    (run, screen)
}

/// Puts the cursor on a session, and waits until it is there.
#[track_caller]
fn select(screen: &Terminal, id: &str) {
    screen.until_shows(id);
    screen.key("/");
    screen.line(id);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_emergency_is_typed() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let fleet = Fleet::start(&world);
    let doomed = fleet.doomed(&world);
    world.dry("emergency-cleanup", &[]);

    let screen = dashboard(&world);
    screen.until_shows(&fleet.tool.id);
    screen.key("X");
    screen.until_screen("the word to type", |s| s.contains("clean") && s.to_lowercase().contains("type"));
    // Enter without the word is no confirmation.
    screen.key("Enter");
    assert!(all_live(&doomed), "ended without the word");
    screen.line("clean");
    let report = screen.until_screen("the report", |s| {
        let s = s.to_lowercase();
        s.contains("closed") && s.contains("killed")
    });
    assert_gone(&doomed);
    bystanders.live();
    assert!(fleet.attached.proc.still_lives(), "{report}");
    assert!(screen.proc.still_lives());
    screen.key("Enter");
    screen.until_shows(&fleet.attached_id);
    screen.key("q");
    until("q ends it", || (!screen.proc.still_lives()).then_some(()));
    let audit = fs::read_to_string(world.home().join(".local/state/goosetop/audit.jsonl"));
    assert!(audit.is_ok_and(|text| text.contains("emergency-cleanup")), "the keyboard is on record too");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_emergency_can_be_left() {
    let world = World::new();
    let run = Run::in_a_tool(&world, "", &[]);
    let screen = dashboard(&world);
    screen.until_shows(&run.id);
    screen.key("X");
    screen.until_shows("clean");
    screen.key("Escape");
    screen.until_screen("the dashboard", |s| s.contains(&run.id) && !s.to_lowercase().contains("type"));
    assert!(all_live(&run.all()));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn the_selected_session_is_ended() {
    let world = World::new();
    let (chosen, other) = (Run::in_a_tool(&world, "", &[]), Run::in_a_tool(&world, "", &[]));
    for run in [&chosen, &other] {
        world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    }
    world.dry("terminate", &[&chosen.id]);
    let screen = dashboard(&world);
    select(&screen, &chosen.id);
    screen.key("x");
    screen.until_screen("the plan", |s| s.contains(&chosen.goose.pid().to_string()) && s.contains("TERM"));
    assert!(all_live(&chosen.all()), "ended before it was confirmed");
    screen.key("y");
    until("the owner ends", || (!chosen.goose.proc.still_lives()).then_some(()));
    screen.until_screen("the report", |s| s.to_lowercase().contains("closed"));
    assert_gone(&chosen.all());
    assert!(all_live(&other.all()), "{}", screen.screen());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn the_terminal_is_handed_over_and_taken_back() {
    let world = World::new();
    let mut killed = Run::hanging(&world);
    killed.goose.end(Signal::KILL);
    let id = killed.id.clone();
    let screen = dashboard(&world);
    select(&screen, &id);
    screen.key("r");
    // It may ask first; the dialog takes Enter.
    let shown =
        screen.until_screen("goose, or a question", |s| s.contains("goose is ready") || s.contains("esume"));
    if !shown.contains("goose is ready") {
        screen.key("Enter");
    }
    screen.until_shows("goose is ready");
    screen.line("say:again");
    until("the answer is stored", || world.rows().into_iter().find(|r| r.id == id && r.answers == 1));
    screen.line("/exit");
    screen.until_screen("the dashboard", |s| s.contains("goosetop") && s.contains("Healthy"));
    assert!(screen.proc.still_lives());
    // Its keys are the dashboard's again.
    screen.key("?");
    let help = screen.until_screen("the help", |s| s.contains("┌ Help"));
    // A key right after Escape would be taken for one with Alt.
    screen.key("Escape");
    screen.until_screen("the dashboard again", |s| *s != *help && s.contains("Healthy"));
    screen.key("q");
    until("q ends it", || (!screen.proc.still_lives()).then_some(()));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn the_grace_can_be_cut_short() {
    let world = World::new();
    let (run, screen) = in_its_grace(&world);
    screen.until_shows("KILL in");
    assert!(all_live(&run.tools), "{}", screen.screen());
    screen.key("K");
    until("its tools are killed", || (!run.tools.iter().any(Proc::still_lives)).then_some(()));
    screen.until_screen("the report", |s| s.to_lowercase().contains("killed"));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_dashboard_that_is_told_to_end_leaves_nothing_half_done() {
    let world = World::new();
    let (run, screen) = in_its_grace(&world);
    screen.proc.signal(Signal::TERM).expect("it waits for the grace to end");
    until("it ends", || (!screen.proc.still_lives()).then_some(()));
    assert!(all_live(&run.tools), "nobody asked for their KILL");
    assert!(world.procs().iter().all(|p| !p.is_stopped()), "left stopped");
    let audit = fs::read_to_string(world.home().join(".local/state/goosetop/audit.jsonl"));
    let audit = audit.expect("the audit log can be read");
    let goose = run.goose.pid().to_string();
    assert!(audit.contains(&goose) && audit.contains("exited"), "its end is not on record: {audit}");
    assert!(audit.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{audit}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_session_that_somebody_drives_is_not_resumed_from_the_dashboard() {
    let world = World::new();
    let run = Run::in_a_tool(&world, "", &[]);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    let screen = dashboard(&world);
    select(&screen, &run.id);
    screen.key("r");
    screen.until_screen("a refusal", |s| s.contains("driven") || s.contains("fork") || s.contains("attach"));
    assert!(world.procs().iter().all(|p| p.argv.iter().all(|a| a != "--resume")), "a second writer");
    assert!(all_live(&run.all()));
}
