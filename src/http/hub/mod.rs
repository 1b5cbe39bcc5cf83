//! What happens, to everybody who listens: numbered, kept for a while, never waited for.
//!
//! ```text
//!  boards ─► diff ─┐
//!  actor's told ───┴─► Hub::send ─► ring (for those who come back) ─┬─► SSE
//!                                └► broadcast (lagging: dropped) ───┴─► Socket.IO
//! ```
//!
//! Invariant: sending never waits, and what is kept is bounded in number and in bytes. A listener that is
//! too slow loses its place, is told so, and begins again with the whole board.

mod feed;
mod ring;

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::body::Bytes;
use ring::Ring;
use tokio::sync::broadcast;

pub use self::{feed::feed, ring::EventId};
use crate::{
    clock::Clock,
    domain::{board::Board, query::Selection},
    effects::Report,
    engine::actor::Told,
    wire::{
        ListDto, ProjectCleanupDto,
        event::{BecauseDto, Event, EventDto},
    },
};

/// Events a listener may be behind.
const LAG: usize = 256;

/// One event, written once for all who listen.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its number.
    pub id: EventId,
    /// Its name.
    pub name: &'static str,
    /// One line of JSON, as `watch` prints it.
    pub data: Arc<str>,
    /// For those who tell it in other words.
    pub with: With,
}

/// What an event stands for.
#[derive(Clone, Debug)]
pub enum With {
    /// Its data say all.
    Nothing,
    /// The end of a run.
    Report(Arc<Report>),
    /// The end of a project's clean-up.
    Project(Arc<ProjectCleanupDto>),
    /// The end of the server: nothing follows.
    End(Arc<str>),
}

/// A place to listen from.
#[derive(Debug)]
pub struct Place {
    /// What comes first.
    pub begin: Begin,
    /// The newest event at that moment.
    pub newest: EventId,
    /// What comes then.
    pub rest: broadcast::Receiver<Sent>,
}

/// Where a listener begins.
#[derive(Debug)]
pub enum Begin {
    /// At the place it named: these came since.
    Resumed(Vec<Sent>),
    /// At the present: it is new, or was away for too long.
    Anew,
}

/// A board as JSON, for as long as somebody has the board.
#[derive(Default)]
struct Picture {
    board: Weak<Board>,
    json: Bytes,
}

/// One client that listens, counted until this is dropped.
#[derive(Debug)]
pub struct Client(Arc<AtomicUsize>);

impl Drop for Client {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The way to everybody.
#[derive(Clone)]
pub struct Hub {
    clients: Arc<AtomicUsize>,
    ending: Arc<AtomicBool>,
    ring: Arc<Mutex<Ring>>,
    outlet: broadcast::Sender<Sent>,
    picture: Arc<Mutex<Picture>>,
    clock: Arc<dyn Clock>,
}

impl Hub {
    /// Nobody listens yet. `run` names this run of the server.
    pub fn new(run: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            clients: Arc::default(),
            ending: Arc::default(),
            ring: Arc::new(Mutex::new(Ring::new(run))),
            outlet: broadcast::Sender::new(LAG),
            picture: Arc::default(),
            clock,
        }
    }

    /// Tells everybody.
    pub fn send(&self, event: &EventDto) {
        self.push(event, With::Nothing);
    }

    /// Tells what a run does.
    pub fn told(&self, told: &Told) {
        let now = self.clock.now();
        match told {
            Told::Began(plan) => {
                self.send(&EventDto::new(now, Event::ActionStarted(plan.as_ref().into())));
            }
            Told::Progress(progress) => self.send(&EventDto::new(now, Event::Step(progress.into()))),
            Told::Ended { report, .. } => {
                let event = EventDto::new(now, Event::ActionFinished(report.as_ref().into()));
                self.push(&event, With::Report(report.clone()));
            }
            // Whoever asked is told; nothing happened that others would see.
            Told::Over(_) => {}
        }
    }

    /// Tells that a project's clean-up is done, where these are the reports of one.
    pub fn project_done<'a>(&self, reports: impl IntoIterator<Item = &'a Report>) {
        let Some(done) = ProjectCleanupDto::new(reports) else { return };
        let event = EventDto::new(self.clock.now(), done.clone());
        self.push(&event, With::Project(done.into()));
    }

    /// Tells that the server ends: the last event of all.
    pub fn end(&self, because: &str) {
        self.ending.store(true, Ordering::Relaxed);
        let told = Event::Stopping(BecauseDto { because: because.to_owned() });
        self.push(&EventDto::new(self.clock.now(), told), With::End(because.into()));
    }

    /// An event for one listener alone: it has no number.
    pub fn reset(&self, because: &str) -> Option<String> {
        let told = Event::Reset(BecauseDto { because: because.to_owned() });
        EventDto::new(self.clock.now(), told).line().ok()
    }

    /// What `/api/active-sessions` says, written once for all who begin with the same board.
    pub fn picture(&self, board: &Arc<Board>) -> Bytes {
        let mut picture = self.picture.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(picture.board.as_ptr(), Arc::as_ptr(board)) {
            let rows = Selection::default().rows(board);
            let list = ListDto::new(board, rows.iter().map(AsRef::as_ref));
            let json = serde_json::to_vec(&list).unwrap_or_default();
            *picture = Picture { board: Arc::downgrade(board), json: json.into() };
        }
        picture.json.clone()
    }

    /// A place to listen from, after the event of this id where it is still known.
    pub fn listen(&self, after: Option<&str>) -> Place {
        // The lock holds senders back: nothing is missed between the ring and the receiver.
        let ring = self.ring();
        let rest = self.outlet.subscribe();
        let begin = after.and_then(|id| ring.since(id));
        let newest = ring.newest();
        Place { begin: begin.map_or(Begin::Anew, Begin::Resumed), newest, rest }
    }

    /// Counts one more client, by whatever way it listens.
    pub fn client(&self) -> Client {
        self.clients.fetch_add(1, Ordering::Relaxed);
        Client(self.clients.clone())
    }

    /// How many clients listen.
    pub fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// Whether [`Self::end`] was told.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// After [`Self::end`]: whether that was passed on everywhere.
    pub fn is_over(&self) -> bool {
        self.outlet.receiver_count() == 0
    }

    fn push(&self, event: &EventDto, with: With) {
        let data = match event.line() {
            Ok(line) => Arc::from(line.trim_end()),
            Err(defect) => return tracing::error!(%defect, "an event cannot be written"),
        };
        let mut ring = self.ring();
        let sent = Sent { id: ring.number(), name: event.name(), data, with };
        ring.keep(&sent);
        // Nobody listens: nothing is lost, the ring has it.
        let _ = self.outlet.send(sent);
    }

    fn ring(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::clock::FixedClock;

    fn hub() -> Hub {
        Hub::new("a", Arc::new(FixedClock(DateTime::UNIX_EPOCH)))
    }

    #[test]
    fn clients_are_counted_and_our_own_ears_are_not() {
        let hub = hub();
        let ear = hub.listen(None);
        let (one, two) = (hub.client(), hub.clone().client());
        assert_eq!((hub.clients(), hub.is_over()), (2, false));
        drop((one, two, ear));
        assert_eq!((hub.clients(), hub.is_over()), (0, true));
    }

    #[test]
    fn nothing_is_missed_between_what_was_and_what_comes() {
        let hub = hub();
        hub.end("1");
        hub.end("2");
        let Place { begin, newest, mut rest } = hub.listen(Some("a-1"));
        hub.end("3");
        let Begin::Resumed(since) = begin else { panic!("a-1 is known") };
        let since: Vec<_> = since.iter().map(|sent| sent.id.to_string()).collect();
        assert_eq!((since, newest.to_string()), (vec!["a-2".to_owned()], "a-2".to_owned()));
        assert_eq!(rest.try_recv().map(|sent| sent.id.to_string()).as_deref(), Ok("a-3"));
    }
}
