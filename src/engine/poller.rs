//! The thread that looks: waits for the next tick or a command, looks, publishes.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{Assess, Command, Pace, Tell};
use crate::{
    clock::Clock,
    domain::{board::Board, session::SessionKey},
    sources::{Depth, world::Sources},
};

/// The shortest interval: below it looking would be all the machine does.
const MIN_INTERVAL: Duration = Duration::from_millis(100);
/// After a look whose verdict hangs on processor use: long enough for a share of a core to be told.
const SECOND_LOOK_AFTER: Duration = Duration::from_millis(700);
/// What "not before somebody asks" means in a wait.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// State of the engine's thread.
pub(super) struct Poller {
    sources: Sources,
    assess: Assess,
    pace: Pace,
    clock: Arc<dyn Clock>,
    tell: Tell,
    inbox: Receiver<Command>,
    outlet: watch::Sender<Option<Arc<Board>>>,
    pinned: Vec<SessionKey>,
    paused: bool,
    due: Instant,
    sweep_due: Instant,
}

impl Poller {
    pub(super) fn new(
        sources: Sources,
        assess: Assess,
        pace: Pace,
        clock: Arc<dyn Clock>,
        tell: Tell,
        inbox: Receiver<Command>,
        outlet: watch::Sender<Option<Arc<Board>>>,
    ) -> Self {
        let pace = Pace { interval: pace.interval.max(MIN_INTERVAL), ..pace };
        let now = Instant::now();
        Self {
            sources,
            assess,
            pace,
            clock,
            tell,
            inbox,
            outlet,
            pinned: Vec::new(),
            paused: false,
            due: now,
            sweep_due: now,
        }
    }

    /// Until told to stop, or until nobody holds the handle any more.
    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.due <= now && !self.paused {
                self.look(now);
            }
            let wait = if self.paused { NEVER } else { self.due.saturating_duration_since(Instant::now()) };
            match self.inbox.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                // Everything that was asked meanwhile counts as one wish, so that ten keystrokes
                // during a slow look cost one look, not ten.
                Ok(first) => {
                    let asked: Vec<Command> = std::iter::once(first).chain(self.inbox.try_iter()).collect();
                    if !self.obey(asked) {
                        return;
                    }
                }
            }
        }
    }

    /// False when the end was asked for.
    fn obey(&mut self, asked: Vec<Command>) -> bool {
        let mut refresh = false;
        let mut waiting = Vec::new();
        let mut closer = Vec::new();
        for command in asked {
            match command {
                Command::Stop => return false,
                Command::Refresh => refresh = true,
                Command::Look { closely, reply } => {
                    closer.extend(closely);
                    waiting.push(reply);
                }
                Command::Pause(paused) => {
                    self.paused = paused;
                    self.due = self.due.max(Instant::now());
                }
                Command::Pin(sessions) if sessions == self.pinned => {}
                Command::Pin(sessions) => {
                    self.pinned = sessions;
                    self.due = Instant::now();
                }
                Command::Interval(interval) => {
                    self.pace.interval = interval.max(MIN_INTERVAL);
                    self.due = self.due.min(Instant::now() + self.pace.interval);
                }
            }
        }
        if refresh || !waiting.is_empty() {
            self.sweep_due = Instant::now();
            closer.extend(self.pinned.iter().cloned());
            self.look_at(self.sweep_due, &closer);
        }
        for reply in waiting {
            if let Some(board) = self.outlet.borrow().clone() {
                // Whoever asked may have stopped waiting.
                let _ = reply.try_send(board);
            }
        }
        true
    }

    fn look(&mut self, started: Instant) {
        let pinned = std::mem::take(&mut self.pinned);
        self.look_at(started, &pinned);
        self.pinned = pinned;
    }

    fn look_at(&mut self, started: Instant, closely: &[SessionKey]) {
        let depth = if self.sweep_due <= started { Depth::Sweep } else { Depth::Tick };
        let snapshot = self.sources.look(self.clock.now(), depth, closely, self.pace.all);
        let board = (self.assess)(snapshot);
        let again = board.needs_second_look;
        let ended = Instant::now();
        (self.tell)(ended.saturating_duration_since(started));
        self.outlet.send_replace(Some(Arc::new(board)));
        if depth == Depth::Sweep {
            self.sweep_due = next_due(started, ended, self.pace.sweep);
        }
        self.due = next_due(started, ended, self.pace.interval);
        if again {
            self.due = self.due.min(ended + SECOND_LOOK_AFTER);
        }
    }
}

/// The next tick after a look: on the grid that began with it, later than its end. Ticks that went
/// by while it ran are skipped.
pub(super) fn next_due(started: Instant, ended: Instant, interval: Duration) -> Instant {
    let took = ended.saturating_duration_since(started);
    let ticks = took.as_nanos() / interval.as_nanos().max(1) + 1;
    started + interval.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}
