//! `close-all`: end every session that runs.

use std::process::ExitCode;

use serde_json::json;

use super::{
    Context,
    actions::{Actor, Ask, Bulk, Consent, Flags},
    failure::Failure,
    remote::{Far, act},
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

/// Has a server end them.
///
/// # Errors
/// As [`act::act`].
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    act::prepare(far, &args.flags)?;
    let wish = json!({ "action": "close-all", "include_attached": args.bulk.include_attached });
    act::act(far, &args.flags, wish, Ask::Word("close"))?.finish()
}
