//! The filter that every list goes through.

use crate::domain::query::Query;

/// The filter in force.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// The newest text that could be read.
    pub query: Query,
    /// Why the text cannot be read.
    pub error: Option<String>,
}

impl Filter {
    /// Takes a new text; one that cannot be read leaves the old filter in force.
    pub(super) fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        match Query::parse(text) {
            Ok(query) => (self.query, self.error) = (query, None),
            Err(error) => self.error = Some(error.to_string()),
        }
    }
}
