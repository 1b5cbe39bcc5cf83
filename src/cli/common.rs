//! The flags that every verb takes.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use strum::IntoEnumIterator;

use crate::{
    config::load::Asked,
    domain::{health::Health, query::Sort},
};

fn healths() -> impl TypedValueParser<Value = Health> {
    let words = Health::iter().map(|h| -> &'static str { h.into() });
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Health>())
}

fn sorts() -> impl TypedValueParser<Value = Sort> {
    let words = Sort::iter().map(|s| -> &'static str { s.into() });
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Sort>())
}

/// Flags of every command.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Session store to read; may be given several times
    #[arg(long, global = true, value_name = "FILE")]
    pub db: Vec<PathBuf>,
    /// Configuration file to read instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set any key of the configuration, for example health.model_stuck=5m
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,
    /// Ask a running `goosetop serve` instead: http://HOST:PORT, HOST:PORT, `unix`, or a socket's path;
    /// SERVER_HOST and SERVER_PORT do the same
    #[arg(long, global = true, value_name = "SERVER")]
    pub server: Option<String>,
    /// File that holds the server's token; GOOSETOP_TOKEN holds the token itself
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Write JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Include history: sessions that have ended, and hidden ones
    #[arg(long, global = true)]
    pub all: bool,
    /// Take sessions that fit, for example "state:stuck idle>30m frontend"; what takes no choice refuses
    /// it, as it does --project, --state, --sort and --limit
    #[arg(long, global = true, value_name = "WORDS")]
    pub filter: Option<String>,
    /// Take sessions of this project: goose's project id, a part of the id or name, or a directory
    #[arg(long, global = true, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Take sessions of this class; several with commas
    #[arg(long, global = true, value_name = "CLASS", value_delimiter = ',', value_parser = healths())]
    pub state: Vec<Health>,
    /// Order of the sessions
    #[arg(long, global = true, value_name = "ORDER", value_parser = sorts())]
    pub sort: Option<Sort>,
    /// Show at most this many sessions, finds of a search, or runs of the audit log
    #[arg(short, long, global = true, value_name = "N")]
    pub limit: Option<usize>,
    /// Inactive this long is stuck (30m)
    #[arg(long, global = true, value_name = "DURATION")]
    pub stuck_after: Option<String>,
    /// Inactive this long is orphaned (60m)
    #[arg(long, global = true, value_name = "DURATION")]
    pub orphaned_after: Option<String>,
    /// Time between two looks (2s), or two checks of `watch` (10m)
    #[arg(long, global = true, value_name = "DURATION")]
    pub interval: Option<String>,
    /// Look once, and end: the dashboard as text, or one check of `watch`
    #[arg(long, global = true)]
    pub once: bool,
    /// Refuse every action
    #[arg(long, global = true)]
    pub read_only: bool,
    /// No colours; NO_COLOR does the same
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Signs and lines from ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Report the mouse
    #[arg(long, global = true)]
    pub mouse: bool,
    /// Colours of the screen
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
}

impl Common {
    /// What these flags say about the configuration; `interval` is the key that `--interval` sets.
    pub fn asked(&self, interval: &'static str) -> Asked {
        let values = [
            ("health.stuck_after", "--stuck-after", self.stuck_after.clone()),
            ("health.orphaned_after", "--orphaned-after", self.orphaned_after.clone()),
            (interval, "--interval", self.interval.clone()),
            ("ui.theme", "--theme", self.theme.clone()),
            ("actions.read_only", "--read-only", self.read_only.then(|| "true".into())),
            ("ui.ascii", "--ascii", self.ascii.then(|| "true".into())),
            ("ui.mouse", "--mouse", self.mouse.then(|| "true".into())),
        ];
        Asked {
            file: self.config.clone(),
            sets: self.set.clone(),
            flags: values.into_iter().filter_map(|(k, f, v)| Some((k, f, v?))).collect(),
            databases: self.db.clone(),
        }
    }
}
