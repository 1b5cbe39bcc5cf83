//! What lies over the screen.

use std::sync::Arc;

use tui_input::Input;

use super::{Asking, RowId, Target};
use crate::{
    domain::{
        board::{Board, SessionView},
        health::Health,
        plan::ProjectStatus,
    },
    effects::Report,
    tui::{hands::Preflight, keymap::Scope},
};

/// The open dialog.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// Why a session has its state.
    Why(Box<Why>),
    /// The key table.
    Help,
    /// Choosing the order.
    Sort {
        /// Which line.
        at: usize,
    },
    /// Typing a filter.
    Filter {
        /// The line.
        input: Input,
    },
    /// Typing what a conversation is searched for.
    Find {
        /// The line.
        input: Input,
        /// It is a regular expression.
        regex: bool,
    },
    /// Typing what all conversations are searched for.
    Search {
        /// The line.
        input: Input,
        /// Why it cannot be searched for.
        error: Option<String>,
    },
    /// Naming a command.
    Palette {
        /// The line.
        input: Input,
        /// Which of the matches.
        at: usize,
    },
    /// Which project is to be cleaned up, and how it ended.
    Project {
        /// What names the project.
        input: Input,
        /// How it ended.
        status: ProjectStatus,
    },
    /// A plan, to be confirmed.
    Asking(Box<Asking>),
    /// The run in progress ([`super::App::run`]).
    Running,
    /// How a run ended.
    Report(Arc<Report>),
    /// What resuming would do.
    Resume(Box<Preflight>),
}

impl Dialog {
    /// Where its keys are looked up, the innermost scope first.
    pub fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::Filter { .. } => &[Scope::Filter, Scope::Global],
            Self::Find { .. } => &[Scope::Find, Scope::Global],
            Self::Search { .. } => &[Scope::Search, Scope::Global],
            Self::Palette { .. } => &[Scope::Palette, Scope::Global],
            Self::Project { .. } => &[Scope::Project, Scope::Global],
            Self::Asking(asking) if asking.word.is_some() => &[Scope::Word, Scope::Global],
            Self::Asking(_) => &[Scope::Confirm, Scope::Global],
            Self::Running => &[Scope::Running, Scope::Dialog, Scope::Global],
            Self::Report(_) => &[Scope::Report, Scope::Dialog, Scope::Global],
            Self::Resume(_) => &[Scope::Resume, Scope::Dialog, Scope::Global],
            Self::Why(_) | Self::Help | Self::Sort { .. } => &[Scope::Dialog, Scope::Global],
        }
    }

    /// Movements scroll its text.
    pub fn scrolls(&self) -> bool {
        !matches!(
            self,
            Self::Sort { .. }
                | Self::Palette { .. }
                | Self::Filter { .. }
                | Self::Find { .. }
                | Self::Search { .. }
        )
    }

    /// The line being typed in it.
    pub fn line(&mut self) -> Option<&mut Input> {
        match self {
            Self::Filter { input }
            | Self::Find { input, .. }
            | Self::Search { input, .. }
            | Self::Palette { input, .. }
            | Self::Project { input, .. } => Some(input),
            Self::Asking(asking) => asking.word.as_mut().map(|word| &mut word.input),
            _ => None,
        }
    }
}

/// A dialog keeps who it was opened for, whatever the list does.
#[derive(Clone, Debug)]
pub struct Why {
    /// Who.
    pub id: RowId,
    /// The newest that is known about it.
    pub view: SessionView,
    /// It is no longer on the board.
    pub gone: bool,
}

impl Why {
    /// Takes the newest picture in. What ended meanwhile stays as it was when it lived; history is
    /// brought up to date like what lives.
    pub(super) fn show(&mut self, board: &Board) {
        let target = self.id.session().and_then(|key| Target::of(board, key));
        let lived = self.view.health != Health::Ended;
        match target.and_then(|target| target.view(board)) {
            Some(view) if view.health != Health::Ended || !lived => {
                self.view = view.into_owned();
                self.gone = false;
            }
            _ => self.gone = true,
        }
    }
}
