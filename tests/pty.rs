//! A real terminal around the real loop: start, quit, panic, signals, suspension, hang-up, a line
//! that stalls, resizing.
//!
//! ```text
//!  test ──master── pty ──slave── session leader ──job──► app (tui::run with a small screen)
//!    └◄── what became of the job (a file) ◄──┘
//! ```
//!
//! The leader and the app are this test program, started again: the test functions [`leader`] and
//! [`app`] do nothing unless the environment names them. Nothing here waits for a time to pass:
//! every wait is for something to happen, and fails after [`world::PATIENCE`].
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "all of this is tests, the helpers too")]

#[path = "pty/app.rs"]
mod app_role;
#[path = "pty/leader.rs"]
mod leader_role;
#[path = "pty/outside.rs"]
mod outside;
#[path = "pty/world.rs"]
mod world;

use std::time::{Duration, Instant};

use rustix::process::Signal;
use world::{Launch, Status, World};

/// What ends is gone by then, on a machine under load too: what DESIGN 11 promises is measured, not tested.
const END: Duration = Duration::from_secs(10);

/// See [`leader_role`]; not a test.
#[test]
fn leader() {
    if std::env::var_os(world::ROLE).is_some_and(|role| role == "leader") {
        leader_role::run();
    }
}

/// See [`app_role`]; not a test.
#[test]
fn app() {
    if std::env::var_os(world::ROLE).is_some_and(|role| role == "app") {
        app_role::run();
    }
}

#[test]
fn quitting_leaves_the_terminal_as_it_was() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    assert!(world.is_raw());
    world.type_keys("m");
    world.until("\x1b[?1000h");
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
    world.assert_restored();
}

#[test]
fn a_panic_is_readable() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("!");
    assert_eq!(world.ended(), Status::Exited(101));
    world.assert_restored();
    world.until("the screen fell over");
    let output = world.output();
    let (_, after) = output.rsplit_once("\x1b[?1049l").unwrap();
    assert!(after.contains("the screen fell over") && after.contains("\r\n"), "{after:?}");
}

#[test]
fn a_panic_on_another_thread_ends_it_readably() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("t");
    assert_eq!(world.ended(), Status::Exited(1));
    world.assert_restored();
    world.until("the helper fell over");
}

#[test]
fn signals_restore_and_tell_which() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let mut world = World::start(&Launch::default());
        world.until("ready");
        world.signal(signal);
        assert_eq!(world.ended(), Status::Exited(128 + signal.as_raw()), "{signal:?}");
        world.assert_restored();
    }
}

#[test]
fn a_loop_that_hangs_ends_all_the_same() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("h");
    world.until_log("hanging");
    let asked = Instant::now();
    world.signal(Signal::TERM);
    assert_eq!(world.ended(), Status::Exited(143));
    assert!(asked.elapsed() < END, "{:?}", asked.elapsed());
    world.assert_restored();
}

#[test]
fn a_run_under_way_is_stopped_in_order_however_it_ends() {
    type End = fn(&mut World);
    let ends: [(End, i32); 4] = [
        (|world| world.type_keys("q"), 0),
        (|world| world.signal(Signal::TERM), 143),
        (|world| world.signal(Signal::HUP), 129),
        (World::hang_up, 129),
    ];
    for (end, code) in ends {
        let mut world = World::start(&Launch { ignore_hup: code == 129, ..Launch::default() });
        world.until("ready");
        world.type_keys("x");
        world.until_log("run began");
        end(&mut world);
        assert_eq!(world.ended(), Status::Exited(code));
        world.until_log("run stopped");
    }
}

#[test]
fn a_run_under_way_is_stopped_although_the_loop_hangs() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("x");
    world.until_log("run began");
    world.type_keys("h");
    world.until_log("hanging");
    world.signal(Signal::TERM);
    assert_eq!(world.ended(), Status::Exited(143));
    world.until_log("run stopped");
}

#[test]
fn the_loop_lends_the_terminal_and_takes_it_back() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("a");
    world.until("lent to 20261120_1");
    assert!(!world.is_raw());
    world.forget_output();
    world.type_keys("hello\n");
    world.until("stand-in");
    world.until("hello");
    world.until_raw();
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
    world.assert_restored();
}

#[test]
fn ctrl_z_stops_and_comes_back() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("\x1a");
    world.stopped();
    world.assert_restored();
    world.forget_output();
    world.resume();
    world.until("\x1b[?1049h");
    world.until("stand-in");
    assert!(world.is_raw());
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
    world.assert_restored();
}

#[test]
fn stop_signals_from_outside_come_back_too() {
    for signal in [Signal::TSTP, Signal::STOP] {
        let mut world = World::start(&Launch::default());
        world.until("ready");
        world.signal(signal);
        world.stopped();
        // What a shell does with a terminal that a stopped job left behind.
        world.make_cooked();
        world.forget_output();
        world.resume();
        world.until("stand-in");
        world.until_raw();
        world.type_keys("q");
        assert_eq!(world.ended(), Status::Exited(0), "{signal:?}");
        world.assert_restored();
    }
}

#[test]
fn in_the_background_it_stops_again_and_a_kill_ends_it_untouched() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("\x1a");
    world.stopped();
    world.forget_output();
    world.resume_in_background();
    world.stopped();
    // A shell's `kill %1`.
    world.signal(Signal::TERM);
    world.signal(Signal::CONT);
    assert_eq!(world.ended(), Status::Exited(143));
    assert!(!world.output().contains('\x1b'), "{:?}", world.output());
}

#[test]
fn a_kill_ends_a_suspended_job_untouched() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.type_keys("\x1a");
    world.stopped();
    world.forget_output();
    // A shell's `kill %1`, with nothing in between.
    world.signal(Signal::TERM);
    world.signal(Signal::CONT);
    assert_eq!(world.ended(), Status::Exited(143));
    assert!(!world.output().contains('\x1b'), "{:?}", world.output());
}

#[test]
fn without_a_shell_ctrl_z_says_so() {
    let mut world = World::start(&Launch { session_leader: true, ..Launch::default() });
    world.until("ready");
    world.type_keys("\x1a");
    world.until("suspended:");
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let mut world = World::start(&Launch { ignore_hup: true, ..Launch::default() });
    world.until("ready");
    let asked = Instant::now();
    world.hang_up();
    assert_eq!(world.ended(), Status::Exited(129));
    assert!(asked.elapsed() < END, "{:?}", asked.elapsed());
}

#[test]
fn a_stalled_line_stops_neither_keys_nor_the_end() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    // From here on nobody reads, and the screen changes all the time.
    world.stall();
    world.type_keys("h");
    world.until_log_unread("hanging");
    let asked = Instant::now();
    world.signal(Signal::TERM);
    assert_eq!(world.ended(), Status::Exited(143));
    assert!(asked.elapsed() < END, "{:?}", asked.elapsed());
    world.assert_restored();
}

#[test]
fn a_stalled_line_that_recovers_shows_the_newest_picture() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    world.stall();
    world.type_keys("n");
    world.forget_output();
    world.until("newest");
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
    world.assert_restored();
}

#[test]
fn idle_it_says_nothing() {
    let mut world = World::start(&Launch::default());
    world.until("ready");
    // The screen asks for a frame every second, which shows the same.
    world.until_ticks(1);
    let before = world.output();
    world.until_ticks(3);
    assert_eq!(world.output(), before);
}

#[test]
fn a_new_size_is_drawn_anew() {
    let mut world = World::start(&Launch::default());
    world.until("80x24");
    world.resize(100, 30);
    world.until("100x30");
    world.resize(0, 0);
    world.until("80x24");
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
}

#[test]
fn where_there_is_no_terminal_there_are_words() {
    for launch in [
        Launch { stdout_is_a_pipe: true, ..Launch::default() },
        Launch { term: Some("dumb"), ..Launch::default() },
        Launch { term: None, ..Launch::default() },
    ] {
        let mut world = World::start(&launch);
        assert_eq!(world.ended(), Status::Exited(2), "{launch:?}");
        world.until("goosetop list");
        assert!(!world.output().contains('\x1b'), "{:?}", world.output());
    }
}

#[test]
fn a_lent_terminal_comes_back() {
    let mut world = World::start(&Launch { lend: true, ..Launch::default() });
    world.until("lent");
    assert!(!world.is_raw());
    world.type_keys("hello\n");
    world.until("borrowed line: hello");
    world.until("stand-in");
    world.type_keys("q");
    assert_eq!(world.ended(), Status::Exited(0));
    world.assert_restored();
}
