//! What is looked for, with the cheap test on stored bytes before it.

use std::ops::Deref;

use super::{rare::Rare, worth::Worth};
use crate::domain::{
    find::Finder,
    text,
    transcript::{ReadError, Wanted},
};

/// A [`Finder`] that knows stored messages too. A clone has its own working memory: threads do well to
/// have one each.
#[derive(Clone)]
pub struct Matcher {
    finder: Finder,
    worth: Worth,
    literal: Option<Rare>,
}

impl Matcher {
    /// Words, or a regular expression, whoever said them.
    ///
    /// # Errors
    /// [`ReadError::Pattern`] where the expression cannot be read.
    pub fn new(words: &str, regex: bool) -> Result<Self, ReadError> {
        Self::of(&Wanted { words: words.to_owned(), regex, ..Wanted::default() })
    }

    /// As [`Finder::new`].
    ///
    /// # Errors
    /// [`ReadError::Pattern`] where the expression cannot be read.
    pub fn of(wanted: &Wanted) -> Result<Self, ReadError> {
        let finder = Finder::new(wanted)?;
        let words = text::block(&wanted.words);
        let literal = if wanted.regex { None } else { Rare::whole(&words) };
        Ok(Self { worth: Worth::of(&finder)?, finder, literal })
    }

    /// The words, where they are found in ASCII text letter by letter; what it finds there is what
    /// [`Finder::find`] finds.
    pub fn literal(&self) -> Option<&Rare> {
        self.literal.as_ref()
    }

    /// False where this JSON cannot say what is looked for.
    pub fn worth(&self, json: &[u8]) -> bool {
        self.worth.of_json(json)
    }
}

impl Deref for Matcher {
    type Target = Finder;

    fn deref(&self) -> &Finder {
        &self.finder
    }
}
