//! What every plan keeps, whatever the board: over random worlds, judged as the real one is.

use std::collections::HashSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::build::{VIEWER, auto, board, key, pids, proc, session, terminate, terms};
use crate::domain::{
    board::{Board, ProcRole, ProcView, SessionView},
    link::{Strength, carriers},
    plan::{Intent, ProjectStatus, Scope, Terms, choose, plan, protect},
    process::{Proc, ProcId, ProcState, Terminal},
    session::{SessionKey, SessionKind},
};

const COMMANDS: &[&str] = &[
    "goose acp",
    "goose serve",
    "goose session",
    "goose run -t x",
    "goose session --resume --session-id s_1",
    "goose run --resume --session-id s_2",
    "goose term run x",
    "bash -c make",
    "make",
    "tmux new -d",
    "postgres",
    "npx mcp-server-x",
    "sshd",
];

fn any_proc() -> impl Strategy<Value = Proc> {
    let shape = (Just(0_u32), 0_u32..30, 0..COMMANDS.len(), proptest::option::weighted(0.7, 0_usize..5));
    let person = (0_u8..25, any::<bool>(), proptest::bool::weighted(0.2), 0_u8..20);
    (shape, person).prop_map(|((pid, ppid, command, marker), (uid, tty, live, state))| {
        let mut made = proc(pid, ppid, COMMANDS[command], marker);
        made.uid = match uid {
            0 => None,
            1 => Some(0),
            _ => Some(VIEWER.uid),
        };
        made.has_tty = Some(tty);
        if state == 0 {
            made.state = ProcState::Zombie;
        }
        if let Some(files) = &mut made.files {
            files.terminal = if live { Terminal::Live("/dev/pts/1".into()) } else { Terminal::None };
        }
        made
    })
}

fn any_board() -> impl Strategy<Value = Board> {
    let kinds = [SessionKind::User, SessionKind::Acp, SessionKind::Terminal, SessionKind::SubAgent];
    let one = (0..kinds.len(), any::<bool>());
    let sessions = proptest::collection::vec(one, 1..5);
    (sessions, proptest::collection::vec(any_proc(), 4..24)).prop_map(move |(shapes, procs)| {
        let procs = procs.into_iter().enumerate().map(|(n, mut proc)| {
            let pid = 2 + n as u32;
            // Half of them below an earlier one, the others below process 1.
            let parent = if proc.ppid % 2 == 0 || n == 0 { 1 } else { 2 + proc.ppid % n as u32 };
            let leads = proc.has_tty == Some(true) && proc.argv[0] == "make";
            proc.sid = Some(if leads { pid } else { 50 });
            proc.started_at += TimeDelta::seconds(pid.into());
            proc.id = ProcId { pid, start: pid.into() };
            proc.ppid = parent;
            proc
        });
        let made = shapes.into_iter().enumerate().map(|(n, (kind, child))| {
            let mut made = session(n, kinds[kind]);
            made.parent = (child && n > 0).then(|| key(n - 1).id);
            made
        });
        board(made.collect(), procs.collect())
    })
}

fn any_intent() -> impl Strategy<Value = Intent> {
    let scope = prop_oneof![Just(Scope::All), Just(Scope::Orphaned), Just(Scope::Stuck), Just(Scope::Leaked)];
    let chosen = (
        proptest::collection::vec(0_usize..5, 0..3),
        proptest::collection::vec(2_u32..30, 0..3),
        any::<bool>(),
    );
    prop_oneof![
        chosen.prop_map(|(sessions, pids, servers)| terminate(&sessions, &pids, servers)),
        Just(Intent::CloseAll),
        Just(Intent::CleanupProject { project: "/src".into(), status: ProjectStatus::Failed }),
        scope.prop_map(|scope| Intent::Emergency { scope }),
        any_auto(),
    ]
}

fn any_auto() -> impl Strategy<Value = Intent> {
    let chosen = (proptest::collection::vec(0_usize..5, 0..5), proptest::collection::vec(2_u32..30, 0..12));
    chosen.prop_map(|(sessions, pids)| auto(&sessions, &pids))
}

fn view<'a>(board: &'a Board, key: &SessionKey) -> Option<&'a SessionView> {
    board.sessions.iter().find(|v| v.key() == key)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_keeps_its_promises(board in any_board(), intent in any_intent()) {
        let terms = terms();
        let made = plan(&intent, &board, &terms);
        prop_assert_eq!(&made, &plan(&intent, &board, &terms), "pure");
        let Ok(made) = made else { return Ok(()) };
        let signalled = pids(&made);
        let distinct: HashSet<u32> = signalled.iter().copied().collect();
        prop_assert_eq!(distinct.len(), signalled.len(), "nobody twice");
        let left: HashSet<u32> = made.left_alone.iter().filter_map(|l| l.pid).collect();
        prop_assert!(left.is_disjoint(&distinct), "either a step or left alone");
        prop_assert!(made.left_alone.iter().all(|l| !l.why.is_empty()));
        for step in &made.steps {
            let facts = choose::every_process(&board).find(|p| p.proc.id == step.id);
            let facts = &facts.expect("on the board").proc;
            prop_assert!(step.id.pid > 1 && !made.never.contains(&step.id.pid));
            prop_assert!(!step.evidence.is_empty());
            prop_assert!(!facts.is_zombie());
            prop_assert_eq!(facts.uid, Some(VIEWER.uid));
            if intent.is_bulk() {
                prop_assert!(step.role != ProcRole::Unconfirmed);
                prop_assert!(protect::protected(&terms.protect, facts).is_none());
                let driver = matches!(step.role, ProcRole::Owner | ProcRole::Rival | ProcRole::Untracked);
                prop_assert!(driver || !carriers::keeps_terminal(facts));
                let attached = facts.files.as_ref().is_some_and(|f| f.terminal != Terminal::None);
                let server = choose::every_process(&board).any(|p| p.proc.id == step.id && choose::is_server(p));
                prop_assert!(!attached || server, "at a terminal");
            }
            if step.role == ProcRole::Owner {
                let weak = step.evidence.iter().all(|e| e.strength == Strength::Weak);
                prop_assert!(!(intent.is_bulk() && weak));
                // A server is ended only with every session it hosts.
                for hosted in choose::hosted(&board, step.id.pid) {
                    prop_assert!(made.sessions.iter().any(|c| c.key == *hosted.key()), "{} unnamed", step.id.pid);
                }
            }
        }
        // Within a session parents come before children, strays after the owner's tree.
        for (at, step) in made.steps.iter().enumerate() {
            let facts = choose::every_process(&board).find(|p| p.proc.id == step.id).expect("on the board");
            let later = made.steps[at + 1..].iter().any(|s| {
                s.session == step.session && s.id.pid == facts.proc.ppid && s.role == step.role
            });
            prop_assert!(!later, "{} before its parent", step.id.pid);
        }
        for closing in &made.sessions {
            let Some(view) = view(&board, &closing.key) else { continue };
            for proc in &view.processes {
                let pid = proc.proc.id.pid;
                prop_assert!(distinct.contains(&pid) || left.contains(&pid), "{pid} forgotten");
            }
            let owner = view.owner.as_ref().map(|o| o.proc.id.pid);
            prop_assert_eq!(closing.owner_ends, owner.is_some_and(|pid| distinct.contains(&pid)));
            let drives_on = |p: &ProcView| !p.proc.is_zombie() && !distinct.contains(&p.proc.id.pid);
            let driven_on = choose::drivers(view).any(drives_on);
            prop_assert_eq!(closing.closes(), closing.owner_ends && !driven_on);
        }
    }

    #[test]
    fn what_nobody_asked_for_stays_within_what_was_chosen(board in any_board(), intent in any_auto()) {
        let Intent::Auto { sessions, processes } = &intent else { return Ok(()) };
        let anybody = Terms { include_attached: true, ..terms() };
        let Ok(made) = plan(&intent, &board, &anybody) else { return Ok(()) };
        prop_assert_eq!(&made, &plan(&intent, &board, &terms()).expect("the same"), "no word lifts the rule");
        let mut meant: HashSet<&SessionKey> = sessions.iter().collect();
        let chosen = board.sessions.iter().filter(|v| sessions.contains(v.key()));
        meant.extend(chosen.flat_map(|v| &v.sub_agents).map(SessionView::key));
        for step in &made.steps {
            let leaked = processes.contains(&step.id) && step.role == ProcRole::Leaked;
            prop_assert!(leaked || step.session.as_ref().is_some_and(|key| meant.contains(key)), "{:?}", step);
            let facts = choose::every_process(&board).find(|p| p.proc.id == step.id).expect("on the board");
            let attached = facts.proc.files.as_ref().is_some_and(|f| f.terminal != Terminal::None);
            prop_assert!(!attached && !choose::is_server(facts), "{:?}", step);
        }
        for closing in made.sessions.iter().filter(|c| c.sweep && !c.owner_ends && !meant.contains(&c.key)) {
            let mut left = board.leaked.iter().filter(|p| p.session.as_ref() == Some(&closing.key));
            prop_assert!(left.all(|p| processes.contains(&p.proc.id)), "a sweep takes more than was chosen");
        }
    }
}
