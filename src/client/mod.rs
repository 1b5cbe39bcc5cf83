//! Asking a running `goosetop serve`: one connection, one request, one answer.
//!
//! ```text
//!  --server WORD ─► Place ─┬─ unix socket ──────────┐
//!                          └─ TCP, with the token ──┴─► Client::ask(Wish) ─► Answer | Fault
//!                                                                            │
//!                                          its words ─► words::clean ────────┘─► terminal
//! ```
//!
//! Invariant: whoever answers may be anybody. An answer is waited for so long and read so far and no
//! further; what it says reaches a terminal through [`words`] only; the token is in no word, no error and
//! no debug print.
//!
//! To add a way there: a variant of [`Place`], its form in [`Place::parse`], its arm in `ask::connect`.

mod ask;
mod fault;
mod place;
mod secret;
pub mod words;

pub use ask::{Answer, Client, Method, Wish};
pub use fault::Fault;
pub use place::{PORT, Place};
pub use secret::Secret;
