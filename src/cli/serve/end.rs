//! How the server ends: on SIGTERM and SIGINT, in order, in less than ten seconds.
//!
//! ```text
//!  signal ─► runs are told to send nothing more ─┬─► (asked for: all sessions closed) ─► streams end ─► gone
//!  second signal: what is still open is left ────┘
//! ```

use std::{io, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    domain::plan::Intent,
    http::{Ends, State},
};

/// What answers are given to be sent.
pub const ENDS: Ends = Ends { patience: Duration::from_millis(1500) };
/// For threads that still read a store.
pub const LAST: Duration = Duration::from_millis(200);
/// For closing all sessions: what has not ended by then is reported as it stands.
const CLOSING: Duration = Duration::from_secs(7);
/// For a run to say how far it came.
const HALTING: Duration = Duration::from_millis(500);

/// The signals that end it.
pub struct End {
    term: Signal,
    int: Signal,
}

impl End {
    /// Catches them from now on.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? })
    }

    /// Over when the server may end.
    pub async fn asked(mut self, state: &State, close: bool) {
        self.signal().await;
        tracing::info!("ending");
        let halt = state.acts.halt();
        if close {
            tokio::select! {
                () = close_all(state) => {}
                () = self.signal() => {}
                () = tokio::time::sleep(CLOSING) => {}
            }
        }
        halt.stop();
        let over = tokio::time::Instant::now() + HALTING;
        while halt.is_busy() && tokio::time::Instant::now() < over {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn signal(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

async fn close_all(state: &State) {
    match crate::http::close_all(state, "goosetop serve ended").await {
        Ok(report) => tracing::info!(closed = report, "all sessions closed"),
        Err(problem) => {
            tracing::warn!(what = problem.message, intent = Intent::CloseAll.verb(), "not closed");
        }
    }
}
