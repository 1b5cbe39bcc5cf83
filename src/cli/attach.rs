//! `attach ID`: goes to the tmux pane in which the session runs.

use std::process::ExitCode;

use super::{
    Context,
    failure::{Failure, Kind},
    goose::{Target, hand_over, look_up},
};
use crate::effects::attach::{NoWay, Tmux, find};

/// Go to the tmux pane in which a session runs
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
}

/// Goes there.
///
/// # Errors
/// No such session, or no way to where it runs.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let (_, view) = look_up(context, args.target.wanted())?;
    let tmux = Tmux { program: "tmux".into(), own: context.env.text("TMUX").map(str::to_owned) };
    let way = find(&view, &tmux);
    let way = way.map_err(|no: NoWay| Failure::new(Kind::Unavailable, no.to_string(), no.hint()))?;
    hand_over(&way)
}
