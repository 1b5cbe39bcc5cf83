use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::MINUTE;
use crate::{
    domain::{
        board::Board,
        plan::tests::build::{board_at, key, now, proc, session},
        process::{Cpu, OpenFiles, Proc, Terminal},
        session::{Session, SessionKind},
    },
    watch::limits::{Limit, Limits, due, passed, runs},
};

const LIMITS: Limits = Limits {
    default: Duration::from_secs(900),
    extended: Duration::from_secs(1800),
    max_inactivity: Duration::from_secs(300),
};

fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

/// A run that began so long ago, said something so long ago, and whose tool worked so long ago.
fn world(command: &str, age: i64, silent: i64, busy: Option<i64>) -> Board {
    let mut run = proc(100, 90, command, None);
    run.started_at = ago(age);
    let mut tool = proc(101, 100, "bash -c make", Some(1));
    tool.started_at = ago(age);
    tool.cpu = Cpu { busy_at: busy.map(ago), percent: Some(0.0), ..Cpu::default() };
    board_at(now(), vec![said(silent)], vec![run, tool])
}

fn said(minutes: i64) -> Session {
    Session { updated_at: Some(ago(minutes)), ..session(1, SessionKind::User) }
}

const RUN: &str = "goose run --resume --session-id s_1";

fn what(board: &Board) -> Option<Limit> {
    let view = board.sessions.iter().find(|v| *v.key() == key(1)).unwrap();
    passed(view, &LIMITS, board.taken_at).map(|p| p.limit)
}

#[test]
fn each_limit_speaks_at_its_time() {
    for (age, silent, busy, expected) in [
        (14, 1, None, None),
        (15, 1, None, Some(Limit::Default)),
        (10, 5, None, Some(Limit::MaxInactivity)),
        (10, 5, Some(1), None),
        (20, 5, Some(1), None),
        (29, 20, Some(4), None),
        (30, 20, Some(1), Some(Limit::Extended)),
        (20, 1, Some(6), Some(Limit::Default)),
    ] {
        assert_eq!(what(&world(RUN, age, silent, busy)), expected, "{age} {silent} {busy:?}");
    }
}

#[test]
fn nobody_at_a_terminal_no_shell_and_no_server_has_limits() {
    let long = |command: &str| world(command, 230, 200, None);
    assert_eq!(runs(&long(RUN)).count(), 1);
    for command in ["goose session --resume --session-id s_1", "goose acp", "goose serve"] {
        let board = long(command);
        assert_eq!(runs(&board).count(), 0, "{command}");
        for view in &board.sessions {
            assert_eq!(passed(view, &LIMITS, now()), None, "{command}");
            assert_eq!(due(view, &LIMITS, now()), None, "{command}");
        }
    }
    let run = |terminal, tty| Proc {
        has_tty: Some(true),
        files: terminal,
        started_at: ago(230),
        ..proc(100, 90, RUN, tty)
    };
    let live = OpenFiles { terminal: Terminal::Live("/dev/pts/1".into()), ..OpenFiles::default() };
    for files in [Some(live), None] {
        let board = board_at(now(), vec![said(200)], vec![run(files, None)]);
        assert_eq!(runs(&board).count(), 0, "at a terminal, or nobody knows");
    }
}

#[test]
fn the_sentence_says_what_was_measured() {
    let board = world(RUN, 15, 1, None);
    let said = passed(&board.sessions[0], &LIMITS, now()).unwrap().sentence();
    assert_eq!(said, "run limit default: runs for 15m, 15m allowed");
}

#[test]
fn the_first_limit_to_pass_is_due() {
    let at = |age, silent, busy| {
        let board = world(RUN, age, silent, busy);
        (due(&board.sessions[0], &LIMITS, now()).unwrap() - now()).to_std().unwrap()
    };
    assert_eq!(at(1, 1, None), 4 * MINUTE, "no progress");
    assert_eq!(at(12, 0, None), 3 * MINUTE, "its age");
    assert_eq!(at(12, 12, Some(0)), 5 * MINUTE, "a tool is at work");
}
