//! Watches without a screen: a health check now and then, events as lines of JSON, hooks, and, where it
//! was told to, the end of what nobody looks after.
//!
//! ```text
//!            ┌── timer: the interval, or earlier where a grace or a run limit runs out
//!            ▼
//!  engine ──Board──► Watcher::saw ──┬─► events ──► outlet (a thread) ──► stdout
//!  actor ───Told───► Watcher::heard ├─► hooks  (a thread, one at a time) ──► a person's command
//!  signals ─────────► the end       └─► Job ──► actor ──► effects: the only writer
//! ```
//!
//! Invariant: between two checks nothing is read and nothing runs. Every plan is made of the look at
//! hand, holds exactly what was chosen, and follows the rules of [`Intent::Auto`]: what this watcher has
//! not itself seen leaked or orphaned at every check of the grace is not chosen. [`watcher`] decides and
//! knows no clock; [`mod@run`] waits and decides nothing.
//!
//! To add an event: a variant in [`crate::wire::event`], a deed in [`watcher`]; where hooks should hear of
//! it, an arm in [`hooks::Call::of`] and `announce` instead of `tell`.
//!
//! [`Intent::Auto`]: crate::domain::plan::Intent::Auto

pub mod auto;
pub mod hooks;
pub mod limits;
pub mod memory;
pub mod outlet;
pub mod run;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod watcher;

pub use auto::Rules;
pub use limits::Limits;
pub use run::{End, Outside, run};
pub use settings::Settings;
pub use watcher::Right;
