//! What the loop needs of whatever is on the screen. `App` is the real one; tests bring their own.

use chrono::{DateTime, Utc};
use ratatui::Frame;

use super::{effect::Effect, event::Event};

/// Something that is told what happened, says what must be done, and can be drawn.
pub trait Screen {
    /// Takes in what happened. Must not wait for anything.
    fn update(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Effect>;

    /// True once after anything visible changed; the loop draws only then.
    fn take_dirty(&mut self) -> bool;

    /// Draws the whole screen; only what differs is sent to the terminal.
    fn draw(&mut self, frame: &mut Frame<'_>, now: DateTime<Utc>);
}
