//! What is looked for, with the cheap test on stored bytes before it.

use std::ops::Deref;

use super::worth::Worth;
use crate::domain::{
    find::Finder,
    transcript::{ReadError, Wanted},
};

/// A [`Finder`] that knows stored messages too. A clone has its own working memory: threads do well to
/// have one each.
#[derive(Clone)]
pub struct Matcher {
    finder: Finder,
    worth: Worth,
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
        Ok(Self { worth: Worth::of(&finder)?, finder })
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
