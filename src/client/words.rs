//! Words of a server on their way to a terminal.
//!
//! Nobody knows who wrote them: a sequence that could move the cursor, set a title or write to the
//! clipboard ends here, and so does a colour in which words could hide.

use crate::domain::text;

/// The colours of the command line, and no other: `8` would conceal, `30` is black on black.
const COLOURS: [&str; 9] = ["0", "1", "2", "31", "32", "33", "35", "36", "1;33"];

const RESET: &str = "\x1b[0m";

/// Cleaned; with `colour` its own colours stay, and the last of them ends with the text.
pub fn clean(words: &str, colour: bool) -> String {
    if !colour {
        return text::block(&text::without_sequences(words)).into_owned();
    }
    let mut out = String::with_capacity(words.len());
    let mut painted = false;
    let mut rest = words;
    while let Some(at) = rest.find('\x1b') {
        out += &text::block(&rest[..at]);
        rest = &rest[at..];
        match sgr(rest) {
            Some((code, after)) if COLOURS.contains(&code) => {
                out.extend(["\x1b[", code, "m"]);
                painted = code != "0";
                rest = after;
            }
            // Shown, not acted on.
            _ => {
                out.push('\u{FFFD}');
                rest = &rest[1..];
            }
        }
    }
    out += &text::block(rest);
    if painted {
        out += RESET;
    }
    out
}

/// `ESC [ digits and semicolons m`, and what follows it.
fn sgr(from: &str) -> Option<(&str, &str)> {
    let inner = from.strip_prefix("\x1b[")?;
    let end = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    Some((&inner[..end], inner[end..].strip_prefix('m')?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_stay_and_nothing_else_does() {
        let said = "\x1b[1mhead\x1b[0m\n\x1b]52;c;eA==\x07 \x1b[2J\x1b[8mhidden\x1b[31mred";
        assert_eq!(
            clean(said, true),
            "\x1b[1mhead\x1b[0m\n\u{FFFD}]52;c;eA==\u{FFFD} \u{FFFD}[2J\u{FFFD}[8mhidden\x1b[31mred\x1b[0m"
        );
        assert_eq!(clean("\x1b[1mhead\x1b[0m\x1b", false), "head");
        assert_eq!(clean("\x1b", true), "\u{FFFD}");
        assert_eq!(clean("\x1b[31", true), "\u{FFFD}[31");
    }

    proptest! {
        #[test]
        fn nothing_acts_on_a_terminal(
            parts in proptest::collection::vec(
                prop_oneof![
                    any::<String>(),
                    Just("\x1b".to_owned()),
                    Just("[".to_owned()),
                    Just("1;3".to_owned()),
                    Just("3m".to_owned()),
                    Just("\u{9b}".to_owned()),
                    Just("\u{202e}".to_owned()),
                ],
                0..12,
            ),
            colour: bool,
        ) {
            let mut left = clean(&parts.concat(), colour);
            if colour {
                for code in COLOURS {
                    left = left.replace(&format!("\x1b[{code}m"), "");
                }
            }
            prop_assert!(!left.chars().any(|c| c != '\n' && text::is_hostile(c)), "{left:?}");
        }
    }
}
