//! What must hold of every judgement, whatever the world looks like: worlds are made up at random from
//! the pieces that decide (rows, owners, carriers, parents, times).
#![expect(dead_code, reason = "the world file's expectations are another test's")]

#[path = "support/losses.rs"]
mod losses;
#[path = "support/world_file.rs"]
mod world_file;

use chrono::TimeDelta;
use goosetop::domain::{
    board::{Board, Options, ProcRole, SessionView, assess},
    health::{Health, account::Account, thresholds::Thresholds},
    link::Strength,
    session::SessionKind,
    snapshot::Snapshot,
};
use losses::Loss;
use proptest::prelude::*;
use world_file::{Expect, ProcEntry, SessionEntry, StoreEntry, WorldFile};

const MESSAGES: &[&[&str]] = &[
    &[],
    &["user -9m x"],
    &["user -9m x", "context -9m"],
    &["user -9m x", "say -8m y"],
    &["user -9m x", "ask -8m shell make", "answer -7m z"],
    &["user -9m x", "ask -8m shell make"],
    &["user -9m x", "error -8m no"],
    &["user -9m x", "approve -8m may I"],
];

const COMMANDS: &[&str] = &[
    "goose session",
    "goose run -t x",
    "goose serve --port 1",
    "goose acp",
    "goose session --resume --session-id s_0",
    "goose run --resume --session-id s_1 -t x",
    "goose up",
    "goose term run x",
    "bash -c make",
    "node server.js",
    "tmux new",
    "systemd --user",
    "sleep 9",
];

fn age() -> impl Strategy<Value = u32> {
    prop_oneof![1..10_u32, 200..400_u32, 1_500..4_500_u32, 80_000..100_000_u32]
}

fn session() -> impl Strategy<Value = SessionEntry> {
    let kinds = prop_oneof![Just("user"), Just("acp"), Just("terminal"), Just("hidden"), Just("sub_agent")];
    // Now and then a clock is wrong.
    let skew = prop_oneof![12 => Just(false), 1 => Just(true)];
    let reading = (any::<bool>(), skew);
    (0..4_u32, kinds, age(), age(), 0..MESSAGES.len(), any::<bool>(), reading).prop_map(
        |(id, kind, created, updated, messages, ledger, (read, skew))| SessionEntry {
            id: format!("s_{id}"),
            name: format!("name {id}"),
            kind: kind.into(),
            dir: if id % 2 == 0 { "/src".into() } else { "/other".into() },
            created: format!("-{}s", created.max(updated)),
            updated: Some(if skew { "+20m".into() } else { format!("-{updated}s") }),
            mode: None,
            parent: (kind == "sub_agent").then(|| "s_0".into()),
            messages: MESSAGES[messages].iter().map(|m| (*m).to_owned()).collect(),
            ledger: if ledger { vec!["-8m".into()] } else { Vec::new() },
            extensions: Vec::new(),
            context: None,
            schedule: None,
            spent: Vec::new(),
            read,
        },
    )
}

fn proc(pid: u32) -> impl Strategy<Value = ProcEntry> {
    let shape = (0..COMMANDS.len(), 1..12_u32, age(), prop::option::of(0..5_u32), any::<[bool; 4]>());
    (shape, prop::option::of(0.0..99.0_f32), 40..44_u32).prop_map(
        move |((command, parent, start, marker, [tty, readable, call, zombie]), cpu, sid)| ProcEntry {
            pid,
            ppid: if parent >= pid { 1 } else { parent },
            start: format!("-{start}s"),
            argv: COMMANDS[command].into(),
            cwd: Some(if tty { "/src".into() } else { "/other".into() }),
            marker: marker.map(|m| format!("s_{m}")),
            root: None,
            sid,
            pgid: 50,
            uid: 1000,
            tty,
            terminal: tty.then(|| "live".into()),
            reads_keys: None,
            calls: call.then(|| vec!["-5m".into()]),
            cpu,
            busy: None,
            hot: None,
            unkillable: None,
            state: if zombie && pid.is_multiple_of(5) { "Z".into() } else { "S".into() },
            rss_mb: 1,
            rss_then: None,
            readable,
        },
    )
}

prop_compose! {
    fn world()(
        sessions in proptest::collection::vec(session(), 0..4),
        procs in (proc(2), proc(3), proc(4), proc(5), proc(6), proc(7)),
        (locked, procs_known) in
            prop_oneof![8 => Just((false, true)), 1 => Just((true, true)), 1 => Just((false, false))],
    ) -> Snapshot {
        let mut seen = std::collections::HashSet::new();
        let session = sessions.into_iter().filter(|s| seen.insert(s.id.clone())).collect();
        let expect = Expect {
            session: Vec::new(),
            leaked: Vec::new(),
            untracked: Vec::new(),
            unconfirmed: Vec::new(),
            untracked_severity: None,
            second_look: false,
        };
        let (a, b, c, d, e, f) = procs;
        let mut procs = vec![a, b, c, d, e, f];
        // Parents come first. All have one user: what may not be read of one may not of what it started.
        for at in 0..procs.len() {
            let hidden = procs.iter().any(|p| p.pid == procs[at].ppid && !p.readable);
            procs[at].readable &= !hidden;
        }
        let file = WorldFile {
            session,
            proc: procs,
            store: if locked {
                StoreEntry { state: "locked".into(), as_of: "-1m".into() }
            } else {
                StoreEntry::default()
            },
            agent_starts: None,
            procs_known,
            ended_by_us: Vec::new(),
            expect,
        };
        file.snapshot()
    }
}

fn judged(snapshot: &Snapshot) -> Board {
    assess(snapshot, &Thresholds::default(), Options { all: true })
}

fn verdicts(board: &Board) -> Vec<String> {
    let mut all: Vec<String> = board
        .sessions
        .iter()
        .map(|v| {
            let owner = v.owner.as_ref().map(|o| (o.proc.id, o.strength, &o.evidence));
            let (key, health) = (v.key(), v.health);
            format!("{key:?} {health} {:?} {:?} {:?} {owner:?}", v.turn, v.findings, v.doubt)
        })
        .collect();
    all.sort();
    for list in [&board.leaked, &board.untracked, &board.unconfirmed] {
        let mut pids: Vec<u32> = list.iter().map(|p| p.proc.id.pid).collect();
        pids.sort_unstable();
        all.push(format!("{pids:?}"));
    }
    all
}

/// Every judged session, sub-agents too.
fn all_views(board: &Board) -> Vec<SessionView> {
    let parents = board.sessions.iter();
    parents.flat_map(|v| std::iter::once(v).chain(&v.sub_agents)).cloned().collect()
}

/// Loudest last.
fn loudness(health: Health) -> u8 {
    match health {
        Health::Ended => 0,
        Health::Healthy => 1,
        Health::Unknown => 2,
        Health::Stuck => 3,
        Health::Orphaned => 4,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_sessions_and_processes_does_not_matter(snapshot in world(), turn in 0..8_usize) {
        let mut turned = snapshot.clone();
        let mut sessions = (*turned.stores[0].sessions).clone();
        sessions.reverse();
        turned.stores[0].sessions = std::sync::Arc::new(sessions);
        let procs = turned.procs.len();
        turned.procs.rotate_left(turn % procs.max(1));
        prop_assert_eq!(verdicts(&judged(&snapshot)), verdicts(&judged(&turned)));
    }

    #[test]
    fn what_is_unknown_does_not_turn_healthy_by_losing_a_sign(snapshot in world()) {
        let unknown: Vec<_> = all_views(&judged(&snapshot))
            .into_iter()
            .filter(|v| v.health == Health::Unknown)
            // A sub-agent's clock counts while the sub-agent is seen at work.
            .filter(|v| v.sub_agents.iter().all(|s| s.last_activity_at < v.last_activity_at))
            .map(|v| (v.key().clone(), v.doubt))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        for Loss { what, of, blind } in losses::of(&snapshot) {
            let after = all_views(&judged(&blind));
            for (key, doubt) in unknown.iter().filter(|(key, _)| of.as_ref().is_none_or(|of| of == key)) {
                // Less proof against a guess lets it be made; it says of itself that it is weak.
                let guessed = |v: &&SessionView| v.owner.as_ref().is_some_and(|o| o.strength == Strength::Weak);
                let found = after.iter().find(|v| v.key() == key).filter(|v| !guessed(v));
                let now = found.map(|v| v.health);
                prop_assert!(
                    now != Some(Health::Healthy),
                    "{} was unknown ({doubt:?}) and is healthy without {what}", key.id
                );
            }
        }
    }

    #[test]
    fn every_silent_rule_says_what_it_looked_at(snapshot in world()) {
        for view in all_views(&judged(&snapshot)) {
            let account = Account::of(&view, &Thresholds::default(), snapshot.taken_at);
            prop_assert!(!account.because.is_empty());
            for asked in &account.asked {
                let told = asked.looked.as_ref().is_some_and(|words| !words.is_empty());
                prop_assert_eq!(told, asked.said.is_none(), "{} of {}", asked.rule, view.key().id);
            }
        }
    }

    #[test]
    fn more_silence_never_heals(snapshot in world(), later in 1..7_200_i64) {
        let before = judged(&snapshot);
        let mut silent = snapshot.clone();
        silent.taken_at += TimeDelta::seconds(later);
        let after = judged(&silent);
        for view in before.sessions.iter().filter(|v| v.owner.is_some()) {
            let same = |v: &&goosetop::domain::board::SessionView| v.key() == view.key();
            // A server lets go of an idle session without a sign of its own after a while.
            let Some(now) = after.sessions.iter().find(same).filter(|v| v.owner.is_some()) else { continue };
            let known = view.doubt.is_none() && now.doubt.is_none();
            prop_assert!(
                !known || loudness(now.health) >= loudness(view.health),
                "{} was {} and is {} after {later}s of silence", view.key().id, view.health, now.health
            );
        }
    }

    #[test]
    fn nothing_of_a_persons_own_terminal_is_leaked(snapshot in world()) {
        let board = judged(&snapshot);
        for stray in &board.leaked {
            let key = stray.session.as_ref().unwrap();
            let session = snapshot.stores[0].sessions.iter().find(|s| s.key == *key).unwrap();
            prop_assert!(session.kind != SessionKind::Terminal);
            prop_assert!(!stray.proc.name.starts_with("tmux") && !stray.proc.is_zombie());
            prop_assert!(!stray.evidence.is_empty());
            prop_assert!(board.sessions.iter().all(|v| v.key() != key || v.owner.is_none()));
        }
    }

    #[test]
    fn a_process_has_one_session_and_a_session_one_owner(snapshot in world()) {
        let board = judged(&snapshot);
        let mut owned = std::collections::HashMap::new();
        for view in &board.sessions {
            let owners = view.processes.iter().filter(|p| p.role == ProcRole::Owner).count();
            prop_assert_eq!(owners, usize::from(view.owner.is_some()));
            let Some(owner) = view.owner.as_ref().filter(|o| o.role.is_single()) else { continue };
            prop_assert!(owned.insert(owner.proc.id, view.key().clone()).is_none(), "two sessions of one process");
            prop_assert!(!owner.evidence.is_empty());
        }
        let counts = board.counts;
        let sum = counts.healthy + counts.stuck + counts.orphaned + counts.unknown + counts.ended;
        prop_assert_eq!(counts.total, sum);
    }
}
