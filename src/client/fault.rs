//! Why there is no answer.

use std::{io, time::Duration};

/// What went wrong between here and the server.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Refused, or there is no such socket.
    #[error("nobody listens there: {0}")]
    NobodyListens(io::Error),
    /// The network, a name that is unknown, a socket that may not be opened.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// No connection in time.
    #[error("it did not take a connection within {}", humantime::format_duration(*.0))]
    NoConnection(Duration),
    /// No answer, or not all of it, in time.
    #[error("it did not answer within {}", humantime::format_duration(*.0))]
    Late(Duration),
    /// More than is ever read.
    #[error("its answer is larger than {0} MiB")]
    TooLarge(usize),
    /// It does not speak HTTP, or the connection broke.
    #[error("{0}")]
    Broken(String),
    /// This program was told to end, by this signal.
    #[error("interrupted")]
    Interrupted(u8),
    /// This machine refuses what is needed to ask.
    #[error("nothing can be asked from here: {0}")]
    Here(String),
}

impl Fault {
    /// Of a connection that did not come about.
    pub(super) fn connecting(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Self::NobodyListens(error),
            _ => Self::Unreachable(error),
        }
    }

    /// Of an exchange that broke off.
    pub(super) fn talking(error: &hyper::Error) -> Self {
        let what = if error.is_parse() || error.is_parse_too_large() {
            "what answers there does not speak HTTP"
        } else {
            "the connection broke off before the answer was there"
        };
        Self::Broken(what.into())
    }
}
