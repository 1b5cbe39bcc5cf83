//! What a session takes (memory, money, context) and what outlives its place: limits are lowered so that
//! seconds are enough.

use std::{process::Stdio, thread, time::Duration};

use chrono::TimeDelta;
use goosetop::{config::Config, domain::health::Rule, sources::Depth};
use rustix::process::Signal;

use crate::{
    board::Session,
    process::Proc,
    terminal::Terminal,
    wait::{until, until_true},
    world::World,
};

#[track_caller]
fn warned(session: &Session, rule: &str, severity: &str, words: &str) {
    let finding = session.finding(rule).unwrap_or_else(|| panic!("{rule} is silent: {session:?}"));
    assert_eq!(finding.severity, severity, "{session:?}");
    assert!(finding.message.contains(words), "{finding:?}");
    assert!(!finding.evidence.is_empty(), "without proof: {finding:?}");
}

/// Holds so many million bytes in a shell's variable, and stays.
fn hoard(millions: u32) -> String {
    format!("x=$(head -c {millions}000000 /dev/zero | tr '\\0' x); sleep 300; true")
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn memory_counts_with_all_that_the_session_started() {
    let world = World::new();
    let _goose = world.run(&format!("tool:{}", hoard(150)));
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");

    // goose alone takes 120 to 135 MB, the shell 150 MB and more.
    let session =
        world.wait_for_session_with(&["--set", "health.memory_limit=220MiB"], &id, "it takes much", |s| {
            s.has("memory_limit")
        });
    warned(&session, "memory_limit", "warning", "limit 220M");
    assert_eq!(session.health, "healthy", "{session:?}");
    let told = world.goosetop("explain", &[&id, "--set", "health.memory_limit=8GiB"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("memory_limit: ") && told.contains("limit 8.0G"), "{told}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn memory_that_rises_without_a_pause_is_noted() {
    let world = World::new();
    let more = "for n in one two; do until test -e $n; do sleep 0.1; done; \
                x=$x$(head -c 120000000 /dev/zero | tr '\\0' x); touch $n.done; done; sleep 300; true";
    let _goose = world.run(&format!("tool:{more}"));
    let id = world.nth_session(1).id;
    world.carrier_that(&id, "the shell", |p| p.command().contains("for n in"));

    // The processes are real, the minutes between the looks are not.
    let mut config = Config::default();
    config.store.databases = vec![world.db()];
    let (mut sources, judge, clock) = goosetop::world::World::real(&config).into_parts(false);
    let began = clock.now();
    let mut look = |minutes: i64| {
        let now = began + TimeDelta::minutes(minutes);
        let board = judge(sources.look(now, Depth::Sweep, &[], false));
        board.sessions.into_iter().find(|v| v.key().id.raw() == id).expect("it is shown")
    };
    look(0);
    for (minutes, name) in [(5, "one"), (11, "two")] {
        std::fs::write(world.work().join(name), "").expect("a file in the scratch folder");
        until_true("its memory has grown", || world.work().join(format!("{name}.done")).exists());
        let view = look(minutes);
        let grew = view.findings.iter().find(|f| f.rule == Rule::MemoryGrowth);
        assert_eq!(grew.is_some(), minutes == 11, "{view:?}");
    }
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_model_calls_cost_is_added_up() {
    let world = World::new();
    let terminal = world.session(&[]);
    // 60,000 prompt tokens of gpt-4o are priced at 15 cents by goose's own table.
    for round in 1..=3 {
        terminal.line("used:60000:ok");
        world.first_session("the answer is stored", |row| row.answers == round);
    }
    let id = world.nth_session(1).id;

    let limit = ["--set", "health.cost_per_hour=0.40"];
    let session = world.wait_for_session_with(&limit, &id, "it is dear", |s| s.has("cost_burn"));
    warned(&session, "cost_burn", "warning", "$0.4");
    let below = world.board(&["--set", "health.cost_per_hour=0.50"]);
    assert!(below.session(&id).is_some_and(|s| !s.has("cost_burn")), "{below:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_context_of_unknown_size_is_not_called_empty() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("used:120000:ok");
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;

    // goose 1.52 stores what a call took, and not what the model can take (measured).
    let told = world.goosetop("explain", &[&id]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("context_full: how full the context is, is not known"), "{told}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_schedule_that_runs_twice_is_named() {
    let world = World::new();
    let recipe = world.work().join("nightly.yaml");
    let text = "version: 1.0.0\ntitle: nightly\ndescription: d\nprompt: 'tool:sleep 300'\n";
    std::fs::write(&recipe, text).expect("a recipe in the scratch folder");
    let source = recipe.display().to_string();
    let add =
        ["schedule", "add", "--schedule-id", "nightly", "--cron", "0 0 1 1 *", "--recipe-source", &source];
    world.ask(&add);
    let now = ["schedule", "run-now", "--schedule-id", "nightly"];
    let first = world.goose(&now);
    let one = world.nth_session(1).id;
    world.carrier(&one, "sleep 300");
    let alone = world.wait_for_session(&one, "it runs", |s| s.turn.state == "running_tool");
    assert!(alone.is_owned_by(first.pid()) && !alone.has("scheduled_twice"), "{alone:?}");

    let second = world.goose(&now);
    let two = world.nth_session(2).id;
    world.carrier(&two, "sleep 300");
    let session = world.wait_for_session(&two, "it runs twice", |s| s.has("scheduled_twice"));
    warned(&session, "scheduled_twice", "warning", &one);
    assert!(session.is_owned_by(second.pid()), "{session:?}");
    let board = world.board(&[]);
    assert!(board.session(&one).is_some_and(|s| !s.has("scheduled_twice")), "said of the newer: {board:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_desktops_server_without_its_desktop_is_orphaned() {
    // Alone: the exit code judges every goose of this machine.
    let world = World::alone();
    assert!(world.run("say:hello").wait().success(), "a server alone makes no store");
    let goose = world.goose_path();
    let serve = format!("'{goose}' serve --platform desktop --dangerously-unauthenticated --port 0 & wait");
    let mut desktop = world.start("/bin/sh".as_ref(), &["-c", &serve], Stdio::null(), Stdio::null());
    let server = until("the server runs", || {
        world.procs().into_iter().find(|p| p.ppid == desktop.pid() && p.argv.iter().any(|a| a == "serve"))
    });
    let living = world.wait_for("it is listed", |b| b.untracked.iter().any(|p| p.pid == server.pid));
    assert!(living.leaked.is_empty(), "{living:?}");
    assert_eq!(world.goosetop("health-check", &[]).status.code(), Some(0), "its Desktop lives");

    desktop.end(Signal::KILL);
    until_true("it is adopted", || Proc::read(server.pid).is_some_and(|p| p.ppid != server.ppid));
    assert!(server.still_lives(), "the server ended with its Desktop");
    let checked = world.goosetop("health-check", &[]);
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(2), "{told}");
    assert!(told.contains("without its Desktop"), "{told}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_goose_whose_terminal_was_closed_is_orphaned() {
    let world = World::new();
    // goose dies of the hangup; one that was started to ignore it lives on until its turn is over.
    let script = format!("trap '' HUP; '{}' session; true", world.goose_path());
    let terminal = Terminal::open(&world, (120, 40), &world.goose_env(), &["/bin/sh", "-c", &script]);
    terminal.until_shows("goose is ready");
    terminal.line("hang");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;
    until_true("the model is asked", || world.model.waiting() == 1);
    let attached = world.wait_for_session(&id, "it waits for the model", |s| s.attached == Some(true));
    assert!(!attached.has("terminal_gone"), "{attached:?}");

    let shell = terminal.pid();
    let goose = world.procs().into_iter().find(|p| p.ppid == shell).expect("goose is the shell's child");
    drop(terminal);
    thread::sleep(Duration::from_millis(500));
    assert!(goose.still_lives(), "goose ended with its terminal");
    let session = world.wait_for_session(&id, "its terminal is gone", |s| s.health == "orphaned");
    warned(&session, "terminal_gone", "orphaned", "terminal was closed");
}
