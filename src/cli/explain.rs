//! `explain ID`: the verdict on one session and everything that led to it.

mod find;
mod words;

use std::process::ExitCode;

use super::{Context, blind, failure::Failure, output};
use crate::wire::ExplainDto;

pub use find::find;
pub use words::render;

/// Say why a session is healthy, stuck or orphaned
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Session id, or a name that only one session has
    #[arg(value_name = "ID", required_unless_present_any = ["session_id", "name"])]
    id: Option<String>,
    /// The same, as goose spells it
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "name"])]
    session_id: Option<String>,
    /// The same, as goose spells it
    #[arg(short, long, value_name = "NAME", conflicts_with = "id")]
    name: Option<String>,
}

/// Explains.
///
/// # Errors
/// No such session, or several of that name.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let wanted = [&args.id, &args.session_id, &args.name].into_iter().flatten().next();
    let wanted = wanted.map(String::as_str).unwrap_or_default();
    let mut world = context.world();
    let board = world.board(false);
    // Conversations of history are read only when asked for.
    let key = find(&board, wanted).ok().filter(|v| v.session.tail.is_none()).map(|v| v.key().clone());
    let board = key.map_or_else(|| board, |key| world.closer(&[key]));
    if !context.common.json {
        output::talk(&blind::talk(&board));
    }
    let view = find(&board, wanted)?;
    let told = ExplainDto::new(&view, &board);
    if context.common.json {
        output::write_json(&told)?;
    } else {
        output::write(&render(&context.out, &view, &told))?;
    }
    Ok(ExitCode::SUCCESS)
}
