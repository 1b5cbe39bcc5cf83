//! Another size of the screen: the lines are others, what is read stays.

use ratatui::text::Line;

use super::{Reader, lay::Laid};

/// Where in a block the cursor is, whatever its lines.
struct Within {
    /// It is on this match of the block.
    hit: Option<usize>,
    /// Letters and digits before its line.
    letters: usize,
    /// Lines between it and the top of the screen.
    row: usize,
}

impl Reader {
    /// How large the text's area is; before it is drawn, and after every change.
    pub fn fit(&mut self, width: usize, height: usize) {
        let size = (width.max(10), height.max(1));
        if size != self.size {
            let (at_end, within) = (self.is_at_end(), self.within());
            if size.0 != self.size.0 {
                self.laid.clear();
            }
            self.size = size;
            if at_end {
                self.land_at_end();
            } else {
                self.go_within(&within);
            }
        }
        self.settle();
        self.forget_far();
    }

    fn within(&self) -> Within {
        let line = self.cursor.line;
        let at = self.block_of(self.cursor.block);
        let hit = at.and_then(|at| self.hits_laid(at).iter().position(|hit| *hit == line));
        let laid = self.laid.get(&self.cursor.block);
        let letters = laid.map_or(0, |laid| laid.lines.iter().take(line).map(letters).sum());
        let row = self.lines().position(|(_, on)| on).unwrap_or_default();
        Within { hit, letters, row }
    }

    fn go_within(&mut self, within: &Within) {
        let Some(at) = self.block_of(self.cursor.block) else { return };
        self.lines_of(at);
        let hit = within.hit.and_then(|hit| self.hits_laid(at).get(hit).copied());
        let laid = self.blocks.get(at).and_then(|block| self.laid.get(&block.id));
        let line = hit.or_else(|| laid.map(|laid| line_after(laid, within.letters))).unwrap_or_default();
        self.cursor = self.spot((at, line));
        let (top, _) = self.walk((at, line), -(within.row as isize));
        self.top = self.spot(top);
    }
}

/// The line on which so many letters have gone before.
fn line_after(laid: &Laid, before: usize) -> usize {
    let mut seen = 0;
    let past = laid.lines.iter().position(|line| {
        seen += letters(line);
        seen > before
    });
    past.unwrap_or(laid.lines.len().saturating_sub(1))
}

fn letters(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| span.content.chars().filter(|c| c.is_alphanumeric()).count()).sum()
}
