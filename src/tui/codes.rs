//! The few sequences that are written outside a frame. (Frames themselves are crossterm's.)

use crate::domain::text;

/// Alternate screen, cursor hidden, pastes in brackets.
pub const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";

/// Undoes everything we ever switch on, whether it is on or not. It may arrive in the middle of
/// another sequence, so it begins by ending that one (`ESC \`) and a frame left open (`?2026l`).
pub const LEAVE: &[u8] =
    b"\x1b\\\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h";

/// Buttons, drags and the wheel, with coordinates beyond 223. Not every motion (`?1003`): that
/// floods a slow line with what nobody looks at.
pub const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// The reverse.
pub const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// The terminal may wait with showing what follows ...
pub const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";

/// ... until here. Terminals that do not know it ignore it.
pub const FRAME_END: &[u8] = b"\x1b[?2026l";

/// The terminal's bell.
pub const BELL: &[u8] = b"\x07";

/// Longest notification, characters: desktops show less.
const NOTIFICATION: usize = 200;

/// Has the terminal show a notification (OSC 9: iTerm2, Windows Terminal, WezTerm, kitty, foot);
/// others ignore it. A word that is a number alone would mean something else to ConEmu: ours begins with
/// a name.
pub fn notification(text: &str) -> Vec<u8> {
    let text = text::cut(&text::line(text), NOTIFICATION);
    format!("\x1b]9;{text}\x1b\\").into_bytes()
}
