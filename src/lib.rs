//! goosetop: htop for goose sessions.

pub mod clock;
pub mod config;
pub mod domain;
pub mod sources;
