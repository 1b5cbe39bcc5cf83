//! Sequences that begin with `ESC [`.

use ratatui::crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{Event, Front, LONGEST, char_event, key};

/// The front of a buffer that begins with `ESC [`.
pub(super) fn front(buffer: &[u8]) -> Front {
    match buffer.get(2) {
        None => return Front::Incomplete,
        // The Linux console's F1 to F5.
        Some(b'[') => {
            return match buffer.get(3) {
                None => Front::Incomplete,
                Some(letter @ b'A'..=b'E') => Front::Took(4, Some(plain(KeyCode::F(letter - b'A' + 1)))),
                Some(_) => Front::Took(4, None),
            };
        }
        // An old mouse report (never asked for): three bytes of anything follow.
        Some(b'M') if buffer.len() < 6 => return Front::Incomplete,
        Some(b'M') => return Front::Took(6, None),
        Some(_) => {}
    }
    let body = &buffer[2..];
    let Some(end) = body.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        let too_long = buffer.len() > LONGEST;
        return if too_long { Front::Took(buffer.len(), None) } else { Front::Incomplete };
    };
    let last = body[end];
    if !(0x40..=0x7e).contains(&last) {
        // Broken off by something else, which is read for itself.
        return Front::Took(2 + end, None);
    }
    let length = 2 + end + 1;
    match (&body[..end], last) {
        (b"200", b'~') => Front::Paste(length),
        ([b'<', params @ ..], b'M' | b'm') => Front::Took(length, mouse(params, last == b'm')),
        (params, _) => Front::Took(length, keyed(params, last)),
    }
}

/// The key a final letter stands for, after `ESC [` and after `ESC O`.
pub(super) fn letter(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => return None,
    })
}

fn plain(code: KeyCode) -> Event {
    key(code, KeyModifiers::NONE)
}

fn keyed(params: &[u8], last: u8) -> Option<Event> {
    let mut numbers = numbers(params)?;
    let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
    let modifiers = second.map_or(KeyModifiers::NONE, modifiers);
    match last {
        b'~' => Some(key(numbered(first?)?, modifiers)),
        b'u' => char_event(char::from_u32(u32::from(first?))?, modifiers),
        b'Z' => Some(key(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT)),
        _ => Some(key(letter(last)?, modifiers)),
    }
}

fn numbered(number: u16) -> Option<KeyCode> {
    let function = |offset: u16| u8::try_from(number - offset).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28 | 29 => function(13),
        31..=34 => function(14),
        _ => None,
    }
}

/// xterm's: one more than a set of bits.
fn modifiers(number: u16) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
    ] {
        if bits & bit != 0 {
            modifiers |= modifier;
        }
    }
    modifiers
}

/// Numbers between semicolons; `None` for what is no list of numbers. A sub-parameter after a colon
/// is left out.
fn numbers(params: &[u8]) -> Option<impl Iterator<Item = Option<u16>>> {
    let params = std::str::from_utf8(params).ok()?;
    let known = params.bytes().all(|byte| byte.is_ascii_digit() || byte == b';' || byte == b':');
    known.then(|| params.split(';').map(|part| part.split(':').next().and_then(|digits| digits.parse().ok())))
}

fn mouse(params: &[u8], released: bool) -> Option<Event> {
    let mut numbers = numbers(params)?;
    let mut next = || numbers.next().flatten();
    let (bits, column, row) = (next()?, next()?, next()?);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)] {
        if bits & bit != 0 {
            modifiers |= modifier;
        }
    }
    let dragged = bits & 32 != 0;
    let button = match bits & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let kind = match (bits & 0b1100_0000, button) {
        (64, _) => match bits & 3 {
            0 => MouseEventKind::ScrollUp,
            1 => MouseEventKind::ScrollDown,
            2 => MouseEventKind::ScrollLeft,
            _ => MouseEventKind::ScrollRight,
        },
        (0, Some(button)) if released => MouseEventKind::Up(button),
        (0, Some(button)) if dragged => MouseEventKind::Drag(button),
        (0, Some(button)) => MouseEventKind::Down(button),
        (0, None) => MouseEventKind::Moved,
        _ => return None,
    };
    // Reports count from one.
    let (column, row) = (column.saturating_sub(1), row.saturating_sub(1));
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
}
