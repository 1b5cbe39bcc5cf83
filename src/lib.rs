//! goosetop: htop for goose sessions.

pub mod clock;
pub mod domain;
pub mod engine;
pub mod sources;
pub mod tui;
