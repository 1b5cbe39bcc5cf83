//! Searching all conversations: the line, the search under way, its results, and the way from a hit
//! into its conversation.

use chrono::{DateTime, Utc};
use tui_input::Input;

use super::{App, Dialog, Results};
use crate::{
    domain::{search::SearchLine, snapshot::StoreState},
    engine::searcher::{Request, Told},
    tui::effect::Effect,
};

impl App {
    /// The results, where they are on the screen or below a conversation.
    pub fn results(&self) -> Option<&Results> {
        self.results.as_deref()
    }

    /// Nothing covers the results.
    pub(in crate::tui) fn results_in_front(&self) -> Option<&Results> {
        self.results().filter(|_| self.reader.is_none() && !self.full)
    }

    /// Asks for the words; those of the filter or the search before stand there already.
    pub(super) fn open_search(&mut self) {
        let line = match self.dialog.take() {
            Some(Dialog::Filter { input }) => {
                // Its words are looked for elsewhere now.
                self.set_filter("");
                input.value().to_owned()
            }
            Some(Dialog::Search { input, .. }) => input.value().to_owned(),
            _ => self.searched.clone(),
        };
        self.open(Dialog::Search { input: Input::new(line), error: None });
    }

    /// Asks for a filter; the words of a search stand there already.
    pub(super) fn open_filter(&mut self) {
        let typed = match self.dialog.take() {
            Some(Dialog::Search { input, .. }) => Some(input.value().to_owned()),
            _ => None,
        };
        self.close_results();
        let text = typed.unwrap_or_else(|| self.filter.text.clone());
        self.set_filter(&text);
        self.open(Dialog::Filter { input: Input::new(text) });
    }

    /// Starts what was typed; a line that cannot be searched for stays open and says why.
    pub(super) fn search(&mut self, line: &str, now: DateTime<Utc>) -> Vec<Effect> {
        let search = match SearchLine::parse(line, now) {
            Ok(search) => search,
            Err(error) => {
                let error = Some(error.to_string());
                self.open(Dialog::Search { input: Input::new(line.to_owned()), error });
                return Vec::new();
            }
        };
        let Some(board) = self.board.as_deref() else {
            self.say("the sessions are still being read: once more, in a moment", now);
            return Vec::new();
        };
        let readable = |state| !matches!(state, StoreState::Absent | StoreState::NotGoose);
        let stores = board.stores.iter().enumerate().filter(|(_, store)| readable(store.state));
        let stores: Vec<usize> = stores.map(|(place, _)| place).collect();
        if stores.is_empty() {
            self.say("there is no store to search: `goosetop doctor` says why", now);
            return Vec::new();
        }
        let only = search.only(board);
        self.close_readers();
        self.full = false;
        self.searched = line.trim().to_owned();
        self.searches += 1;
        let id = self.searches;
        let wanted = search.wanted.clone();
        self.results = Some(Box::new(Results::new(id, line, search)));
        vec![Effect::Search(Request { id, wanted, stores, only })]
    }

    /// The same again, from the beginning.
    pub(super) fn search_again(&mut self, now: DateTime<Utc>) -> Option<Vec<Effect>> {
        let line = self.results_in_front()?.line().to_owned();
        Some(self.search(&line, now))
    }

    pub(super) fn on_searched(&mut self, told: Told) {
        let taken = self.results.as_mut().is_some_and(|results| results.take(told));
        self.dirty |= taken && self.results_in_front().is_some();
    }

    /// A search under way stops and its results stay; results of one that is over go.
    pub(super) fn leave_results(&mut self) {
        match &mut self.results {
            Some(results) if results.over().is_none() => {
                results.stop();
                self.calls.push(Effect::StopSearch);
            }
            _ => self.results = None,
        }
    }

    pub(super) fn close_results(&mut self) {
        if self.results.take().is_some_and(|results| results.over().is_none()) {
            self.calls.push(Effect::StopSearch);
        }
    }

    /// Reads the conversation at the hit under the cursor; false where there is none.
    pub(super) fn read_hit(&mut self, now: DateTime<Utc>) -> bool {
        let Some(results) = self.results_in_front() else { return false };
        let wanted = results.search().wanted.clone();
        if let Some((key, place)) = results.selected().map(|found| (found.key.clone(), found.hit.place)) {
            self.start_reader(key, Some(place), now);
            if let Some(reader) = &mut self.reader {
                reader.open_at_hit(place, &wanted);
            }
        }
        true
    }
}
