//! Which conversations of the history are read for what is on the screen: how a session ended stands in
//! its last rows, and reading those of all would cost what is stored, not what is looked at.

use super::{App, Dialog, Target};
use crate::{
    domain::{health::Health, session::SessionKey},
    tui::effect::Effect,
};

impl App {
    /// The wish for other conversations than before, where it is another.
    pub(super) fn pin(&mut self) -> Option<Effect> {
        let pin = self.wanted();
        if pin == self.pinned {
            return None;
        }
        self.pinned.clone_from(&pin);
        Some(Effect::Pin(pin))
    }

    /// The selected one first, then whose rows are in sight.
    fn wanted(&self) -> Vec<SessionKey> {
        let mut keys = Vec::new();
        match (&self.dialog, self.target()) {
            (Some(Dialog::Why(why)), _) if why.view.health == Health::Ended => {
                keys.push(why.view.key().clone());
            }
            // Whoever goes through hits looks at none of the sessions closely yet.
            (_, Some(Target::Ended(session))) if self.full || self.results_in_front().is_none() => {
                keys.push(session.key.clone());
            }
            _ => {}
        }
        if self.reader.is_none() && self.results.is_none() {
            keys.extend(
                self.in_sight().filter(|key| Some(*key) != keys.first()).cloned().collect::<Vec<_>>(),
            );
        }
        keys
    }

    fn in_sight(&self) -> impl Iterator<Item = &SessionKey> {
        let list = self.list();
        let height = usize::from(self.hits.list.height);
        let rows = list.rows().iter().skip(list.first_for(height)).take(height);
        let board = self.board.as_deref();
        rows.filter_map(move |row| match row.target(board?)? {
            Target::Ended(session) => Some(&session.key),
            _ => None,
        })
    }
}
