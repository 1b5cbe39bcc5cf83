//! The configuration, resolved: no `Option`s, and every value knows where it came from.
//!
//! ```text
//!  default < file < GOOSETOP_… < --set < flags  ──►  validate  ──►  Loaded { config, origins }
//! ```
//!
//! Invariant: [`keys::KEYS`] is the only list of keys; whatever it names can be set from each layer,
//! is shown by `goosetop config`, and stands in `assets/config.toml` with its default.
//!
//! To add a key: a field below with its default, a word in [`keys`], a line in the asset.

pub mod durations;
pub mod env;
pub mod error;
pub mod fields;
pub mod file;
pub mod keys;
pub mod load;
pub mod paths;
mod validate;

use std::{path::PathBuf, time::Duration};

use crate::domain::{
    diff::Notify,
    health::{Health, thresholds::Thresholds},
    plan::AutoClean,
};

/// The documented default file, printed by `goosetop config default`.
pub const DEFAULT_FILE: &str = include_str!("../../assets/config.toml");

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The limits of the health rules.
    pub health: Thresholds,
    /// How sessions are ended.
    pub actions: Actions,
    /// How often the world is looked at.
    pub poll: Poll,
    /// The headless loop.
    pub watch: Watch,
    /// Run limits and heartbeat.
    pub timeouts: Timeouts,
    /// Where sessions are read.
    pub store: Store,
    /// The screen.
    pub ui: Ui,
    /// The HTTP API.
    pub serve: Serve,
}

/// How sessions are ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Actions {
    /// Between TERM and KILL.
    pub grace: Duration,
    /// Names of programs that no bulk action signals; `*` stands for any characters.
    pub protect: Vec<String>,
    /// Bulk actions may end sessions that wait in a living terminal.
    pub include_attached: bool,
    /// Refuse every action.
    pub read_only: bool,
}

/// How often the world is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// Between two looks.
    pub interval: Duration,
    /// Between two looks at every process.
    pub sweep: Duration,
}

/// The headless loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// Between two health checks.
    pub interval: Duration,
    /// What it may end.
    pub auto_clean: AutoClean,
    /// Orphaned for this long before it may.
    pub grace: Duration,
    /// At most this many sessions a run.
    pub max_per_run: usize,
    /// A command for the shell, run on changes; empty for none.
    pub hook: String,
    /// How long it may take.
    pub hook_timeout: Duration,
}

/// Run limits and heartbeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeouts {
    /// Of a headless run.
    pub default: Duration,
    /// Of a run that was allowed longer.
    pub extended: Duration,
    /// Without a sign of progress.
    pub max_inactivity: Duration,
    /// Between two heartbeats of the event stream.
    pub heartbeat: Duration,
    /// Whether `watch` ends runs that pass them.
    pub enforce: bool,
}

/// Where sessions are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// The stores. In a loaded configuration: the resolved list, never empty unless the
    /// environment names no home.
    pub databases: Vec<PathBuf>,
    /// Read `.jsonl` sessions of goose 1.9 and older too.
    pub legacy: bool,
}

/// The screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Ui {
    /// Theme's name.
    pub theme: String,
    /// Signs and lines from ASCII only.
    pub ascii: bool,
    /// Mouse reporting.
    pub mouse: bool,
    /// The dashboard's panes, from the top.
    pub panes: Vec<Health>,
    /// How a session that became worse is made known.
    pub notify: Notify,
}

/// The HTTP API.
#[derive(Clone, Debug, PartialEq)]
pub struct Serve {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// End every session when the server ends.
    pub close_on_exit: bool,
    /// Web pages that may ask, each exactly as a browser names it: `https://board.example.com`.
    pub origins: Vec<String>,
    /// Names by which TCP clients may call the server beside its address.
    pub hosts: Vec<String>,
    /// Connections at once, on each way in.
    pub connections: usize,
    /// Requests a second that are answered over TCP; those without the token get a tenth.
    pub requests: usize,
    /// How long a client may be silent, or leave its answer unread.
    pub patience: Duration,
}

/// Programs that hold a person's work or a machine's services. An agent may start or reach them,
/// and no clean-up should take them along.
const PROTECTED: &[&str] = &[
    "tmux*",
    "screen",
    "zellij",
    "sshd*",
    "mosh-server",
    "login",
    "systemd*",
    "dbus-*",
    "dockerd",
    "containerd*",
    "podman",
    "postgres",
    "mysqld",
    "mongod",
    "redis-server",
    "Xorg",
    "gnome-*",
    "code",
    "emacs*",
];

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

impl Default for Actions {
    fn default() -> Self {
        Self {
            grace: seconds(5),
            protect: PROTECTED.iter().map(|&p| p.to_owned()).collect(),
            include_attached: false,
            read_only: false,
        }
    }
}

impl Default for Poll {
    fn default() -> Self {
        Self { interval: seconds(2), sweep: seconds(10) }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            interval: minutes(10),
            auto_clean: AutoClean::Off,
            grace: minutes(10),
            max_per_run: 20,
            hook: String::new(),
            hook_timeout: seconds(30),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            default: minutes(15),
            extended: minutes(30),
            max_inactivity: minutes(5),
            heartbeat: seconds(60),
            enforce: false,
        }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self { databases: Vec::new(), legacy: true }
    }
}

impl Default for Ui {
    fn default() -> Self {
        let panes = vec![Health::Orphaned, Health::Stuck, Health::Healthy];
        Self { theme: "auto".into(), ascii: false, mouse: false, panes, notify: Notify::Off }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 3285,
            close_on_exit: false,
            origins: Vec::new(),
            hosts: Vec::new(),
            // Both ways together leave half of the usual 1024 file descriptors to everything else.
            connections: 256,
            requests: 200,
            patience: seconds(30),
        }
    }
}

#[cfg(test)]
mod tests;
