//! A world in a TOML file: sessions and processes in, expected board out. Times are relative to
//! noon ("-40m"); a message is `WHO WHEN WORDS`, see [`message`].

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use goosetop::domain::{
    process::{Cpu, ModelCall, OpenFiles, Proc, ProcEnv, ProcId, ProcState, Terminal},
    session::{Block, ExtensionSpec, Role, Session, SessionId, SessionKey, Tail, TailMessage},
    snapshot::{Ending, Snapshot, StoreLook, StoreState, Viewer},
};
use serde::Deserialize;

/// The path every world's store has.
pub const STORE: &str = "/home/ann/.local/share/goose/sessions/sessions.db";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    #[serde(default)]
    pub session: Vec<SessionEntry>,
    #[serde(default)]
    pub proc: Vec<ProcEntry>,
    #[serde(default)]
    pub store: StoreEntry,
    /// Starts of goose processes that log files name.
    pub agent_starts: Option<Vec<String>>,
    #[serde(default = "yes")]
    pub procs_known: bool,
    /// What goosetop has ended: session, when, and optionally in which other store.
    #[serde(default)]
    pub ended_by_us: Vec<EndingEntry>,
    pub expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndingEntry {
    pub session: String,
    pub at: String,
    pub store: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreEntry {
    pub state: String,
    pub as_of: String,
}

impl Default for StoreEntry {
    fn default() -> Self {
        Self { state: "ok".into(), as_of: "0s".into() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionEntry {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub dir: String,
    pub created: String,
    pub updated: Option<String>,
    pub mode: Option<String>,
    pub parent: Option<String>,
    #[serde(default)]
    pub messages: Vec<String>,
    #[serde(default)]
    pub ledger: Vec<String>,
    #[serde(default)]
    pub extensions: Vec<Vec<String>>,
    pub context: Option<(u64, u64)>,
    pub schedule: Option<String>,
    /// Costs of model calls: when, and US dollars.
    #[serde(default)]
    pub spent: Vec<(String, f64)>,
    #[serde(default = "yes")]
    pub read: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcEntry {
    pub pid: u32,
    #[serde(default = "one")]
    pub ppid: u32,
    pub start: String,
    pub argv: String,
    pub cwd: Option<String>,
    pub marker: Option<String>,
    pub root: Option<String>,
    #[serde(default = "fifty")]
    pub sid: u32,
    #[serde(default = "fifty")]
    pub pgid: u32,
    #[serde(default = "thousand")]
    pub uid: u32,
    #[serde(default)]
    pub tty: bool,
    /// `live`, `gone` or `none`.
    pub terminal: Option<String>,
    pub reads_keys: Option<bool>,
    pub calls: Option<Vec<String>>,
    pub cpu: Option<f32>,
    pub busy: Option<String>,
    pub hot: Option<String>,
    pub unkillable: Option<String>,
    #[serde(default)]
    pub state: String,
    #[serde(default = "megabytes")]
    pub rss_mb: u64,
    /// When its memory began to rise, and how many megabytes it held then.
    pub rss_then: Option<(String, u64)>,
    /// False: another user's, its environment and files cannot be read.
    #[serde(default = "yes")]
    pub readable: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    #[serde(default)]
    pub session: Vec<ExpectedSession>,
    #[serde(default)]
    pub leaked: Vec<u32>,
    #[serde(default)]
    pub untracked: Vec<u32>,
    #[serde(default)]
    pub unconfirmed: Vec<u32>,
    /// Worst severity among the untracked processes' findings.
    pub untracked_severity: Option<String>,
    #[serde(default)]
    pub second_look: bool,
}

/// What must hold; what is not named may be anything, but every session that is not `ended` must
/// be listed, so that no alarm goes unnoticed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSession {
    pub id: String,
    pub health: String,
    pub turn: Option<String>,
    pub command: Option<String>,
    pub owner: Option<u32>,
    #[serde(default)]
    pub no_owner: bool,
    pub strength: Option<String>,
    pub attached: Option<bool>,
    /// Exactly these rules speak.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Rules that keep silent in a near miss, each with the words on what it looked at.
    #[serde(default)]
    pub silent: std::collections::BTreeMap<String, String>,
    /// Text that the message of the worst finding, or of the history's note, contains.
    pub says: Option<String>,
    /// Text that the worst finding's advice contains.
    pub advises: Option<String>,
    /// Pids by role, e.g. `tool = [12]`.
    #[serde(default)]
    pub processes: std::collections::BTreeMap<String, Vec<u32>>,
    #[serde(default)]
    pub sub_agents: Vec<String>,
}

fn yes() -> bool {
    true
}
fn one() -> u32 {
    1
}
fn fifty() -> u32 {
    50
}
fn thousand() -> u32 {
    1000
}
fn megabytes() -> u64 {
    10
}

/// Noon of the day on which every world plays.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_262_400, 0).expect("a valid moment")
}

fn at(text: &str) -> DateTime<Utc> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim_start_matches('+')),
    };
    let span: Duration = humantime::parse_duration(rest).unwrap_or_else(|e| panic!("time {text:?}: {e}"));
    noon() + TimeDelta::from_std(span).expect("a short span") * sign
}

impl WorldFile {
    pub fn snapshot(&self) -> Snapshot {
        let sessions = self.session.iter().map(|s| Arc::new(session(s))).collect();
        let state = match self.store.state.as_str() {
            "locked" => StoreState::Locked,
            "newer" => StoreState::Newer,
            _ => StoreState::Ok,
        };
        let mut procs: Vec<Arc<Proc>> = self.proc.iter().map(|p| Arc::new(proc(p))).collect();
        procs.sort_by_key(|p| p.id.pid);
        Snapshot {
            taken_at: noon(),
            host: "web-01".into(),
            viewer: Viewer { pid: 1, uid: 1000 },
            stores: vec![StoreLook {
                path: PathBuf::from(STORE),
                schema: Some(16),
                state,
                detail: "goose is writing".into(),
                bytes: Some(4096),
                wal_bytes: Some(0),
                owner_uid: Some(1000),
                as_of: Some(at(&self.store.as_of)),
                sessions: Arc::new(sessions),
            }],
            procs,
            procs_known: self.procs_known,
            agent_starts: self
                .agent_starts
                .iter()
                .map(|l| (PathBuf::from("/logs/cli"), l.iter().map(|t| at(t)).collect()))
                .collect(),
            faults: Vec::new(),
            endings: Arc::new(self.ended_by_us.iter().map(ending).collect()),
        }
    }
}

fn ending(entry: &EndingEntry) -> Ending {
    Ending {
        store: entry.store.clone().unwrap_or_else(|| STORE.into()),
        session: entry.session.clone(),
        at: at(&entry.at),
        action: "emergency-cleanup".into(),
    }
}

fn session(entry: &SessionEntry) -> Session {
    let key = SessionKey { store: 0, id: SessionId::new(entry.id.as_str()) };
    let messages: Vec<TailMessage> =
        entry.messages.iter().enumerate().map(|(row, m)| message(row as i64 + 1, m)).collect();
    let tail = Tail {
        messages,
        whole: true,
        ledger: entry.ledger.iter().map(|t| at(t)).collect(),
        spent: entry.spent.iter().map(|(when, cost)| (at(when), *cost)).collect(),
        arrivals: Vec::new(),
    };
    let mut session = Session::bare(key);
    session.name = entry.name.clone();
    session.kind = entry.kind.parse().unwrap_or_default();
    session.working_dir = PathBuf::from(&entry.dir);
    session.created_at = Some(at(&entry.created));
    session.updated_at = Some(at(entry.updated.as_ref().unwrap_or(&entry.created)));
    session.mode = entry.mode.clone();
    session.parent = entry.parent.as_deref().map(SessionId::new);
    session.messages = Some(tail.messages.len() as u64);
    session.tokens.context = entry.context.map(|c| c.0);
    session.schedule = entry.schedule.clone();
    session.context_limit = entry.context.map(|c| c.1);
    session.extensions = entry
        .extensions
        .iter()
        .map(|command| ExtensionSpec { name: "x".into(), kind: "stdio".into(), command: command.clone() })
        .collect();
    session.tail = entry.read.then(|| Arc::new(tail));
    session
}

/// `user -5m WORDS`, `context -5m`, `say -5m WORDS`, `ask -5m TOOL COMMAND`, `answer -5m WORDS`,
/// `fail -5m WORDS`, `error -5m WORDS`, `approve -5m WORDS`.
fn message(row: i64, text: &str) -> TailMessage {
    let mut words = text.splitn(3, ' ');
    let who = words.next().unwrap_or_default();
    let when = at(words.next().unwrap_or("0s"));
    let rest = words.next().unwrap_or_default().to_owned();
    let id = "call".to_owned();
    let (role, block) = match who {
        "user" | "context" => (Role::User, Block::Text { preview: rest }),
        "say" => (Role::Assistant, Block::Text { preview: rest }),
        "ask" => {
            let (tool, command) = rest.split_once(' ').unwrap_or((&rest, ""));
            let digest = rest.bytes().fold(7_u64, |h, b| h.wrapping_mul(31).wrapping_add(b.into()));
            let (tool, command) = (tool.to_owned(), Some(command.to_owned()));
            (Role::Assistant, Block::ToolRequest { id, tool, command, digest, invalid: false })
        }
        "answer" => (Role::User, Block::ToolResponse { id, failed: false, preview: rest }),
        "fail" => (Role::User, Block::ToolResponse { id, failed: true, preview: rest }),
        "error" => {
            // `authentication: no`, where the first word is one of goose's kinds.
            let kind = rest.split_once(": ").map(|(kind, _)| kind).filter(|kind| KINDS.contains(kind));
            let kind = kind.unwrap_or("other").to_owned();
            (Role::Assistant, Block::Error { kind, message: rest })
        }
        "approve" => (Role::Assistant, Block::ActionRequired { id, prompt: rest }),
        other => panic!("who is {other:?}?"),
    };
    let context = who == "context";
    TailMessage {
        row,
        has_usage: role == Role::Assistant,
        role,
        created_at: Some(when),
        stored_at: Some(when),
        user_visible: !context,
        agent_visible: true,
        turn_context: context,
        blocks: vec![block],
    }
}

/// goose's kinds of error blocks.
const KINDS: [&str; 3] = ["authentication", "contextLengthExceeded", "creditsExhausted"];

fn proc(entry: &ProcEntry) -> Proc {
    let argv: Vec<String> = entry.argv.split(' ').map(str::to_owned).collect();
    let started_at = at(&entry.start);
    let name = argv[0].rsplit('/').next().unwrap_or_default().to_owned();
    let agent = goosetop::domain::role::agent(&argv).is_some();
    let terminal = match entry.terminal.as_deref() {
        Some("live") => Terminal::Live("/dev/pts/3".into()),
        Some("gone") => Terminal::Gone("/dev/pts/3 (deleted)".into()),
        _ => Terminal::None,
    };
    let files = OpenFiles {
        stores: Vec::new(),
        model_calls: entry
            .calls
            .iter()
            .flatten()
            .map(|t| ModelCall { path: PathBuf::from("/x/llm_request.u.jsonl"), since: Some(at(t)) })
            .collect(),
        log: Some(PathBuf::from("/logs/cli/day/start.log")),
        terminal,
        reads_keys: entry.reads_keys,
    };
    Proc {
        id: ProcId {
            pid: entry.pid,
            start: (started_at - noon() + TimeDelta::days(9)).num_milliseconds() as u64 / 10,
        },
        ppid: entry.ppid,
        uid: Some(entry.uid),
        pgid: Some(entry.pgid),
        sid: Some(entry.sid),
        has_tty: Some(entry.tty),
        state: ProcState::from_letter(entry.state.chars().next().unwrap_or('S')),
        name,
        cwd: entry.cwd.as_ref().filter(|_| entry.readable).map(PathBuf::from),
        started_at,
        rss_bytes: Some(entry.rss_mb << 20),
        rss_then: entry.rss_then.as_ref().map(|(when, megabytes)| (at(when), megabytes << 20)),
        cpu: Cpu {
            percent: entry.cpu,
            total_ms: 100,
            busy_at: entry.busy.as_ref().map(|t| at(t)),
            hot_since: entry.hot.as_ref().map(|t| at(t)),
            unkillable_since: entry.unkillable.as_ref().map(|t| at(t)),
        },
        env: entry.readable.then(|| ProcEnv {
            session_marker: entry.marker.clone(),
            path_root: entry.root.as_ref().map(PathBuf::from),
            home: Some(PathBuf::from("/home/ann")),
            ..ProcEnv::default()
        }),
        files: (agent && entry.readable).then_some(files),
        argv,
    }
}
