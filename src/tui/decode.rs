//! Bytes from the terminal to events: UTF-8, control characters, the key sequences that xterm,
//! VT220, rxvt and the Linux console send, bracketed paste, and mouse reports in SGR form. Keys
//! come out named as crossterm names them. Any bytes whatever are taken.

mod csi;
#[cfg(test)]
mod tests;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::event::Event;
use crate::domain::text;

/// The longest sequence waited for; what is longer is no key.
const LONGEST: usize = 64;
/// What is kept of a paste: nothing on these screens takes more.
const LONGEST_PASTE: usize = 64 * 1024;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Keeps what is not complete yet.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    paste: Option<Vec<u8>>,
}

/// What the front of the buffer is.
#[derive(Debug)]
enum Front {
    /// So many bytes that mean this, or nothing.
    Took(usize, Option<Event>),
    /// The start of a bracketed paste, so long.
    Paste(usize),
    /// More must come to tell.
    Incomplete,
}

impl Decoder {
    /// Takes bytes, gives the events that they complete.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        self.buffer.extend_from_slice(bytes);
        while !self.buffer.is_empty() {
            if self.paste.is_some() {
                if !self.take_paste(events) {
                    return;
                }
                continue;
            }
            match front(&self.buffer) {
                Front::Incomplete => return,
                Front::Paste(length) => {
                    self.buffer.drain(..length);
                    self.paste = Some(Vec::new());
                }
                Front::Took(length, event) => {
                    self.buffer.drain(..length);
                    events.extend(event);
                }
            }
        }
    }

    /// Something is cut, and time tells what it is.
    pub fn is_waiting(&self) -> bool {
        !self.buffer.is_empty() && self.paste.is_none()
    }

    /// No more came: what is there is what was typed, such as Escape alone.
    pub fn flush(&mut self, events: &mut Vec<Event>) {
        if !self.is_waiting() {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        match *buffer {
            [0x1b] => events.push(key(KeyCode::Esc, KeyModifiers::NONE)),
            [0x1b, byte] => events.extend(char_event(char::from(byte), KeyModifiers::ALT)),
            _ => {}
        }
    }

    /// False when its end is still to come.
    fn take_paste(&mut self, events: &mut Vec<Event>) -> bool {
        let Some(paste) = &mut self.paste else { return true };
        let end = self.buffer.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        // Without an end the last bytes stay: they may be its beginning.
        let upto = end.unwrap_or(self.buffer.len().saturating_sub(PASTE_END.len() - 1));
        let room = LONGEST_PASTE - paste.len();
        paste.extend(self.buffer.drain(..upto).take(room));
        if end.is_none() {
            return false;
        }
        self.buffer.drain(..PASTE_END.len());
        let pasted = self.paste.take().unwrap_or_default();
        // Terminals send returns for line feeds.
        let pasted = String::from_utf8_lossy(&pasted).replace("\r\n", "\n").replace('\r', "\n");
        events.push(Event::Paste(text::block(&pasted).into_owned()));
        true
    }
}

fn front(buffer: &[u8]) -> Front {
    match buffer {
        [0x1b] | [0x1b, b'O'] => Front::Incomplete,
        [0x1b, b'[', ..] => csi::front(buffer),
        [0x1b, b'O', byte, ..] => {
            Front::Took(3, csi::letter(*byte).map(|code| key(code, KeyModifiers::NONE)))
        }
        // Escape typed before another sequence.
        [0x1b, 0x1b, ..] => Front::Took(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        [0x1b, rest @ ..] => match character(rest) {
            Front::Took(length, event) => Front::Took(length + 1, event.map(with_alt)),
            other => other,
        },
        _ => character(buffer),
    }
}

/// One character, or a byte that is none.
fn character(buffer: &[u8]) -> Front {
    let start = &buffer[..buffer.len().min(4)];
    let valid = match std::str::from_utf8(start) {
        Ok(valid) => valid,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) if error.error_len().is_none() => return Front::Incomplete,
        Err(_) => return Front::Took(1, None),
    };
    match valid.chars().next() {
        Some(c) => Front::Took(c.len_utf8(), char_event(c, KeyModifiers::NONE)),
        None => Front::Incomplete,
    }
}

fn with_alt(event: Event) -> Event {
    match event {
        Event::Key(key) => Event::Key(KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT)),
        other => other,
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

/// A typed character as a key; control characters are the keys that send them.
fn char_event(c: char, modifiers: KeyModifiers) -> Option<Event> {
    let control = modifiers | KeyModifiers::CONTROL;
    Some(match c {
        '\r' => key(KeyCode::Enter, modifiers),
        '\t' => key(KeyCode::Tab, modifiers),
        '\x7f' => key(KeyCode::Backspace, modifiers),
        '\x1b' => key(KeyCode::Esc, modifiers),
        '\0' => key(KeyCode::Char(' '), control),
        '\x01'..='\x1a' => key(KeyCode::Char(shifted(c, b'a' - 1)), control),
        '\x1c'..='\x1f' => key(KeyCode::Char(shifted(c, b'4' - 0x1c)), control),
        c if text::is_hostile(c) => return None,
        c if c.is_uppercase() => key(KeyCode::Char(c), modifiers | KeyModifiers::SHIFT),
        c => key(KeyCode::Char(c), modifiers),
    })
}

fn shifted(c: char, by: u8) -> char {
    u8::try_from(c).map_or(c, |byte| char::from(byte.wrapping_add(by)))
}
