//! What lies over the screen.

use tui_input::Input;

use super::RowId;
use crate::domain::board::SessionView;

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
    /// Naming a command.
    Palette {
        /// The line.
        input: Input,
        /// Which of the matches.
        at: usize,
    },
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
