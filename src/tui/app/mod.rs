//! What the screen knows, and how what happens changes it. Nothing here draws or touches the world.
//!
//! ```text
//!  Key ─► keymap ─► Command ─► act ──┐
//!  Mouse ──────────────────► mouse ──┼─► App ─► settle (selection, pins) ─► Effects
//!  Board ──────────────────► board ──┘
//! ```
//!
//! Invariant: the selection is an identity ([`RowId`]); a list may reorder under it, it stays.
//!
//! To add a command: see [`super::command`]; its arm goes into `act`.

mod act;
mod acting;
mod asking;
mod board;
mod copy;
mod dialog;
mod filter;
mod front;
mod hints;
mod hush;
mod input;
mod insights;
mod kinds;
mod list;
mod log;
mod moments;
mod offers;
mod pins;
mod reading;
mod results;
mod rows;
mod run;
mod searching;
mod target;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::buffer::Buffer;
use strum::EnumCount;

pub use asking::{Asking, Word};
pub use dialog::{Dialog, Why};
pub use filter::Filter;
pub use hints::Hint;
pub use hush::Hush;
pub use insights::{Measure, Past as Insight};
pub use kinds::{Notice, ScreenKind};
pub use list::List;
pub use log::{Happened, Log, Past};
pub use results::Results;
pub use rows::{Ghost, Heading, Row};
pub use run::{Run, StepState, summary};
pub use target::{RowId, Target};

use super::{
    command::Command,
    effect::Effect,
    event::Event,
    layout::HitMap,
    options::{Pane, UiOptions},
    reader::Reader,
    theme::Theme,
};
use crate::{
    domain::{
        board::{Board, SessionView},
        query::Sort,
        session::SessionKey,
    },
    engine::reader::Request,
};

/// A notice that nobody answers goes away after this long.
const NOTICE_SECONDS: i64 = 8;

/// The dashboard's state.
#[derive(Debug)]
pub struct App {
    /// What it was started with.
    pub(super) options: UiOptions,
    pub(super) theme: Theme,
    pub(super) panes: Vec<Pane>,
    /// The picture on the screen.
    pub(super) board: Option<Arc<Board>>,
    /// The newest picture, while the one on the screen is held still.
    pub(super) held: Option<Arc<Board>>,
    pub(super) frozen: bool,
    pub(super) paused: bool,
    pub(super) mouse: bool,
    pub(super) screen: ScreenKind,
    /// The details fill the screen.
    pub(super) full: bool,
    /// How far the open text is scrolled.
    pub(super) scroll: usize,
    /// The open conversation.
    pub(super) reader: Option<Box<Reader>>,
    /// What a search of all conversations found.
    pub(super) results: Option<Box<Results>>,
    /// The line of the search before, and how many there were.
    searched: String,
    searches: u64,
    /// What is to be read; leaves with the next effects.
    reads: Vec<Request>,
    /// The id of the next request.
    next_read: u64,
    lists: [List; ScreenKind::COUNT],
    pub(super) filter: Filter,
    pub(super) sort: Sort,
    pub(super) reverse: bool,
    unfolded: HashSet<SessionKey>,
    unfold_all: bool,
    pub(super) tags: BTreeSet<RowId>,
    /// Sessions whose state changed since they were last looked at.
    pub(super) changed: HashSet<SessionKey>,
    pub(super) dialog: Option<Dialog>,
    pub(super) notice: Option<Notice>,
    /// The run in progress, on the screen or behind it.
    pub(super) run: Option<Run>,
    /// What ended just now, shown for one picture more.
    pub(super) ghosts: Vec<Ghost>,
    /// What happened.
    pub(super) log: Log,
    pub(super) insights: Insight,
    /// Sessions that are not called to again until they change.
    pub(super) hushed: HashMap<SessionKey, Hush>,
    /// What the terminal is still to be told.
    calls: Vec<Effect>,
    pinned: Vec<SessionKey>,
    pub(super) hits: HitMap,
    /// Clock and freshness as last drawn: a tick that leaves them alone draws nothing.
    pub(super) drawn_times: (String, String),
    /// The picture as last drawn.
    pub(super) drawn: Buffer,
    dirty: bool,
    /// A key was pressed: whatever the cursor is on was chosen.
    touched: bool,
    /// Quitting was asked for while something is being ended; once more means it.
    leaving: bool,
}

impl App {
    /// A screen that has seen nothing yet.
    pub fn new(options: UiOptions) -> Self {
        let theme = options.theme.clone();
        let theme = if options.no_color { theme.without_colours() } else { theme };
        let mut filter = Filter::default();
        filter.set(&options.filter);
        Self {
            theme,
            panes: Pane::in_order(&options.panes),
            board: None,
            held: None,
            frozen: false,
            paused: false,
            mouse: options.mouse,
            screen: ScreenKind::Dashboard,
            full: false,
            scroll: 0,
            reader: None,
            results: None,
            searched: String::new(),
            searches: 0,
            reads: Vec::new(),
            next_read: 1,
            lists: std::array::from_fn(|_| List::default()),
            filter,
            sort: Sort::default(),
            reverse: false,
            unfolded: HashSet::new(),
            unfold_all: false,
            tags: BTreeSet::new(),
            changed: HashSet::new(),
            dialog: None,
            notice: None,
            run: None,
            ghosts: Vec::new(),
            log: Log::new(options.past.clone()),
            insights: Insight::default(),
            hushed: HashMap::new(),
            calls: Vec::new(),
            pinned: Vec::new(),
            hits: HitMap::default(),
            drawn_times: (String::new(), String::new()),
            drawn: Buffer::default(),
            dirty: true,
            touched: false,
            leaving: false,
            options,
        }
    }

    /// Takes an event in; see [`super::screen::Screen::update`].
    pub fn handle(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Effect> {
        let mut effects = match event {
            Event::Key(key) => self.on_key(key, now),
            Event::Mouse(mouse) => self.on_mouse(mouse),
            Event::Paste(text) => self.on_paste(&text),
            Event::Board(board) => self.on_board(board, now),
            Event::Tick => self.on_tick(now),
            Event::Resize(..) | Event::Resumed => {
                self.dirty = true;
                Vec::new()
            }
            Event::Run(told) => {
                self.on_told(told, now);
                Vec::new()
            }
            Event::Read(told) => {
                self.on_read(told);
                Vec::new()
            }
            Event::Searched(told) => {
                self.on_searched(told);
                Vec::new()
            }
            Event::Preflight(preflight) => {
                self.open(Dialog::Resume(preflight));
                Vec::new()
            }
            Event::Insights(told) => {
                self.on_insights(told);
                Vec::new()
            }
            Event::InsightsProgress(progress) => {
                self.on_insights_progress(progress);
                Vec::new()
            }
            Event::Said(sentence) | Event::Failed(sentence) => {
                self.say(sentence, now);
                Vec::new()
            }
        };
        self.settle(&mut effects);
        effects.append(&mut self.calls);
        effects.extend(self.want_insights(false, now));
        effects
    }

    /// True once after something visible may have changed.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The list in front.
    pub fn list(&self) -> &List {
        &self.lists[self.screen as usize]
    }

    pub(super) fn list_mut(&mut self) -> &mut List {
        &mut self.lists[self.screen as usize]
    }

    /// The open dialog.
    pub fn dialog(&self) -> Option<&Dialog> {
        self.dialog.as_ref()
    }

    /// The sentence in the footer.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_ref().map(|n| n.text.as_str())
    }

    /// The run in progress.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// What happened.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The screen in front.
    pub fn screen(&self) -> ScreenKind {
        self.screen
    }

    fn say(&mut self, text: impl Into<String>, now: DateTime<Utc>) {
        self.notice = Some(Notice { text: text.into(), until: now + TimeDelta::seconds(NOTICE_SECONDS) });
        self.dirty = true;
    }

    /// Builds the rows of the list in front anew.
    fn rebuild(&mut self) {
        let Some(board) = self.board.clone() else { return };
        let listing = rows::Listing {
            query: &self.filter.query,
            sort: self.sort,
            reverse: self.reverse,
            unfolded: &self.unfolded,
            unfold_all: self.unfold_all,
            panes: &self.panes,
            ghosts: &self.ghosts,
        };
        let rows = rows::build(&board, self.screen, &listing);
        self.list_mut().replace(rows);
        self.dirty = true;
    }

    /// What follows from any event: a row that was looked at loses its mark, and the conversation of a
    /// selected history row is asked for.
    fn settle(&mut self, effects: &mut Vec<Effect>) {
        let seen: Vec<SessionKey> = match self.target() {
            Some(Target::Live(view)) => {
                let children = view.sub_agents.iter().map(SessionView::key);
                children.chain([view.key()]).cloned().collect()
            }
            _ => Vec::new(),
        };
        for key in &seen {
            self.changed.remove(key);
        }
        effects.extend(self.pin());
        effects.extend(self.take_reads().map(Effect::Read));
    }
}
