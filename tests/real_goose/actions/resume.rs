//! The terminal is handed to goose, and comes back.

use std::fs;

use super::report::told;
use crate::{process::Proc, terminal::Terminal, wait::until, world::World};

/// A shell in a terminal, with goose on its path.
fn shell(world: &World) -> Terminal {
    let terminal = Terminal::open(world, (120, 40), &world.hands_over(), &["bash", "--norc", "-i"]);
    terminal.until_shows("bash-");
    terminal
}

fn goosetop(world: &World, verb: &str, args: &[&str]) -> String {
    let db = world.db().display().to_string();
    [&[env!("CARGO_BIN_EXE_goosetop"), verb, "--db", &db], args].concat().join(" ")
}

/// The exit code is on the screen, not only the words that ask for it.
fn has_ended(screen: &str) -> bool {
    screen.split("code-").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A finished session.
fn finished(world: &World, folder: &str) -> String {
    let before = world.rows().len();
    assert!(world.goose_in(folder, &["run", "-t", "say:hello"]).wait().success());
    let id = world.nth_session(before + 1).id;
    until("the answer is stored", || world.rows().into_iter().find(|r| r.id == id && r.answers == 1));
    id
}

/// The goose that was started for a session, at its prompt.
#[track_caller]
fn resumed(world: &World, terminal: &Terminal, id: &str) -> Proc {
    terminal.until_shows("goose is ready");
    let has = |p: &Proc, word: &str| p.argv.iter().any(|a| a == word);
    let goose = world.procs().into_iter().find(|p| has(p, "--resume") && has(p, id));
    goose.expect("the goose of that prompt")
}

/// The shell reads lines again, and shows them.
#[track_caller]
fn back_in_the_shell(terminal: &Terminal) {
    terminal.line("stty -a | grep -cE '(^| )icanon( .*)? echo( |$)'; echo back-$((40+2))");
    terminal.until_shows("back-42");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_session_is_resumed_and_the_shell_comes_back() {
    let world = World::new();
    let id = finished(&world, "elsewhere");
    let terminal = shell(&world);
    terminal.line(&goosetop(&world, "resume", &[&id]));
    let goose = resumed(&world, &terminal, &id);
    let cwd = fs::read_link(format!("/proc/{}/cwd", goose.pid)).expect("its working directory");
    assert_eq!(cwd, world.work().join("elsewhere"), "goose need not ask where to work");
    let session = world.wait_for_session(&id, "it is owned", |s| s.is_owned_by(goose.pid));
    assert_eq!(session.attached, Some(true));
    terminal.line("say:again");
    until("the second answer is stored", || world.rows().into_iter().find(|r| r.id == id && r.answers == 2));

    // Ctrl-C is goose's, and ends neither it nor what started it.
    terminal.line("hang");
    until("the model is asked", || (world.model.waiting() == 1).then_some(()));
    terminal.key("C-c");
    until("the turn is broken off", || (world.model.waiting() == 0).then_some(()));
    assert!(goose.still_lives());

    terminal.line("/exit");
    until("goose ends", || (!goose.still_lives()).then_some(()));
    back_in_the_shell(&terminal);
    assert!(terminal.proc.still_lives());
    assert_eq!(world.rows().len(), 1, "no other session was made");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_session_that_somebody_drives_is_not_resumed_twice() {
    let world = World::new();
    let first = world.session(&[]);
    let id = world.nth_session(1).id;
    world.wait_for_session(&id, "it is owned", |s| s.is_owned_by(first.pid()));
    let terminal = shell(&world);
    terminal.line(&format!("{}; echo code-$?", goosetop(&world, "resume", &[&id])));
    let shown = terminal.until_screen("a refusal", has_ended);
    let shown = shown.to_lowercase();
    assert!(shown.contains("attach") || shown.contains("--fork"), "no offer: {shown}");
    assert!(!shown.contains("code-0"), "{shown}");
    let geese = world.procs().into_iter().filter(|p| p.argv.iter().any(|a| a == "--resume")).count();
    assert_eq!(geese, 0, "a second writer");
    assert!(first.proc.still_lives());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_session_whose_folder_is_gone_is_not_resumed_without_asking() {
    let world = World::new();
    let id = finished(&world, "gone");
    fs::remove_dir(world.work().join("gone")).expect("an empty folder can be removed");
    let terminal = shell(&world);
    terminal.line(&goosetop(&world, "resume", &[&id]));
    let folder = world.work().join("gone").display().to_string();
    terminal.until_screen("the folder that is gone", |s| s.replace('\n', "").contains(&folder));
    terminal.until_screen("a question", |s| s.contains("[y/N]") || s.contains("(y/N)") || s.contains("yes"));
    assert!(world.procs().iter().all(|p| p.argv.iter().all(|a| a != "--resume")), "started without asking");
    terminal.key("C-c");
    back_in_the_shell(&terminal);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_session_is_resumed_in_its_own_store_or_not_at_all() {
    let world = World::new();
    let id = finished(&world, "");
    // The shell's environment names no store: goose alone would open that of the home folder.
    let env: Vec<_> = world.hands_over().into_iter().filter(|(name, _)| *name != "GOOSE_PATH_ROOT").collect();
    let terminal = Terminal::open(&world, (120, 40), &env, &["bash", "--norc", "-i"]);
    terminal.until_shows("bash-");
    terminal.line(&format!("{}; echo code-$?", goosetop(&world, "resume", &[&id])));
    terminal.until_screen("goose, or a refusal", |s| s.contains("goose is ready") || has_ended(s));
    let wrong = world.home().join(".local/share/goose/sessions/sessions.db");
    assert!(!wrong.exists(), "goose was let loose on another store:\n{}", terminal.screen());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_is_not_there_is_not_resumed() {
    let world = World::new();
    let id = finished(&world, "");
    let output = world.goosetop("resume", &["20200101_99"]);
    assert!(!output.status.success(), "{}", told(&output));
    let shown = world.goosetop("resume", &[&id, "--dry-run"]);
    let line = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(line.contains("--resume") && line.contains(&id), "{}", told(&shown));
    assert!(line.contains("GOOSE_PATH_ROOT="), "copied elsewhere it opens another store: {line}");
    assert_eq!(world.rows().len(), 1);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_session_in_another_window_is_gone_to() {
    let world = World::new();
    let terminal = shell(&world);
    terminal.line(&format!("tmux new-window -d '{} session'", world.goose_path()));
    let id = world.nth_session(1).id;
    let session = world.wait_for_session(&id, "it is owned", |s| s.owner.is_some());
    assert_eq!(session.attached, Some(true));
    assert!(!terminal.screen().contains("goose is ready"), "the scene: it is in another window");

    terminal.line(&goosetop(&world, "attach", &[&id]));
    terminal.until_shows("goose is ready");
    terminal.line("say:hello");
    until("the answer is stored", || world.rows().into_iter().find(|r| r.id == id && r.answers == 1));
}
