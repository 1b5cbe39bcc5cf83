//! goosetop: htop for goose sessions.

use std::{ffi::OsString, process::ExitCode};

pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod sources;
pub mod telemetry;
pub mod wire;
pub mod world;

/// Runs a command line in this environment and gives the process's exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>, env: config::env::Env) -> ExitCode {
    cli::run(argv, env)
}
