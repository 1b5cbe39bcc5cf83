//! A board with one of everything, at a fixed moment.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use goosetop::domain::{
    board::{Board, Counts, Owner, ProcRole, ProcView, SessionView, StoreStatus},
    health::{Finding, Health, Rule, Severity},
    link::{Evidence, EvidenceKind, Strength},
    process::{Cpu, OpenFiles, Proc, ProcEnv, ProcId, ProcState, Terminal},
    role::AgentRole,
    session::{Block, Role, Session, SessionId, SessionKey, SessionKind, Tail, TailMessage, Tokens},
    snapshot::StoreState,
    turn::{Turn, TurnState},
};

/// The moment of every sample.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 13, 37, 5).unwrap()
}

fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

pub fn key(id: &str) -> SessionKey {
    SessionKey { store: 0, id: SessionId::new(id) }
}

pub fn session(id: &str, name: &str, dir: &str, idle_minutes: i64) -> Session {
    Session {
        name: name.into(),
        working_dir: PathBuf::from("/home/ann").join(dir),
        created_at: Some(ago(idle_minutes + 90)),
        updated_at: Some(ago(idle_minutes)),
        provider: Some("openai".into()),
        model: Some("gpt-4o".into()),
        mode: Some("auto".into()),
        tokens: Tokens {
            context: Some(79_360),
            input: Some(1_100_000),
            output: Some(90_000),
            total: Some(1_190_000),
        },
        context_limit: Some(128_000),
        cost_usd: Some(0.81),
        messages: Some(418),
        ..Session::bare(key(id))
    }
}

fn tail(words: &str, minutes: &[i64]) -> Arc<Tail> {
    let message = TailMessage {
        row: 1,
        role: Role::Assistant,
        created_at: Some(ago(minutes.first().copied().unwrap_or(0))),
        stored_at: None,
        user_visible: true,
        agent_visible: true,
        turn_context: false,
        has_usage: false,
        blocks: vec![Block::Text { preview: words.into() }],
    };
    let arrivals = minutes.iter().rev().map(|m| ago(*m)).collect();
    Arc::new(Tail { messages: vec![message], arrivals, ..Tail::default() })
}

fn finding(
    rule: Rule,
    severity: Severity,
    message: &str,
    evidence: &[&str],
    since: i64,
    limit: u64,
) -> Finding {
    Finding {
        rule,
        severity,
        message: message.into(),
        advice: String::new(),
        evidence: evidence.iter().map(|e| (*e).to_owned()).collect(),
        since: Some(ago(since)),
        threshold: (limit > 0).then(|| Duration::from_secs(limit * 60)),
    }
}

pub fn process(pid: u32, parent: u32, command: &str, rss_mb: u64, cpu: f32, age_minutes: i64) -> Proc {
    let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
    Proc {
        id: ProcId { pid, start: u64::from(pid) * 100 },
        ppid: parent,
        uid: Some(1000),
        pgid: Some(pid),
        sid: Some(pid),
        has_tty: Some(false),
        state: ProcState::Sleeping,
        name: argv[0].rsplit('/').next().unwrap_or_default().to_owned(),
        argv,
        cwd: Some(PathBuf::from("/home/ann/src/backend")),
        started_at: ago(age_minutes),
        rss_bytes: Some(rss_mb << 20),
        rss_then: None,
        cpu: Cpu {
            percent: Some(cpu),
            total_ms: 12_000,
            busy_at: None,
            hot_since: None,
            unkillable_since: None,
        },
        env: None,
        files: None,
    }
}

fn evidence(kind: EvidenceKind, strength: Strength, detail: &str) -> Vec<Evidence> {
    vec![Evidence { kind, strength, detail: detail.into() }]
}

fn proc_view(proc: Proc, role: ProcRole, session: Option<&str>, depth: usize) -> ProcView {
    let age = (now() - proc.started_at).to_std().unwrap_or_default();
    let agent = (role == ProcRole::Owner).then_some(AgentRole::Run);
    let proof = evidence(EvidenceKind::Marker, Strength::Certain, "carries the session's id");
    let evidence = if role == ProcRole::Owner { Vec::new() } else { proof };
    ProcView {
        proc: Arc::new(proc),
        role,
        agent,
        session: session.map(key),
        stray_id: None,
        evidence,
        age,
        depth,
    }
}

fn view(session: Session, health: Health, turn: TurnState, idle_seconds: u64) -> SessionView {
    SessionView {
        session: Arc::new(session),
        health,
        turn: Turn { state: turn, ..Turn::default() },
        findings: Vec::new(),
        doubt: None,
        owner: None,
        attached: None,
        processes: Vec::new(),
        last_activity_at: Some(now() - TimeDelta::seconds(idle_seconds as i64)),
        inactive: Some(Duration::from_secs(idle_seconds)),
        sub_agents: Vec::new(),
    }
}

/// `terminal` is where its person sits; without one it runs headless.
fn owned(view: &mut SessionView, mut proc: Proc, role: AgentRole, terminal: Option<&str>) {
    if let Some(name) = terminal {
        proc.files = Some(OpenFiles { terminal: Terminal::Live(name.into()), ..OpenFiles::default() });
        proc.env = Some(ProcEnv::default());
    }
    let id = view.key().id.raw().to_owned();
    view.attached = Some(terminal.is_some());
    let mut own = proc_view(proc.clone(), ProcRole::Owner, Some(&id), 0);
    own.agent = Some(role);
    own.evidence =
        evidence(EvidenceKind::ChildMarker, Strength::Certain, "its extension 12350 carries the id");
    view.processes.insert(0, own);
    view.owner = Some(Owner {
        proc: Arc::new(proc),
        role,
        strength: Strength::Certain,
        evidence: evidence(
            EvidenceKind::ChildMarker,
            Strength::Certain,
            "its extension 12350 carries the id",
        ),
        hosts: 0,
    });
}

fn orphaned() -> Vec<SessionView> {
    let mut db = session("20261120_9", "backend-SetupDatabase", "src/backend", 75);
    db.tail = Some(tail(
        "Setting up the schema now, then I will seed the test data.",
        &[75, 76, 76, 78, 80, 81, 90, 100, 101, 110],
    ));
    let mut db = view(db, Health::Orphaned, TurnState::Interrupted, 75 * 60);
    db.findings = vec![
        finding(
            Rule::Interrupted,
            Severity::Orphaned,
            "owner gone mid-turn; 3 processes left",
            &["its goose (pid 12347) ended 1h15 ago", "the last row is a tool request without an answer"],
            75,
            1440,
        ),
        finding(
            Rule::LeakedProcesses,
            Severity::Orphaned,
            "3 processes outlived their goose",
            &["postgres 12402 has parent 1"],
            75,
            0,
        ),
    ];
    db.turn.signs = vec!["no owner".into(), "a tool request has no answer".into()];
    db.processes = leaked().into_iter().take(3).collect();

    let mut docs = view(
        session("20261120_4", "docs-Translate", "src/docs", 62),
        Health::Orphaned,
        TurnState::RunningTool,
        62 * 60,
    );
    docs.findings = vec![finding(
        Rule::TerminalGone,
        Severity::Orphaned,
        "npm run dev idle, terminal closed",
        &["/dev/pts/7 was closed under it"],
        62,
        60,
    )];
    owned(
        &mut docs,
        process(12_100, 1, "goose session -n docs-Translate", 96, 0.0, 130),
        AgentRole::Session,
        None,
    );
    let tool = process(12_133, 12_100, "npm run dev", 210, 0.0, 65);
    docs.processes.push(proc_view(tool, ProcRole::Tool, Some("20261120_4"), 1));
    vec![db, docs]
}

fn stuck() -> Vec<SessionView> {
    let mut form = session("20261120_7", "frontend-CreateLoginForm", "src/frontend", 35);
    form.project = Some("frontend".into());
    form.tail =
        Some(tail("I will start with the labels and the focus order.", &[17, 18, 18, 19, 20, 35, 35, 36]));
    let mut form = view(form, Health::Stuck, TurnState::WaitingForModel, 35 * 60);
    form.turn.since = Some(ago(17));
    form.turn.signs = vec!["llm_request file open since 13:19:58".into(), "no tool process".into()];
    form.findings = vec![
        finding(
            Rule::ModelSilent,
            Severity::Stuck,
            "model silent 17m (limit 15m)",
            &["llm_request file open since 13:19:58", "no tool process", "CPU 0.0 % over 60s"],
            17,
            15,
        ),
        finding(Rule::ContextFull, Severity::Warning, "context 62 % full", &[], 17, 0),
    ];
    owned(
        &mut form,
        process(12_346, 900, "goose run -n frontend-CreateLoginForm", 131, 0.4, 95),
        AgentRole::Run,
        None,
    );
    let extension = process(12_350, 12_346, "node /usr/lib/mcp/developer.js", 88, 0.0, 95);
    form.processes.push(proc_view(extension, ProcRole::Extension, Some("20261120_7"), 1));

    let mut hunt = view(
        session("20261120_2", "ci-flaky-hunt", "src/ci", 31),
        Health::Stuck,
        TurnState::RunningTool,
        31 * 60,
    );
    hunt.findings = vec![finding(
        Rule::Loop,
        Severity::Stuck,
        "loop: shell ×9, same arguments",
        &["npm test -- -t flaky"],
        31,
        0,
    )];
    owned(&mut hunt, process(12_500, 900, "goose run -n ci-flaky-hunt", 120, 3.0, 300), AgentRole::Run, None);

    let mut auth = view(
        session("20261119_8", "refactor-auth", "src/auth", 44),
        Health::Stuck,
        TurnState::WaitingForUser,
        44 * 60,
    );
    auth.findings =
        vec![finding(Rule::Inactive, Severity::Stuck, "waiting for you at a prompt", &[], 44, 30)];
    owned(
        &mut auth,
        process(12_600, 800, "goose session -n refactor-auth", 110, 0.0, 900),
        AgentRole::Session,
        Some("/dev/pts/3"),
    );
    vec![form, hunt, auth]
}

fn unknown() -> Vec<SessionView> {
    let mut other = view(
        session("20261120_5", "someone-elses", "src/other", 20),
        Health::Unknown,
        TurnState::Unknown,
        20 * 60,
    );
    other.turn.signs = vec!["another user's process: nothing of it can be read".into()];
    vec![other]
}

fn healthy() -> Vec<SessionView> {
    let mut main = view(
        session("20261120_11", "orchestrator-MainTask", "src/mono", 0),
        Health::Healthy,
        TurnState::RunningTool,
        4,
    );
    main.turn.command = Some("cargo test".into());
    main.turn.tool = Some("shell".into());
    main.turn.since = Some(ago(2));
    owned(&mut main, process(12_700, 900, "goose run -n orchestrator", 180, 14.0, 40), AgentRole::Run, None);
    let mut child = session("20261120_12", "write the parser tests", "src/mono", 1);
    child.kind = SessionKind::SubAgent;
    child.parent = Some(SessionId::new("20261120_11"));
    main.sub_agents = vec![view(child, Health::Healthy, TurnState::WaitingForModel, 40)];

    let mut notes = view(
        session("20261120_10", "release-notes", "src/mono", 0),
        Health::Healthy,
        TurnState::WaitingForModel,
        12,
    );
    notes.turn.since = Some(now() - TimeDelta::seconds(12));
    owned(&mut notes, process(12_800, 900, "goose run -n release-notes", 101, 1.0, 3), AgentRole::Run, None);

    let mut review = view(
        session("20261120_6", "review-pr-4648", "src/review", 6),
        Health::Healthy,
        TurnState::WaitingForUser,
        6 * 60,
    );
    review.findings =
        vec![finding(Rule::Quiet, Severity::Warning, "quiet for 6m, waiting for you", &[], 6, 5)];
    owned(
        &mut review,
        process(12_900, 801, "goose session", 99, 0.0, 60),
        AgentRole::Session,
        Some("/dev/pts/4"),
    );
    vec![main, notes, review]
}

fn leaked() -> Vec<ProcView> {
    let left = |pid, command: &str, rss, id| {
        proc_view(process(pid, 1, command, rss, 0.0, 75), ProcRole::Leaked, Some(id), 0)
    };
    vec![
        left(12_402, "postgres -D ./pgdata", 412, "20261120_9"),
        left(12_377, "node server.js --port 3000", 300, "20261120_9"),
        left(12_378, "node worker.js", 100, "20261120_9"),
        left(11_050, "python3 -m http.server", 1134, "20261118_3"),
    ]
}

/// The board of the sketches: 2 orphaned, 3 stuck, 1 unknown, 3 healthy, history, leftovers.
pub fn sample() -> Board {
    let sessions: Vec<SessionView> =
        [orphaned(), stuck(), unknown(), healthy()].into_iter().flatten().collect();
    let ended = [
        ("20261119_7", "bump-deps", 300),
        ("20261118_3", "serve-the-preview", 1500),
        ("20261102_1", "", 26_000),
    ];
    let untracked =
        proc_view(process(13_001, 1, "goose session", 77, 0.0, 400), ProcRole::Untracked, None, 0);
    let looks =
        proc_view(process(13_050, 1, "uvx mcp-server-fetch", 60, 0.0, 500), ProcRole::Unconfirmed, None, 0);
    let mut board = Board {
        hidden: Vec::new(),
        notes: std::collections::BTreeMap::new(),
        taken_at: now(),
        host: "web-01".into(),
        stores: vec![store(StoreState::Ok, "")],
        sessions,
        unlisted: Vec::new(),
        ended: ended
            .into_iter()
            .map(|(id, name, idle)| Arc::new(session(id, name, "src/old", idle)))
            .collect(),
        leaked: leaked(),
        untracked: vec![untracked],
        unconfirmed: vec![looks],
        findings: [(
            13_001,
            finding(
                Rule::UntrackedProcess,
                Severity::Orphaned,
                "goose that no session can be tied to",
                &["no id in its tree"],
                400,
                0,
            ),
        )]
        .into(),
        faults: Vec::new(),
        procs_known: true,
        needs_second_look: false,
        counts: Counts::default(),
    };
    count(&mut board);
    board
}

/// Fills the numbers in from the rest.
pub fn count(board: &mut Board) {
    let of = |health| board.sessions.iter().filter(|s| s.health == health).count();
    board.counts = Counts {
        total: board.sessions.len() + board.ended.len(),
        healthy: of(Health::Healthy),
        stuck: of(Health::Stuck),
        orphaned: of(Health::Orphaned),
        unknown: of(Health::Unknown),
        ended: board.ended.len(),
        leaked_processes: board.leaked.len(),
        untracked_processes: board.untracked.len(),
        leaked_bytes: board.leaked.iter().filter_map(|p| p.proc.rss_bytes).sum(),
    };
}

pub fn store(state: StoreState, detail: &str) -> StoreStatus {
    StoreStatus {
        path: PathBuf::from("/home/ann/.local/share/goose/sessions/sessions.db"),
        schema: Some(16),
        state,
        detail: detail.into(),
        bytes: Some(757 << 20),
        wal_bytes: Some(1 << 20),
        as_of: Some(now()),
    }
}

/// A machine without goose.
pub fn empty() -> Board {
    let mut store = store(StoreState::Absent, "");
    store.as_of = None;
    let mut board = Board {
        stores: vec![store],
        sessions: Vec::new(),
        hidden: Vec::new(),
        notes: std::collections::BTreeMap::new(),
        ended: Vec::new(),
        unlisted: Vec::new(),
        leaked: Vec::new(),
        untracked: Vec::new(),
        unconfirmed: Vec::new(),
        findings: std::collections::BTreeMap::default(),
        ..sample()
    };
    count(&mut board);
    board
}

/// As many history rows as a person may have.
pub fn large(rows: usize) -> Board {
    let mut board = sample();
    board.ended = (0..rows)
        .map(|n| {
            let mut row =
                session(&format!("2026{:04}_{n}", n % 1200), &format!("task-{n}"), "src/old", n as i64);
            row.cost_usd = Some((n % 977) as f64 / 10.0);
            Arc::new(row)
        })
        .collect();
    count(&mut board);
    board
}
