//! No verb: the dashboard. Where standard output is no terminal, or once, it is a list.

use std::process::ExitCode;

use super::{
    Context,
    failure::{Failure, Kind},
    list,
};

/// Opens the dashboard, or lists.
///
/// # Errors
/// As [`list::run`].
pub fn run(context: &Context) -> Result<ExitCode, Failure> {
    if context.common.once || context.common.json || !context.out.terminal {
        return list::run(&list::Args::default(), context);
    }
    // PLACEHOLDER: telemetry::to_file(..), then tui::run(..) with context.config() and context.world().
    Err(Failure::new(
        Kind::Unavailable,
        "the dashboard is not wired in yet",
        "`goosetop list` shows the sessions",
    ))
}
