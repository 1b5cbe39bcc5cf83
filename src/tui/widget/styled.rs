//! Texts of several styles, broken into lines.

use ratatui::{style::Style, text::Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::text::untabbed;

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

/// Where a line goes on that was broken: what says that two lines are one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seam {
    /// What was left out at the break: the spaces between two words, or nothing.
    pub left_out: String,
    /// Bytes before the text goes on: an indent, a frame.
    pub from: usize,
}

/// A line, and how it goes on from the one before; `None` where it begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What stands on it.
    pub spans: Vec<Span<'static>>,
    /// How it goes on.
    pub seam: Option<Seam>,
}

impl Row {
    /// Puts something before it.
    pub fn put_before(&mut self, mut spans: Vec<Span<'static>>) {
        if let Some(seam) = &mut self.seam {
            seam.from += spans.iter().map(|span| span.content.len()).sum::<usize>();
        }
        spans.append(&mut self.spans);
        self.spans = spans;
    }
}

impl From<Vec<Span<'static>>> for Row {
    fn from(spans: Vec<Span<'static>>) -> Self {
        Self { spans, seam: None }
    }
}

/// Breaks at line feeds, draws tabs, and as `at` says where a line is wider than `width`. There is always a first
/// line; no line is wider than `width`, which is at least one.
pub fn wrap(runs: &[Run], width: usize, at: Break) -> Vec<Row> {
    let mut lines = Lines { width: width.max(1), ..Lines::default() };
    // Tabs reach from the beginning of a line as it was written, over runs and breaks.
    let mut column = 0;
    for (text, style) in runs {
        let mut first = true;
        for line in text.split('\n') {
            if !std::mem::take(&mut first) {
                lines.end_paragraph();
                column = 0;
            }
            let line = untabbed(line, column);
            column += line.width();
            lines.add(&line, *style, at);
        }
    }
    lines.end_paragraph();
    lines.done
}

#[derive(Default)]
struct Lines {
    width: usize,
    done: Vec<Row>,
    line: Row,
    used: usize,
    /// Spaces that are there unless the line ends.
    gap: Vec<Run>,
    word: Vec<Run>,
    word_width: usize,
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
                self.end_line(Some(Seam::default()));
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
        match self.line.spans.last_mut() {
            Some(span) if span.style == style => span.content.to_mut().push_str(text),
            _ => self.line.spans.push(Span::styled(text.to_owned(), style)),
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let gap = std::mem::take(&mut self.gap);
        let gap_width: usize = gap.iter().map(|(text, _)| text.width()).sum();
        let begins = self.used == 0 && self.line.seam.is_none();
        if self.used > 0 && self.used + gap_width + self.word_width > self.width {
            let left_out = gap.into_iter().map(|(text, _)| text).collect();
            self.end_line(Some(Seam { left_out, from: 0 }));
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

    /// Ends it; `seam` says how the next one goes on.
    fn end_line(&mut self, seam: Option<Seam>) {
        self.done.push(std::mem::replace(&mut self.line, Row { seam, ..Row::default() }));
        self.used = 0;
    }

    fn end_paragraph(&mut self) {
        self.end_word();
        self.gap.clear();
        self.end_line(None);
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
        lines.iter().map(|line| line.spans.iter().map(|s| s.content.as_ref()).collect()).collect()
    }

    #[test]
    fn lines_are_broken_where_they_may() {
        assert_eq!(words("setting up the schema", 10, Break::Words), ["setting up", "the schema"]);
        assert_eq!(words("  a b\n\nc", 10, Break::Words), ["  a b", "", "c"]);
        assert_eq!(words("a  bcd", 4, Break::Anywhere), ["a  b", "cd"]);
        assert_eq!(words("abcdefgh i", 3, Break::Words), ["abc", "def", "gh", "i"]);
        assert_eq!(words("", 3, Break::Words), [""]);
        assert_eq!(words("all:\n\tcc a\tb", 20, Break::Anywhere), ["all:", "        cc a    b"]);
        let bold = Style::new().bold();
        let lines = wrap(&[("in".into(), bold), ("deed so".into(), Style::new())], 6, Break::Words);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].spans.len(), 2);
    }

    proptest! {
        #[test]
        fn seams_put_together_what_was_broken(text in "[a-z漢é]{1,9}( {1,3}[a-z漢é]{1,9}){0,9}", width in 2usize..20) {
            for at in [Break::Words, Break::Anywhere] {
                let mut whole = String::new();
                for mut row in wrap(&[(text.clone(), Style::new())], width, at) {
                    row.put_before(vec![Span::raw("│ ")]);
                    let line: String = row.spans.iter().map(|s| s.content.as_ref()).collect();
                    match &row.seam {
                        Some(seam) => whole.extend([&seam.left_out, &line[seam.from..]]),
                        None => whole += line.trim_start_matches("│ "),
                    }
                }
                prop_assert_eq!(&whole, &text);
            }
        }

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
