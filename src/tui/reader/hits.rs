//! From one match to the next: line by line within a block, then on to the next block that fits.

use super::{
    Reader,
    block::{Block, Kind, Outcome},
    fold::Fold,
    jump::Jump,
};
use crate::domain::{
    find::{Finder, any_text},
    transcript::{Part, Place},
};

impl Reader {
    /// Goes to the next match in the block under the cursor; false where there is none.
    pub(super) fn next_hit_here(&mut self, forward: bool) -> bool {
        let Some(at) = self.block_of(self.cursor.block).filter(|at| self.is_at(*at, Jump::Hit)) else {
            return false;
        };
        let line = self.hit_in(at, Some(self.cursor.line), forward);
        if let Some(line) = line {
            self.go_to(at, line);
        }
        line.is_some()
    }

    /// Goes to the nearest match of the block under the cursor, the next ones first; false where it has
    /// none.
    pub(super) fn nearest_hit_here(&mut self) -> bool {
        let Some(at) = self.block_of(self.cursor.block).filter(|at| self.is_at(*at, Jump::Hit)) else {
            return false;
        };
        match self.cursor.line.checked_sub(1).and_then(|before| self.hit_in(at, Some(before), true)) {
            Some(line) => self.go_to(at, line),
            None => self.arrive_at_hit(at, self.cursor.line == 0),
        }
        true
    }

    /// Goes to the first match in a block, or to the last.
    pub(super) fn arrive_at_hit(&mut self, at: usize, forward: bool) {
        let line = self.hit_in(at, None, forward);
        if line.is_none() && self.fold_of(at) == Fold::Folded {
            self.set_fold(at, Fold::Open);
        }
        let id = self.blocks.get(at).map(|block| block.id);
        self.go_to(at, line.unwrap_or(0));
        if let (Some(id), Some(Part::Oversized { .. })) = (id, self.part_at(at)) {
            self.read_whole(id.place());
        } else if let Some(search) = &mut self.search {
            search.out_of_sight = id.filter(|_| line.is_none());
        }
    }

    /// A message that fits and was not read because of its size.
    pub(super) fn is_unread_hit(&self, block: &Block) -> bool {
        let place = block.id.place();
        let is_hit = self.search.as_ref().is_some_and(|search| search.places.binary_search(&place).is_ok());
        is_hit && matches!(self.parts_of(block).next(), Some(Part::Oversized { .. }))
    }

    /// The line of the next match in a block, from a line or from its edge. What is folded away or left
    /// out is unfolded as far as a match needs it.
    fn hit_in(&mut self, at: usize, from: Option<usize>, forward: bool) -> Option<usize> {
        let was = self.fold_of(at);
        let beyond = |lines: &[usize]| {
            let mut lines = lines.iter().copied();
            if forward {
                lines.find(|line| from.is_none_or(|from| *line > from))
            } else {
                lines.rfind(|line| from.is_none_or(|from| *line < from))
            }
        };
        let mut lines = self.hit_lines(at);
        let (mut found, mut fold) = (beyond(&lines), was);
        for next in [Fold::Open, Fold::Whole] {
            // Coming from below, the last match is the last of all; else the next one will do.
            let enough = if forward { found.is_some() } else { from.is_some() };
            if enough || !self.hides_hits(at) {
                break;
            }
            if next <= self.fold_of(at) {
                continue;
            }
            self.set_fold(at, next);
            let more = self.hit_lines(at);
            if more.len() > lines.len() {
                (found, fold) = (beyond(&more).or(found), next);
                lines = more;
            }
        }
        let fold = if found.is_some() { fold } else { was };
        if fold != self.fold_of(at) {
            self.set_fold(at, fold);
            self.lines_of(at);
        }
        found
    }

    /// The lines of a block on which a match begins, as it is laid out now.
    fn hit_lines(&mut self, at: usize) -> Vec<usize> {
        self.lines_of(at);
        let mut lines = self.hits_laid(at);
        lines.dedup();
        lines
    }

    /// The line of each match in a block that is laid out.
    pub(super) fn hits_laid(&self, at: usize) -> Vec<usize> {
        let finder = self.search.as_ref().and_then(|search| search.finder());
        let laid = self.blocks.get(at).and_then(|block| self.laid.get(&block.id));
        let marks = finder.zip(laid).map(|(finder, laid)| laid.marks(finder, 0..laid.lines.len()));
        marks.into_iter().flatten().filter(|mark| mark.begins).map(|mark| mark.line).collect()
    }

    /// Some matches of a block are folded away or left out of what is laid out.
    fn hides_hits(&self, at: usize) -> bool {
        let Some(block) = self.blocks.get(at) else { return false };
        match self.fold_of(at) {
            Fold::Whole => false,
            Fold::Open => self.laid.get(&block.id).is_some_and(|laid| laid.cut),
            Fold::Folded => {
                let Some(finder) = self.search.as_ref().and_then(|search| search.finder()) else {
                    return false;
                };
                let mut parts = self.parts_of(block);
                let (Kind::Call(_), Some(call)) = (&block.kind, parts.next()) else { return true };
                // Of a call one line is shown: what was asked for, but not what it gave.
                count(finder, call) > self.hits_laid(at).len()
                    || parts.any(|answer| finder.is_in_part(answer))
            }
        }
    }
}

/// Matches in a part.
fn count(finder: &Finder, part: &Part) -> usize {
    let mut count = 0;
    any_text(part, &mut |text| {
        count += finder.ranges(text).count();
        false
    });
    count
}

impl Block {
    /// It shows a message: its own, or an answer to its call.
    pub(super) fn shows(&self, place: Place, message: usize) -> bool {
        matches!(self.kind, Kind::Call(Outcome::Answer { message: answer, .. }) if answer == message)
            || self.id.place() == place
    }
}
