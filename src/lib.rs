//! goosetop: htop for goose sessions.

pub mod domain;
pub mod sources;
pub mod tui;
