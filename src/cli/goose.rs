//! The goose program as the command line finds it, and the session it is to work on.

use std::{
    path::Path,
    process::{ExitCode, ExitStatus},
};

use super::{
    Context, blind,
    explain::find_to_read,
    failure::{Failure, Kind},
    output,
};
use crate::{
    config::{env::Env, paths},
    domain::{
        board::{Board, SessionView},
        text,
    },
    effects::{goose::Finder, handover::Handover},
};

/// Names the goose to use.
pub const VARIABLE: &str = "GOOSETOP_GOOSE";

/// A session, as goose spells it too.
#[derive(Clone, Debug, clap::Args)]
pub struct Target {
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

impl Target {
    /// What was typed.
    pub fn wanted(&self) -> &str {
        let said = [&self.id, &self.session_id, &self.name].into_iter().flatten().next();
        said.map(String::as_str).unwrap_or_default()
    }
}

/// Where goose is: the flag, the variable, `PATH`.
pub fn finder(flag: Option<&Path>, env: &Env) -> Finder {
    let (own, _) = paths::stores(&[], &without_ours(env), &[]);
    Finder {
        named: flag.map(Path::to_owned).or_else(|| env.path(VARIABLE)),
        path: env.os("PATH").unwrap_or_default().to_owned(),
        default_store: own.into_iter().next(),
    }
}

/// goose knows nothing of our own variable.
fn without_ours(env: &Env) -> Env {
    let known = ["HOME", "USERPROFILE", "APPDATA", "XDG_DATA_HOME", "GOOSE_PATH_ROOT"];
    Env::of(known.iter().filter_map(|name| Some((*name, env.text(name)?))))
}

/// Looks, and finds the session, with the end of its conversation.
///
/// # Errors
/// As [`find_to_read`].
pub fn look_up(context: &Context, wanted: &str) -> Result<(Board, SessionView), Failure> {
    let mut world = context.world();
    let board = world.board(false);
    // Conversations of history are read only when asked for.
    let key = find_to_read(&board, wanted).ok().filter(|v| v.session.tail.is_none()).map(|v| v.key().clone());
    let board = key.map_or_else(|| board, |key| world.closer(&[key]));
    if !context.common.json {
        output::talk(&blind::talk(&board));
    }
    let view = find_to_read(&board, wanted)?.into_owned();
    Ok((board, view))
}

/// Tells what is to be told and hands the terminal over; gives back the program's own exit code.
///
/// # Errors
/// It cannot be started.
pub fn hand_over(handover: &Handover) -> Result<ExitCode, Failure> {
    for word in handover.notes.iter().chain(&handover.warnings) {
        output::talk(&format!("goosetop: {word}\n"));
    }
    let status = handover.run().map_err(|e| {
        let hint = format!("try it by hand: {}", handover.shell_line());
        Failure::new(
            Kind::Unavailable,
            format!("{} cannot be started: {e}", text::path(&handover.program, None)),
            hint,
        )
    })?;
    Ok(code(status))
}

/// The exit code as a shell would give it: 128+n after signal n.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or_else(|| signal.map(|n| 128 + n)).unwrap_or(i32::from(u8::MAX));
    ExitCode::from(u8::try_from(code & 0xff).unwrap_or(u8::MAX))
}
