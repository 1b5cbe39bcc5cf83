//! A session's conversation for the verbs that show it: found, opened, and read page by page.

use std::path::PathBuf;

use super::{
    Context, blind,
    explain::find_to_read,
    failure::{Failure, Kind},
    output,
};
use crate::{
    domain::{
        board::{Board, SessionView},
        text,
        transcript::{self, Anchor, Message, PAGE, Part, Place, ReadError, Transcript},
    },
    render::Title,
    sources, wire,
};

/// A session and the way to its conversation.
pub struct Conversation {
    /// The look that found it.
    pub board: Board,
    /// The session.
    pub view: SessionView,
    reader: Box<dyn Transcript>,
}

/// Finds the session and opens its conversation.
///
/// # Errors
/// No such session, several of that name, or a store that cannot be read.
pub fn open(context: &Context, wanted: &str) -> Result<Conversation, Failure> {
    let board = context.world().board(false);
    if !context.common.json {
        output::talk(&blind::talk(&board));
    }
    let view = find_to_read(&board, wanted)?.into_owned();
    of(board, view)
}

/// The conversation of a session that was found already.
///
/// # Errors
/// A store that cannot be read.
pub fn of(board: Board, view: SessionView) -> Result<Conversation, Failure> {
    let store = store(&board, &view);
    let reader = sources::transcript::open(&store, &view.key().id).map_err(|e| unreadable(&e))?;
    Ok(Conversation { board, view, reader })
}

/// Where the session is stored.
pub fn store(board: &Board, view: &SessionView) -> PathBuf {
    board.stores.get(view.key().store).map(|s| s.path.clone()).unwrap_or_default()
}

/// What a reader's error means to a command.
pub fn unreadable(error: &ReadError) -> Failure {
    let words = error.to_string();
    match error {
        ReadError::NoSession(_) => {
            Failure::new(Kind::NotFound, words, "`goosetop list --all` shows every session")
        }
        ReadError::NoMessage => Failure { retryable: true, ..Failure::new(Kind::Unavailable, words, "") },
        ReadError::Pattern(_) => {
            Failure::new(Kind::Usage, words, "without --regex the words are taken as they are")
        }
        ReadError::Store(_) => Failure {
            retryable: true,
            ..Failure::new(Kind::Unavailable, words, "`goosetop doctor` says more")
        },
        ReadError::Cancelled => Failure::new(Kind::Declined, words, ""),
    }
}

impl Conversation {
    /// What stands at the top of a page.
    pub fn title(&self) -> Title {
        let session = &self.view.session;
        let line = |words: &str| text::line(words).into_owned();
        let facts = [
            ("directory", Some(text::path(&session.working_dir, None))),
            ("project", session.project.as_deref().map(line)),
            ("begun", session.created_at.map(wire::time)),
            ("model", session.model.as_deref().map(line)),
            ("host", Some(line(&self.board.host))),
            ("state", Some(self.view.health.to_string())),
            ("as of", Some(wire::time(self.board.taken_at))),
        ];
        let facts = facts.into_iter().filter_map(|(label, words)| Some((label.to_owned(), words?)));
        Title { id: session.key.id.to_string(), name: line(&session.name), facts: facts.collect() }
    }

    /// The next messages after a place, oldest first; all from the beginning where there is none. With
    /// `whole` large ones too, as far as they can be read at all.
    ///
    /// # Errors
    /// As the reader's.
    pub fn after(&mut self, place: Option<Place>, whole: bool) -> Result<Vec<Message>, Failure> {
        let anchor = place.map_or(Anchor::Start, Anchor::After);
        let mut messages = self.reader.page(anchor, PAGE).map_err(|e| unreadable(&e))?.messages;
        let large = |m: &&mut Message| m.parts.iter().any(|part| matches!(part, Part::Oversized { .. }));
        for message in messages.iter_mut().filter(large).filter(|_| whole) {
            match self.reader.whole(message.place) {
                Ok(read) => *message = read,
                // Rewritten meanwhile: what is known of it is shown.
                Err(ReadError::NoMessage) => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        Ok(messages)
    }

    /// A message's JSON as goose stored it.
    ///
    /// # Errors
    /// As the reader's.
    pub fn stored(&mut self, place: Place) -> Result<Vec<u8>, Failure> {
        self.reader.stored(place).map_err(|e| unreadable(&e))
    }

    /// The first and the last place there is.
    ///
    /// # Errors
    /// As the reader's.
    pub fn ends(&mut self) -> Result<(Option<Place>, Option<Place>), Failure> {
        self.reader.extent().map(|e| (e.first, e.last)).map_err(|e| unreadable(&e))
    }

    /// The place before the newest `count` messages that fit; `None` where the beginning is.
    ///
    /// # Errors
    /// As the reader's.
    pub fn before_newest(
        &mut self,
        count: usize,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Option<Place>, Failure> {
        transcript::before_newest(&mut *self.reader, count, fits).map_err(|e| unreadable(&e))
    }
}
