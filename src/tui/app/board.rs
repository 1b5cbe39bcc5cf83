//! A new picture of the world.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};

use super::{App, Dialog, Ghost, RowId};
use crate::{
    domain::{
        board::{Board, SessionView},
        diff::{Change, What, diff},
        session::SessionKey,
    },
    tui::effect::Effect,
};

impl App {
    pub(super) fn on_board(&mut self, board: Arc<Board>, now: DateTime<Utc>) -> Vec<Effect> {
        // A dialog that may end something is never about a picture that was held still.
        self.compare_asked(&board);
        if self.frozen {
            self.held = Some(board);
        } else {
            self.show(board, now);
        }
        Vec::new()
    }

    /// Puts a picture on the screen.
    pub(super) fn show(&mut self, board: Arc<Board>, now: DateTime<Utc>) {
        let reading = self.selected().filter(|_| self.full && self.reader.is_none()).cloned();
        self.ghosts.clear();
        if let Some(before) = self.board.take() {
            if before.needs_second_look && !self.touched {
                // Nobody has chosen anything yet, and the first picture could not be judged: the
                // cursor begins on the worst row of the one that can.
                self.list_mut().forget();
            } else {
                let changes = diff(&before, &board);
                self.mark_changes(&changes, &board);
                self.call(&changes);
                self.ghosts = ghosts(&before, &changes);
                self.log.changes(changes);
            }
        }
        if let Some(Dialog::Why(why)) = &mut self.dialog {
            why.show(&board);
        }
        self.unhush(&board);
        self.tags.retain(|id| exists(&board, id));
        self.board = Some(board);
        self.rebuild();
        self.show_reader(now);
        // The details never slide to a neighbour unasked.
        if let Some(id) = reading.filter(|id| self.selected() != Some(id)) {
            self.full = false;
            self.say(format!("{} is no longer here; the cursor is on its neighbour", id.word()), now);
        }
    }

    /// A session whose class is another than before is marked until it is looked at.
    fn mark_changes(&mut self, changes: &[Change], after: &Board) {
        let became = changes.iter().filter(|c| matches!(c.what, What::Became { .. }));
        self.changed.extend(became.filter_map(|c| c.session().cloned()));
        if !self.changed.is_empty() {
            let living: HashSet<&SessionKey> = after.families().map(SessionView::key).collect();
            self.changed.retain(|key| living.contains(key));
        }
    }
}

/// What ended since the picture before: shown for one picture more.
fn ghosts(before: &Board, changes: &[Change]) -> Vec<Ghost> {
    let ended =
        |view: &SessionView| changes.iter().any(|c| c.what == What::Ended && c.session() == Some(view.key()));
    before
        .sessions
        .iter()
        .filter(|view| ended(view))
        .map(|view| Ghost {
            health: view.health,
            word: view.key().id.to_string(),
            name: view.session.name.clone(),
        })
        .collect()
}

fn exists(board: &Board, id: &RowId) -> bool {
    match id {
        RowId::Session(key) => board.families().any(|v| v.key() == key) || board.is_ended(key),
        RowId::Process(id) => board.process(*id).is_some(),
    }
}
