//! What is in front: who the cursor is on, and where keys are looked up.

use super::{App, Dialog, RowId, ScreenKind, Target};
use crate::{domain::session::Session, tui::keymap::Scope};

impl App {
    /// What the cursor of the list is on.
    pub fn selected(&self) -> Option<&RowId> {
        self.list().selected()
    }

    /// What the cursor is on, or what is read, looked up in the picture on the screen.
    pub fn target(&self) -> Option<Target<'_>> {
        let board = self.board.as_deref()?;
        if let Some(reader) = &self.reader {
            return Target::of(board, reader.key());
        }
        if let Some(results) = &self.results {
            return Target::of(board, &results.selected()?.key);
        }
        let list = self.list();
        list.rows().get(list.at())?.target(board)
    }

    /// The session that the cursor is on, or whose process it is on.
    pub(in crate::tui) fn session(&self) -> Option<&Session> {
        match self.target()? {
            Target::Process(view) => Target::of(self.board.as_deref()?, view.session.as_ref()?)?.session(),
            target => target.session(),
        }
    }

    /// Which scopes a key is looked up in, innermost first.
    pub fn scopes(&self) -> &'static [Scope] {
        self.dialog.as_ref().map_or_else(|| self.scopes_below(), Dialog::scopes)
    }

    /// The scopes as they are once the dialog is gone: what hints and the palette name.
    pub(in crate::tui) fn scopes_below(&self) -> &'static [Scope] {
        match self.screen {
            _ if self.full => &[Scope::Detail, Scope::List, Scope::Global],
            _ if self.reader.is_some() => &[Scope::Reader, Scope::Global],
            _ if self.results.is_some() => &[Scope::Results, Scope::Global],
            ScreenKind::Insights => &[Scope::Insights, Scope::Global],
            _ => &[Scope::List, Scope::Global],
        }
    }
}
