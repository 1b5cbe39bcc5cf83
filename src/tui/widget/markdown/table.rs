//! A table whose columns share the room.

use pulldown_cmark::Alignment;
use ratatui::{style::Style, text::Span};
use unicode_width::UnicodeWidthStr;

use super::super::styled::{Break, Run, wrap};

/// Between two columns.
const BETWEEN: usize = 3;

/// Cells as they come.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<Vec<Run>>>,
}

impl Table {
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: Vec::new() }
    }

    pub(super) fn row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn cell(&mut self, runs: Vec<Run>) {
        if let Some(row) = self.rows.last_mut() {
            row.push(runs);
        }
    }

    /// Aligned lines, cells broken where the room is short.
    pub(super) fn lines(mut self, room: usize, muted: Style, strong: Style) -> Vec<Vec<Span<'static>>> {
        // With more columns than that there is no room for one character each.
        let most = (room + BETWEEN) / (BETWEEN + 1);
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).min(most.max(1));
        for run in self.rows.first_mut().into_iter().flatten().flatten() {
            run.1 = run.1.patch(strong);
        }
        let widths = self.widths(columns, room);
        let mut out = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<Vec<Vec<Span<'static>>>> = widths
                .iter()
                .enumerate()
                .map(|(at, width)| wrap(row.get(at).map_or(&[], Vec::as_slice), *width, Break::Words))
                .map(|rows| rows.into_iter().map(|row| row.spans).collect())
                .collect();
            for height in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
                let mut line = Vec::new();
                for (at, cell) in cells.iter().enumerate() {
                    if at > 0 {
                        line.push(Span::styled(" │ ", muted));
                    }
                    let spans = cell.get(height).cloned().unwrap_or_default();
                    let fill = widths[at].saturating_sub(spans.iter().map(Span::width).sum());
                    let before = match self.alignments.get(at) {
                        Some(Alignment::Right) => fill,
                        Some(Alignment::Center) => fill / 2,
                        _ => 0,
                    };
                    line.push(Span::raw(" ".repeat(before)));
                    line.extend(spans);
                    if at + 1 < cells.len() {
                        line.push(Span::raw(" ".repeat(fill - before)));
                    }
                }
                out.push(line);
            }
            if number == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                out.push(vec![Span::styled(rule.join("─┼─"), muted)]);
            }
        }
        out
    }

    /// As wide as their cells; where that is too much, the widest give.
    fn widths(&self, columns: usize, room: usize) -> Vec<usize> {
        let wide = |runs: &Vec<Run>| runs.iter().map(|(text, _)| text.width()).sum::<usize>();
        let column = |at| self.rows.iter().filter_map(|row| row.get(at)).map(wide).max().unwrap_or(0).max(1);
        let mut widths: Vec<usize> = (0..columns).map(column).collect();
        let room = room.saturating_sub(BETWEEN * columns.saturating_sub(1)).max(columns);
        let all: usize = widths.iter().sum();
        if all > room {
            // The widest a column may be, so that all fit; shares are equal above it.
            let mut cap = room / columns.max(1);
            while widths.iter().map(|w| (*w).min(cap + 1)).sum::<usize>() <= room {
                cap += 1;
            }
            for width in &mut widths {
                *width = (*width).min(cap.max(1));
            }
        }
        widths
    }
}
