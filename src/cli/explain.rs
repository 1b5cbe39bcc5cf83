//! `explain ID`: the verdict on one session and everything that led to it.

mod find;
mod words;

use std::process::ExitCode;

use super::{
    Context,
    failure::Failure,
    goose::{Target, look_up},
    output,
    remote::{Far, encoded},
};
use crate::wire::ExplainDto;

pub use find::{find, find_to_read};
pub use words::render;

/// Say why a session is healthy, stuck or orphaned
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
}

/// Explains.
///
/// # Errors
/// No such session, or several of that name.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let (board, view) = look_up(context, args.target.wanted())?;
    let told = ExplainDto::new(&view, &board, &context.config().health);
    if context.common.json {
        output::write_json(&told)?;
    } else {
        output::write(&render(&context.out, &view, &told))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Has a server explain.
///
/// # Errors
/// As [`run`]; a server that cannot be asked.
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    far.get(format!("/api/sessions/{}", encoded(args.target.wanted())), far.form())?.print()
}
