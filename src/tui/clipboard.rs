//! Copying by OSC 52: the terminal puts the text on the clipboard of the machine it runs on, which
//! is what works over SSH. Inside tmux the plain sequence is sent: tmux takes it when
//! `set-clipboard` is `on`, while wrapping it for the outer terminal needs `allow-passthrough`,
//! which is off by default and then prints garbage. The clipboard is never read.

use ratatui::crossterm::{Command, clipboard::CopyToClipboard};

/// Bytes of text; xterm takes 100,000 characters of base64, others less or more.
pub const LIMIT: usize = 74_000;

/// The sequence that copies this text, or a sentence why there is none.
pub fn sequence(text: &str) -> Result<Vec<u8>, String> {
    if text.len() > LIMIT {
        return Err(format!("not copied: {} bytes, terminals take {LIMIT}; export it instead", text.len()));
    }
    let mut sequence = String::new();
    CopyToClipboard::to_clipboard_from(text)
        .write_ansi(&mut sequence)
        .map_err(|error| format!("not copied: {error}"))?;
    Ok(sequence.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_travels_as_base64() {
        assert_eq!(sequence("goose").unwrap(), b"\x1b]52;c;Z29vc2U=\x1b\\");
        assert!(sequence("\x1b[2J\x07").unwrap().iter().skip(1).all(|b| *b != 7));
    }

    #[test]
    fn too_much_is_refused_in_words() {
        assert!(sequence(&"x".repeat(LIMIT + 1)).unwrap_err().contains("export"));
    }
}
