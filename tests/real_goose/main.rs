//! goosetop against the real goose: a scripted model answers, everything else is as on a machine at work.
//!
//! ```text
//!  ModelServer ◄── goose run │ session (tmux) │ acp │ serve ──► sessions.db ──┐
//!   (scripted)        └──► tools, extensions, sub-agents ──► /proc ───────────┴──► goosetop list --json
//!                                                                                    ▲
//!  a test: make a scene ──► look at store and /proc whether it is there ──► Board::of ┘ and judge
//! ```
//!
//! Every test first proves its scene without goosetop (rows, processes), so that a failure says who
//! is to blame: "the scene" is goose's or the harness's, "the board" is goosetop's.
//!
//! Invariant: a test leaves nothing behind. A [`world::World`] ends all that carries its scratch folder, a
//! [`terminal::Terminal`] its own tmux server, both by identity; no test touches anything else.
//!
//! The tests are ignored by default because they need goose 1.52 and tmux; `.ci/run` brings both.
//! To add one: a function in the file of its theme, `World::new()`, a scene, `world.wait_for(..)`.
#![cfg(target_os = "linux")]

mod acp;
mod board;
mod goose;
mod model_server;
mod process;
mod store;
mod terminal;
mod wait;
mod world;

mod actions;
mod bystanders;
mod diagnosis;
mod endings;
mod moves;
mod owners;
mod resources;
mod screen;
mod servers;
mod thresholds;
mod transcripts;
mod turns;
mod watch;
