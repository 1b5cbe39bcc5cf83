//! `close-all`: end every session that runs.

use std::process::ExitCode;

use super::{
    Context,
    actions::{Actor, Ask, Bulk, Consent, Flags},
    failure::Failure,
};
use crate::domain::plan::Intent;

/// End every session that runs
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Flags of every action.
    #[command(flatten)]
    pub flags: Flags,
    /// Flags of bulk actions.
    #[command(flatten)]
    pub bulk: Bulk,
}

/// Ends them.
///
/// # Errors
/// As [`Actor::act`].
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let mut actor = Actor::new(context, &args.flags)?;
    let board = actor.look();
    let report = actor.act(&Intent::CloseAll, &board, Consent::Ask(Ask::Word("close")))?;
    actor.finish(&report, None)
}
