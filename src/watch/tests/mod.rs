//! What is decided, over worlds in a few words.

mod deciding;
mod limiting;

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    auto::{Pick, Rules, due, pick},
    memory::{Memory, Whom},
};
use crate::domain::{
    board::Board,
    plan::{
        AutoClean,
        tests::build::{board_at, key, now, proc, session},
    },
    process::{OpenFiles, Proc, ProcId, Terminal},
    session::{Session, SessionKind},
};

const MINUTE: Duration = Duration::from_secs(60);
const RULES: Rules = Rules { mode: AutoClean::Orphaned, grace: Duration::from_secs(600), max: 20 };

/// Silent for 80 and 100 minutes, driven by headless runs; a person's, silent as long; one that works;
/// processes that a dead one left, and what only looks so.
fn sessions() -> Vec<Session> {
    let mut working = session(0, SessionKind::User);
    working.updated_at = Some(now());
    let old =
        [(1, SessionKind::User), (4, SessionKind::User), (5, SessionKind::User), (6, SessionKind::User)];
    let mut all: Vec<Session> = old.into_iter().map(|(n, kind)| session(n, kind)).collect();
    all.extend([working, session(7, SessionKind::Acp)]);
    all
}

fn procs() -> Vec<Proc> {
    let run = |pid, n: usize| proc(pid, 90, &format!("goose run --resume --session-id s_{n}"), None);
    let mut attached = proc(160, 90, "goose session --resume --session-id s_6", None);
    attached.files =
        Some(OpenFiles { terminal: Terminal::Live("/dev/pts/3".into()), ..OpenFiles::default() });
    vec![
        proc(1, 0, "init", None),
        proc(90, 80, "bash", None),
        run(100, 0),
        run(140, 4),
        proc(141, 140, "make", Some(4)),
        run(150, 5),
        attached,
        proc(170, 90, "goose acp", None),
        proc(171, 170, "bash -c dev", Some(7)),
        proc(110, 1, "npm run dev", Some(1)),
        proc(111, 110, "node server.js", Some(1)),
        // Of no session that is known.
        proc(120, 1, "npm run dev", Some(99)),
        proc(121, 1, "npx mcp-server-x", None),
    ]
}

fn at(minutes: i64) -> Board {
    seen_at(minutes, procs())
}

fn seen_at(minutes: i64, procs: Vec<Proc>) -> Board {
    board_at(now() + TimeDelta::minutes(minutes), sessions(), procs)
}

fn id(pid: u32) -> ProcId {
    ProcId { pid, start: pid.into() }
}

fn memory() -> Memory {
    Memory::new(MINUTE * 21)
}

/// What is chosen at the last of these looks.
fn after(looks: &[Board], rules: Rules) -> Pick {
    let mut memory = memory();
    for board in looks {
        memory.note(board);
    }
    pick(looks.last().unwrap(), &memory, rules, &[])
}

#[test]
fn the_world_is_as_it_says() {
    use crate::domain::health::Health::{Healthy, Orphaned};
    let board = at(0);
    let health = |n: usize| board.sessions.iter().find(|v| *v.key() == key(n)).map(|v| v.health);
    assert_eq!(health(0), Some(Healthy));
    for n in [4, 5, 6, 7] {
        assert_eq!(health(n), Some(Orphaned), "{n}");
    }
    assert_eq!(board.leaked.iter().map(|p| p.proc.id.pid).collect::<Vec<_>>(), [110, 111]);
    assert!(!board.unconfirmed.is_empty(), "{:?}", board.unconfirmed);
}

#[test]
fn nothing_is_chosen_before_the_watcher_itself_has_seen_it_for_long_enough() {
    assert_eq!(after(&[at(0)], RULES), Pick::default(), "silent for hours, and seen once");
    assert_eq!(after(&[at(0), at(9)], RULES), Pick::default());
    let chosen = after(&[at(0), at(5), at(10)], RULES);
    assert_eq!(chosen.sessions, [key(4), key(5)], "headless and orphaned; nobody's terminal, no server");
    assert_eq!(chosen.processes, [id(110), id(111)], "left behind, with what is below; nothing unconfirmed");
    assert_eq!(chosen.deferred, 0);
    let leaked = after(&[at(0), at(10)], Rules { mode: AutoClean::Leaked, ..RULES });
    assert_eq!((leaked.sessions, leaked.processes), (vec![], vec![id(110), id(111)]));
    assert_eq!(after(&[at(0), at(10)], Rules { mode: AutoClean::Off, ..RULES }), Pick::default());
}

#[test]
fn a_look_without_it_begins_its_time_anew() {
    let gone: Vec<Proc> = procs().into_iter().filter(|p| !matches!(p.id.pid, 110 | 111 | 140)).collect();
    let chosen = after(&[at(0), seen_at(5, gone), at(10)], RULES);
    assert_eq!((chosen.sessions, chosen.processes), (vec![key(5)], vec![]));
}

#[test]
fn another_goose_on_it_is_another_story() {
    let resumed: Vec<Proc> = procs()
        .into_iter()
        .map(|p| if p.id.pid == 140 { Proc { id: ProcId { start: 141, ..p.id }, ..p } } else { p })
        .collect();
    assert_eq!(after(&[at(0), seen_at(10, resumed)], RULES).sessions, [key(5)]);
}

#[test]
fn a_sign_of_progress_begins_its_time_anew() {
    let mut moved = sessions();
    // It did something in between, and is orphaned again by a shorter limit: its clock is another.
    moved[1].updated_at = moved[1].updated_at.map(|at| at + TimeDelta::minutes(1));
    let board = board_at(now() + TimeDelta::minutes(10), moved, procs());
    assert_eq!(after(&[at(0), board], RULES).sessions, [key(5)]);
}

#[test]
fn looks_too_far_apart_or_in_the_wrong_order_prove_nothing() {
    assert_eq!(after(&[at(0), at(60)], RULES), Pick::default(), "the machine slept");
    assert_eq!(after(&[at(60), at(0), at(9)], RULES), Pick::default(), "the clock was set");
    let again = after(&[at(0), at(60), at(70)], RULES);
    assert_eq!(again.sessions, [key(0), key(4), key(5)], "from the look after the gap on");
}

#[test]
fn the_cap_leaves_the_rest_for_next_time_and_those_who_waited_longest_go_first() {
    let without = |pid: u32| procs().into_iter().filter(|p| p.id.pid != pid).collect::<Vec<_>>();
    let looks = [seen_at(0, without(140)), at(2), at(12)];
    let chosen = after(&looks, Rules { max: 2, ..RULES });
    assert_eq!((&chosen.sessions[..], &chosen.processes[..]), (&[key(5)][..], &[id(110), id(111)][..]));
    assert_eq!(chosen.deferred, 1);
    let mut memory = memory();
    for board in &looks {
        memory.note(board);
    }
    let taken = [key(4), key(8)];
    let rest = pick(&looks[2], &memory, Rules { max: 3, ..RULES }, &taken);
    assert_eq!((rest.sessions.len() + rest.processes.len(), rest.deferred), (2, 1), "{rest:?}");
}

#[test]
fn a_younger_leftover_of_the_same_session_waits_its_own_time() {
    let mut more = procs();
    more.push(proc(180, 1, "npm run watch", Some(1)));
    more.push(proc(181, 111, "esbuild", None));
    let chosen = after(&[at(0), seen_at(10, more.clone())], RULES);
    assert_eq!(chosen.processes, [id(110), id(111), id(181)], "what is below goes with it");
    assert_eq!(after(&[seen_at(0, more.clone()), seen_at(10, more)], RULES).processes.len(), 4);
}

#[test]
fn the_next_one_is_due_when_its_grace_is_over() {
    let mut memory = memory();
    memory.note(&at(0));
    let first = due(&at(0), &memory, RULES);
    assert_eq!(first, Some(now() + TimeDelta::minutes(10)));
    memory.note(&at(10));
    assert_eq!(due(&at(10), &memory, RULES), None, "all are over");
    memory.restart(&Whom::Leaked(id(110)));
    assert_eq!(due(&at(10), &memory, RULES), Some(now() + TimeDelta::minutes(20)));
    assert_eq!(due(&at(10), &memory, Rules { mode: AutoClean::Off, ..RULES }), None);
}
