//! Which key helps with what is under the cursor.

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
            Target::Ended(session) => {
                vec![hint(Command::Resume, self.resume_words(session)), hint(Command::Why, "why")]
            }
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
