//! goosetop: htop for goose sessions.
//!
//! ```text
//!   goose_db ─┐                                                            ┌─► tui    App::update ─► draw
//!   jsonl    ─┼─► sources ─► Snapshot ─► domain::assess ─► Board ─► engine ┼─► cli    list, explain, doctor
//!   procs    ─┘  (blocking)  (owned)     (pure)            (Arc)           └─► wire   --json
//! ```
//!
//! Reading flows from left to right and never writes. One `Board`, computed by pure functions from
//! one look at the world, feeds every screen, every document and every exit code, so no two numbers
//! disagree. `domain` knows no terminal, no database, no process table and no clock.
//!
//! | part | what it is |
//! |---|---|
//! | [`domain`] | the words, and everything that is decided |
//! | [`procfs`] | files of /proc, for those who look and those who end |
//! | [`sources`] | reading the world: stores, process table, logs' names |
//! | [`effects`] | the only part that changes anything: it runs plans, resumes, attaches, deletes |
//! | [`world`] | the outside as one value |
//! | [`engine`] | time and concurrency: looks at the world again and again |
//! | [`tui`] | the terminal: state, screens, keys |
//! | [`watch`] | without a screen: events, hooks, cleaning by itself |
//! | [`cli`] | the command line: one verb, one file |
//! | [`wire`] | serialised shapes, versioned |
//! | [`render`] | conversations as text, Markdown and HTML, with secrets masked |
//! | [`http`] | the API: the board and the actions over HTTP |
//! | [`client`] | asking a running server, for the verbs with `--server` |
//! | [`config`] | every setting, resolved |
//! | [`demo`] | a throw-away world |
//!
//! `tests/architecture.rs` holds the arrows. Each folder's `mod.rs` says how to add one more.

use std::{ffi::OsString, process::ExitCode};

pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod effects;
pub mod engine;
pub mod http;
pub mod procfs;
pub mod render;
pub mod sources;
pub mod telemetry;
pub mod tui;
pub mod watch;
pub mod wire;
pub mod world;

/// Runs a command line in this environment and gives the process's exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>, env: config::env::Env) -> ExitCode {
    cli::run(argv, env)
}
