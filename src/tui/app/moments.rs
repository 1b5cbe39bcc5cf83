//! What time does to the screen.

use chrono::{DateTime, Utc};

use super::App;
use crate::{
    domain::board::Board,
    tui::{effect::Effect, format},
};

impl App {
    /// The clock and the freshness, as the header shows them.
    pub(in crate::tui) fn times(&self, now: DateTime<Utc>) -> (String, String) {
        let clock = format::clock(now, self.options.utc_offset);
        let Some(board) = &self.board else { return (clock, String::new()) };
        let old = format::span(board.taken_at, now);
        let freshness = if self.frozen {
            format!("FROZEN {}", format::time(board.taken_at, self.options.utc_offset))
        } else if self.paused {
            format!("PAUSED {}", format::time(board.taken_at, self.options.utc_offset))
        } else if old <= self.options.interval * 2 {
            match old_stores(board) {
                (0, _) => "live".into(),
                (n, all) if n == all => "OLD".into(),
                _ => "partly OLD".into(),
            }
        } else {
            format!("{} ago", format::age(old).replace("now", "5s"))
        };
        (clock, freshness)
    }

    pub(super) fn on_tick(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        if self.notice.as_ref().is_some_and(|n| n.until <= now) {
            self.notice = None;
            self.dirty = true;
        }
        self.wake(now);
        if let Some(reader) = &mut self.reader {
            self.dirty |= reader.on_tick(now);
        }
        // What is under way says how many seconds ago.
        if self.run.is_some() || self.times(now) != self.drawn_times {
            self.dirty = true;
        }
        Vec::new()
    }
}

/// Stores whose newest picture could not be read, so that one from before is shown, of how many.
fn old_stores(board: &Board) -> (usize, usize) {
    let old = board.stores.iter().filter(|store| !store.state.is_current() && store.as_of.is_some());
    (old.count(), board.stores.len())
}
