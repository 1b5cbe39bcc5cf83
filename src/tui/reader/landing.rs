//! Where the cursor goes when another part of the conversation is there, and beginning anew.

use super::{
    Reader, Spot,
    answers::Purpose,
    block::{BlockId, FIRST_PART},
    jump::Jump,
};
use crate::{
    domain::{
        beat::is_hidden,
        transcript::{Anchor, Message, Part, Place},
    },
    engine::reader::Want,
};

/// Where the cursor goes when another part was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landing {
    End,
    Start,
    At(Place),
    /// A place, and there to what was jumped to: the first of it, or where one comes from below the last.
    Jump(Place, Jump, bool),
    /// A place that a search of all conversations found, and there to what fits.
    Hit(Place),
}

impl Reader {
    pub(super) fn land(&mut self, landing: Landing) {
        if self.seen.is_none() && landing != Landing::End {
            // Opened in the middle, nothing is new yet.
            self.seen = self.extent.last;
        }
        match landing {
            Landing::End => self.land_at_end(),
            Landing::Start => {
                let block = self.blocks.first().map_or_else(BlockId::default, |b| b.id);
                self.cursor = Spot { block, line: 0 };
                self.top = self.cursor;
            }
            Landing::At(place) => self.land_on(self.order.place(place), 0),
            Landing::Hit(place) => {
                let place = self.order.place(place);
                // A search finds what only the model sees, too.
                let shown = |m: &Message| self.hidden || !is_hidden(m);
                if !self.window.messages().iter().filter(|m| m.place == place).all(shown) {
                    self.hidden = true;
                    self.rebuild();
                    self.search_again();
                }
                self.land(Landing::Jump(place, Jump::Hit, true));
                let large = |m: &Message| m.parts.iter().any(|part| matches!(part, Part::Oversized { .. }));
                if self.window.messages().iter().any(|m| m.place == place && large(m)) {
                    self.read_whole(place);
                }
            }
            Landing::Jump(place, jump, forward) => {
                self.land_on(place, 0);
                self.look_closer(place, jump, forward);
            }
        }
    }

    fn land_on(&mut self, place: Place, line: usize) {
        if let Some(at) = self.block_of(BlockId::new(place, FIRST_PART)) {
            self.go_to(at, line);
        }
    }

    /// The order is another than was thought: what is loaded stands wrongly.
    pub(super) fn start_again(&mut self) {
        let aim = self.wishes.values().find_map(|purpose| match purpose {
            Purpose::Replace(aim @ (Landing::At(place) | Landing::Hit(place))) => Some((*place, *aim)),
            _ => None,
        });
        self.wishes.clear();
        self.survey.clear();
        self.seen = self.seen.map(|seen| self.order.place(seen));
        let place = self.order.place(self.cursor.block.place());
        if let Some((place, landing)) = aim {
            self.load(Anchor::Around(self.order.place(place)), landing);
        } else if self.window.messages().is_empty() || (self.follow && self.is_at_end()) {
            self.load(Anchor::End, Landing::End);
        } else {
            self.load(Anchor::Around(place), Landing::At(place));
        }
        self.wish(Want::Survey, Purpose::Survey);
        self.search_again();
    }

    /// Rows were written anew, so that nothing is where it was: only times stay.
    pub(super) fn start_over(&mut self, was_at_end: bool) {
        self.laid.clear();
        if was_at_end && self.follow {
            self.load(Anchor::End, Landing::End);
        } else {
            let place = self.cursor.block.place();
            self.load(Anchor::Around(place), Landing::At(place));
        }
        self.seen = self.seen.map(|seen| self.order.last_of(seen));
        self.wishes.retain(|_, purpose| *purpose != Purpose::Survey);
        self.survey.clear();
        self.wish(Want::Survey, Purpose::Survey);
        self.search_again();
    }
}
