//! Looking for words in the whole conversation.

use std::collections::VecDeque;

use super::{Reader, answers::Purpose, block::BlockId, jump::Jump, landing::Landing};
use crate::{
    domain::{
        beat::is_hidden,
        find::Finder,
        transcript::{Anchor, Message, Place, Wanted},
    },
    engine::reader::Want,
};

/// A search, under way or done.
#[derive(Debug)]
pub struct Search {
    wanted: Wanted,
    finder: Option<Finder>,
    /// Messages that fit.
    pub(super) places: VecDeque<Place>,
    done: bool,
    /// Where the cursor was; `None` when it has gone to a match.
    from: Option<BlockId>,
    error: Option<String>,
    /// The match that was gone to is in a part of this block that is too long to be shown.
    pub(super) out_of_sight: Option<BlockId>,
}

impl Search {
    /// What is looked for.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Marks what fits.
    pub fn finder(&self) -> Option<&Finder> {
        self.finder.as_ref()
    }
}

impl Reader {
    /// The search, if there is one.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Looks for this from now on; for nothing where there are no words.
    pub fn find(&mut self, wanted: Wanted) {
        self.wishes.retain(|_, purpose| *purpose != Purpose::Search);
        if wanted.words.is_empty() {
            self.search = None;
            return;
        }
        let (finder, error) = match Finder::new(&wanted) {
            Ok(finder) => (Some(finder), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let ok = finder.is_some();
        let from = Some(self.cursor.block);
        self.search = Some(Search {
            wanted: wanted.clone(),
            finder,
            places: VecDeque::new(),
            done: !ok,
            from,
            error,
            out_of_sight: None,
        });
        if ok {
            self.wish(Want::Find { wanted, hidden: self.hidden }, Purpose::Search);
        }
    }

    /// Goes to a message that fits, and in it to what fits; `n` goes on from there.
    pub fn open_at_hit(&mut self, place: Place, wanted: &Wanted) {
        // What was asked for when it was opened would land on the message's beginning.
        self.asked.retain(|request| !matches!(request.want, Want::Page { .. }));
        self.find(Wanted { words: wanted.words.clone(), regex: wanted.regex, ..Wanted::default() });
        if let Some(search) = &mut self.search {
            search.from = None;
        }
        self.load(Anchor::Around(place), Landing::Hit(place));
    }

    /// The same search, where what there is to search has changed; the cursor stays.
    pub(super) fn search_again(&mut self) {
        if let Some(wanted) = self.search.as_ref().map(|s| s.wanted.clone()) {
            self.find(wanted);
            if let Some(search) = &mut self.search {
                search.from = None;
            }
        }
    }

    pub(super) fn search_failed(&mut self, error: String) {
        if let Some(search) = &mut self.search {
            search.error = Some(error);
            search.done = true;
        }
    }

    pub(super) fn on_found(&mut self, places: Vec<Place>, down_to: Option<Place>, done: bool) {
        let Some(search) = &mut self.search else { return };
        let first = search.places.front().copied();
        for place in places.into_iter().rev().filter(|place| first.is_none_or(|first| *place < first)) {
            search.places.push_front(place);
        }
        search.done = done;
        let Some(from) = search.from else { return };
        // The nearest after the cursor is known when everything after it is; else the nearest before.
        let passed = done || down_to.is_some_and(|down_to| down_to <= from.place());
        let after = search.places.iter().any(|place| *place >= from.place());
        if passed && (after || !search.places.is_empty() || done) {
            search.from = None;
            if !search.places.is_empty() && !self.nearest_hit_here() {
                let _ = self.jump(Jump::Hit, after);
            }
        }
    }

    /// New messages may fit too.
    pub(super) fn search_in(&mut self, messages: &[Message]) {
        let hidden = self.hidden;
        let Some(search) = &mut self.search else { return };
        let Some(finder) = &search.finder else { return };
        let last = search.places.back().copied();
        let fresh = messages.iter().filter(|m| (hidden || !is_hidden(m)) && finder.fits(m));
        let fresh: Vec<Place> =
            fresh.map(|m| m.place).filter(|p| last.is_none_or(|last| *p > last)).collect();
        search.places.extend(fresh);
    }

    /// The nearest match beyond a place.
    pub(super) fn nearest_hit(&self, from: Place, forward: bool) -> Option<Place> {
        let places = &self.search.as_ref()?.places;
        if forward {
            places.get(places.partition_point(|place| *place <= from)).copied()
        } else {
            places.get(places.partition_point(|place| *place < from).checked_sub(1)?).copied()
        }
    }

    /// The first or the last match, for going round.
    pub(super) fn outermost_hit(&self, last: bool) -> Option<Place> {
        let places = &self.search.as_ref()?.places;
        if last { places.back() } else { places.front() }.copied()
    }

    /// `message 3/17`, `17 messages so far`, or what is wrong. Messages are counted: of the matches in
    /// them only those that are laid out are known.
    pub fn search_words(&self) -> Option<String> {
        let search = self.search.as_ref()?;
        if let Some(error) = &search.error {
            return Some(error.clone());
        }
        let all = search.places.len();
        let plural = if all == 1 { "message" } else { "messages" };
        if !search.done {
            return Some(format!("{all} {plural} so far"));
        }
        if all == 0 {
            return Some("not found".into());
        }
        let on = self.places_here().find_map(|place| search.places.binary_search(&place).ok());
        let Some(on) = on else { return Some(format!("in {all} {plural}")) };
        let far = search.out_of_sight == Some(self.cursor.block);
        let far = if far { ", beyond what is shown of it" } else { "" };
        Some(format!("message {}/{all}{far}", on + 1))
    }
}
