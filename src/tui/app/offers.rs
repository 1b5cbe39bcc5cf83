//! Which keys the footer names: never one whose answer would be a refusal that is known beforehand.

use super::{App, Asking, Dialog, Target};
use crate::{domain::plan::Intent, tui::command::Command};

impl App {
    /// False where the command would be refused as things stand.
    pub(in crate::tui) fn offers(&self, command: Command) -> bool {
        match &self.dialog {
            Some(Dialog::Asking(asking)) => self.offers_asked(asking, command),
            Some(Dialog::Resume(preflight)) => match command {
                Command::Accept => preflight.obstacle.is_none() && !self.options.terms.read_only,
                Command::Fork => preflight.can_fork,
                _ => true,
            },
            Some(_) => true,
            None => match command {
                Command::Resume | Command::Attach | Command::Bundle => self.session().is_some(),
                // What is tagged is ended, wherever the cursor is.
                Command::Terminate => {
                    !self.tags.is_empty() || !matches!(self.target(), Some(Target::Ended(_)) | None)
                }
                _ => true,
            },
        }
    }

    fn offers_asked(&self, asking: &Asking, command: Command) -> bool {
        match command {
            Command::Run => asking.answer.is_ok() && asking.is_typed() && !self.options.terms.read_only,
            Command::NextChoice | Command::PreviousChoice => asking.has_scopes(),
            Command::IncludeAttached => asking.intent.is_bulk(),
            Command::EndServers => asking.servers,
            _ => true,
        }
    }
}

impl Asking {
    /// There is a choice how far it reaches.
    pub(super) fn has_scopes(&self) -> bool {
        matches!(self.intent, Intent::Emergency { .. })
    }
}
