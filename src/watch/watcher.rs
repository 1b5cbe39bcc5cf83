//! Everything that is decided: what came in, what is to be done about it. No clock, no thread, no file.

mod acting;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    auto,
    hooks::Call,
    limits::{self, Limit},
    memory::Memory,
    settings::Settings,
};
use crate::{
    domain::{
        board::Board,
        diff::{Change, What, diff},
        health::Health,
        plan::Intent,
        process::ProcId,
    },
    effects::Report,
    engine::actor::{Job, Told},
    wire::{
        Status,
        event::{
            ActionDto, BecauseDto, ChangeDto, CheckDto, Event, EventDto, FinishedDto, ProgressDto, RefusedDto,
        },
    },
};

/// Early checks are at least this far apart.
const BREATH: Duration = Duration::from_secs(10);
/// Later than the moment itself: clocks that wake us and clocks that judge differ by a little.
const AFTER: Duration = Duration::from_millis(100);

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Write this event.
    Tell(Box<EventDto>),
    /// Run the hook for it.
    Hook(Call),
    /// Run this plan.
    Run(Box<Job>),
    /// Look again, now.
    Look,
}

/// Whether this watcher acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Right {
    /// It does not act at all.
    #[default]
    None,
    /// It is the one that acts.
    Mine,
    /// Another one acts, or nobody knows; in a sentence.
    Others(String),
}

/// Something to be ended at the next look.
#[derive(Clone, Debug)]
struct Order {
    intent: Intent,
    reason: String,
    deferred: usize,
}

/// State of the loop.
#[derive(Debug)]
pub struct Watcher {
    settings: Settings,
    memory: Memory,
    board: Option<Arc<Board>>,
    right: Right,
    orders: VecDeque<Order>,
    running: bool,
    /// Limits that were told, and when.
    told: Since,
    /// Runs that were to be ended for one, and when.
    tried: Since,
}

/// Which limit of which run, and since when.
type Since = HashMap<(ProcId, Limit), DateTime<Utc>>;

impl Watcher {
    /// Nothing was seen yet.
    pub fn new(settings: Settings) -> Self {
        // One check may be late, or be skipped by a look that hangs.
        let gap = settings.interval.saturating_mul(2).saturating_add(Duration::from_secs(60));
        Self {
            memory: Memory::new(gap),
            settings,
            board: None,
            right: Right::None,
            orders: VecDeque::new(),
            running: false,
            told: Since::new(),
            tried: Since::new(),
        }
    }

    /// A plan is being run, or waits for a look.
    pub fn is_busy(&self) -> bool {
        self.running || !self.orders.is_empty()
    }

    /// Nothing more is begun.
    pub fn give_up(&mut self) {
        self.orders.clear();
    }

    /// The verdict of the newest look.
    pub fn status(&self) -> Option<Status> {
        self.board.as_deref().map(Status::of)
    }

    /// A look. `check`: it was due, and took so long; else it was made after an action.
    pub fn saw(&mut self, board: &Arc<Board>, check: Option<Duration>, right: Right) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let at = board.taken_at;
        if check.is_some() {
            self.rights(right, at, &mut deeds);
            deeds.push(tell(at, CheckDto::new(board, check)));
        }
        for change in self.changes(board) {
            let event = EventDto::new(at, ChangeDto::on(&change, board));
            self.announce(event, &board.host, &mut deeds);
        }
        self.memory.note(board);
        self.board = Some(Arc::clone(board));
        if check.is_some() && !self.is_busy() {
            self.decide(board, &mut deeds);
        }
        self.proceed(board, &mut deeds);
        deeds
    }

    /// Something about a run.
    pub fn heard(&mut self, told: &Told, now: DateTime<Utc>) -> Vec<Deed> {
        let mut deeds = Vec::new();
        match told {
            Told::Began(plan) => deeds.push(tell(now, ActionDto::from(plan.as_ref()))),
            Told::Progress(progress) => deeds.push(tell(now, ProgressDto::from(progress))),
            Told::Ended { report, .. } => {
                self.running = false;
                self.finished(report, now, &mut deeds);
            }
            Told::Over(because) => {
                self.running = false;
                deeds.push(tell(now, refused(because.clone())));
            }
        }
        deeds
    }

    /// How long until the next check: the interval, or until a grace or a run limit runs out.
    pub fn next_check(&self, now: DateTime<Utc>) -> Duration {
        let interval = self.settings.interval;
        // A check during a run decides nothing.
        if self.is_busy() {
            return BREATH.min(interval);
        }
        let Some(board) = self.board.as_deref().filter(|_| self.settings.decides()) else { return interval };
        let grace = auto::due(board, &self.memory, self.settings.auto);
        let runs = self.settings.limits.as_ref().and_then(|limits| {
            let all = limits::runs(board).filter_map(|v| limits::due(v, limits, board.taken_at));
            all.filter(|due| *due > board.taken_at).min()
        });
        let due = grace.into_iter().chain(runs).min();
        let early = due.map(|due| (due - now).to_std().unwrap_or_default().saturating_add(AFTER));
        early.map_or(interval, |early| early.max(BREATH)).min(interval)
    }

    fn rights(&mut self, right: Right, at: DateTime<Utc>, deeds: &mut Vec<Deed>) {
        if self.right == right {
            return;
        }
        match &right {
            Right::None => {}
            Right::Mine => {
                let because = BecauseDto { because: "no other watcher of this user acts".into() };
                deeds.push(tell(at, Event::Acting(because)));
            }
            // Whoever it is: said once.
            Right::Others(_) if matches!(self.right, Right::Others(_)) => {}
            Right::Others(because) => {
                deeds.push(tell(at, Event::Standby(BecauseDto { because: because.clone() })));
            }
        }
        self.right = right;
    }

    /// Since the look before; at the first one, what is wrong already.
    fn changes(&self, board: &Board) -> Vec<Change> {
        if let Some(before) = &self.board {
            return diff(before, board);
        }
        let none = Board { sessions: Vec::new(), leaked: Vec::new(), untracked: Vec::new(), ..board.clone() };
        let mut changes = diff(&none, board);
        changes.retain(|change| match change.what {
            What::Appeared(health) => matches!(health, Health::Stuck | Health::Orphaned),
            What::LeftBehind => true,
            _ => false,
        });
        changes
    }

    fn finished(&mut self, report: &Arc<Report>, now: DateTime<Utc>, deeds: &mut Vec<Deed>) {
        let host = self.board.as_ref().map(|b| b.host.clone()).unwrap_or_default();
        let event = EventDto::new(now, FinishedDto::from(report.as_ref()));
        self.announce(event, &host, deeds);
        if !self.orders.is_empty() {
            deeds.push(Deed::Look);
        }
    }

    /// An event that hooks hear of.
    fn announce(&self, event: EventDto, host: &str, deeds: &mut Vec<Deed>) {
        if self.settings.hook {
            deeds.push(Deed::Hook(Call::of(&event, host)));
        }
        deeds.push(Deed::Tell(Box::new(event)));
    }
}

/// An event as a deed.
pub fn tell(at: DateTime<Utc>, event: impl Into<Event>) -> Deed {
    Deed::Tell(Box::new(EventDto::new(at, event)))
}

fn refused(because: String) -> RefusedDto {
    RefusedDto { action: "auto-clean".into(), because }
}
