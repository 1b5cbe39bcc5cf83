//! The messages in memory: a stretch of the conversation, never all of a long one.

use std::collections::VecDeque;

use crate::domain::transcript::{Message, Page, Place};

/// Messages kept.
const MOST: usize = 400;
/// Stored bytes of the messages kept, as long as there are [`FEW`] of them.
const MOST_BYTES: u64 = 6 << 20;
/// Messages kept whatever their size: a screen and a page.
const FEW: usize = 120;

/// A stretch without holes, oldest first.
#[derive(Debug, Default)]
pub(super) struct Window {
    messages: VecDeque<Message>,
    pub(super) more_before: bool,
    pub(super) more_after: bool,
}

impl Window {
    pub(super) fn messages(&self) -> &VecDeque<Message> {
        &self.messages
    }

    pub(super) fn first(&self) -> Option<Place> {
        self.messages.front().map(|m| m.place)
    }

    pub(super) fn last(&self) -> Option<Place> {
        self.messages.back().map(|m| m.place)
    }

    /// It is at the end of what is stored.
    pub(super) fn is_at_end(&self) -> bool {
        !self.more_after
    }

    /// The message at a place or the first after it.
    pub(super) fn index(&self, place: Place) -> usize {
        self.messages.partition_point(|m| m.place < place)
    }

    pub(super) fn holds(&self, place: Place) -> bool {
        self.messages.get(self.index(place)).is_some_and(|m| m.place == place)
    }

    pub(super) fn replace(&mut self, page: Page) {
        self.messages = page.messages.into();
        // Whoever reads promises order; a window without it would lose its cursor.
        self.messages.make_contiguous().sort_by_key(|m| m.place);
        self.more_before = page.more_before;
        self.more_after = page.more_after;
    }

    /// Takes an older page; false where it brought nothing.
    pub(super) fn put_before(&mut self, page: Page) -> bool {
        let first = self.first();
        let mut fresh: Vec<Message> = page.messages;
        fresh.retain(|m| first.is_none_or(|first| m.place < first));
        fresh.sort_by_key(|m| m.place);
        self.more_before = page.more_before && !fresh.is_empty();
        let brought = !fresh.is_empty();
        for message in fresh.into_iter().rev() {
            self.messages.push_front(message);
        }
        brought
    }

    /// Takes a newer page; says how many messages it brought.
    pub(super) fn put_after(&mut self, page: Page) -> usize {
        let last = self.last();
        let mut fresh: Vec<Message> = page.messages;
        fresh.retain(|m| last.is_none_or(|last| m.place > last));
        fresh.sort_by_key(|m| m.place);
        self.more_after = page.more_after && !fresh.is_empty();
        let brought = fresh.len();
        self.messages.extend(fresh);
        brought
    }

    /// Puts a message in the place of the one that is there.
    pub(super) fn put(&mut self, message: Message) -> bool {
        let at = self.index(message.place);
        match self.messages.get_mut(at) {
            Some(old) if old.place == message.place => {
                *old = message;
                true
            }
            _ => false,
        }
    }

    /// Forgets what is farthest from the one being read.
    pub(super) fn trim(&mut self, reading: usize) {
        let mut bytes: u64 = self.messages.iter().map(|m| m.bytes).sum();
        let mut reading = reading;
        while self.messages.len() > MOST || (bytes > MOST_BYTES && self.messages.len() > FEW) {
            let gone = if reading >= self.messages.len() / 2 {
                reading = reading.saturating_sub(1);
                self.more_before = true;
                self.messages.pop_front()
            } else {
                self.more_after = true;
                self.messages.pop_back()
            };
            bytes = bytes.saturating_sub(gone.map_or(0, |m| m.bytes));
        }
    }
}
