//! The dashboard: what a person sees and presses.
//!
//! ```text
//!  Event ──► App::update ──► Effects (the loop performs them)
//!                 │
//!                 └──► view::draw ──► Frame + HitMap
//! ```
//!
//! Invariant: the app touches nothing outside itself; time and the board come in as values.
//!
//! To add a key: a line in `assets/keys.toml`; if it does something new, a variant of
//! [`command::Command`] with its sentence and an arm in `app::act`. To add a pane: see [`view`].

pub mod app;
pub mod command;
pub mod effect;
pub mod event;
pub mod format;
pub mod keymap;
pub mod layout;
pub mod options;
pub mod screen;
pub mod theme;
pub mod view;
pub mod widget;
