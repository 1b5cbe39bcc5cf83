//! Reads conversations on a thread of its own: pages as they are asked for, and between them whatever
//! needs the whole conversation, a piece at a time.
//!
//! ```text
//!  Reader::ask(Request) ──► thread ──► Transcript::page ──► Told (same key, same id)
//!                             └─ nothing asked: the next piece of a survey or a search ──► Told …
//! ```
//!
//! Invariant: a page never waits longer than one piece of a survey; a request for another
//! conversation ends the surveys of the one before; nothing read is kept here.

use std::{
    io,
    sync::mpsc::{self, TryRecvError},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    domain::{
        beat::Beat,
        session::SessionKey,
        transcript::{Anchor, Extent, Message, Page, Place, ReadError, Transcript, Wanted},
    },
    sources::search::Matcher,
};

/// Messages in one piece of a survey.
const PIECE: usize = 250;

/// Opens a conversation.
pub type Opener = Box<dyn Fn(&SessionKey) -> Result<Box<dyn Transcript>, ReadError> + Send>;

/// What is wanted of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// A window of it, and how long it is now.
    Page {
        /// Which.
        anchor: Anchor,
        /// Messages at most.
        limit: usize,
    },
    /// A message that a page leaves out because of its size.
    Whole(Place),
    /// Every message as a [`Beat`], from the end backwards, in pieces.
    Survey,
    /// Every message that fits, from the end backwards, in pieces. A later search ends this one.
    Find {
        /// What.
        wanted: Wanted,
        /// In messages outside the human transcript too.
        hidden: bool,
    },
    /// No survey and no search any more.
    Rest,
}

/// Something is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Of which conversation.
    pub key: SessionKey,
    /// Comes back with the answer.
    pub id: u64,
    /// What.
    pub want: Want,
}

/// What was found out.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A window.
    Page {
        /// The messages.
        page: Page,
        /// How long the conversation is.
        extent: Extent,
    },
    /// A message, whatever its size.
    Whole(Box<Message>),
    /// A piece, older than the pieces before.
    Surveyed {
        /// Oldest first.
        beats: Vec<Beat>,
        /// It was the last one.
        done: bool,
    },
    /// A piece, older than the pieces before.
    Found {
        /// Oldest first.
        places: Vec<Place>,
        /// Everything from here on was looked at.
        down_to: Option<Place>,
        /// It was the last one.
        done: bool,
    },
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Of which conversation.
    pub key: SessionKey,
    /// The request's.
    pub id: u64,
    /// What was found out.
    pub answer: Result<Answer, ReadError>,
}

impl Told {
    /// The answer where nothing reads.
    pub fn nobody(request: &Request) -> Self {
        let why = "the thread that reads conversations is not there: start goosetop anew";
        Self { key: request.key.clone(), id: request.id, answer: Err(ReadError::Store(why.into())) }
    }
}

/// The way to the thread, which ends when this is dropped.
#[derive(Debug)]
pub struct Reader {
    requests: mpsc::Sender<Request>,
    told: UnboundedReceiver<Told>,
}

impl Reader {
    /// Starts the thread. Fails only where the system gives none.
    pub fn start(opener: Opener) -> io::Result<Self> {
        let (requests, inbox) = mpsc::channel();
        let (tell, told) = unbounded_channel();
        let worker = Worker { opener, tell, open: None, scans: Vec::new() };
        std::thread::Builder::new().name("reader".into()).spawn(move || worker.run(&inbox))?;
        Ok(Self { requests, told })
    }

    /// Asks. False where the thread is gone.
    pub fn ask(&self, request: Request) -> bool {
        self.requests.send(request).is_ok()
    }

    /// The next answer; `None` when the thread is gone.
    pub async fn told(&mut self) -> Option<Told> {
        self.told.recv().await
    }
}

/// What goes on between requests.
struct Scan {
    id: u64,
    /// Where the piece before began.
    before: Option<Place>,
    /// What is looked for; `None` in a survey.
    matcher: Option<Matcher>,
    hidden: bool,
}

struct Worker {
    opener: Opener,
    tell: UnboundedSender<Told>,
    open: Option<(SessionKey, Box<dyn Transcript>)>,
    scans: Vec<Scan>,
}

impl Worker {
    fn run(mut self, inbox: &mpsc::Receiver<Request>) {
        loop {
            let request = match inbox.try_recv() {
                Ok(request) => request,
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) if !self.scans.is_empty() => {
                    let scan = self.scans.remove(0);
                    self.step(scan);
                    continue;
                }
                Err(TryRecvError::Empty) => match inbox.recv() {
                    Ok(request) => request,
                    Err(_) => return,
                },
            };
            self.answer(request);
        }
    }

    fn answer(&mut self, request: Request) {
        let Request { key, id, want } = request;
        if self.open.as_ref().is_none_or(|(open, _)| *open != key) {
            self.scans.clear();
            self.open = None;
        }
        let scan = match want {
            Want::Page { anchor, limit } => {
                let page = self.page(&key, anchor, limit);
                return self.tell(&key, id, page);
            }
            Want::Whole(place) => {
                let message = self.transcript(&key).and_then(|t| t.whole(place));
                return self.tell(&key, id, message.map(|message| Answer::Whole(Box::new(message))));
            }
            Want::Rest => return self.scans.clear(),
            Want::Survey => Ok(None),
            Want::Find { wanted, hidden } => Matcher::of(&wanted).map(|matcher| Some((matcher, hidden))),
        };
        let opened = scan.and_then(|scan| self.transcript(&key).map(|_| scan));
        match opened {
            Err(error) => self.tell(&key, id, Err(error)),
            Ok(scan) => {
                let (matcher, hidden) =
                    scan.map_or((None, true), |(matcher, hidden)| (Some(matcher), hidden));
                self.scans.retain(|other| other.matcher.is_some() != matcher.is_some());
                // Whoever searches waits; whoever surveys does not know it.
                let at = if matcher.is_some() { 0 } else { self.scans.len() };
                self.scans.insert(at, Scan { id, before: None, matcher, hidden });
            }
        }
    }

    fn page(&mut self, key: &SessionKey, anchor: Anchor, limit: usize) -> Result<Answer, ReadError> {
        let transcript = self.transcript(key)?;
        let page = transcript.page(anchor, limit)?;
        let extent = transcript.extent()?;
        Ok(Answer::Page { page, extent })
    }

    /// One piece; where something is left, the scan goes on.
    fn step(&mut self, mut scan: Scan) {
        let Some((key, transcript)) = &mut self.open else { return };
        let key = key.clone();
        let piece = match &scan.matcher {
            None => survey(transcript.as_mut(), scan.before),
            Some(matcher) => find(transcript.as_mut(), scan.before, matcher, scan.hidden),
        };
        let (answer, end) = match piece {
            Ok((answer, end)) => (Ok(answer), end),
            Err(error) => (Err(error), None),
        };
        self.tell(&key, scan.id, answer);
        if end.is_some() {
            scan.before = end;
            self.scans.push(scan);
        }
    }

    fn transcript(&mut self, key: &SessionKey) -> Result<&mut dyn Transcript, ReadError> {
        if self.open.is_none() {
            self.open = Some((key.clone(), (self.opener)(key)?));
        }
        match &mut self.open {
            Some((_, transcript)) => Ok(transcript.as_mut()),
            None => Err(ReadError::NoSession(key.id.to_string())),
        }
    }

    /// Whoever asked may have stopped waiting.
    fn tell(&self, key: &SessionKey, id: u64, answer: Result<Answer, ReadError>) {
        let _ = self.tell.send(Told { key: key.clone(), id, answer });
    }
}

/// A piece of a survey, and where it ended; `None` there where nothing is left.
fn survey(
    transcript: &mut dyn Transcript,
    before: Option<Place>,
) -> Result<(Answer, Option<Place>), ReadError> {
    let page = transcript.page(before.map_or(Anchor::End, Anchor::Before), PIECE)?;
    let first = page.messages.first().map(|message| message.place);
    // A page that does not lead on would be read for ever.
    let end = first.filter(|_| page.more_before && first != before);
    Ok((Answer::Surveyed { beats: page.messages.iter().map(Beat::of).collect(), done: end.is_none() }, end))
}

/// The same of a search.
fn find(
    transcript: &mut dyn Transcript,
    before: Option<Place>,
    matcher: &Matcher,
    hidden: bool,
) -> Result<(Answer, Option<Place>), ReadError> {
    let from = before.map_or(Anchor::End, Anchor::Before);
    let stretch = transcript.stretch(from, &|json| matcher.worth(json))?;
    let end = stretch.end.filter(|_| stretch.end != before);
    let shown = stretch.messages.iter().filter(|m| hidden || !Beat::of(m).hidden);
    let places = shown.rev().filter(|m| matcher.fits(m)).map(|m| m.place).collect();
    Ok((Answer::Found { places, down_to: stretch.end, done: end.is_none() }, end))
}

#[cfg(test)]
mod tests;
