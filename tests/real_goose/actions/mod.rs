//! Actions against the real goose: who ends, who must not, and what is told of it.
//!
//! ```text
//!  Fleet + Bystanders ──► World::dry ──► only this world's? ──► World::act ──► Report
//!     (start ticks)                                                 └──► /proc: gone, or the same as before
//! ```
//!
//! Invariant: nothing is judged by goosetop's word alone. The dead are looked for in /proc, the living are
//! the same processes (start ticks) as before, and no plan is run that names another world's process.
//!
//! To add a test: a scene from [`fleet`], `world.act(..)`, then who is gone and who lives.

pub mod fleet;
mod report;

mod audit;
mod delete;
mod emergency;
mod isolation;
mod keyboard;
mod projects;
mod resume;
mod scopes;
mod stubborn;
mod terminate;
mod unusual;
