//! What [`super::app::App`] wants done. The loop performs it; the app never touches the outside.

use crate::domain::session::SessionKey;

/// Something must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Stop like any job (Ctrl-Z), and come back on `fg`.
    Suspend,
    /// Look at the world now, thoroughly.
    Refresh,
    /// Stop or resume polling.
    Pause(bool),
    /// Switch mouse reporting on or off.
    Mouse(bool),
    /// Put text on the clipboard (OSC 52).
    Copy(String),
    /// Read the conversation's end of these sessions too (selected history rows).
    Pin(Vec<SessionKey>),
}
