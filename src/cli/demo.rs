//! `demo`: a throw-away world in which every key works.

use std::process::ExitCode;

use super::{
    Context,
    failure::{Failure, Kind},
};

/// Build a throw-away world, look at it in the dashboard, and remove it at the end
///
/// A real session store in goose's schema and real, harmless processes that may be terminated: for trying
/// every key on a machine without goose. Nothing of yours is touched.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs the demo.
///
/// # Errors
/// When its world cannot be built.
pub fn run(_args: &Args, _context: &Context) -> Result<ExitCode, Failure> {
    // PLACEHOLDER: demo::build(..), then the dashboard over its store, then its removal.
    Err(Failure::new(Kind::Unavailable, "the demo is not wired in yet", ""))
}
