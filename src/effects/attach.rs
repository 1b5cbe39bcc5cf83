//! Going to the tmux pane in which a session's goose already runs.

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::{Command, Stdio},
};

use super::handover::Handover;
use crate::domain::{
    board::{Owner, SessionView},
    process::Terminal,
    text,
};

/// The tmux around us, and the program to speak to one.
#[derive(Clone, Debug)]
pub struct Tmux {
    /// The program.
    pub program: PathBuf,
    /// `TMUX` of our own environment: socket, server, session. `None` outside of tmux.
    pub own: Option<String>,
}

/// A pane of a tmux server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pane {
    /// The server's socket; `None` for the default one.
    pub socket: Option<String>,
    /// `%3`.
    pub id: String,
    /// Its session's name, cleaned.
    pub session: String,
}

/// Why nobody can be taken there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWay {
    /// No goose drives it.
    #[error("no process drives session {0}")]
    NotRunning(String),
    /// It runs, and not in a tmux that can be reached.
    #[error("process {pid} runs {place}, not in a tmux that can be reached from here")]
    Elsewhere {
        /// The owner.
        pid: u32,
        /// Where, in words.
        place: String,
    },
    /// It runs in a tmux, and we in another: one inside the other would swallow keys.
    #[error("process {pid} runs in another tmux than this one")]
    OtherServer {
        /// The owner.
        pid: u32,
        /// What to type outside of this one.
        command: String,
    },
}

impl NoWay {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotRunning(id) => format!("`goosetop resume {id}` goes on with it"),
            Self::Elsewhere { .. } => "only its own terminal can show it".into(),
            Self::OtherServer { command, .. } => format!("detach, then: {command}"),
        }
    }
}

/// How to get to the pane that shows this session.
///
/// # Errors
/// Why there is no way.
pub fn find(view: &SessionView, tmux: &Tmux) -> Result<Handover, NoWay> {
    let Some(owner) = &view.owner else { return Err(NoWay::NotRunning(view.key().id.to_string())) };
    let env = owner.proc.env.as_ref();
    let named = env.and_then(|env| env.tmux.as_deref()).and_then(socket);
    let own = tmux.own.as_deref().and_then(socket);
    // Its own word first, then the server around us, then the usual one.
    let mut sockets = vec![named];
    for socket in [own.clone(), None] {
        if !sockets.contains(&socket) {
            sockets.push(socket);
        }
    }
    let pane = sockets.into_iter().find_map(|socket| tmux.pane_of(owner, socket));
    let Some(pane) = pane else {
        return Err(NoWay::Elsewhere { pid: owner.proc.id.pid, place: place(owner) });
    };
    match &own {
        Some(own) if pane.socket.as_deref().is_none_or(|socket| socket == own) => {
            Ok(tmux.go(&pane, "switch-client"))
        }
        None => Ok(tmux.go(&pane, "attach-session")),
        Some(_) => {
            let command = tmux.go(&pane, "attach-session").shell_line();
            Err(NoWay::OtherServer { pid: owner.proc.id.pid, command })
        }
    }
}

impl Tmux {
    /// The pane of this server that the process sits in.
    fn pane_of(&self, owner: &Owner, socket: Option<String>) -> Option<Pane> {
        let files = owner.proc.files.as_ref();
        let tty = files.and_then(|files| match &files.terminal {
            Terminal::Live(path) => Some(path.as_str()),
            Terminal::None | Terminal::Gone(_) => None,
        });
        // A pane's number is worth something only on the server that gave it.
        let env = owner.proc.env.as_ref();
        let named = env.filter(|env| env.tmux.as_deref().and_then(self::socket) == socket);
        let named = named.and_then(|env| env.tmux_pane.as_deref());
        let listed = self.list(socket.as_deref()).ok()?;
        let rows: Vec<[&str; 4]> = listed
            .lines()
            .filter_map(|line| line.splitn(4, ' ').collect::<Vec<_>>().try_into().ok())
            .collect();
        let by_tty = rows.iter().find(|[_, pane_tty, ..]| tty == Some(*pane_tty));
        let by_pid = || rows.iter().find(|[_, _, pid, _]| pid.parse() == Ok(owner.proc.id.pid));
        let by_name = || rows.iter().find(|[id, ..]| named == Some(*id));
        let [id, _, _, session] = by_tty.or_else(by_pid).or_else(by_name)?;
        Some(Pane { socket, id: (*id).to_owned(), session: text::line(session).into_owned() })
    }

    fn list(&self, socket: Option<&str>) -> io::Result<String> {
        let mut command = Command::new(&self.program);
        if let Some(socket) = socket {
            command.args(["-S", socket]);
        }
        command.args(["list-panes", "-a", "-F", "#{pane_id} #{pane_tty} #{pane_pid} #{session_name}"]);
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// One call of tmux: its window in front, the pane in it, and there.
    fn go(&self, pane: &Pane, verb: &str) -> Handover {
        let mut args: Vec<OsString> = Vec::new();
        if let Some(socket) = &pane.socket {
            args.extend(["-S".into(), socket.into()]);
        }
        let words =
            ["select-window", "-t", &pane.id, ";", "select-pane", "-t", &pane.id, ";", verb, "-t", &pane.id];
        args.extend(words.map(OsString::from));
        let notes = vec![format!("pane {} of tmux session {}", text::line(&pane.id), pane.session)];
        let cwd = std::env::current_dir().unwrap_or_else(|_| "/".into());
        Handover { program: self.program.clone(), args, cwd, env: Vec::new(), notes, warnings: Vec::new() }
    }
}

/// The socket in `TMUX`: all before the first comma.
fn socket(variable: &str) -> Option<String> {
    variable.split(',').next().filter(|s| !s.is_empty()).map(str::to_owned)
}

fn place(owner: &Owner) -> String {
    let terminal = owner.proc.files.as_ref().map(|files| &files.terminal);
    match terminal {
        Some(Terminal::Live(tty)) => format!("on {}", text::line(tty)),
        Some(Terminal::Gone(tty)) => format!("on {}, which is closed", text::line(tty)),
        Some(Terminal::None) => format!("without a terminal ({})", owner.role),
        None => "on a terminal that cannot be read".into(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
