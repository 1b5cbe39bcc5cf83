//! What a run asks of the operating system. The real ones are [`super::linux`] and
//! [`super::portable`]; tests have a simulated one, in which anything can happen at any moment.

use std::{sync::Arc, time::Duration};

use super::signal::Signal;
use crate::domain::process::Proc;

/// Who a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Start, in the unit of [`crate::domain::process::ProcId`].
    pub start: u64,
    /// Real user; `None` where unreadable.
    pub uid: Option<u32>,
}

/// Why there is no handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// No process has that number.
    Gone,
    /// The system refused, in its words.
    Refused(String),
}

/// Why a signal did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// It has ended and was collected.
    Gone,
    /// Another user's, or otherwise not ours to signal.
    Denied,
    /// Anything else, in the system's words.
    Other(String),
}

/// The operating system.
pub trait Kernel: Send {
    /// Keeps hold of one process: a signal sent through it never reaches another that has got the
    /// same number since.
    type Handle: Send;

    /// Takes hold of whoever has that number now.
    fn open(&mut self, pid: u32) -> Result<Self::Handle, OpenError>;

    /// Who has that number now.
    fn identity(&mut self, pid: u32) -> Option<Identity>;

    /// Sends a signal through a handle.
    fn send(&mut self, handle: &Self::Handle, signal: Signal) -> Result<(), SendError>;

    /// Waits until one of these has ended or the time is over, and says which have.
    fn ended(&mut self, handles: &[&Self::Handle], within: Duration) -> Vec<bool>;

    /// Every process there is; arguments and variables only of this user's. `None` where the table
    /// cannot be read.
    fn table(&mut self, uid: u32) -> Option<Vec<Arc<Proc>>>;

    /// Time since some moment, for measuring spans.
    fn elapsed(&self) -> Duration;

    /// What a report should say about this system's handles, where they are not safe.
    fn caveat(&self) -> Option<&'static str> {
        None
    }
}
