//! `resume ID`: checks what could be in the way, then the terminal is goose's until it ends.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use super::{
    Context,
    actions::{Ask, confirm_with, refuse_read_only},
    failure::{Failure, Kind},
    goose::{Target, finder, hand_over, look_up},
};
use crate::{
    domain::text,
    effects::resume::{Obstacle, Wish, preflight},
};

/// Go on with a session, in its own directory
///
/// Refuses where a goose drives the session already. The exit code is goose's own.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Go on with a copy, and leave the session itself as it is
    #[arg(long)]
    fork: bool,
    /// Go on in this directory, not in the session's own
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The goose to use; else GOOSETOP_GOOSE, else the one on PATH
    #[arg(long, value_name = "PATH")]
    goose: Option<PathBuf>,
    /// Inside tmux: in a new window, and this terminal stays free
    #[arg(long)]
    new_window: bool,
    /// Show what would be started, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Resumes.
///
/// # Errors
/// No such session; any [`Obstacle`]; read-only.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    refuse_read_only(context)?;
    let (board, view) = look_up(context, args.target.wanted())?;
    let finder = finder(args.goose.as_deref(), &context.env);
    let absolute = args.dir.as_ref().map(|dir| std::path::absolute(dir).unwrap_or_else(|_| dir.clone()));
    let mut wish = Wish { fork: args.fork, dir: absolute };
    let handover = match preflight(&board, &view, &finder, &wish) {
        Err(Obstacle::NoDirectory(gone)) if wish.dir.is_none() && has_person() => {
            wish.dir = Some(here(&gone)?);
            preflight(&board, &view, &finder, &wish)
        }
        other => other,
    };
    let mut handover = handover.map_err(|obstacle| refused(&obstacle))?;
    if args.new_window {
        if context.env.os("TMUX").is_none() {
            return Err(Failure::new(Kind::Usage, "--new-window works inside tmux only", "leave it out"));
        }
        handover = handover.in_new_window("tmux".into());
    }
    if args.dry_run {
        super::output::write(&format!("{}\n", handover.shell_line()))?;
        return Ok(ExitCode::SUCCESS);
    }
    hand_over(&handover)
}

fn has_person() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The current directory, if the person agrees.
fn here(gone: &std::path::Path) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()
        .map_err(|e| Failure::new(Kind::Unavailable, format!("there is no current directory: {e}"), ""))?;
    let (gone, shown) = (text::path(gone, None), text::path(&here, None));
    super::output::talk(&format!("The session's directory {gone} is not there. Go on in {shown}?\n"));
    confirm_with(Ask::Yes)?;
    Ok(here)
}

fn refused(obstacle: &Obstacle) -> Failure {
    Failure::new(Kind::Unavailable, obstacle.to_string(), obstacle.hint())
}
