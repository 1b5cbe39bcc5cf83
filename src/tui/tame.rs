//! Characters that terminals disagree about the width of, drawn as ones they agree about.
//!
//! Flags, keycaps, joined emoji, skin tones and variation selectors are one wide sign to some terminals
//! and several or a narrow one to others; a terminal that counts otherwise leaves halves of them on the
//! screens that follow. Every cell says here what any terminal draws in just that cell.

use ratatui::buffer::{Buffer, Cell};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Two of them are a flag; each is a letter.
const REGIONAL: std::ops::RangeInclusive<char> = '\u{1F1E6}'..='\u{1F1FF}';

/// Makes a frame safe to draw, cell by cell.
pub fn tame(buffer: &mut Buffer) {
    for at in 0..buffer.content.len() {
        if buffer.content[at].symbol().len() > 3 {
            tame_first(&mut buffer.content[at..]);
        }
    }
}

/// The same of the first of these cells, and of those that its sign reaches over.
fn tame_first(cells: &mut [Cell]) {
    let Some((first, rest)) = cells.split_first_mut() else { return };
    let symbol = first.symbol().to_owned();
    let base = symbol.chars().next().filter(|_| symbol.chars().any(is_disputed));
    let Some(base) = base else { return };
    let room = symbol.width();
    let mut letters = symbol.chars().filter_map(letter);
    let (shown, wide) = match (letters.next(), base.width().unwrap_or_default()) {
        (Some(letter), _) => (letter, 1),
        // A wide sign that was asked to be narrow, or nothing to see at all.
        (None, wide) if wide > room || wide == 0 => ('?', 1),
        (None, wide) => (base, wide),
    };
    first.set_char(shown);
    for cell in rest.iter_mut().take(room.saturating_sub(1)).skip(wide - 1).filter(|c| c.symbol() == " ") {
        cell.set_style(first.style()).set_char(letters.next().unwrap_or(' '));
    }
}

/// Whoever sees this counts what it stands in as they like.
fn is_disputed(c: char) -> bool {
    REGIONAL.contains(&c)
        || matches!(c, '\u{200D}' | '\u{20E3}' | '\u{FE0E}' | '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// The letter of a regional indicator.
fn letter(c: char) -> Option<char> {
    let number = REGIONAL.contains(&c).then(|| c as u32 - *REGIONAL.start() as u32)?;
    char::from_u32('A' as u32 + number)
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, text::Line, widgets::Widget};

    use super::*;

    fn drawn(text: &str) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        Line::from(text.to_owned()).render(buffer.area, &mut buffer);
        tame(&mut buffer);
        buffer.content.iter().map(|cell| cell.symbol().to_owned()).collect()
    }

    #[test]
    fn what_terminals_disagree_about_is_drawn_as_what_they_agree_about() {
        for (text, cells) in [
            ("a🇩🇪b", ["a", "D", "E", "b"]),
            ("🇩b  ", ["D", "b", " ", " "]),
            ("1️⃣b ", ["1", " ", "b", " "]),
            ("❤️b ", ["❤", " ", "b", " "]),
            ("👍🏽b ", ["👍", " ", "b", " "]),
            ("👩\u{200D}👧b ", ["👩", " ", "b", " "]),
            // These are agreed about.
            ("漢b ", ["漢", " ", "b", " "]),
            ("e\u{301}b  ", ["e\u{301}", "b", " ", " "]),
        ] {
            assert_eq!(drawn(text)[..4], cells, "{text}");
        }
        for text in ["☕\u{FE0E}x", "🇩🇪🇫🇷🇪x", "👩🏽\u{200D}❤️\u{200D}👩x", "#️⃣x"]
        {
            let shown = drawn(text).concat();
            assert!(!shown.chars().any(is_disputed) && shown.contains('x'), "{text}: {shown:?}");
        }
    }
}
