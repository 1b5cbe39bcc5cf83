//! What the process table tells. Everything that the operating system refused to tell is `None`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::text;

/// A process that cannot be confused with another: the number and when it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcId {
    /// Process number.
    pub pid: u32,
    /// Start time in clock ticks since boot on Linux (field 22 of /proc/PID/stat), kept unconverted
    /// because converted boot times drift; seconds since 1970 elsewhere.
    pub start: u64,
}

/// The scheduler's word for what a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcState {
    /// On a processor or waiting for one.
    Running,
    /// Asleep, can be woken.
    Sleeping,
    /// In an uninterruptible wait (`D`): no signal ends it.
    Unkillable,
    /// Stopped by a signal or a debugger.
    Stopped,
    /// Ended, not yet collected by its parent.
    Zombie,
    /// Anything else.
    Other(char),
}

impl ProcState {
    /// From the letter in /proc/PID/stat.
    pub fn from_letter(letter: char) -> Self {
        match letter {
            'R' => Self::Running,
            'S' | 'I' => Self::Sleeping,
            'D' => Self::Unkillable,
            'T' | 't' => Self::Stopped,
            'Z' | 'X' | 'x' => Self::Zombie,
            other => Self::Other(other),
        }
    }

    /// The word used on screens and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sleeping => "sleeping",
            Self::Unkillable => "unkillable",
            Self::Stopped => "stopped",
            Self::Zombie => "zombie",
            Self::Other(_) => "other",
        }
    }
}

/// Processor use and waits, judged over several looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cpu {
    /// Share of one core over the last window; `None` before a second look.
    pub percent: Option<f32>,
    /// Time used since the start, reaped children included, milliseconds.
    pub total_ms: u64,
    /// The newest look at which it (or a child it has reaped) was using the processor.
    pub busy_at: Option<DateTime<Utc>>,
    /// Since when it has been above the "spinning" mark without a pause.
    pub hot_since: Option<DateTime<Utc>>,
    /// Since when every look found it in an uninterruptible wait.
    pub unkillable_since: Option<DateTime<Utc>>,
}

/// The few variables that matter. Secrets in the environment are never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcEnv {
    /// `AGENT_SESSION_ID`, raw.
    pub session_marker: Option<String>,
    /// `GOOSE_PATH_ROOT`.
    pub path_root: Option<PathBuf>,
    /// `XDG_DATA_HOME`.
    pub data_home: Option<PathBuf>,
    /// `HOME`, kept only where a store is below it: a process whose home has none writes elsewhere,
    /// or has not begun.
    pub home: Option<PathBuf>,
    /// `TMUX` (socket,server pid,session).
    pub tmux: Option<String>,
    /// `TMUX_PANE`.
    pub tmux_pane: Option<String>,
}

impl ProcEnv {
    /// The store that a goose with this environment writes (facts 2), and whether a variable of
    /// goose's own or of XDG names it (else it is only the default below `HOME`).
    pub fn store(&self) -> Option<(PathBuf, bool)> {
        let root = self.path_root.as_ref().filter(|p| p.is_absolute());
        if let Some(root) = root {
            return Some((root.join("data/sessions/sessions.db"), true));
        }
        if let Some(data) = self.data_home.as_ref().filter(|p| p.is_absolute()) {
            return Some((data.join("goose/sessions/sessions.db"), true));
        }
        let home = self.home.as_ref()?;
        Some((home.join(".local/share/goose/sessions/sessions.db"), false))
    }
}

/// An `llm_request.<uuid>.jsonl` that the process holds open: it is inside a model call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCall {
    /// The file.
    pub path: PathBuf,
    /// When the call began, from the file's birth or change time.
    pub since: Option<DateTime<Utc>>,
}

/// What stands behind a process's standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Terminal {
    /// No terminal at all.
    #[default]
    None,
    /// A terminal that lives, e.g. `/dev/pts/3`.
    Live(String),
    /// A terminal that was closed under it.
    Gone(String),
}

/// Open files, read for agents only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenFiles {
    /// Session stores held open.
    pub stores: Vec<PathBuf>,
    /// Model calls in flight.
    pub model_calls: Vec<ModelCall>,
    /// goose's own log, one a process; its folder tells when others were started.
    pub log: Option<PathBuf>,
    /// What standard input is.
    pub terminal: Terminal,
    /// The terminal is in raw mode with this process in front: it waits for its user's keys, at its
    /// prompt or at a question. Measured on goose 1.52: raw at the prompt and at an approval, cooked
    /// while a model or a tool works. `None` where that cannot be read.
    pub reads_keys: Option<bool>,
}

/// One process.
#[derive(Clone, Debug, PartialEq)]
pub struct Proc {
    /// Number and start.
    pub id: ProcId,
    /// Parent's number.
    pub ppid: u32,
    /// Real user.
    pub uid: Option<u32>,
    /// Process group.
    pub pgid: Option<u32>,
    /// Unix session.
    pub sid: Option<u32>,
    /// Has a controlling terminal.
    pub has_tty: Option<bool>,
    /// Scheduler state.
    pub state: ProcState,
    /// The kernel's short name, cleaned.
    pub name: String,
    /// Arguments, raw; empty for kernel threads and where unreadable.
    pub argv: Vec<String>,
    /// Working directory, raw.
    pub cwd: Option<PathBuf>,
    /// Start as wall time; for showing and for comparing with row times, never for identity.
    pub started_at: DateTime<Utc>,
    /// Resident memory.
    pub rss_bytes: Option<u64>,
    /// When the present unbroken rise of its memory was first seen, and how much it held then, bytes.
    /// `None` where it does not rise, or was not watched for long enough to tell.
    pub rss_then: Option<(DateTime<Utc>, u64)>,
    /// Processor use.
    pub cpu: Cpu,
    /// Variables; `None` where unreadable.
    pub env: Option<ProcEnv>,
    /// Open files; `None` where unreadable or not looked at.
    pub files: Option<OpenFiles>,
}

impl Proc {
    /// The command line as one cleaned line, or the short name where there is none.
    pub fn command(&self) -> String {
        if self.argv.is_empty() {
            return self.name.clone();
        }
        text::line(&self.argv.join(" ")).into_owned()
    }

    /// The session id its environment carries, raw.
    pub fn marker(&self) -> Option<&str> {
        self.env.as_ref()?.session_marker.as_deref()
    }

    /// Ended but for its parent's acknowledgement.
    pub fn is_zombie(&self) -> bool {
        self.state == ProcState::Zombie
    }
}
