//! Which key helps with what is under the cursor, and what to do by hand while it cannot.

use super::{App, Target};
use crate::{
    domain::{
        board::{Owner, SessionView},
        health::Health,
        process::Terminal,
        session::Session,
        text,
    },
    tui::command::Command,
};

/// A command and what it would do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The command.
    pub command: Command,
    /// What it does for this row, a few words.
    pub text: String,
}

fn hint(command: Command, text: impl Into<String>) -> Hint {
    Hint { command, text: text.into() }
}

impl App {
    /// What can be done about a session, the most useful first.
    pub(in crate::tui) fn hints(&self, target: Target<'_>) -> Vec<Hint> {
        match target {
            Target::Live(view) => self.live_hints(view),
            Target::Ended(session) => vec![hint(Command::Resume, self.resume_words(session))],
            Target::Process(_) => {
                vec![hint(Command::Terminate, "terminate"), hint(Command::CopyId, "copy its number")]
            }
        }
    }

    fn live_hints(&self, view: &SessionView) -> Vec<Hint> {
        let mut hints = Vec::new();
        let alarming = matches!(view.health, Health::Orphaned | Health::Stuck);
        match &view.owner {
            None => {
                if !view.processes.is_empty() {
                    hints.push(hint(Command::Terminate, "terminate what is left"));
                }
                hints.push(hint(Command::Resume, self.resume_words(&view.session)));
            }
            Some(owner) => {
                if view.attached == Some(true) {
                    hints.push(hint(Command::Attach, format!("attach to {}", place(owner))));
                }
                if alarming {
                    hints.push(hint(Command::Terminate, "terminate"));
                }
            }
        }
        hints.push(hint(Command::Why, "why"));
        if !view.sub_agents.is_empty() {
            hints.push(hint(Command::Fold, "sub-agents"));
        }
        hints
    }

    fn resume_words(&self, session: &Session) -> String {
        if session.working_dir.as_os_str().is_empty() {
            return "resume".into();
        }
        format!("resume in {}", self.path(&session.working_dir))
    }

    /// A path as people write it.
    pub(in crate::tui) fn path(&self, path: &std::path::Path) -> String {
        text::path(path, self.options.home.as_deref())
    }

    /// One sentence for a key whose action is not built: what to do by hand instead.
    pub(super) fn not_yet(&self, command: Command) -> String {
        let target = self.target();
        let owner = match target {
            Some(Target::Live(view)) => view.owner.as_ref(),
            _ => None,
        };
        match command {
            Command::Resume => match (target.and_then(Target::session), owner) {
                (_, Some(owner)) => format!(
                    "not yet: resume. goose {} drives it ({}); resuming now would make two writers",
                    owner.proc.id.pid,
                    place(owner)
                ),
                (Some(session), None) => {
                    format!("not yet: resume. By hand: {}", resume_command(session))
                }
                (None, _) => "not yet: resume; and this is a process, not a session".into(),
            },
            Command::Terminate => match owner {
                Some(owner) => format!(
                    "not yet: terminate. Nothing was signalled; end it where it runs: {}",
                    place(owner)
                ),
                None => "not yet: terminate. Nothing was signalled".into(),
            },
            Command::Emergency => "not yet: emergency clean. Nothing was signalled".into(),
            Command::Attach => match owner {
                Some(owner) => match tmux_pane(owner) {
                    Some(pane) => format!("not yet: attach. By hand: tmux switch-client -t {}", quoted(pane)),
                    None => format!("not yet: attach. goose {} runs in {}", owner.proc.id.pid, place(owner)),
                },
                None => "nobody drives it: there is no terminal to go to".into(),
            },
            _ => "try it with a demo world: run `goosetop demo`".into(),
        }
    }
}

/// The command that resumes a session, ready for a shell.
pub(super) fn resume_command(session: &Session) -> String {
    let id = quoted(&session.key.id.to_string());
    let resume = format!("goose session --resume --session-id {id}");
    if session.working_dir.as_os_str().is_empty() {
        return resume;
    }
    let dir = text::line(&session.working_dir.to_string_lossy()).into_owned();
    format!("cd {} && {resume}", quoted(&dir))
}

fn tmux_pane(owner: &Owner) -> Option<&str> {
    owner.proc.env.as_ref()?.tmux_pane.as_deref()
}

/// Where an owner's person sits.
fn place(owner: &Owner) -> String {
    if let Some(pane) = tmux_pane(owner) {
        return format!("tmux pane {}", text::line(pane));
    }
    match owner.proc.files.as_ref().map(|f| &f.terminal) {
        Some(Terminal::Live(name)) => text::line(name.trim_start_matches("/dev/")).into_owned(),
        Some(Terminal::Gone(_)) => "a terminal that was closed".into(),
        Some(Terminal::None) => "no terminal".into(),
        None => "an unknown terminal".into(),
    }
}

/// One word for a POSIX shell. Already cleaned, so there is no control character in it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./@%+=:,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
