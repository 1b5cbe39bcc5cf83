//! A conversation as text: for a pager, a ticket, a browser. Pure: messages in, text out.
//!
//! ```text
//!  Message ─► Story (ties answers to calls, holds back what is not yet answered) ─► Entry ─┬─► plain     Lines
//!     └► mask (secrets, optional, before anything is cut)                                  ├─► markdown  String
//!                                                                                          └─► html      String
//! ```
//!
//! Invariant: whatever a message holds, what leaves here has no character that acts on a terminal,
//! and in HTML none that acts on a browser. Nothing here needs the whole conversation: an entry is
//! rendered as soon as its calls are answered.
//!
//! To add a form: a file here that renders an [`Entry`], and a word for it in `cli::export`.

pub mod html;
pub mod markdown;
pub mod mask;
pub mod plain;
pub mod secrets;
pub mod story;
mod words;

pub use story::{Answer, Entry, Story};

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// All of what tools printed, and the reasoning.
    pub full: bool,
    /// Signs from ASCII only.
    pub ascii: bool,
}

/// What stands at the top of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// The session's id, cleaned.
    pub id: String,
    /// Its name, cleaned.
    pub name: String,
    /// More lines: label and words, cleaned.
    pub facts: Vec<(String, String)>,
}
