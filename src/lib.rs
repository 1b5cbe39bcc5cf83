//! goosetop: htop for goose sessions.

pub mod demo;
pub mod domain;
pub mod sources;
