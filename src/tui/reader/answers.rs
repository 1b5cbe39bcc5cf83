//! What comes back from the thread that reads, and from the board.

use chrono::{DateTime, Utc};

use super::{Live, PAGE, Reader, Spot, block::Kind, jump::Jump, landing::Landing};
use crate::{
    domain::{
        beat::Beat,
        transcript::{Anchor, Extent, Message, Page, Part, Place},
        words,
    },
    engine::reader::{Answer, Told, Want},
};

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Replace(Landing),
    Before,
    After,
    Newer,
    Whole(Place),
    Survey,
    Search,
}

impl Reader {
    /// Takes an answer; one that nobody waits for any more changes nothing.
    pub fn on_told(&mut self, told: Told) {
        if told.key != self.key {
            return;
        }
        let Some(purpose) = self.wishes.get(&told.id).copied() else { return };
        let mut told = told;
        if let Ok(answer) = &mut told.answer
            && !self.order.put_in_order(answer)
        {
            return self.start_again();
        }
        let pieces = match &told.answer {
            Ok(Answer::Surveyed { done, .. } | Answer::Found { done, .. }) => !done,
            _ => false,
        };
        if !pieces {
            self.wishes.remove(&told.id);
        }
        match told.answer {
            Err(error) if purpose == Purpose::Search => self.search_failed(error.to_string()),
            Err(error) => self.failure = Some(error.to_string()),
            Ok(Answer::Page { page, extent }) => {
                self.failure = None;
                self.on_page(purpose, page, extent);
            }
            Ok(Answer::Whole(message)) => self.on_whole(*message),
            Ok(Answer::Surveyed { beats, done }) => {
                self.survey.put_before(beats, done);
                if done {
                    self.rebuild();
                }
            }
            Ok(Answer::Found { places, down_to, done }) => self.on_found(places, down_to, done),
        }
        self.settle();
    }

    fn on_page(&mut self, purpose: Purpose, page: Page, extent: Extent) {
        match purpose {
            Purpose::Replace(landing) => {
                self.extent = extent;
                self.window.replace(page);
                self.laid.clear();
                self.rebuild();
                self.land(landing);
            }
            Purpose::Before => {
                self.window.put_before(page);
                self.trimmed();
            }
            Purpose::After => {
                self.window.put_after(page);
                self.trimmed();
            }
            Purpose::Newer => self.on_newer(page, extent),
            Purpose::Whole(_) | Purpose::Survey | Purpose::Search => {}
        }
    }

    fn on_whole(&mut self, message: Message) {
        let place = message.place;
        if message.parts.iter().any(|part| matches!(part, Part::Oversized { .. })) {
            self.too_large.insert(place);
        }
        self.window.put(message);
        self.laid.retain(|id, _| id.place() != place);
        self.rebuild();
        if self.search.is_some() && self.cursor.block.place() == place {
            // It was read for what is looked for in it.
            self.look_closer(place, Jump::Hit, true);
        }
    }

    /// The conversation grew, or was written anew, or neither.
    fn on_newer(&mut self, page: Page, extent: Extent) {
        let before = std::mem::replace(&mut self.extent, extent);
        let was_at_end = self.is_at_end();
        let rewritten = (before.first.is_some() && before.first != extent.first)
            || extent.messages < before.messages
            || extent.last < before.last;
        if rewritten {
            self.start_over(was_at_end);
            return;
        }
        let more = page.more_after;
        self.survey.put_after(page.messages.iter().map(Beat::of));
        self.search_in(&page.messages);
        if self.window.is_at_end() && self.window.last() == before.last {
            if !self.follow {
                self.leave_open_end();
            }
            self.window.put_after(page);
            self.trimmed();
            if was_at_end && self.follow {
                self.land_at_end();
            }
        } else if before.last != extent.last {
            self.window.more_after = true;
        }
        if more {
            self.ask_newer();
        }
    }

    /// From the open end, which moves on, to the last line that does not.
    fn leave_open_end(&mut self) {
        let last = self.blocks.iter().rposition(|block| !matches!(block.kind, Kind::OpenEnd(_)));
        if let Some(last) = last.filter(|last| self.cursor.block > self.blocks[*last].id) {
            let line = self.lines_of(last).saturating_sub(1);
            self.cursor = Spot { block: self.blocks[last].id, line };
        }
    }

    fn trimmed(&mut self) {
        self.window.trim(self.window.index(self.cursor.block.place()));
        self.rebuild();
    }

    fn ask_newer(&mut self) {
        let known = self.extent.last.or_else(|| self.window.last());
        match known {
            _ if self.is_wished(&Purpose::Newer) || self.is_reading() => {}
            Some(last) => {
                let want = Want::Page { anchor: Anchor::After(last), limit: PAGE };
                self.wish(want, Purpose::Newer);
            }
            None => self.load(Anchor::End, Landing::End),
        }
    }

    /// Goes on after another conversation was read meanwhile, which ended what was under way.
    pub fn resume(&mut self, first_id: u64) {
        self.next_id = self.next_id.max(first_id);
        self.wishes.clear();
        if self.window.messages().is_empty() {
            self.load(Anchor::End, Landing::End);
        }
        if !self.survey.is_done() {
            self.survey.clear();
            self.wish(Want::Survey, Purpose::Survey);
        }
        self.ask_newer();
    }

    pub(super) fn read_whole(&mut self, place: Place) {
        if !self.is_wished(&Purpose::Whole(place)) && !self.too_large.contains(&place) {
            self.wish(Want::Whole(place), Purpose::Whole(place));
        }
    }

    /// What the board says of the session; new messages are asked for where there may be some.
    pub fn on_board(&mut self, live: Live, now: DateTime<Utc>) {
        let moved = live.stamp != self.live.stamp;
        let asks = live.owned || moved;
        let changed = (live.owned, live.in_tool) != (self.live.owned, self.live.in_tool);
        self.live = live;
        if changed {
            self.rebuild();
        }
        self.on_tick(now);
        if asks {
            self.ask_newer();
        }
    }

    /// Time passed: true where the open end reads otherwise now.
    pub fn on_tick(&mut self, now: DateTime<Utc>) -> bool {
        let text = self.live.waiting.as_ref().map(|(what, since)| {
            // Seconds that pass one by one are no news.
            match (now - *since).to_std() {
                Ok(span) if span.as_secs() >= 60 => format!("{}, {what}", words::spoken(span)),
                _ => what.clone(),
            }
        });
        if text == self.open_end {
            return false;
        }
        let was_at_end = self.is_at_end();
        self.open_end = text;
        self.rebuild();
        if was_at_end && self.follow {
            self.land_at_end();
        }
        self.settle();
        true
    }

    /// New messages move the cursor while it is at the end, or never.
    pub fn toggle_follow(&mut self) -> bool {
        self.follow = !self.follow;
        if self.follow {
            self.to_end();
        }
        self.follow
    }

    /// New messages would move the cursor now.
    pub fn follows(&self) -> bool {
        self.follow && self.is_at_end()
    }

    /// The conversation can grow.
    pub fn is_live(&self) -> bool {
        self.live.owned
    }

    /// Messages to be shown that came since the end was last in sight.
    pub fn below(&self) -> u64 {
        match self.seen {
            Some(seen) if !self.is_at_end() => self.survey.entries_after(seen, self.hidden),
            _ => 0,
        }
    }

    /// Messages that are not shown, once all are known.
    pub fn messages_hidden(&self) -> Option<u64> {
        if self.hidden { Some(0) } else { self.survey.hidden() }
    }

    /// Shows or hides what is no part of the human transcript.
    pub fn toggle_hidden(&mut self) -> bool {
        self.hidden = !self.hidden;
        self.rebuild();
        self.search_again();
        self.settle();
        self.hidden
    }
}
