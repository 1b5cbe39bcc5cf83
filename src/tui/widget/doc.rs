//! Text of labelled, wrapped paragraphs.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Lines for a certain width.
#[derive(Debug, Default)]
pub struct Doc {
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Doc {
    /// An empty text for this many columns.
    pub fn new(width: u16) -> Self {
        Self { width: usize::from(width), lines: Vec::new() }
    }

    /// Columns there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A finished line; what does not fit is cut when drawn.
    pub fn push(&mut self, line: impl Into<Line<'static>>) {
        self.lines.push(line.into());
    }

    /// An empty line, unless there is one already or nothing above it.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|l| l.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// Words after a lead (a sign, a label), wrapped with a hanging indent of the lead's width.
    pub fn wrap(&mut self, lead: Vec<Span<'static>>, text: &str, style: Style) {
        let indent = lead.iter().map(Span::width).sum::<usize>().min(self.width / 2);
        let mut lead = Some(lead);
        for piece in wrap(text, self.width.saturating_sub(indent)) {
            let mut spans = lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]);
            spans.push(Span::styled(piece, style));
            self.lines.push(Line::from(spans));
        }
    }

    /// The lines.
    pub fn lines(&self) -> &[Line<'static>] {
        &self.lines
    }

    /// Draws from a line on; returns how far the text can be scrolled.
    pub fn draw(&self, scroll: usize, area: Rect, buffer: &mut Buffer) -> usize {
        let height = usize::from(area.height);
        let max = self.lines.len().saturating_sub(height);
        let scroll = scroll.min(max);
        for (y, line) in (area.y..area.bottom()).zip(&self.lines[scroll..]) {
            buffer.set_line(area.x, y, line, area.width);
        }
        max
    }
}

/// Breaks a text at spaces (and long words anywhere) into lines of at most `width` columns. There is
/// always a first line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    if width == 0 {
        return lines;
    }
    let mut used = 0;
    for word in text.split_whitespace() {
        let size = word.width();
        if used > 0 && used + 1 + size > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.len() - 1;
        if used > 0 {
            lines[line].push(' ');
            used += 1;
        }
        for grapheme in word.graphemes(true) {
            let wide = grapheme.width();
            if used + wide > width && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            let line = lines.len() - 1;
            lines[line].push_str(grapheme);
            used += wide;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("setting up the schema", 10), ["setting up", "the schema"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        let mut doc = Doc::new(12);
        doc.wrap(vec![Span::raw("owner ")], "goose run 1", Style::new());
        assert_eq!(
            doc.lines().iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["owner goose", "      run 1"]
        );
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in "\\PC{0,60}", width in 2usize..20) {
            for line in wrap(&text, width) {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
