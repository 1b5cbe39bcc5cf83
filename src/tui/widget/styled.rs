//! Texts of several styles, broken into lines.

use ratatui::{style::Style, text::Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A piece of text in one style.
pub type Run = (String, Style);

/// Where a line may be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// At spaces, and long words anywhere.
    Words,
    /// Anywhere: code and output keep their spaces.
    Anywhere,
}

/// Breaks at line feeds, and as `at` says where a line is wider than `width`. There is always a first
/// line; no line is wider than `width`, which is at least one.
pub fn wrap(runs: &[Run], width: usize, at: Break) -> Vec<Vec<Span<'static>>> {
    let mut lines = Lines { width: width.max(1), ..Lines::default() };
    for (text, style) in runs {
        let mut first = true;
        for line in text.split('\n') {
            if !std::mem::take(&mut first) {
                lines.end_paragraph();
            }
            lines.add(line, *style, at);
        }
    }
    lines.end_paragraph();
    lines.done
}

#[derive(Default)]
struct Lines {
    width: usize,
    done: Vec<Vec<Span<'static>>>,
    line: Vec<Span<'static>>,
    used: usize,
    /// Spaces that are there unless the line ends.
    gap: Vec<Run>,
    word: Vec<Run>,
    word_width: usize,
    /// The line continues the one before.
    continues: bool,
}

impl Lines {
    fn add(&mut self, text: &str, style: Style, at: Break) {
        if at == Break::Anywhere {
            self.chop(text, style);
            return;
        }
        for piece in text.split_inclusive(' ') {
            let word = piece.trim_end_matches(' ');
            if !word.is_empty() {
                self.word_width += word.width();
                push(&mut self.word, word, style);
            }
            if word.len() < piece.len() {
                self.end_word();
                push(&mut self.gap, &piece[word.len()..], style);
            }
        }
    }

    /// Puts a text where there is room, breaking it anywhere.
    fn chop(&mut self, text: &str, style: Style) {
        if self.used + text.width() <= self.width {
            self.put(text, style);
            return;
        }
        let mut piece = String::new();
        for grapheme in text.graphemes(true) {
            // One character with its marks can be wider than the line.
            let grapheme = if grapheme.width() > self.width { "…" } else { grapheme };
            if self.used + piece.width() + grapheme.width() > self.width {
                self.put(&piece, style);
                piece.clear();
                self.end_line(true);
            }
            piece.push_str(grapheme);
        }
        self.put(&piece, style);
    }

    fn put(&mut self, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        self.used += text.width();
        match self.line.last_mut() {
            Some(span) if span.style == style => span.content.to_mut().push_str(text),
            _ => self.line.push(Span::styled(text.to_owned(), style)),
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let gap = std::mem::take(&mut self.gap);
        let gap_width: usize = gap.iter().map(|(text, _)| text.width()).sum();
        let begins = self.used == 0 && !self.continues;
        if self.used > 0 && self.used + gap_width + self.word_width > self.width {
            self.end_line(true);
        } else if self.used > 0 || (begins && gap_width <= self.width / 2) {
            for (text, style) in gap {
                self.put(&text, style);
            }
        }
        self.word_width = 0;
        for (text, style) in std::mem::take(&mut self.word) {
            self.chop(&text, style);
        }
    }

    fn end_line(&mut self, continues: bool) {
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0;
        self.continues = continues;
    }

    fn end_paragraph(&mut self) {
        self.end_word();
        self.gap.clear();
        self.end_line(false);
    }
}

fn push(runs: &mut Vec<Run>, text: &str, style: Style) {
    match runs.last_mut() {
        Some((last, same)) if *same == style => last.push_str(text),
        _ => runs.push((text.to_owned(), style)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str, width: usize, at: Break) -> Vec<String> {
        let lines = wrap(&[(text.to_owned(), Style::new())], width, at);
        lines.iter().map(|line| line.iter().map(|s| s.content.as_ref()).collect()).collect()
    }

    #[test]
    fn lines_are_broken_where_they_may() {
        assert_eq!(words("setting up the schema", 10, Break::Words), ["setting up", "the schema"]);
        assert_eq!(words("  a b\n\nc", 10, Break::Words), ["  a b", "", "c"]);
        assert_eq!(words("a  bcd", 4, Break::Anywhere), ["a  b", "cd"]);
        assert_eq!(words("abcdefgh i", 3, Break::Words), ["abc", "def", "gh", "i"]);
        assert_eq!(words("", 3, Break::Words), [""]);
        let bold = Style::new().bold();
        let lines = wrap(&[("in".into(), bold), ("deed so".into(), Style::new())], 6, Break::Words);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), 2);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in "[a-z漢é \n]{0,80}", width in 2usize..20) {
            for at in [Break::Words, Break::Anywhere] {
                let lines = words(&text, width, at);
                prop_assert!(lines.iter().all(|l| l.width() <= width), "{lines:?}");
                let bare = |s: &str| s.replace([' ', '\n'], "");
                prop_assert_eq!(bare(&lines.concat()), bare(&text));
            }
        }
    }
}
