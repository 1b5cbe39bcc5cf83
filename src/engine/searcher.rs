//! Searches all conversations on a thread of its own.
//!
//! ```text
//!  Searcher::search(Request) ──► thread ──► seek, store by store ──► Told (same id), a few a second
//!  stop, or a later request  ──► ends the one before
//! ```
//!
//! Invariant: whoever listens hears a few times a second at most, however much is found; of each store
//! the newest [`KEPT`] hits are told, the others are counted; the last word on a search says that it is
//! over, and why.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    domain::{
        session::SessionKey,
        transcript::{Hit, ReadError, Searched, Wanted},
    },
    sources::search::Event,
};

/// Hits of one store that are told: more than anybody reads.
pub const KEPT: usize = 2_000;
/// Between two messages about one search.
const EVERY: Duration = Duration::from_millis(200);

/// Searches one store, by its place; as [`crate::sources::search::run`].
pub type Seek =
    Box<dyn Fn(usize, &Wanted, &AtomicBool, &mut dyn FnMut(Event)) -> Result<Searched, ReadError> + Send>;

/// A search.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Comes back with the answers.
    pub id: u64,
    /// What.
    pub wanted: Wanted,
    /// In which stores, one after the other.
    pub stores: Vec<usize>,
    /// In which sessions; `None` for all.
    pub only: Option<HashSet<SessionKey>>,
}

/// A message that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// In which conversation.
    pub key: SessionKey,
    /// Where there, and what it says.
    pub hit: Hit,
}

/// How a search ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Over {
    /// Somebody stopped it.
    pub stopped: bool,
    /// Why a store could not be searched, a sentence each.
    pub faults: Vec<String>,
}

/// What happened to a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The request's.
    pub id: u64,
    /// Found since the message before; newest first within a store.
    pub found: Vec<Found>,
    /// How far it is; hits that were not told count.
    pub so_far: Searched,
    /// It is over.
    pub over: Option<Over>,
}

impl Told {
    /// The answer where nothing searches.
    pub fn nobody(id: u64) -> Self {
        let why = "the thread that searches is not there: start goosetop anew";
        let over = Over { stopped: false, faults: vec![why.into()] };
        Self { id, found: Vec::new(), so_far: Searched::default(), over: Some(over) }
    }
}

/// The way to the thread, which ends when this is dropped.
#[derive(Debug)]
pub struct Searcher {
    jobs: mpsc::Sender<(Request, Arc<AtomicBool>)>,
    told: UnboundedReceiver<Told>,
    /// Ends the search under way.
    cancel: Arc<AtomicBool>,
}

impl Searcher {
    /// Starts the thread. Fails only where the system gives none.
    pub fn start(seek: Seek) -> io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<(Request, Arc<AtomicBool>)>();
        let (tell, told) = unbounded_channel();
        std::thread::Builder::new().name("searcher".into()).spawn(move || {
            for (request, cancel) in inbox {
                Desk::new(&tell, request.id, request.only.as_ref()).search(&seek, &request, &cancel);
            }
        })?;
        Ok(Self { jobs, told, cancel: Arc::default() })
    }

    /// Searches, and ends the search before. False where the thread is gone.
    pub fn search(&mut self, request: Request) -> bool {
        self.stop();
        self.cancel = Arc::default();
        self.jobs.send((request, self.cancel.clone())).is_ok()
    }

    /// Ends the search under way.
    pub fn stop(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// The next message; `None` when the thread is gone.
    pub async fn told(&mut self) -> Option<Told> {
        self.told.recv().await
    }
}

impl Drop for Searcher {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Gathers what one search finds, and passes it on now and then.
struct Desk<'a> {
    tell: &'a UnboundedSender<Told>,
    id: u64,
    only: Option<&'a HashSet<SessionKey>>,
    waiting: Vec<Found>,
    /// Told or waiting, of this store.
    kept: usize,
    hits: u64,
    /// What the stores before held.
    before: Searched,
    so_far: Searched,
    told_at: Option<Instant>,
}

impl<'a> Desk<'a> {
    fn new(tell: &'a UnboundedSender<Told>, id: u64, only: Option<&'a HashSet<SessionKey>>) -> Self {
        let (before, so_far) = (Searched::default(), Searched::default());
        Self { tell, id, only, waiting: Vec::new(), kept: 0, hits: 0, before, so_far, told_at: None }
    }

    fn search(mut self, seek: &Seek, request: &Request, cancel: &AtomicBool) {
        let mut faults = Vec::new();
        for store in &request.stores {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            self.kept = 0;
            let ended = seek(*store, &request.wanted, cancel, &mut |event| self.take(*store, event));
            match ended {
                Ok(searched) => self.far(searched),
                Err(ReadError::Cancelled) => break,
                Err(error) => faults.push(error.to_string()),
            }
            self.before = self.so_far;
        }
        let over = Over { stopped: cancel.load(Ordering::Relaxed), faults };
        self.pass_on(Some(over));
    }

    fn take(&mut self, store: usize, event: Event) {
        match event {
            Event::Hit(hit) => {
                let key = SessionKey { store, id: hit.session.clone() };
                if self.only.is_some_and(|only| !only.contains(&key)) {
                    return;
                }
                self.hits += 1;
                if self.kept < KEPT {
                    self.kept += 1;
                    self.waiting.push(Found { key, hit });
                }
            }
            Event::Progress(searched) => {
                self.far(searched);
                let first = self.told_at.is_none() && !self.waiting.is_empty();
                if first || self.told_at.is_some_and(|at| at.elapsed() >= EVERY) {
                    self.pass_on(None);
                }
                // Without a first hit the first message may wait as long as any other.
                self.told_at.get_or_insert_with(Instant::now);
            }
        }
    }

    fn far(&mut self, searched: Searched) {
        let messages = self.before.messages + searched.messages;
        self.so_far = Searched { messages, of: self.before.of + searched.of, hits: self.hits };
    }

    /// Whoever asked may have stopped waiting.
    fn pass_on(&mut self, over: Option<Over>) {
        self.told_at = Some(Instant::now());
        let found = std::mem::take(&mut self.waiting);
        self.so_far.hits = self.hits;
        let _ = self.tell.send(Told { id: self.id, found, so_far: self.so_far, over });
    }
}

#[cfg(test)]
mod tests;
