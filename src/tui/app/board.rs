//! A new picture of the world.

use std::{collections::HashMap, sync::Arc};

use super::{App, Dialog, RowId};
use crate::{
    domain::{
        board::{Board, SessionView},
        health::Health,
        session::SessionKey,
    },
    tui::effect::Effect,
};

impl App {
    pub(super) fn on_board(&mut self, board: Arc<Board>) -> Vec<Effect> {
        if self.frozen {
            self.held = Some(board);
        } else {
            self.show(board);
        }
        Vec::new()
    }

    /// Puts a picture on the screen.
    pub(super) fn show(&mut self, board: Arc<Board>) {
        if let Some(before) = self.board.take() {
            self.mark_changes(&before, &board);
        }
        if let Some(Dialog::Why(why)) = &mut self.dialog {
            let found = sessions(&board).find(|v| Some(v.key()) == why.id.session());
            why.gone = found.is_none();
            if let Some(view) = found {
                why.view = view.clone();
            }
        }
        self.tags.retain(|id| exists(&board, id));
        self.board = Some(board);
        self.rebuild();
    }

    /// A session whose class is another than before is marked until it is looked at.
    fn mark_changes(&mut self, before: &Board, after: &Board) {
        let old: HashMap<&SessionKey, Health> = sessions(before).map(|v| (v.key(), v.health)).collect();
        for view in sessions(after) {
            if old.get(view.key()).is_some_and(|health| *health != view.health) {
                self.changed.insert(view.key().clone());
            }
        }
        if !self.changed.is_empty() {
            let living: std::collections::HashSet<&SessionKey> =
                sessions(after).map(SessionView::key).collect();
            self.changed.retain(|key| living.contains(key));
        }
    }
}

/// Every judged session, sub-agents after their parent.
pub(super) fn sessions(board: &Board) -> impl Iterator<Item = &SessionView> {
    let mut open: Vec<&SessionView> = board.sessions.iter().rev().collect();
    std::iter::from_fn(move || {
        let view = open.pop()?;
        open.extend(view.sub_agents.iter().rev());
        Some(view)
    })
}

fn exists(board: &Board, id: &RowId) -> bool {
    match id {
        RowId::Session(key) => {
            sessions(board).any(|v| v.key() == key) || board.ended.iter().any(|s| s.key == *key)
        }
        RowId::Process(id) => {
            let owned = board.sessions.iter().flat_map(|s| &s.processes);
            let strays = board.leaked.iter().chain(&board.untracked).chain(&board.unconfirmed);
            owned.chain(strays).any(|p| p.proc.id == *id)
        }
    }
}
