//! `emergency-cleanup`: end what runs and what was left behind, within a scope.

use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use strum::IntoEnumIterator;

use super::{
    Context,
    actions::{Actor, Ask, Bulk, Consent, Flags},
    failure::Failure,
    remote::{Far, act},
};
use crate::domain::plan::{Intent, Scope};

fn scopes() -> impl TypedValueParser<Value = Scope> {
    let words = Scope::iter().map(|s| -> &'static str { s.into() });
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Scope>())
}

/// End every session that runs and every process that one left behind
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// How far it reaches: leaked processes alone, stuck sessions, orphaned ones with what leaked, or all
    #[arg(long, value_name = "SCOPE", default_value = "all", value_parser = scopes())]
    scope: Scope,
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
    let intent = Intent::Emergency { scope: args.scope };
    let report = actor.act(&intent, &board, Consent::Ask(Ask::Word("clean")))?;
    actor.finish(&report, None)
}

/// Has a server end them.
///
/// # Errors
/// As [`act::act`].
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    act::prepare(far, &args.flags)?;
    let scope: &str = args.scope.into();
    let include_attached = args.bulk.include_attached;
    let wish = json!({ "action": "emergency-cleanup", "scope": scope, "include_attached": include_attached });
    act::act(far, &args.flags, wish, Ask::Word("clean"))?.finish()
}
