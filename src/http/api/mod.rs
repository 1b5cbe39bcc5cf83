//! The handlers, one file for what belongs together. Each reads the board, or makes a plan; none decides.

pub mod actions;
mod answer;
pub mod audit;
mod body;
pub mod events;
pub mod health;
mod name;
pub mod openapi;
pub mod plans;
pub mod sessions;
pub mod transcript;

pub use actions::{Wish, close_all_of as close_all, told};
pub use answer::answer;
