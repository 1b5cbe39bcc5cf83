//! From one thing of a kind to the next, in what is loaded or beyond it.

use super::{
    Reader,
    block::{Block, Kind, Outcome},
    landing::Landing,
};
use crate::domain::{
    beat::{Beat, is_error},
    transcript::{Anchor, Part, Place},
};

/// What can be jumped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// A person's words.
    User,
    /// A tool call.
    Tool,
    /// An error, a failed tool, a call without an answer.
    Error,
    /// A long time passed.
    Gap,
    /// What is searched for.
    Hit,
}

impl Jump {
    fn word(self) -> &'static str {
        match self {
            Self::User => "message of a person",
            Self::Tool => "tool call",
            Self::Error => "error",
            Self::Gap => "long gap",
            Self::Hit => "match",
        }
    }
}

impl Reader {
    /// Goes to the next (or the one before).
    ///
    /// # Errors
    /// A sentence, where there is none.
    pub fn jump(&mut self, jump: Jump, forward: bool) -> Result<(), String> {
        if jump == Jump::Hit && self.search.is_none() {
            return Err("nothing is searched for yet".into());
        }
        if jump == Jump::Hit && self.next_hit_here(forward) {
            return Ok(());
        }
        let here = self.block_of(self.cursor.block);
        if let Some(at) = here {
            let found = if forward {
                (at + 1..self.blocks.len()).find(|at| self.is_at(*at, jump))
            } else {
                (0..at).rev().find(|at| self.is_at(*at, jump))
            };
            if let Some(at) = found {
                self.arrive(at, jump, forward);
                return Ok(());
            }
        }
        let edge = if forward { self.window.last() } else { self.window.first() };
        let beyond = edge.and_then(|edge| self.beyond(edge, jump, forward));
        // A search goes round.
        let round = || (jump == Jump::Hit).then(|| self.outermost_hit(!forward)).flatten();
        match beyond.or_else(round) {
            Some(place) if self.window.holds(place) => {
                let before = self.cursor;
                self.land(Landing::Jump(place, jump, forward));
                if self.cursor == before { Err("no other match".into()) } else { Ok(()) }
            }
            Some(place) => {
                self.load(Anchor::Around(place), Landing::Jump(place, jump, forward));
                Ok(())
            }
            None if !forward && jump != Jump::Hit && !self.survey.is_done() && self.window.more_before => {
                Err("the older messages are still being looked through".into())
            }
            None if jump == Jump::Hit => Err("no other match".into()),
            None => Err(format!("no {} {} here", jump.word(), if forward { "after" } else { "before" })),
        }
    }

    fn beyond(&self, edge: Place, jump: Jump, forward: bool) -> Option<Place> {
        let shown = |beat: &Beat| self.hidden || !beat.hidden;
        match jump {
            Jump::User => self.survey.nearest(edge, forward, |b| b.is_user && shown(b)),
            Jump::Tool => self.survey.nearest(edge, forward, |b| b.has_tool && shown(b)),
            Jump::Error => self.survey.nearest(edge, forward, |b| b.has_error && shown(b)),
            Jump::Gap => self.survey.nearest_gap(edge, forward, self.hidden),
            Jump::Hit => self.nearest_hit(edge, forward),
        }
    }

    /// From a message to the part of it that was meant.
    pub(super) fn look_closer(&mut self, place: Place, jump: Jump, forward: bool) {
        let message = self.window.index(place);
        let mut shown = (0..self.blocks.len()).filter(|at| self.blocks[*at].shows(place, message));
        let meant = |at: &usize| self.is_at(*at, jump);
        let found = if forward { shown.find(meant) } else { shown.rfind(meant) };
        if let Some(at) = found {
            self.arrive(at, jump, forward);
        }
    }

    fn arrive(&mut self, at: usize, jump: Jump, forward: bool) {
        if jump == Jump::Hit {
            self.arrive_at_hit(at, forward);
        } else {
            self.go_to(at, 0);
        }
    }

    /// A block is what is jumped to.
    pub(super) fn is_at(&self, at: usize, jump: Jump) -> bool {
        let Some(block) = self.blocks.get(at) else { return false };
        let Some(message) = self.window.messages().get(block.message) else { return false };
        match (jump, &block.kind) {
            (Jump::Gap, Kind::Gap { long, .. }) => *long,
            (Jump::User, Kind::Part) => block.head && Beat::of(message).is_user,
            (Jump::Tool, Kind::Call(_)) | (Jump::Error, Kind::Call(Outcome::Dangling)) => true,
            (Jump::Hit, Kind::Part) if self.is_unread_hit(block) => true,
            (Jump::Error | Jump::Hit, Kind::Part | Kind::Call(_)) => {
                self.parts_of(block).any(|part| match (jump, self.search.as_ref().and_then(|s| s.finder())) {
                    (Jump::Hit, Some(finder)) => finder.is_in_part(part),
                    _ => is_error(part),
                })
            }
            _ => false,
        }
    }

    /// The places that the block under the cursor shows: its message's, and that of the answer to it.
    pub(super) fn places_here(&self) -> impl Iterator<Item = Place> {
        let block = self.current();
        let answer = block.and_then(|block| match block.kind {
            Kind::Call(Outcome::Answer { message, .. }) => self.window.messages().get(message),
            _ => None,
        });
        block.map(|block| block.id.place()).into_iter().chain(answer.map(|message| message.place))
    }

    /// The part of a block, and the answer to it.
    pub(super) fn parts_of<'a>(&'a self, block: &'a Block) -> impl Iterator<Item = &'a Part> {
        let messages = self.window.messages();
        let own = messages.get(block.message).and_then(|m| m.parts.get(block.part));
        let answer = match block.kind {
            Kind::Call(Outcome::Answer { message, part }) => {
                messages.get(message).and_then(|m| m.parts.get(part))
            }
            _ => None,
        };
        own.into_iter().chain(answer)
    }
}
