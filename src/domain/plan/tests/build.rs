//! Worlds in a few words.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    board::{Board, Options, assess},
    health::thresholds::Thresholds,
    plan::{Intent, Plan, Terms},
    process::{Cpu, OpenFiles, Proc, ProcEnv, ProcId, ProcState},
    session::{Session, SessionId, SessionKey, SessionKind, Tail},
    snapshot::{Snapshot, StoreLook, StoreState, Viewer},
};

/// goosetop in these worlds.
pub const VIEWER: Viewer = Viewer { pid: 7, uid: 1000 };

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn key(n: usize) -> SessionKey {
    SessionKey { store: 0, id: SessionId::new(format!("s_{n}")) }
}

pub fn argv(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

pub fn proc(pid: u32, parent: u32, line: &str, marker: Option<usize>) -> Proc {
    let argv = argv(line);
    Proc {
        id: ProcId { pid, start: u64::from(pid) },
        ppid: parent,
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
        rss_then: None,
        cpu: Cpu { percent: Some(0.0), ..Cpu::default() },
        env: Some(ProcEnv {
            session_marker: marker.map(|n| key(n).id.raw().to_owned()),
            ..ProcEnv::default()
        }),
    }
}

pub fn session(n: usize, kind: SessionKind) -> Session {
    let mut session = Session::bare(key(n));
    session.name = format!("work {n}");
    session.kind = kind;
    session.working_dir = "/src".into();
    session.created_at = Some(now() - TimeDelta::hours(4));
    session.updated_at = Some(now() - TimeDelta::minutes(20 * n as i64));
    session.tail = Some(Arc::new(Tail { whole: true, ..Tail::default() }));
    session
}

pub fn board(sessions: Vec<Session>, procs: Vec<Proc>) -> Board {
    board_at(now(), sessions, procs)
}

pub fn board_at(at: DateTime<Utc>, sessions: Vec<Session>, mut procs: Vec<Proc>) -> Board {
    procs.sort_by_key(|p| p.id.pid);
    procs.dedup_by_key(|p| p.id.pid);
    let store = StoreLook {
        path: "/s/sessions.db".into(),
        schema: Some(16),
        state: StoreState::Ok,
        detail: String::new(),
        bytes: None,
        wal_bytes: None,
        owner_uid: Some(VIEWER.uid),
        as_of: Some(at),
        sessions: Arc::new(sessions.into_iter().map(Arc::new).collect()),
    };
    let snapshot = Snapshot {
        taken_at: at,
        host: "web-01".into(),
        viewer: VIEWER,
        stores: vec![store],
        procs: procs.into_iter().map(Arc::new).collect(),
        procs_known: true,
        agent_starts: std::collections::BTreeMap::new(),
        faults: Vec::new(),
        endings: Arc::default(),
    };
    assess(&snapshot, &Thresholds::default(), Options::default())
}

pub fn terms() -> Terms {
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

pub fn terminate(sessions: &[usize], pids: &[u32], end_servers: bool) -> Intent {
    Intent::Terminate {
        sessions: sessions.iter().map(|n| key(*n)).collect(),
        processes: pids.iter().map(|p| ProcId { pid: *p, start: u64::from(*p) }).collect(),
        end_servers,
    }
}

pub fn auto(sessions: &[usize], pids: &[u32]) -> Intent {
    let Intent::Terminate { sessions, processes, .. } = terminate(sessions, pids, false) else {
        return Intent::CloseAll;
    };
    Intent::Auto { sessions, processes }
}

pub fn pids(plan: &Plan) -> Vec<u32> {
    plan.steps.iter().map(|s| s.id.pid).collect()
}
