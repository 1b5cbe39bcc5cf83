//! Cleaning of text that came from outside: names, commands, transcripts, file names.
//!
//! Applied once, where text enters. Characters are replaced visibly, not removed, so widths stay
//! honest. The list is that of the terminal hazards measured in practice: C0, DEL and C1 controls,
//! bidirectional controls, zero-width and tag characters, soft hyphens, floods of combining marks.

use std::borrow::Cow;

/// Combining marks allowed on one base character; more is a flood.
const MARKS_PER_BASE: usize = 4;

/// Columns from one tab stop to the next.
pub const TAB: usize = 8;

/// What a forbidden character becomes.
const REPLACEMENT: char = '\u{FFFD}';

/// True for a character that may act on a terminal, reorder text, or hide in it.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

fn is_mark(c: char) -> bool {
    use unicode_width::UnicodeWidthChar;
    c.width() == Some(0) && !is_hostile(c)
}

/// Cleans text for one line: line breaks and tabs become spaces, the rest as [`block`].
pub fn line(input: &str) -> Cow<'_, str> {
    clean(input, false)
}

/// Cleans text of several lines: line feeds (`\r\n` counts as one) and tabs stay.
pub fn block(input: &str) -> Cow<'_, str> {
    clean(input, true)
}

/// A line with its tabs drawn, as it stands from this column on; a screen has no cell for a tab.
pub fn untabbed(line: &str, column: usize) -> Cow<'_, str> {
    use unicode_width::UnicodeWidthStr;
    if !line.contains('\t') {
        return Cow::Borrowed(line);
    }
    let (mut out, mut at) = (String::with_capacity(line.len() + TAB), column);
    for (place, piece) in line.split('\t').enumerate() {
        if place > 0 {
            let fill = TAB - at % TAB;
            out.extend(std::iter::repeat_n(' ', fill));
            at += fill;
        }
        out.push_str(piece);
        at += piece.width();
    }
    Cow::Owned(out)
}

/// Lines as a terminal shows them after they were printed: of what was written over itself, like progress,
/// what was written last.
pub fn overwritten(block: &str) -> Cow<'_, str> {
    if !block.contains('\r') {
        return Cow::Borrowed(block);
    }
    let shown = |line: &str| {
        let end = line.trim_end_matches('\n');
        let last = end.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
        [last, &line[end.len()..]].concat()
    };
    Cow::Owned(block.split_inclusive('\n').map(shown).collect())
}

/// Cleans bytes that should be text; invalid UTF-8 shows as replacement characters.
pub fn line_from_bytes(input: &[u8]) -> String {
    line(&String::from_utf8_lossy(input)).into_owned()
}

/// Cleans a path for showing, with the home directory as `~`.
pub fn path(path: &std::path::Path, home: Option<&std::path::Path>) -> String {
    if let Some(rest) = home.and_then(|h| path.strip_prefix(h).ok()) {
        let rest = rest.as_os_str();
        if rest.is_empty() {
            return "~".into();
        }
        return format!("~/{}", line(&rest.to_string_lossy()));
    }
    line(&path.as_os_str().to_string_lossy()).into_owned()
}

/// Text without terminal escape sequences (CSI, OSC and the other strings, two-byte ones): what a tool
/// coloured reads as words. A sequence that never ends takes the rest of its line with it.
pub fn without_sequences(input: &str) -> Cow<'_, str> {
    if !input.contains(['\u{1b}', '\u{9b}', '\u{9d}', '\u{90}']) {
        return Cow::Borrowed(input);
    }
    let mut out = String::with_capacity(input.len());
    let mut chars = input.chars().peekable();
    while let Some(c) = chars.next() {
        let kind = match c {
            '\u{1b}' => chars.next(),
            '\u{9b}' => Some('['),
            '\u{9d}' | '\u{90}' => Some(']'),
            c => {
                out.push(c);
                continue;
            }
        };
        match kind {
            Some(' '..='/') => while chars.next_if(|c| (' '..='/').contains(c)).is_some() {},
            Some('[') => while chars.next_if(|c| !('@'..='~').contains(c) && *c != '\n').is_some() {},
            Some(']' | 'P' | '_' | '^' | 'X') => {
                while chars.next_if(|c| !matches!(c, '\u{7}' | '\u{9c}' | '\u{1b}' | '\n')).is_some() {}
                if chars.next_if_eq(&'\u{1b}').is_some() {
                    chars.next_if_eq(&'\\');
                    continue;
                }
            }
            _ => continue,
        }
        chars.next_if(|c| *c != '\n');
    }
    Cow::Owned(out)
}

/// The first `limit` characters, with `…` where something was cut.
pub fn cut(input: &str, limit: usize) -> String {
    match input.char_indices().nth(limit) {
        None => input.to_owned(),
        Some((at, _)) => format!("{}…", &input[..at]),
    }
}

fn clean(input: &str, keep_lines: bool) -> Cow<'_, str> {
    if input.bytes().all(|b| (0x20..0x7F).contains(&b)) {
        return Cow::Borrowed(input);
    }
    let mut out = String::with_capacity(input.len());
    let mut marks = 0;
    let mut chars = input.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' if keep_lines => out.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\t' => out.push(' '),
            c if is_hostile(c) => out.push(REPLACEMENT),
            c if is_mark(c) => {
                marks += 1;
                if marks <= MARKS_PER_BASE {
                    out.push(c);
                } else if marks == MARKS_PER_BASE + 1 {
                    out.push(REPLACEMENT);
                }
                continue;
            }
            c => out.push(c),
        }
        marks = 0;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_overrides_are_replaced_visibly() {
        assert_eq!(line("a\u{1b}]52;c;x\u{7}b"), "a\u{FFFD}]52;c;x\u{FFFD}b");
        assert_eq!(line("x\u{202e}y\u{9b}z\u{e0041}"), "x\u{FFFD}y\u{FFFD}z\u{FFFD}");
        assert_eq!(line("a\tb\r\nc"), "a b c");
        assert_eq!(block("a\r\nb\t\rc"), "a\nb\t\u{FFFD}c");
    }

    #[test]
    fn a_tab_reaches_to_its_stop() {
        assert_eq!(untabbed("\ta\tb", 0), "        a       b");
        assert_eq!(untabbed("漢\tb", 0), "漢      b");
        assert_eq!(untabbed("a\t", 6), "a ");
        assert_eq!(untabbed("a b", 3), "a b");
    }

    #[test]
    fn what_was_written_over_is_gone() {
        assert_eq!(overwritten("10%\r50%\r100%\n\rdone\r\n"), "100%\ndone\n");
        assert_eq!(overwritten("a\r\r\nb\r"), "a\nb");
        assert_eq!(overwritten("a\n"), "a\n");
    }

    #[test]
    fn sequences_go_and_words_stay() {
        let colourful = "a\u{1b}[1;31mred\u{1b}[0m b\u{1b}]0;title\u{7}c\u{1b}]8;;x\u{1b}\\d\u{1b}(Be";
        assert_eq!(without_sequences(colourful), "ared bcde");
        assert_eq!(without_sequences("x\u{1b}[31\ny\u{1b}]0;t\nz\u{1b}"), "x\ny\nz");
    }

    #[test]
    fn a_flood_of_marks_is_capped() {
        let flood = format!("e{}", "\u{301}".repeat(10_000));
        assert!(line(&flood).chars().count() <= 2 + MARKS_PER_BASE);
    }

    proptest! {
        #[test]
        fn nothing_hostile_survives(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let out = line_from_bytes(&bytes);
            prop_assert!(!out.chars().any(is_hostile));
        }

        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC*") {
            let once = line(&text).into_owned();
            prop_assert_eq!(line(&once).into_owned(), once);
        }
    }
}
