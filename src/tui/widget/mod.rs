//! Parts without a word of the domain: columns that fit, wrapped text, Markdown, what a tool printed, a
//! diff, a sparkline, a box.
//!
//! Invariant: nothing here panics at any size, and nothing writes outside the area it was given.
//!
//! To add one: a file here; it may know ratatui, [`crate::domain::text`] and [`crate::tui::format`], never the app.

pub mod ansi;
pub mod columns;
pub mod diff;
pub mod doc;
pub mod markdown;
pub mod popup;
pub mod spark;
pub mod styled;
