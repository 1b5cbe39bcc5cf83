//! What is folded, and how far.

use super::{Reader, Spot, block::BlockId};
use crate::domain::transcript::Part;

use super::block::Kind;

/// How much of a block is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fold {
    /// One line.
    Folded,
    /// The first lines.
    Open,
    /// All of it.
    Whole,
}

impl Reader {
    pub(super) fn fold_of(&self, at: usize) -> Fold {
        let block = &self.blocks[at];
        let usual = match () {
            () if !self.folds_at(at) || self.unfold_all => Fold::Open,
            () => Fold::Folded,
        };
        self.folds.get(&block.id).copied().unwrap_or(usual)
    }

    /// It has something to fold away.
    fn folds_at(&self, at: usize) -> bool {
        let block = &self.blocks[at];
        match block.kind {
            Kind::Call(_) => true,
            Kind::Part => self.part_at(at).is_some_and(|part| {
                matches!(part, Part::Thinking(Some(_)) | Part::ToolResponse { .. } | Part::Raw { .. })
            }),
            _ => false,
        }
    }

    pub(super) fn part_at(&self, at: usize) -> Option<&Part> {
        let block = self.blocks.get(at)?;
        self.window.messages().get(block.message)?.parts.get(block.part)
    }

    /// Folds or unfolds the block under the cursor; its first line stays where it is. False where there is
    /// nothing to fold.
    pub fn toggle_fold(&mut self) -> bool {
        let Some(at) = self.block_of(self.cursor.block).filter(|at| self.folds_at(*at)) else { return false };
        let next = if self.fold_of(at) == Fold::Folded { Fold::Open } else { Fold::Folded };
        self.set_fold(at, next);
        true
    }

    /// Unfolds everything, or folds it again.
    pub fn toggle_all(&mut self) {
        self.unfold_all = !self.unfold_all;
        self.folds.clear();
        self.laid.clear();
        self.cursor.line = 0;
    }

    /// Shows all of the block under the cursor, or reads a row that was too large. False where nothing
    /// is left out.
    pub fn whole(&mut self) -> bool {
        let Some(at) = self.block_of(self.cursor.block) else { return false };
        if let Some(Part::Oversized { .. }) = self.part_at(at) {
            let place = self.blocks[at].id.place();
            self.read_whole(place);
            return true;
        }
        if self.folds_at(at) && self.fold_of(at) == Fold::Folded {
            self.set_fold(at, Fold::Open);
            return true;
        }
        let id = self.blocks[at].id;
        let cut = self.laid.get(&id).is_some_and(|laid| laid.cut);
        if cut {
            let line = self.cursor.line;
            self.folds.insert(id, Fold::Whole);
            self.cursor.line = line;
        }
        cut
    }

    pub(super) fn set_fold(&mut self, at: usize, fold: Fold) {
        let id: BlockId = self.blocks[at].id;
        // From inside a block to its first line, which is what remains.
        if self.cursor.block == id && fold == Fold::Folded {
            self.cursor.line = 0;
        }
        if self.top.block == id && fold == Fold::Folded {
            self.top = Spot { block: id, line: 0 };
        }
        self.folds.insert(id, fold);
    }
}
