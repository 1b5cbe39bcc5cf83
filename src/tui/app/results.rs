//! What a search of all conversations found so far, and which hit the cursor is on.

use crate::{
    domain::{
        search::SearchLine,
        session::SessionKey,
        transcript::{Place, Searched},
    },
    engine::searcher::{Found, Over, Told},
    tui::layout::first_row,
};

use super::list::Motion;

/// A search, under way or over. Hits come while the cursor stays on the one it is on.
#[derive(Debug)]
pub struct Results {
    id: u64,
    line: String,
    search: SearchLine,
    /// Newest first.
    hits: Vec<Found>,
    selected: Option<(SessionKey, Place)>,
    at: usize,
    so_far: Searched,
    over: Option<Over>,
    /// The hit in the first line when it was last drawn.
    pub(in crate::tui) first: usize,
}

impl Results {
    pub(super) fn new(id: u64, line: &str, search: SearchLine) -> Self {
        Self {
            id,
            line: line.trim().to_owned(),
            search,
            hits: Vec::new(),
            selected: None,
            at: 0,
            so_far: Searched::default(),
            over: None,
            first: 0,
        }
    }

    /// What was typed.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// What is looked for.
    pub fn search(&self) -> &SearchLine {
        &self.search
    }

    /// The hits that are kept.
    pub fn hits(&self) -> &[Found] {
        &self.hits
    }

    /// Where the cursor is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What the cursor is on.
    pub fn selected(&self) -> Option<&Found> {
        self.hits.get(self.at)
    }

    /// How far it is; counts hits that were not kept.
    pub fn so_far(&self) -> Searched {
        self.so_far
    }

    /// How it ended; `None` while it goes on.
    pub fn over(&self) -> Option<&Over> {
        self.over.as_ref()
    }

    /// Takes news in; false where they are of another search.
    pub(super) fn take(&mut self, told: Told) -> bool {
        if told.id != self.id || self.over.is_some() {
            return false;
        }
        self.so_far = told.so_far;
        self.over = told.over;
        if !told.found.is_empty() {
            self.hits.extend(told.found);
            // What is stored last is found first, and is nearly always the newest. Stable: of the same
            // time, or none, it stays so.
            self.hits.sort_by_key(|found| std::cmp::Reverse(found.hit.at));
            self.keep_cursor();
        }
        true
    }

    /// The cursor stays on its hit, and what is in sight stays where it is, unless that is the beginning:
    /// newer hits are to be seen.
    fn keep_cursor(&mut self) {
        let Some((key, place)) = &self.selected else {
            self.select(0);
            return;
        };
        let here = |found: &Found| found.key == *key && found.hit.place == *place;
        let at = self.hits.iter().position(here).unwrap_or(self.at);
        if self.first > 0 {
            self.first += at.saturating_sub(self.at);
        }
        self.at = at;
    }

    /// Somebody stopped it; what is still on its way does not count.
    pub(super) fn stop(&mut self) {
        self.over.get_or_insert(Over { stopped: true, faults: Vec::new() });
    }

    pub(super) fn go(&mut self, motion: Motion) {
        let last = self.hits.len().saturating_sub(1);
        self.select(match motion {
            Motion::First => 0,
            Motion::Last => last,
            Motion::By(step) => self.at.saturating_add_signed(step).min(last),
        });
    }

    pub(super) fn select(&mut self, index: usize) -> bool {
        let Some(found) = self.hits.get(index) else { return false };
        self.selected = Some((found.key.clone(), found.hit.place));
        self.at = index;
        true
    }

    /// The hit in the first line, for drawing.
    pub(in crate::tui) fn first_for(&self, height: usize) -> usize {
        first_row(self.first, self.at, self.hits.len(), height)
    }
}
