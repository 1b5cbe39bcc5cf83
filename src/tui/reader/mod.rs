//! A conversation on the screen: what of it is loaded, how it is folded, where it is looked at.
//!
//! ```text
//!  pages ─► Window (≤ 400 messages) ─► blocks (one per part, gap, …) ─► lay (cached) ─► rows in sight
//!  survey ─► beats (all messages, a few bytes each) ─► bar, jumps
//!  search ─► places
//! ```
//!
//! Invariant: the cursor and the top of the screen are spots, a block's identity and a line in it, so
//! that nothing that is loaded, dropped, folded or appended elsewhere moves what is being read. Only
//! blocks near the screen are laid out. Nothing here reads: what is wanted leaves as [`Want`]s.
//!
//! To add a kind of block: a variant of [`block::Kind`], its place in `block::build`, its look in `lay`.

pub mod answers;
pub mod block;
pub mod copy;
mod fit;
pub mod fold;
mod hits;
pub mod jump;
mod landing;
mod lay;
mod order;
pub mod scroll;
pub mod search;
pub mod survey;
mod tool;
mod window;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, FixedOffset, Utc};
use ratatui::text::Line;

use self::{
    answers::Purpose,
    block::{Block, BlockId},
    fold::Fold,
    landing::Landing,
    lay::Laid,
    order::Order,
    search::Search,
    survey::Survey,
    window::Window,
};
use super::theme::Theme;
use crate::{
    domain::{
        session::SessionKey,
        transcript::{Anchor, Extent, Place},
    },
    engine::reader::{Request, Want},
};

/// Messages asked for at a time.
const PAGE: usize = 100;

/// How things look.
#[derive(Clone, Debug)]
pub struct Look {
    /// Styles.
    pub theme: Theme,
    /// Local time's distance from UTC.
    pub utc_offset: FixedOffset,
    /// What tools printed loses its colours too.
    pub no_color: bool,
}

/// A line of the conversation, whatever stands above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Which block.
    pub block: BlockId,
    /// Which of its lines.
    pub line: usize,
}

/// What the board knows of the session that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Somebody drives it.
    pub owned: bool,
    /// A tool is at work: a call without an answer waits, it does not dangle.
    pub in_tool: bool,
    /// What it waits for, and since when: the open end.
    pub waiting: Option<(String, DateTime<Utc>)>,
    /// Something that changes when the conversation does.
    pub stamp: (Option<u64>, Option<DateTime<Utc>>, Option<i64>),
}

/// An open conversation.
#[derive(Debug)]
pub struct Reader {
    key: SessionKey,
    look: Look,
    order: Order,
    window: Window,
    blocks: Vec<Block>,
    laid: HashMap<BlockId, Laid>,
    /// Columns and lines of the text.
    size: (usize, usize),
    cursor: Spot,
    top: Spot,
    /// What is in sight: a place in `blocks` and a line in it.
    rows: Vec<(usize, usize)>,
    folds: HashMap<BlockId, Fold>,
    unfold_all: bool,
    /// What is no part of the human transcript is shown.
    hidden: bool,
    follow: bool,
    /// The last message when the end was last in sight.
    seen: Option<Place>,
    live: Live,
    /// The open end as it reads now.
    open_end: Option<String>,
    extent: Extent,
    survey: Survey,
    search: Option<Search>,
    wishes: HashMap<u64, Purpose>,
    next_id: u64,
    /// Asked for by this turn of the loop.
    asked: Vec<Request>,
    /// Rows that were read whole and are still too large.
    too_large: HashSet<Place>,
    failure: Option<String>,
    /// The conversation that this one was opened from.
    pub parent: Option<Box<Reader>>,
}

impl Reader {
    /// Opens at the end, or around a place. `first_id` is larger than that of any request before.
    pub fn new(key: SessionKey, at: Option<Place>, look: Look, first_id: u64) -> Self {
        let mut reader = Self {
            key,
            look,
            order: Order::default(),
            window: Window::default(),
            blocks: Vec::new(),
            laid: HashMap::new(),
            size: (80, 20),
            cursor: Spot::default(),
            top: Spot::default(),
            rows: Vec::new(),
            folds: HashMap::new(),
            unfold_all: false,
            hidden: false,
            follow: true,
            seen: None,
            live: Live::default(),
            open_end: None,
            extent: Extent::default(),
            survey: Survey::default(),
            search: None,
            wishes: HashMap::new(),
            next_id: first_id,
            asked: Vec::new(),
            too_large: HashSet::new(),
            failure: None,
            parent: None,
        };
        let (anchor, landing) =
            at.map_or((Anchor::End, Landing::End), |place| (Anchor::Around(place), Landing::At(place)));
        reader.load(anchor, landing);
        reader.wish(Want::Survey, Purpose::Survey);
        reader
    }

    /// Whose conversation it is.
    pub fn key(&self) -> &SessionKey {
        &self.key
    }

    /// How long it is.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Why nothing more can be read.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Nothing was read yet.
    pub fn is_reading(&self) -> bool {
        self.failure.is_none() && self.wishes.values().any(|p| matches!(p, Purpose::Replace(_)))
    }

    /// What it asks for since this was last called.
    pub fn take_asked(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.asked)
    }

    /// Larger than the id of any request so far.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Messages in memory.
    pub fn loaded(&self) -> usize {
        self.window.messages().len()
    }

    /// The lines in sight, and whether the cursor is on each.
    pub fn lines(&self) -> impl Iterator<Item = (&Line<'static>, bool)> {
        self.rows.iter().filter_map(|(block, line)| {
            let id = self.blocks.get(*block)?.id;
            let on = self.cursor == Spot { block: id, line: *line };
            Some((self.laid.get(&id)?.lines.get(*line)?, on))
        })
    }

    fn wish(&mut self, want: Want, purpose: Purpose) {
        let id = self.next_id;
        self.next_id += 1;
        self.wishes.insert(id, purpose);
        self.asked.push(Request { key: self.key.clone(), id, want });
    }

    /// Reads another part of the conversation instead of what is loaded.
    fn load(&mut self, anchor: Anchor, landing: Landing) {
        // What was asked for the old part does not fit the new one.
        self.wishes.retain(|_, purpose| matches!(purpose, Purpose::Survey | Purpose::Search));
        self.wish(Want::Page { anchor, limit: PAGE }, Purpose::Replace(landing));
    }

    fn is_wished(&self, purpose: &Purpose) -> bool {
        self.wishes.values().any(|other| other == purpose)
    }

    fn block_of(&self, id: BlockId) -> Option<usize> {
        if self.blocks.is_empty() {
            return None;
        }
        Some(self.blocks.partition_point(|block| block.id < id).min(self.blocks.len() - 1))
    }

    /// The block under the cursor.
    pub fn current(&self) -> Option<&Block> {
        self.blocks.get(self.block_of(self.cursor.block)?)
    }

    /// Makes the blocks anew, after anything that decides which there are.
    fn rebuild(&mut self) {
        let open_end = self.open_end.clone().filter(|_| !self.window.more_after);
        let settings = block::Settings {
            hidden: self.hidden,
            live: self.live.owned,
            in_tool: self.live.in_tool,
            utc_offset: self.look.utc_offset,
            put_away: &|place| self.survey.put_away_before(place),
            open_end,
        };
        self.blocks = block::build(&self.window, &settings);
        let blocks = &self.blocks;
        self.laid.retain(|id, _| blocks.binary_search_by_key(id, |block| block.id).is_ok());
    }
}
