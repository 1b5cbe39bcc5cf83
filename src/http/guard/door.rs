//! How far the door is open: what whoever starts the server may set.

use std::time::Duration;

/// How long a client may take to send its head, at most: it is a few lines.
const HEAD: Duration = Duration::from_secs(10);
/// How long it may take to send its body, at most: it is a line.
const BODY: Duration = Duration::from_secs(5);

/// Who may come in beside programs that show the token, how many, and how patient we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Web pages that may ask, each exactly as a browser names it.
    pub origins: Vec<String>,
    /// Names by which TCP clients may call this server, beside its address; with or without a port.
    pub hosts: Vec<String>,
    /// Connections at once on each way in: strangers on TCP leave those of the socket alone.
    pub connections: usize,
    /// Requests a second over TCP.
    pub requests: usize,
    /// How long a client may be silent, or leave its answer unread.
    pub patience: Duration,
}

impl Door {
    /// For a head; also how long a connection may rest between two requests.
    pub fn head(&self) -> Duration {
        self.patience.min(HEAD)
    }

    /// For a body.
    pub fn body(&self) -> Duration {
        self.patience.min(BODY)
    }
}
