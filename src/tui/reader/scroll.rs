//! Moving about, in lines; laying out what that needs, and asking for pages where it leads.

use super::{PAGE, Reader, Spot, answers::Purpose, block::BlockId, landing::Landing, lay};
use crate::{domain::transcript::Anchor, engine::reader::Want};

/// Blocks between the cursor and the edge of the window when the next page is asked for.
const NEAR: usize = 60;
/// Lines laid out that are kept, beyond which only what is near stays.
const LINES_KEPT: usize = 12_000;
/// Blocks on each side that are near.
const STAY: usize = 80;

impl Reader {
    /// Lines of the text's area.
    pub fn height(&self) -> usize {
        self.size.1
    }

    /// Lines of a block, laid out now if they were not.
    pub(super) fn lines_of(&mut self, at: usize) -> usize {
        let Some(block) = self.blocks.get(at) else { return 0 };
        let id = block.id;
        let stamp = lay::Stamp {
            kind: block.kind.clone(),
            fold: self.fold_of(at),
            flags: (block.head, block.speaks, block.with_usage),
            more_before: self.window.more_before,
        };
        match self.laid.get(&id) {
            Some(laid) if laid.stamp == stamp => laid.lines.len(),
            _ => {
                let laid = self.lay(at, stamp);
                let count = laid.lines.len();
                self.laid.insert(id, laid);
                count
            }
        }
    }

    /// A spot as it is now: its block or the next that exists, a line that it has.
    fn resolve(&mut self, spot: Spot) -> Option<(usize, usize)> {
        let at = self.block_of(spot.block)?;
        let lines = self.lines_of(at).max(1);
        let exact = self.blocks[at].id == spot.block;
        // Where the block is gone, the nearest thing after it; past the end, the last line.
        let line = if exact {
            spot.line.min(lines - 1)
        } else if self.blocks[at].id < spot.block {
            lines - 1
        } else {
            0
        };
        Some((at, line))
    }

    pub(super) fn spot(&self, (at, line): (usize, usize)) -> Spot {
        Spot { block: self.blocks.get(at).map_or_else(BlockId::default, |b| b.id), line }
    }

    /// So many lines further (or back), as far as there are any; how far it came.
    pub(super) fn walk(&mut self, from: (usize, usize), by: isize) -> ((usize, usize), usize) {
        let (mut at, mut line) = from;
        let mut left = by.unsigned_abs();
        while left > 0 {
            if by > 0 {
                let below = self.lines_of(at).max(1) - 1 - line.min(self.lines_of(at).max(1) - 1);
                if left <= below {
                    return ((at, line + left), by.unsigned_abs());
                }
                if at + 1 >= self.blocks.len() {
                    line += below;
                    left -= below;
                    break;
                }
                left -= below + 1;
                (at, line) = (at + 1, 0);
            } else {
                if left <= line {
                    return ((at, line - left), by.unsigned_abs());
                }
                if at == 0 {
                    left -= line;
                    line = 0;
                    break;
                }
                left -= line + 1;
                at -= 1;
                line = self.lines_of(at).max(1) - 1;
            }
        }
        ((at, line), by.unsigned_abs() - left)
    }

    /// Brings cursor, top and rows in order, moving the top as little as possible.
    pub(super) fn settle(&mut self) {
        self.rows.clear();
        let height = self.size.1;
        let (Some(cursor), Some(top)) = (self.resolve(self.cursor), self.resolve(self.top)) else { return };
        let last_from = |reader: &mut Self, from| reader.walk(from, 1 - height as isize).0;
        let mut top = if cursor < top { cursor } else { top };
        // The lowest top that has the cursor in sight.
        let lowest = last_from(self, cursor);
        top = top.max(lowest);
        // And none that leaves room below the end.
        let end = (self.blocks.len() - 1, self.lines_of(self.blocks.len() - 1).max(1) - 1);
        if self.walk(top, height as isize - 1).1 < height - 1 {
            top = top.min(last_from(self, end));
        }
        self.cursor = self.spot(cursor);
        self.top = self.spot(top);
        let (mut at, mut line) = top;
        while self.rows.len() < height && at < self.blocks.len() {
            if line < self.lines_of(at) {
                self.rows.push((at, line));
                line += 1;
            } else {
                (at, line) = (at + 1, 0);
            }
        }
        self.page_in(cursor.0);
        if self.is_at_end() {
            self.seen = self.extent.last;
        }
    }

    /// Moves the cursor; the screen follows where it must.
    pub fn move_by(&mut self, lines: isize) {
        let Some(cursor) = self.resolve(self.cursor) else { return };
        let (to, _) = self.walk(cursor, lines);
        self.cursor = self.spot(to);
        self.settle();
    }

    /// Moves the screen and the cursor with it.
    pub fn scroll_by(&mut self, lines: isize) {
        let (Some(top), Some(cursor)) = (self.resolve(self.top), self.resolve(self.cursor)) else { return };
        let (top, _) = self.walk(top, lines);
        let (cursor, _) = self.walk(cursor, lines);
        (self.top, self.cursor) = (self.spot(top), self.spot(cursor));
        self.settle();
    }

    /// To the very first line, which may have to be read.
    pub fn to_start(&mut self) {
        if self.window.more_before {
            self.load(Anchor::Start, Landing::Start);
        } else if let Some(first) = self.blocks.first() {
            self.cursor = Spot { block: first.id, line: 0 };
        }
        self.settle();
    }

    /// To the very last line, which may have to be read.
    pub fn to_end(&mut self) {
        self.follow = true;
        if self.window.is_at_end() {
            self.land_at_end();
        } else {
            self.load(Anchor::End, Landing::End);
        }
        self.settle();
    }

    pub(super) fn land_at_end(&mut self) {
        self.seen = self.extent.last;
        if let Some(at) = self.blocks.len().checked_sub(1) {
            let line = self.lines_of(at).saturating_sub(1);
            self.cursor = self.spot((at, line));
        }
    }

    /// The cursor is on the last line of the conversation.
    pub fn is_at_end(&self) -> bool {
        let last = self.blocks.last();
        self.window.is_at_end()
            && last.is_none_or(|last| {
                let lines = self.laid.get(&last.id).map_or(1, |laid| laid.lines.len());
                self.cursor.block == last.id && self.cursor.line + 1 >= lines
            })
    }

    /// Puts the cursor on a block, a third of the screen from its top.
    pub(super) fn go_to(&mut self, at: usize, line: usize) {
        self.cursor = self.spot((at, line));
        let above = self.size.1 / 3;
        if !self.rows.contains(&(at, line)) {
            let (top, _) = self.walk((at, line), -(above as isize));
            self.top = self.spot(top);
        }
        self.settle();
    }

    /// Asks for what lies beyond the window, where the cursor comes near its edge.
    fn page_in(&mut self, at: usize) {
        if at < NEAR
            && self.window.more_before
            && !self.is_wished(&Purpose::Before)
            && let Some(first) = self.window.first()
        {
            let want = Want::Page { anchor: Anchor::Before(first), limit: PAGE };
            self.wish(want, Purpose::Before);
        }
        if at + NEAR > self.blocks.len()
            && self.window.more_after
            && !self.is_wished(&Purpose::After)
            && let Some(last) = self.window.last()
        {
            let want = Want::Page { anchor: Anchor::After(last), limit: PAGE };
            self.wish(want, Purpose::After);
        }
    }

    /// Lines far from the screen are laid out again when they come near.
    pub(super) fn forget_far(&mut self) {
        let lines: usize = self.laid.values().map(|laid| laid.lines.len()).sum();
        if lines <= LINES_KEPT {
            return;
        }
        let first = self.rows.first().map_or(0, |row| row.0.saturating_sub(STAY));
        let last = self.rows.last().map_or(0, |row| row.0 + STAY);
        let near: std::collections::HashSet<BlockId> =
            self.blocks.iter().take(last).skip(first).map(|block| block.id).collect();
        self.laid.retain(|id, _| near.contains(id));
    }
}
