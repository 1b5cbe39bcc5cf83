//! Files of /proc, and the few variables of an environment that are kept: shared by those who look
//! at processes and those who end them.
//!
//! ```text
//!  Root (an open /proc) ─► stat (one line) · detail (arguments, variables, folder, user)
//!                                                       environ (what is kept of the variables)
//! ```
//!
//! Invariant: what the system refuses is `None`, what is torn is refused, and no secret of an
//! environment leaves the function that read it.
//!
//! To add a fact: a field of [`stat::Stat`], or a function in `detail.rs`.

#[cfg(target_os = "linux")]
pub mod detail;
pub mod environ;
#[cfg(target_os = "linux")]
pub mod root;
#[cfg(target_os = "linux")]
pub mod stat;
