//! The right class with its proof for everything that goes wrong, and no alarm for what goes well.
//!
//! Limits of minutes are set to seconds by `--set`; a session that must stay healthy is held against the
//! same short limits, so that its calm proves something.

use std::{thread, time::Duration};

use rustix::process::Signal;

use crate::{
    board::Session,
    process::Proc,
    wait::{until, until_true},
    world::World,
};

/// Model calls are judged within seconds.
const SHORT_MODEL: [&str; 4] = ["--set", "health.model_warn=1s", "--set", "health.model_stuck=2s"];

/// Extensions are expected at once.
const SHORT_START: [&str; 2] = ["--set", "health.extension_start=1s"];

/// The rule speaks with this weight, with proof and with advice that contains these words.
#[track_caller]
fn said(session: &Session, rule: &str, severity: &str, advice: &str) {
    let finding = session.finding(rule).unwrap_or_else(|| panic!("{rule} is silent: {session:?}"));
    assert_eq!(finding.severity, severity, "{session:?}");
    assert!(!finding.message.is_empty() && !finding.evidence.is_empty(), "without proof: {finding:?}");
    assert!(finding.advice.as_deref().is_some_and(|a| a.contains(advice)), "{finding:?}");
}

#[track_caller]
fn calm(session: &Session) {
    assert_eq!(session.health, "healthy", "{session:?}");
    assert!(session.is_calm(), "a finding above a note: {session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_model_that_hangs_is_stuck() {
    let world = World::new();
    let _goose = world.run("hang");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;
    until_true("the model is asked", || world.model.waiting() == 1);

    let session =
        world.wait_for_session_with(&SHORT_MODEL, &id, "the model is silent", |s| s.health == "stuck");
    said(&session, "model_silent", "stuck", &format!("terminate {id}"));
    calm(&world.wait_for_session(&id, "it is patient by default", |s| s.turn.state == "waiting_for_model"));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_model_that_only_keeps_the_line_open_is_silent_too() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("keepalive");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;

    let session =
        world.wait_for_session_with(&SHORT_MODEL, &id, "the model is silent", |s| s.health == "stuck");
    said(&session, "model_silent", "stuck", "Ctrl-C");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_tool_that_sleeps_is_a_warning() {
    let world = World::new();
    let _goose = world.run("tool:sleep 300");
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");

    let short = ["--set", "health.tool_timeout=1s"];
    let session = world.wait_for_session_with(&short, &id, "its tool is silent", |s| s.has("tool_silent"));
    said(&session, "tool_silent", "warning", &format!("terminate {id}"));
    assert_eq!(session.health, "healthy", "a silent tool alone is no stuck session: {session:?}");
    calm(&world.board(&[]).session(&id).cloned().expect("it is shown"));
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_tool_at_work_is_healthy_however_long_it_takes() {
    let world = World::new();
    let _goose = world.run("tool:while true; do :; done");
    let id = world.nth_session(1).id;
    let tool = world.carrier_that(&id, "the loop", |p| p.command().contains("while true"));
    thread::sleep(Duration::from_secs(5));
    assert!(tool.still_lives());

    let short = ["--stuck-after", "3s", "--orphaned-after", "1h", "--set", "health.tool_timeout=2s"];
    for _ in 0..3 {
        let board = world.board(&short);
        calm(board.session(&id).expect("it is shown"));
    }
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn the_same_call_again_and_again_is_a_loop() {
    let world = World::new();
    let _goose = world.run("loophang:echo over:6");
    let id = world.first_session("six results are stored", |row| row.calls >= 6 && row.messages >= 14).id;
    until_true("the model is asked once more", || world.model.waiting() == 1);

    let session = world.wait_for_session(&id, "it loops", |s| s.health == "stuck");
    said(&session, "loop", "stuck", &format!("terminate {id}"));
    assert!(session.finding("loop").is_some_and(|f| f.message.contains("×6")), "{session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_seventh_call_that_runs_is_part_of_the_loop() {
    let world = World::new();
    // Six at once, the seventh stays: the command is the same each time.
    let command = "echo x >> count; test $(wc -l < count) -lt 7 || sleep 300";
    let _goose = world.run(&format!("loop:{command}:9"));
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");

    let session = world.wait_for_session(&id, "it loops", |s| s.has("loop"));
    said(&session, "loop", "stuck", &format!("terminate {id}"));
    assert_eq!(session.turn.state, "running_tool", "{session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_provider_that_fails_is_no_alarm_while_goose_tries_again_nor_after() {
    for status in ["500", "429"] {
        let world = World::new();
        let terminal = world.session(&[]);
        terminal.line(&format!("fail:{status}"));
        let id = world.first_session("the words are stored", |row| row.messages > 0).id;
        calm(&world.wait_for_session(&id, "goose tries again", |s| s.turn.state == "waiting_for_model"));
        calm(&world.wait_for_session(&id, "its user is awaited", |s| s.turn.state == "waiting_for_user"));

        // A headless run ends without a word; that the person was not answered is all that is stored.
        let mut goose = world.run(&format!("fail:{status}"));
        goose.wait();
        let run = world.nth_session(2).id;
        let session = world.wait_for_session(&run, "it is interrupted", |s| s.health == "orphaned");
        said(&session, "interrupted", "orphaned", &format!("resume {run}"));
    }
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_refused_key_is_named_once_it_is_a_streak() {
    let world = World::new();
    let terminal = world.session(&[]);
    for round in 1..=3 {
        terminal.line("fail:401");
        let id = world.first_session("the refusal is stored", |row| row.answers == round).id;
        let session = world.wait_for_session(&id, "its turn failed", |s| s.turn.state == "failed");
        if round < 3 {
            calm(&session);
            continue;
        }
        let session = world.wait_for_session(&id, "it is a streak", |s| s.health == "stuck");
        said(&session, "error_streak", "stuck", "goose configure");
        let finding = session.finding("error_streak").expect("it was just there");
        assert!(finding.message.contains("refuses the key"), "{finding:?}");
    }

    let mut goose = world.run("fail:401");
    assert!(!goose.wait().success());
    let run = world.nth_session(2).id;
    let all = world.wait_for_with(&["--all"], "it is history", |b| b.session(&run).is_some());
    let session = all.session(&run).expect("it was just there");
    assert_eq!((session.health.as_str(), session.turn.state.as_str()), ("ended", "failed"));
    assert!(session.findings.is_empty(), "{session:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_approval_is_a_note_and_then_a_warning() {
    let world = World::new().with_mode("approve");
    let terminal = world.session(&[]);
    terminal.line("tool:sleep 300");
    terminal.until_shows("Always Allow");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;

    let session = world.wait_for_session(&id, "it asks", |s| s.has("awaiting_approval"));
    said(&session, "awaiting_approval", "note", &format!("answer {id}"));
    calm(&session);
    let short = ["--set", "health.max_inactivity=1s"];
    let session = world.wait_for_session_with(&short, &id, "it asks for long", |s| {
        s.finding("awaiting_approval").is_some_and(|f| f.severity == "warning")
    });
    assert_eq!(session.health, "healthy");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn two_writers_are_stuck_with_both_named() {
    let world = World::new();
    assert!(world.run("say:one").wait().success());
    let id = world.nth_session(1).id;
    let resume = ["run", "--resume", "--session-id", &id, "-t", "tool:sleep 300"];
    let pids = [world.goose(&resume), world.goose(&resume)].map(|goose| (goose.pid(), goose));
    until_true("both run their tool", || world.carriers(&id).len() == 2);

    let session = world.wait_for_session(&id, "two write it", |s| s.health == "stuck");
    said(&session, "two_writers", "stuck", "end goose");
    let finding = session.finding("two_writers").expect("it was just there");
    assert!(pids.iter().all(|(pid, _)| finding.message.contains(&pid.to_string())), "{finding:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn killed_in_the_middle_of_a_turn_it_is_interrupted() {
    let world = World::new();
    let mut goose = world.run("hang");
    let id = world.first_session("the words are stored", |row| row.messages > 0).id;
    until_true("the model is asked", || world.model.waiting() == 1);
    goose.end(Signal::KILL);

    let session = world.wait_for_session(&id, "it is interrupted", |s| s.health == "orphaned");
    said(&session, "interrupted", "orphaned", &format!("resume {id}"));
    let told = world.goosetop("explain", &[&id]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(text.contains("interrupted [orphaned]") && text.contains("do: resume"), "{text}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_goosetop_ended_is_history_with_a_note() {
    let world = World::new();
    let _goose = world.run("tool:sleep 300");
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");
    let said = world.goosetop("terminate", &[&id, "--yes"]);
    assert!(said.status.success(), "{said:?}");

    let board = world.wait_for("it is no alarm", |b| b.session(&id).is_none());
    assert!(board.leaked.is_empty(), "{board:?}");
    let told = world.goosetop("explain", &[&id]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(text.contains("ended: ended by goosetop at ") && text.contains("(terminate)"), "{text}");

    // Taken up again and killed by somebody else: that is news. Rows have whole seconds.
    thread::sleep(Duration::from_millis(1100));
    let mut again = world.goose(&["run", "--resume", "--session-id", &id, "-t", "hang"]);
    until_true("the model is asked", || world.model.waiting() == 1);
    again.end(Signal::KILL);
    let session = world.wait_for_session(&id, "it is interrupted", |s| s.health == "orphaned");
    said_of(&session);
}

#[track_caller]
fn said_of(session: &Session) {
    let finding = session.finding("interrupted").unwrap_or_else(|| panic!("silent: {session:?}"));
    assert!(finding.message.contains("middle of a turn"), "{finding:?}");
}

/// A session with an extension at work: its terminal, its id, its extension's process.
fn with_extension(world: &World, args: &[&str]) -> (crate::terminal::Terminal, String, Proc) {
    let script = world.extension();
    let command = format!("sh {script}");
    let terminal = world.session(&[args, &["--with-extension", &command]].concat());
    let id = until("its session is stored", || world.rows().into_iter().next()).id;
    let server = world.carrier_that(&id, &script, |p| p.argv.last() == Some(&script));
    (terminal, id, server)
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_extension_that_died_is_missed() {
    let world = World::new();
    let (_terminal, id, server) = with_extension(&world, &[]);
    until_true("the extension is in the session's row", || {
        world.board(&[]).session(&id).is_some_and(|s| s.processes.iter().any(|p| p.role == "extension"))
    });
    thread::sleep(Duration::from_millis(1500));
    let fine = world.board(&SHORT_START);
    calm(fine.session(&id).expect("it is shown"));

    server.signal(Signal::KILL).expect("a living server can be signalled");
    until_true("it is gone", || !server.still_lives());
    let session =
        world.wait_for_session_with(&SHORT_START, &id, "it is missed", |s| s.has("extension_missing"));
    said(&session, "extension_missing", "warning", &format!("resume {id}"));
    assert_eq!(session.health, "healthy");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn an_extension_that_was_started_twice_is_named() {
    let world = World::new();
    let (first, id, server) = with_extension(&world, &[]);
    first.line("say:one");
    world.first_session("the answer is stored", |row| row.answers == 1);
    first.close();
    until_true("its extension ends with it", || !server.still_lives());

    let (_second, _, server) = with_extension(&world, &["--resume", "--session-id", &id]);
    let script = server.argv.last().cloned().unwrap_or_default();
    let copies = |p: &&Proc| p.argv.last() == Some(&script);
    until_true("goose starts it twice", || world.carriers(&id).iter().filter(copies).count() == 2);
    let session = world.wait_for_session(&id, "it is named", |s| s.has("duplicate_extensions"));
    said(&session, "duplicate_extensions", "warning", "--with-extension");
    assert_eq!(session.health, "healthy");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_fleet_at_work_raises_no_alarm() {
    let world = World::new();
    let script = world.extension();
    let extension = format!("sh {script}");
    // Extensions in parent and sub-agent: the sub-agent's copy is no duplicate.
    let delegate = r#"mcp:delegate:{"instructions":"tool:sleep 300"}"#;
    let _parent = world.goose(&["run", "--with-extension", &extension, "-t", delegate]);
    let parent = world.nth_session(1).id;
    let child = world.nth_session(2).id;
    world.carrier(&child, "sleep 300");
    let mut crew = Vec::new();
    for (at, words) in ["tool:while true; do :; done", "loop:echo over:4", "hang"].into_iter().enumerate() {
        crew.push(world.run(words));
        world.nth_session(3 + at);
    }
    let prompt = world.session(&["--with-extension", &extension]);
    prompt.line("say:hello");
    until_true("everyone is there", || world.rows().len() == 6);
    let session = until("the answer is stored", || world.rows().pop().filter(|row| row.answers == 1));
    thread::sleep(Duration::from_secs(2));

    let args = [&SHORT_START[..], &["--set", "health.error_streak=2"]].concat();
    let ids: Vec<String> = world.rows().into_iter().map(|row| row.id).collect();
    let board = world.wait_for_with(&args, "everyone at work is shown", |b| {
        [&parent, &child, &session.id].iter().all(|id| b.session(id).is_some())
    });
    for id in &ids {
        if let Some(session) = board.session(id) {
            calm(session);
        }
    }
    assert!(board.leaked.is_empty(), "{board:?}");
    assert_eq!(board.session(&child).and_then(|s| s.parent_id.as_deref()), Some(parent.as_str()));
}
