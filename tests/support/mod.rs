//! A board with one of everything, and hostile text wherever text can stand.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use goosetop::domain::{
    board::{Board, Counts, Owner, ProcRole, ProcView, SessionView, StoreStatus},
    health::{Finding, Health, Rule, Severity},
    link::{Evidence, EvidenceKind, Strength},
    process::{Cpu, Proc, ProcId, ProcState},
    role::AgentRole,
    session::{Block, Role, Session, SessionId, SessionKey, SessionKind, Tail, TailMessage, Tokens},
    snapshot::{Fault, StoreState},
    turn::{Turn, TurnState},
};

/// Escape, bidirectional override, C1 control, zero-width, line break.
pub const HOSTILE: &str = "a\u{1b}]52;c;eA\u{7}\u{202e}b\u{9b}2J\u{200b}\nc";

/// The moment of every board here.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 13, 37, 5).unwrap()
}

pub fn ago(seconds: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(seconds)
}

pub fn proc(pid: u32, parent: u32, seconds: i64, argv: &[&str]) -> Arc<Proc> {
    Arc::new(Proc {
        id: ProcId { pid, start: u64::from(pid) },
        ppid: parent,
        uid: Some(1000),
        pgid: Some(pid),
        sid: Some(pid),
        has_tty: Some(false),
        state: ProcState::Sleeping,
        name: argv.first().copied().unwrap_or_default().to_owned(),
        argv: argv.iter().map(|&a| a.to_owned()).collect(),
        cwd: None,
        started_at: ago(seconds),
        rss_bytes: Some(131 << 20),
        rss_then: None,
        cpu: Cpu { percent: Some(12.3), ..Cpu::default() },
        env: None,
        files: None,
    })
}

pub fn key(id: &str) -> SessionKey {
    SessionKey { store: 0, id: SessionId::new(id) }
}

pub fn fact(kind: EvidenceKind, strength: Strength, detail: &str) -> Evidence {
    Evidence { kind, strength, detail: detail.into() }
}

pub fn view_of(proc: Arc<Proc>, role: ProcRole, session: Option<SessionKey>, depth: usize) -> ProcView {
    let age = (now() - proc.started_at).to_std().unwrap();
    let evidence = vec![fact(EvidenceKind::Marker, Strength::Certain, "carries its id")];
    ProcView { proc, role, agent: None, session, stray_id: None, evidence, age, depth }
}

pub fn bare(session: Session, health: Health) -> SessionView {
    SessionView {
        session: Arc::new(session),
        health,
        turn: Turn::default(),
        findings: Vec::new(),
        doubt: None,
        owner: None,
        attached: None,
        processes: Vec::new(),
        last_activity_at: None,
        inactive: None,
        sub_agents: Vec::new(),
    }
}

pub fn finding(rule: Rule, severity: Severity, message: &str) -> Finding {
    Finding {
        rule,
        severity,
        message: message.into(),
        advice: String::new(),
        evidence: Vec::new(),
        since: None,
        threshold: None,
    }
}

fn stuck() -> SessionView {
    let words = Block::Text { preview: "Labels first, then the focus order.".into() };
    let said = TailMessage {
        row: 7,
        role: Role::Assistant,
        created_at: Some(ago(2100)),
        stored_at: None,
        user_visible: true,
        agent_visible: true,
        turn_context: false,
        has_usage: false,
        blocks: vec![words],
    };
    let session = Session {
        name: "frontend-CreateLoginForm".into(),
        working_dir: "/home/ada/src/web".into(),
        project: Some("web".into()),
        created_at: Some(ago(7200)),
        updated_at: Some(ago(2100)),
        provider: Some("openai".into()),
        model: Some("gpt-4o".into()),
        mode: Some("auto".into()),
        tokens: Tokens {
            context: Some(80_000),
            input: Some(1_100_000),
            output: None,
            total: Some(1_200_000),
        },
        cost_usd: Some(0.81),
        messages: Some(418),
        tail: Some(Arc::new(Tail { messages: vec![said], ..Tail::default() })),
        ..Session::bare(key("20261120_7"))
    };
    let goose = proc(12346, 1, 7200, &["goose", "run", "-n", "frontend-CreateLoginForm"]);
    let server = proc(12350, 12346, 7190, &["node", "mcp.js"]);
    let child = fact(EvidenceKind::ChildMarker, Strength::Certain, "12350 carries AGENT_SESSION_ID");
    SessionView {
        turn: Turn {
            state: TurnState::WaitingForModel,
            since: Some(ago(1023)),
            tool: None,
            command: None,
            signs: vec!["llm_request file open since 13:20:02".into(), "no tool process".into()],
        },
        findings: vec![
            Finding {
                advice: "terminate 20261120_7".into(),
                evidence: vec!["llm_request open since 13:20:02".into()],
                since: Some(ago(1023)),
                threshold: Some(Duration::from_secs(900)),
                ..finding(Rule::ModelSilent, Severity::Stuck, "model silent for 17m (limit 15m)")
            },
            finding(Rule::ContextFull, Severity::Note, "context 62 % full"),
        ],
        owner: Some(Owner {
            proc: Arc::clone(&goose),
            role: AgentRole::Run,
            strength: Strength::Certain,
            evidence: vec![child],
            hosts: 0,
        }),
        attached: Some(false),
        processes: vec![
            view_of(goose, ProcRole::Owner, Some(key("20261120_7")), 0),
            view_of(server, ProcRole::Extension, Some(key("20261120_7")), 1),
        ],
        last_activity_at: Some(ago(2100)),
        inactive: Some(Duration::from_secs(2100)),
        ..bare(session, Health::Stuck)
    }
}

fn healthy() -> SessionView {
    let session = Session {
        name: "orchestrator-MainTask".into(),
        working_dir: "/home/ada/src/core".into(),
        created_at: Some(ago(600)),
        ..Session::bare(key("20261120_11"))
    };
    let sub = Session {
        name: "research".into(),
        kind: SessionKind::SubAgent,
        parent: Some(SessionId::new("20261120_11")),
        ..Session::bare(key("20261120_12"))
    };
    let turn = Turn {
        state: TurnState::RunningTool,
        since: Some(ago(120)),
        tool: Some("developer__shell".into()),
        command: Some("cargo test".into()),
        signs: Vec::new(),
    };
    SessionView {
        turn,
        last_activity_at: Some(ago(4)),
        inactive: Some(Duration::from_secs(4)),
        sub_agents: vec![bare(sub, Health::Healthy)],
        ..bare(session, Health::Healthy)
    }
}

fn hostile() -> SessionView {
    let session = Session {
        name: HOSTILE.into(),
        working_dir: format!("/tmp/{HOSTILE}").into(),
        project: Some(HOSTILE.into()),
        model: Some(HOSTILE.into()),
        ..Session::bare(key(&format!("x{HOSTILE}")))
    };
    let turn = Turn { command: Some(HOSTILE.into()), signs: vec![HOSTILE.into()], ..Turn::default() };
    let evidence =
        Finding { evidence: vec![HOSTILE.into()], ..finding(Rule::Inactive, Severity::Note, HOSTILE) };
    let evil = proc(666, 1, 9, &["sh", "-c", HOSTILE]);
    SessionView {
        turn,
        findings: vec![evidence],
        processes: vec![view_of(evil, ProcRole::Tool, None, 0)],
        ..bare(session, Health::Unknown)
    }
}

fn store(path: &str, schema: Option<u32>, state: StoreState, detail: &str) -> StoreStatus {
    let good = state.is_current();
    StoreStatus {
        path: path.into(),
        schema,
        state,
        detail: detail.into(),
        bytes: good.then_some(757 << 20),
        wal_bytes: good.then_some(1 << 20),
        as_of: good.then(now),
    }
}

/// Nothing but a store that can be read.
pub fn empty() -> Board {
    Board {
        taken_at: now(),
        host: "web-01".into(),
        stores: vec![store("/home/ada/sessions.db", Some(16), StoreState::Ok, "")],
        sessions: Vec::new(),
        hidden: Vec::new(),
        notes: std::collections::BTreeMap::new(),
        ended: Vec::new(),
        unlisted: Vec::new(),
        leaked: Vec::new(),
        untracked: Vec::new(),
        unconfirmed: Vec::new(),
        findings: BTreeMap::new(),
        faults: Vec::new(),
        procs_known: true,
        needs_second_look: false,
        counts: Counts::default(),
    }
}

/// One of everything.
pub fn full() -> Board {
    let mut board = empty();
    board.stores.push(store("/srv/other.db", None, StoreState::Locked, "goose is writing"));
    board.sessions = vec![stuck(), hostile(), healthy()];
    let ended = Session {
        name: "docs-Translate".into(),
        updated_at: Some(ago(90_000)),
        archived_at: Some(ago(80_000)),
        ..Session::bare(key("20261119_1"))
    };
    board.ended = vec![Arc::new(ended)];
    let left = Some(key("20261119_1"));
    board.leaked = vec![
        view_of(proc(12402, 1, 4500, &["postgres", "-D", "./pgdata"]), ProcRole::Leaked, left.clone(), 0),
        view_of(proc(12403, 12402, 4500, &["postgres:", HOSTILE]), ProcRole::Leaked, left, 1),
    ];
    board.untracked = vec![view_of(proc(777, 1, 60, &["goose", "acp"]), ProcRole::Untracked, None, 0)];
    let stray = view_of(proc(888, 1, 60, &["node", "x.js"]), ProcRole::Unconfirmed, None, 0);
    board.unconfirmed = vec![ProcView { stray_id: Some("20200101_1".into()), ..stray }];
    let untracked =
        finding(Rule::UntrackedProcess, Severity::Orphaned, "goose acp that no session can be tied to");
    board.findings.insert(777, untracked);
    board.faults.push(Fault { source: "/srv/other.db".into(), message: "locked: goose is writing".into() });
    board.faults.push(Fault { source: "old.jsonl".into(), message: format!("does not parse: {HOSTILE}") });
    board.counts = Counts {
        total: 4,
        healthy: 1,
        stuck: 1,
        orphaned: 0,
        ended: 1,
        unknown: 1,
        leaked_processes: 2,
        untracked_processes: 1,
        leaked_bytes: 262 << 20,
    };
    board
}
