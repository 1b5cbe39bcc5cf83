//! What the words mean, and everything that is decided. Pure: no terminal, no database, no process
//! table, no clock; `now` is an argument and lives in the [`snapshot::Snapshot`].
//!
//! ```text
//!  Snapshot ──► link (who drives what, with evidence) ──► turn ──► health rules ──► Board
//! ```
//!
//! Invariant: every function here is total and gives the same answer for the same input. Text in
//! these types was cleaned by [`text`] when it entered the program, except where a field says "raw".
//!
//! To add a health rule: see [`health`]. To add a fact about a process: a field in
//! [`process::Proc`], filled by `sources::procs`.

pub mod bars;
pub mod beat;
pub mod board;
pub mod diff;
pub mod find;
pub mod health;
pub mod insights;
pub mod interest;
pub mod link;
pub mod plan;
pub mod process;
pub mod query;
pub mod role;
pub mod search;
pub mod session;
pub mod since;
pub mod snapshot;
pub mod text;
pub mod transcript;
pub mod turn;
pub mod words;
