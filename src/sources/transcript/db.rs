//! A conversation in a database.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    LARGE, LARGEST, PAGE_BYTES, parse,
    parse::Stored,
    window::{self, Walk},
};
use crate::{
    domain::{
        session::SessionId,
        transcript::{Anchor, Extent, Message, Page, Place, ReadError, Stretch, Transcript},
    },
    sources::goose_db::{
        conversation::{Conversation, Way},
        error::StoreError,
        once,
    },
};

/// Longest time of one call.
const DEADLINE: Duration = Duration::from_secs(10);
/// Rows of a walk between two openings.
const STEP: usize = 1_000;

/// Where a conversation is: all that is kept between two calls.
pub struct Db {
    path: PathBuf,
    session: SessionId,
}

impl Db {
    /// Fails where the store cannot be read or does not hold the session.
    pub fn open(path: &Path, session: &SessionId) -> Result<Self, ReadError> {
        let db = Self { path: path.to_owned(), session: session.clone() };
        db.with(|_| Ok(()))?;
        Ok(db)
    }

    fn with<T>(
        &self,
        mut job: impl FnMut(&Conversation<'_>) -> Result<T, StoreError>,
    ) -> Result<T, ReadError> {
        once::read(&self.path, DEADLINE, |conn, schema| {
            Conversation::of(conn, schema, &self.session)?.map(|talk| job(&talk)).transpose()
        })?
        .ok_or_else(|| ReadError::NoSession(self.session.to_string()))
    }
}

impl Walk for Conversation<'_> {
    type Error = StoreError;

    fn places(&self, from: Option<Place>, way: Way, limit: usize) -> Result<Vec<Place>, StoreError> {
        self.places_from(from, way, limit)
    }

    fn rank(&self, place: Place) -> Place {
        Conversation::rank(self, place)
    }
}

impl Transcript for Db {
    fn extent(&mut self) -> Result<Extent, ReadError> {
        self.with(|talk| {
            let end = |way| talk.places_from(None, way, 1).map(|places| places.first().copied());
            Ok(Extent { messages: talk.count()?, first: end(Way::On)?, last: end(Way::Back)? })
        })
    }

    fn page(&mut self, anchor: Anchor, limit: usize) -> Result<Page, ReadError> {
        self.with(|talk| {
            let mut messages = Vec::new();
            let mut bytes = 0;
            for place in window::choose(talk, anchor, limit)? {
                let Some(message) = talk.row(place, LARGE, |row| parse::message(place, row, LARGE))? else {
                    continue;
                };
                bytes += message.bytes.min(LARGE);
                if bytes > PAGE_BYTES && !messages.is_empty() {
                    break;
                }
                messages.push(message);
            }
            window::page(talk, anchor, messages)
        })
    }

    fn whole(&mut self, place: Place) -> Result<Message, ReadError> {
        self.with(|talk| talk.row(place, LARGEST, |row| parse::message(place, row, LARGEST)))?
            .ok_or(ReadError::NoMessage)
    }

    fn stored(&mut self, place: Place) -> Result<Vec<u8>, ReadError> {
        let bytes = |stored: Stored<'_>| match stored {
            Stored::Json(json, _) => json.to_vec(),
            Stored::Large | Stored::Nothing(_) => Vec::new(),
        };
        self.with(|talk| talk.row(place, LARGEST, |row| bytes(Stored::of(row, LARGEST))))?
            .ok_or(ReadError::NoMessage)
    }

    fn stretch(&mut self, from: Anchor, worth: &dyn Fn(&[u8]) -> bool) -> Result<Stretch, ReadError> {
        let (from, way) = window::start(from);
        self.with(|talk| stretch(talk, from, way, worth))
    }
}

/// Reads the next rows of a walk: those worth it, and where it came to.
fn stretch(
    talk: &Conversation<'_>,
    from: Option<Place>,
    way: Way,
    worth: &dyn Fn(&[u8]) -> bool,
) -> Result<Stretch, StoreError> {
    let mut messages = Vec::new();
    let (mut end, mut bytes) = (None, 0);
    for place in talk.places_from(from, way, STEP)? {
        end = Some(place);
        let message = talk.row(place, LARGEST, |row| {
            let wanted = match Stored::of(row, LARGEST) {
                Stored::Json(json, _) => worth(json),
                Stored::Large | Stored::Nothing(_) => false,
            };
            wanted.then(|| parse::message(place, row, LARGEST))
        })?;
        let Some(message) = message.flatten() else { continue };
        bytes += message.bytes;
        messages.push(message);
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(Stretch { messages, end })
}
