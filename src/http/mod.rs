//! The API: the board and the actions over HTTP, on a unix socket and on loopback.
//!
//! ```text
//!  unix socket (0600, uid of the peer) ─┐             ┌─► api      Board ─► wire (JSON) or Words (text)
//!  127.0.0.1 (Host, Origin, token) ─────┴─► guard ────┼─► act      Intent ─► fresh look ─► Plan ─► engine's actor
//!                                                     ├─► hub      changes ─► SSE, Socket.IO
//!                                                     └─► metrics
//! ```
//!
//! Invariant: who asks is known before anything is answered; a request reads the same board as every
//! screen, and acts only through a plan made of a fresh look. Nothing here writes, and nothing here
//! signals: `engine::actor` does. A client that is slow, silent or gone costs others nothing.
//!
//! To add a route: a line in [`route::ROUTES`], its handler in `api`, its path in
//! `assets/openapi.json` (a test compares the two).

pub mod act;
mod api;
mod guard;
pub mod hub;
pub mod listen;
mod metrics;
mod patient;
mod plans;
mod problem;
pub mod route;
mod socketio;
pub mod state;
mod words;

pub use api::{Wish, close_all};
pub use guard::{Door, Rate, Token};
pub use listen::{Ends, Places, Server};
pub use metrics::Metrics;
pub use problem::Problem;
pub use state::{AuditReader, Parts, State};
pub use words::{Look, Words};
