//! No verb: the dashboard. Where standard output is no terminal, or once, it is a list.

use std::process::ExitCode;

use super::{
    Common, Context,
    failure::{Failure, Kind},
    list,
    output::Output,
};

/// A screen is wanted, and there is one to draw on.
pub fn is_screen(common: &Common, out: &Output) -> bool {
    out.terminal && !common.once && !common.json
}

/// Opens the dashboard, or lists.
///
/// # Errors
/// As [`list::run`].
pub fn run(context: &Context) -> Result<ExitCode, Failure> {
    if !is_screen(&context.common, &context.out) {
        return list::run(&list::Args::default(), context);
    }
    // PLACEHOLDER: tui::run(..) with context.config() and context.world(); logging to a file is on.
    Err(Failure::new(
        Kind::Unavailable,
        "the dashboard is not wired in yet",
        "`goosetop list` shows the sessions",
    ))
}
