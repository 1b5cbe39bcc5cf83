//! What the loop needs of a screen, and nothing more.

use chrono::{DateTime, Utc};

use super::{effect::Effect, event::Event};

/// Told what happened, says what must be done, draws itself.
pub trait Screen {
    /// Takes an event in; the loop performs what comes back.
    fn update(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Effect>;
    /// True once after something visible may have changed.
    fn take_dirty(&mut self) -> bool;
    /// Draws the whole screen.
    fn draw(&mut self, frame: &mut ratatui::Frame<'_>, now: DateTime<Utc>);
}
