//! Parts without a word of the domain: columns that fit, wrapped text, a sparkline, a box.
//!
//! Invariant: nothing here panics at any size, and nothing writes outside the area it was given.
//!
//! To add one: a file here; it may know ratatui and [`super::format`], never the app.

pub mod columns;
pub mod doc;
pub mod popup;
pub mod spark;
