//! What every plan keeps, whatever the board: over random worlds, judged as the real one is.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    board::{Board, Options, SessionView, assess},
    health::thresholds::Thresholds,
    link::{Strength, carriers},
    process::{Cpu, OpenFiles, Proc, ProcEnv, ProcState, Terminal},
    session::{Session, SessionId, SessionKind, Tail},
    snapshot::{Snapshot, StoreLook, StoreState},
};

/// goosetop in these worlds.
const VIEWER: Viewer = Viewer { pid: 7, uid: 1000 };

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn key(n: usize) -> SessionKey {
    SessionKey { store: 0, id: SessionId::new(format!("s_{n}")) }
}

fn argv(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn proc(pid: u32, ppid: u32, line: &str, marker: Option<usize>) -> Proc {
    let argv = argv(line);
    Proc {
        id: ProcId { pid, start: u64::from(pid) },
        ppid,
        uid: Some(VIEWER.uid),
        pgid: Some(pid),
        sid: Some(50),
        has_tty: Some(false),
        state: ProcState::Sleeping,
        name: argv[0].clone(),
        files: (argv[0] == "goose").then(OpenFiles::default),
        argv,
        cwd: Some("/src".into()),
        started_at: now() - TimeDelta::hours(3) + TimeDelta::seconds(pid.into()),
        rss_bytes: Some(1 << 20),
        cpu: Cpu { percent: Some(0.0), ..Cpu::default() },
        env: Some(ProcEnv {
            session_marker: marker.map(|n| key(n).id.raw().to_owned()),
            ..ProcEnv::default()
        }),
    }
}

fn session(n: usize, kind: SessionKind) -> Session {
    let mut session = Session::bare(key(n));
    session.name = format!("work {n}");
    session.kind = kind;
    session.working_dir = "/src".into();
    session.created_at = Some(now() - TimeDelta::hours(4));
    session.updated_at = Some(now() - TimeDelta::minutes(20 * n as i64));
    session.tail = Some(Arc::new(Tail { whole: true, ..Tail::default() }));
    session
}

fn board(sessions: Vec<Session>, mut procs: Vec<Proc>) -> Board {
    procs.sort_by_key(|p| p.id.pid);
    procs.dedup_by_key(|p| p.id.pid);
    let store = StoreLook {
        path: "/s/sessions.db".into(),
        schema: Some(16),
        state: StoreState::Ok,
        detail: String::new(),
        bytes: None,
        owner_uid: Some(VIEWER.uid),
        as_of: Some(now()),
        sessions: Arc::new(sessions.into_iter().map(Arc::new).collect()),
    };
    let snapshot = Snapshot {
        taken_at: now(),
        host: "web-01".into(),
        viewer: VIEWER,
        stores: vec![store],
        procs: procs.into_iter().map(Arc::new).collect(),
        procs_known: true,
        agent_starts: std::collections::BTreeMap::new(),
        faults: Vec::new(),
    };
    assess(&snapshot, &Thresholds::default(), Options::default())
}

fn terms() -> Terms {
    Terms {
        read_only: false,
        include_attached: false,
        protect: vec!["tmux*".into(), "postgres".into()],
        grace: Duration::from_secs(5),
        viewer: VIEWER,
        ancestors: vec![6, 5, 1],
        reason: None,
    }
}

fn terminate(sessions: &[usize], pids: &[u32], end_servers: bool) -> Intent {
    Intent::Terminate {
        sessions: sessions.iter().map(|n| key(*n)).collect(),
        processes: pids.iter().map(|p| ProcId { pid: *p, start: u64::from(*p) }).collect(),
        end_servers,
    }
}

fn pids(plan: &Plan) -> Vec<u32> {
    plan.steps.iter().map(|s| s.id.pid).collect()
}

fn why(left: &[LeftAlone], pid: u32) -> String {
    left.iter().find(|l| l.pid == Some(pid)).map(|l| l.why.clone()).unwrap_or_default()
}

fn server() -> Board {
    let sessions = vec![session(1, SessionKind::Acp), session(2, SessionKind::Acp)];
    board(
        sessions,
        vec![
            proc(100, 90, "goose acp", None),
            proc(101, 100, "bash -c make", Some(1)),
            proc(102, 101, "make", None),
            proc(103, 100, "bash -c test", Some(2)),
        ],
    )
}

#[test]
fn a_server_lives_when_one_of_its_sessions_ends() {
    let made = plan(&terminate(&[1], &[], false), &server(), &terms()).unwrap();
    assert_eq!(pids(&made), [101, 102]);
    assert_eq!(
        why(&made.left_alone, 100),
        "hosts 1 other session: --end-servers (S) ends it with all of them"
    );
    let closing = &made.sessions[0];
    assert_eq!((closing.owner_ends, closing.sweep), (false, false));
}

#[test]
fn a_server_that_ends_names_every_session() {
    let made = plan(&terminate(&[2], &[], true), &server(), &terms()).unwrap();
    assert_eq!(pids(&made), [100, 103, 101, 102]);
    let mut named: Vec<&str> = made.sessions.iter().map(|c| c.key.id.raw()).collect();
    named.sort_unstable();
    assert_eq!(named, ["s_1", "s_2"]);
    assert!(made.sessions.iter().all(|c| c.owner_ends && c.sweep));
    let all = plan(&Intent::CloseAll, &server(), &terms()).unwrap();
    assert!(pids(&all).contains(&100));
    // Chosen itself, it still hosts two.
    assert!(!pids(&plan(&terminate(&[], &[100], false), &server(), &terms()).unwrap()).contains(&100));
    assert_eq!(pids(&plan(&terminate(&[], &[100], true), &server(), &terms()).unwrap()).len(), 4);
}

#[test]
fn bulk_leaves_the_attached_and_the_protected() {
    let mut attached = proc(200, 90, "goose session --resume --session-id s_2", None);
    attached.files =
        Some(OpenFiles { terminal: Terminal::Live("/dev/pts/3".into()), ..OpenFiles::default() });
    let world = || {
        board(
            vec![session(1, SessionKind::User), session(2, SessionKind::User)],
            vec![
                proc(100, 90, "goose run --resume --session-id s_1", None),
                proc(101, 100, "postgres -D x", Some(1)),
                proc(102, 101, "sh", Some(1)),
                proc(103, 100, "make", Some(1)),
                attached.clone(),
            ],
        )
    };
    let made = plan(&Intent::Emergency { scope: Scope::All }, &world(), &terms()).unwrap();
    assert_eq!(pids(&made), [100, 103]);
    assert_eq!(why(&made.left_alone, 200), "at a terminal (pts/3)");
    assert_eq!(why(&made.left_alone, 101), "protected (postgres)");
    assert_eq!(why(&made.left_alone, 102), "below 101, which is left alone");
    let told = Terms { include_attached: true, ..terms() };
    assert!(pids(&plan(&Intent::CloseAll, &world(), &told).unwrap()).contains(&200));
    // A person who names them means them.
    assert_eq!(pids(&plan(&terminate(&[1, 2], &[], false), &world(), &terms()).unwrap()).len(), 5);
}

#[test]
fn goosetop_below_an_agent_spares_what_it_stands_on() {
    let world = board(
        vec![session(1, SessionKind::User)],
        vec![
            proc(5, 4, "goose run --resume --session-id s_1", None),
            proc(6, 5, "bash -c goosetop", Some(1)),
            proc(7, 6, "goosetop", Some(1)),
            proc(8, 5, "make", Some(1)),
        ],
    );
    let made = plan(&terminate(&[1], &[], false), &world, &terms()).unwrap();
    assert_eq!(pids(&made), [8]);
    assert_eq!(why(&made.left_alone, 7), "goosetop itself");
    assert!(!made.sessions[0].sweep && !made.sessions[0].owner_ends);
}

#[test]
fn refusals_say_why() {
    let world = server();
    let all = Intent::CloseAll;
    assert_eq!(plan(&all, &world, &Terms { read_only: true, ..terms() }), Err(Refusal::ReadOnly));
    assert_eq!(plan(&all, &Board { procs_known: false, ..world.clone() }, &terms()), Err(Refusal::Blind));
    assert_eq!(plan(&terminate(&[9], &[], false), &world, &terms()), Err(Refusal::Gone("s_9".into())));
    let stranger = plan(&terminate(&[], &[999], false), &world, &terms());
    assert_eq!(stranger, Err(Refusal::Gone("process 999".into())));
    let nobody = board(vec![session(1, SessionKind::User)], Vec::new());
    assert_eq!(plan(&all, &nobody, &terms()), Err(Refusal::Nothing(Vec::new())));
    let Err(Refusal::Nothing(left)) = plan(&terminate(&[1], &[], false), &nobody, &terms()) else { panic!() };
    assert_eq!(left[0].why, "no goose drives it");
    let empty = Intent::CleanupProject { project: String::new(), status: ProjectStatus::Completed };
    assert_eq!(plan(&empty, &world, &terms()), Err(Refusal::Nothing(Vec::new())));
}

#[test]
fn both_writers_end_and_the_newest_first() {
    let world = board(
        vec![session(1, SessionKind::User)],
        vec![
            proc(100, 90, "goose run --resume --session-id s_1", None),
            proc(110, 90, "goose session --resume --session-id s_1", None),
        ],
    );
    assert_eq!(pids(&plan(&terminate(&[1], &[], false), &world, &terms()).unwrap()), [110, 100]);
}

#[test]
fn a_persons_shell_is_never_swept() {
    let world = board(
        vec![session(1, SessionKind::Terminal)],
        vec![
            proc(90, 80, "bash", Some(1)),
            proc(100, 90, "goose term run x", Some(1)),
            proc(101, 100, "make", Some(1)),
        ],
    );
    let made = plan(&terminate(&[1], &[], false), &world, &terms()).unwrap();
    assert_eq!(pids(&made), [100, 101]);
    assert!(!made.sessions[0].sweep);
    assert!(matches!(plan(&Intent::CloseAll, &world, &terms()), Err(Refusal::Nothing(_))));
}

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
    ]
}

fn view<'a>(board: &'a Board, key: &SessionKey) -> Option<&'a SessionView> {
    board.sessions.iter().find(|v| v.key() == key)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

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
        }
    }
}
