//! `show --follow` beside a session that goes on.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::process::Signal;
use serde_json::Value;

use crate::{process::Proc, terminal::Terminal, wait::until, world::World};

/// A goosetop that follows, and what it says.
struct Follower {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Follower {
    fn of(world: &World, id: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.args(["show", id, "--json", "--follow"]).args(world.goosetop_args());
        command.env_clear().envs(world.plain_env()).current_dir(world.home());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("goosetop can be started");
        let out = BufReader::new(child.stdout.take().expect("it was piped"));
        Self { child, out }
    }

    /// The words of the next message.
    fn next(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it can be read");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        message["parts"][0]["text"].as_str().unwrap_or_default().to_owned()
    }

    /// Its end: what was still said, what it said of it, and its code.
    fn end(mut self) -> (String, String, Option<i32>) {
        let code = until("it ends", || self.child.try_wait().expect("it can be waited for")).code();
        let (mut rest, mut said) = (String::new(), String::new());
        self.out.read_to_string(&mut rest).expect("it can be read");
        let mut talk = self.child.stderr.take().expect("it was piped");
        talk.read_to_string(&mut said).expect("it can be read");
        (rest, said, code)
    }
}

fn spoken(world: &World) -> (Terminal, String) {
    let terminal = world.session(&[]);
    terminal.line("say:one");
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    world.wait_for_session(&id, "it is owned", |s| s.is_owned_by(terminal.pid()));
    (terminal, id)
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn every_message_is_told_once_and_over_a_compaction() {
    let world = World::new();
    let (terminal, id) = spoken(&world);
    let mut follower = Follower::of(&world, &id);
    assert_eq!([follower.next(), follower.next()], ["say:one", "one"]);
    terminal.line("say:two");
    assert_eq!([follower.next(), follower.next()], ["say:two", "two"]);
    terminal.line("/compact");
    terminal.until_shows("Are you sure");
    terminal.key("Enter");
    assert_eq!([follower.next(), follower.next()], ["/compact", "Compaction complete"]);
    terminal.line("say:three");
    assert_eq!([follower.next(), follower.next()], ["say:three", "three"]);
    terminal.line("/exit");
    let (rest, said, code) = follower.end();
    assert_eq!((rest.as_str(), code), ("", Some(0)), "{said}");
    assert!(said.contains("rewritten") && said.contains("owner has ended"), "{said}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn it_ends_when_it_is_asked_to_and_when_nobody_reads() {
    let world = World::new();
    let (_terminal, id) = spoken(&world);
    let mut follower = Follower::of(&world, &id);
    assert_eq!([follower.next(), follower.next()], ["say:one", "one"]);
    let proc = Proc::read(follower.child.id()).expect("it lives");
    // Its handler is there a moment after its first words.
    until("the signal is caught", || catches(&proc, 2).then_some(()));
    proc.signal(Signal::INT).expect("it lives");
    let (rest, said, code) = follower.end();
    assert_eq!((rest.as_str(), said.as_str(), code), ("", "", Some(130)));

    // Nothing more is said; whoever read has left.
    let mut follower = Follower::of(&world, &id);
    assert_eq!([follower.next(), follower.next()], ["say:one", "one"]);
    let Follower { mut child, out } = follower;
    drop(out);
    let code = until("it ends", || child.try_wait().expect("it can be waited for")).code();
    let mut said = String::new();
    child.stderr.take().expect("it was piped").read_to_string(&mut said).expect("it can be read");
    assert_eq!((said.as_str(), code), ("", Some(0)));
}

/// The process has a handler for this signal.
fn catches(proc: &Proc, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proc.pid)).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}
