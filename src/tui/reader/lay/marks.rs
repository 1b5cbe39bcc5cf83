//! Where a search fits on the lines of a block, over their ends too.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::Laid;
use crate::{domain::find::Finder, tui::reader::Reader};

/// Lines beyond those in question on which a match may begin or end.
const NEAR: usize = 8;

/// A stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which line.
    pub line: usize,
    /// Its columns.
    pub columns: Range<usize>,
    /// What fits begins here; else it goes on from the line before.
    pub begins: bool,
}

/// A line within a text that goes over several.
struct Piece {
    line: usize,
    words: String,
    /// Bytes of the line before the text goes on.
    from: usize,
    /// Where that is in the text.
    at: usize,
}

impl Laid {
    /// What fits on these lines.
    pub(in crate::tui::reader) fn marks(&self, finder: &Finder, lines: Range<usize>) -> Vec<Mark> {
        let joined = |line: &usize| self.seams.contains_key(line);
        let back = (lines.start.saturating_sub(NEAR)..=lines.start).rev().take_while(joined).count();
        let on = (lines.end..self.lines.len()).take(NEAR).take_while(joined).count();
        let mut marks = Vec::new();
        let (mut text, mut pieces) = (String::new(), Vec::new());
        for line in lines.start - back.min(lines.start)..(lines.end + on).min(self.lines.len()) {
            let words = self.lines[line].to_string();
            let seam = self.seams.get(&line).filter(|_| !pieces.is_empty());
            let mut from = 0;
            if let Some(seam) = seam {
                text += &seam.left_out;
                from = seam.from.min(words.len());
            } else {
                mark(finder, &text, &pieces, &mut marks);
                text.clear();
                pieces.clear();
            }
            let at = text.len();
            text += words.get(from..).unwrap_or_default();
            pieces.push(Piece { line, words, from, at });
        }
        mark(finder, &text, &pieces, &mut marks);
        marks.retain(|mark| lines.contains(&mark.line));
        marks
    }
}

/// What fits in a text, on each of its lines.
fn mark(finder: &Finder, text: &str, pieces: &[Piece], marks: &mut Vec<Mark>) {
    for found in finder.ranges(text) {
        for piece in pieces {
            let end = piece.at + piece.words.len() - piece.from;
            let (start, end) = (found.start.max(piece.at), found.end.min(end));
            if start >= end {
                continue;
            }
            let byte = |at: usize| piece.from + at - piece.at;
            let width = |range: Range<usize>| piece.words.get(range).map_or(0, UnicodeWidthStr::width);
            let before = width(0..byte(start));
            let columns = before..before + width(byte(start)..byte(end));
            marks.push(Mark { line: piece.line, columns, begins: start == found.start });
        }
    }
}

impl Reader {
    /// What fits in sight: the line on the screen, and its columns.
    pub fn marks(&self) -> Vec<Mark> {
        let Some(finder) = self.search.as_ref().and_then(|search| search.finder()) else { return Vec::new() };
        let mut marks = Vec::new();
        let mut row = 0;
        for rows in self.rows.chunk_by(|(a, line), (b, next)| a == b && line + 1 == *next) {
            let block = rows.first().and_then(|(block, _)| self.blocks.get(*block));
            let laid = block.and_then(|block| self.laid.get(&block.id));
            if let (Some(laid), Some((_, first))) = (laid, rows.first()) {
                let found = laid.marks(finder, *first..first + rows.len());
                marks.extend(found.into_iter().map(|mark| Mark { line: row + mark.line - first, ..mark }));
            }
            row += rows.len();
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ratatui::text::Line;

    use super::*;
    use crate::{
        domain::transcript::Wanted,
        tui::{
            reader::{block::Kind, fold::Fold, lay::Stamp},
            widget::styled::Seam,
        },
    };

    fn laid(lines: &[(&str, Option<(&str, usize)>)]) -> Laid {
        let seams = lines.iter().enumerate().filter_map(|(at, (_, seam))| {
            seam.map(|(left_out, from)| (at, Seam { left_out: left_out.into(), from }))
        });
        let seams: BTreeMap<usize, Seam> = seams.collect();
        let stamp =
            Stamp { kind: Kind::Part, fold: Fold::Open, flags: (false, false, false), more_before: false };
        let lines = lines.iter().map(|(words, _)| Line::from((*words).to_owned())).collect();
        Laid { stamp, lines, seams, cut: false }
    }

    fn marks(laid: &Laid, words: &str, lines: Range<usize>) -> Vec<(usize, Range<usize>)> {
        let finder = Finder::new(&Wanted { words: words.into(), ..Wanted::default() }).unwrap();
        laid.marks(&finder, lines).into_iter().map(|mark| (mark.line, mark.columns)).collect()
    }

    #[test]
    fn a_match_is_marked_on_every_line_it_is_broken_over() {
        let text = laid(&[
            ("you  漢 the quick", None),
            ("     brown", Some((" ", 5))),
            ("     fox", Some(("  ", 5))),
            ("     jumps", None),
        ]);
        assert_eq!(marks(&text, "quick brown  fox", 0..4), [(0, 12..17), (1, 5..10), (2, 5..8)]);
        assert_eq!(marks(&text, "brown", 0..4), [(1, 5..10)]);
        assert_eq!(marks(&text, "fox jumps", 0..4), [], "another paragraph");
        // Of what reaches out of sight the rest is marked.
        assert_eq!(marks(&text, "quick brown", 1..4), [(1, 5..10)]);
        assert_eq!(marks(&text, "quick brown", 0..1), [(0, 12..17)]);
        assert_eq!(marks(&text, "you", 1..3), []);
        let word = laid(&[("│ unbre", None), ("│ akable", Some(("", 4)))]);
        assert_eq!(marks(&word, "breakable", 0..2), [(0, 4..7), (1, 2..8)]);
        assert_eq!(marks(&word, "bre akable", 0..2), []);
    }
}
