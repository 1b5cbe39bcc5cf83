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

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::broadcast;

use crate::{
    clock::Clock,
    domain::{board::Board, diff, query::Selection},
    effects::Report,
    engine::{Boards, actor::Told},
    wire::{
        ListDto, ProjectCleanupDto,
        event::{BecauseDto, ChangeDto, CheckDto, Event, EventDto},
    },
};

/// Events kept for listeners that come back.
const KEPT: usize = 1024;
/// Bytes of them: the report of a large action has some hundred kilobytes.
const KEPT_BYTES: usize = 4 << 20;
/// Events a listener may be behind.
const LAG: usize = 256;

/// The number of an event, as a stream writes it: `RUN-N`. Runs differ, so that a number of a server
/// that was started anew is never taken for one of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventId {
    run: Arc<str>,
    number: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.number)
    }
}

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

struct Ring {
    next: u64,
    bytes: usize,
    kept: VecDeque<Sent>,
}

impl Ring {
    fn keep(&mut self, sent: Sent) {
        self.bytes += sent.data.len();
        self.kept.push_back(sent);
        while self.kept.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.data.len();
        }
    }
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
    run: Arc<str>,
    ring: Arc<Mutex<Ring>>,
    outlet: broadcast::Sender<Sent>,
    picture: Arc<Mutex<Picture>>,
    clock: Arc<dyn Clock>,
}

impl Hub {
    /// Nobody listens yet. `run` names this run of the server.
    pub fn new(run: &str, clock: Arc<dyn Clock>) -> Self {
        let ring = Ring { next: 1, bytes: 0, kept: VecDeque::new() };
        Self {
            clients: Arc::default(),
            ending: Arc::default(),
            run: run.into(),
            ring: Arc::new(Mutex::new(ring)),
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
        let begin = after.and_then(|id| self.number(id)).and_then(|number| {
            let oldest = ring.kept.front().map_or(ring.next, |sent| sent.id.number);
            let known = number + 1 >= oldest && number < ring.next;
            known.then(|| ring.kept.iter().filter(|s| s.id.number > number).cloned().collect())
        });
        let newest = EventId { run: self.run.clone(), number: ring.next - 1 };
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
        let id = EventId { run: self.run.clone(), number: ring.next };
        let sent = Sent { id, name: event.name(), data, with };
        ring.next += 1;
        ring.keep(Sent { with: With::Nothing, ..sent.clone() });
        // Nobody listens: nothing is lost, the ring has it.
        let _ = self.outlet.send(sent);
    }

    fn number(&self, id: &str) -> Option<u64> {
        let (run, number) = id.rsplit_once('-')?;
        (run == &*self.run).then(|| number.parse().ok()).flatten()
    }

    fn ring(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Turns boards into events until the engine ends.
pub async fn feed(mut boards: Boards, hub: Hub) {
    let mut before: Option<Arc<Board>> = boards.borrow_and_update().clone();
    while boards.changed().await.is_ok() {
        let Some(after) = boards.borrow_and_update().clone() else { continue };
        if let Some(before) = &before {
            tell(&hub, before, &after);
        }
        before = Some(after);
    }
}

fn tell(hub: &Hub, before: &Board, after: &Board) {
    let at: DateTime<Utc> = after.taken_at;
    for change in diff::diff(before, after) {
        hub.send(&EventDto::new(at, ChangeDto::on(&change, after)));
    }
    if before.counts != after.counts {
        hub.send(&EventDto::new(at, CheckDto::new(after, None)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;

    fn hub() -> Hub {
        Hub::new("a", Arc::new(FixedClock(DateTime::UNIX_EPOCH)))
    }

    fn event(n: usize) -> EventDto {
        let because = BecauseDto { because: n.to_string() };
        EventDto::new(DateTime::UNIX_EPOCH, Event::Stopping(because))
    }

    fn numbers(begin: Begin) -> Option<Vec<u64>> {
        match begin {
            Begin::Resumed(all) => Some(all.iter().map(|sent| sent.id.number).collect()),
            Begin::Anew => None,
        }
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
    fn a_listener_that_comes_back_misses_nothing() {
        let hub = hub();
        (0..5).for_each(|n| hub.send(&event(n)));
        let Place { begin, newest, mut rest } = hub.listen(Some("a-3"));
        hub.send(&event(5));
        assert_eq!(newest.to_string(), "a-5");
        assert_eq!(numbers(begin), Some(vec![4, 5]));
        assert_eq!(rest.try_recv().map(|sent| sent.id.number), Ok(6));
    }

    #[test]
    fn one_that_was_away_for_too_long_begins_anew() {
        let hub = hub();
        (0..KEPT + 10).for_each(|n| hub.send(&event(n)));
        assert_eq!(
            numbers(hub.listen(Some("a-9")).begin),
            None,
            "10 is the oldest that is kept, and 10 was dropped"
        );
        assert_eq!(numbers(hub.listen(Some("a-10")).begin).map(|all| all.len()), Some(KEPT));
        for odd in ["b-20", "a-", "a", "", "a-99999999", "a--1"] {
            assert_eq!(numbers(hub.listen(Some(odd)).begin), None, "{odd}");
        }
        let newest = hub.listen(None).newest.to_string();
        assert_eq!(numbers(hub.listen(Some(&newest)).begin), Some(vec![]));
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes_too() {
        let hub = hub();
        let long = "x".repeat(1 << 20);
        for _ in 0..8 {
            hub.end(&long);
        }
        let ring = hub.ring();
        assert!(ring.kept.len() == 3 && ring.bytes < KEPT_BYTES, "{} events", ring.kept.len());
    }
}
