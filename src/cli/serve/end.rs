//! How the server ends: on SIGTERM and SIGINT, in order, in less than ten seconds.
//!
//! ```text
//!  signal ─► (asked for: all sessions closed) ─► runs send nothing more, nobody stays frozen ─► who asked
//!            is answered ─► everybody is told `stopping` ─► streams end ─► gone
//!  second signal ─► runs send nothing more ─► gone
//! ```
//!
//! | at most | for |
//! |---|---|
//! | 7 s | closing all sessions: their grace ends after 5.5 s, whatever it is |
//! | 0.5 s | a run to say how far it came |
//! | 0.5 s | listeners to hear the last event |
//! | 1.5 s | answers to be sent |
//! | 0.2 s | threads that still read a store |

use std::{io, sync::Arc, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::Instant,
};

use crate::http::{Ends, State};

/// What answers are given to be sent.
pub const ENDS: Ends = Ends { patience: Duration::from_millis(1500) };
/// For threads that still read a store.
pub const LAST: Duration = Duration::from_millis(200);
/// For processes to end by themselves when all sessions are closed: the usual grace of 5 s, and the look
/// before it.
const GRACE: Duration = Duration::from_millis(5500);
/// For KILL to be seen to work after that: what has not ended by then is reported as it stands.
const KILLING: Duration = Duration::from_millis(1500);
/// For a run to say how far it came.
const HALTING: Duration = Duration::from_millis(500);
/// For listeners to hear the last event.
const TELLING: Duration = Duration::from_millis(500);
/// How often a wait looks whether it is over.
const GLANCE: Duration = Duration::from_millis(5);

/// The signals that end it.
pub struct End {
    signals: watch::Receiver<usize>,
}

impl End {
    /// Catches them from now on; must be called within a runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch() -> io::Result<Self> {
        let (term, int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let (count, signals) = watch::channel(0);
        tokio::spawn(caught(term, int, count));
        Ok(Self { signals })
    }

    /// Over when the server may end.
    pub async fn asked(&self, state: &State, close: bool) {
        self.signal(1).await;
        tracing::info!("ending");
        if close {
            close_all(state).await;
        }
        self.halt(state).await;
        state.hub.end("goosetop serve was told to end");
        until(TELLING, || state.hub.is_over()).await;
    }

    /// Over when somebody insists: what is still open is left, but no process stays frozen.
    pub async fn insisted(&self, state: &State) {
        self.signal(2).await;
        tracing::info!("ending at once");
        self.halt(state).await;
    }

    async fn halt(&self, state: &State) {
        let halt = state.acts.halt();
        halt.stop();
        until(HALTING, || !halt.is_busy() && !state.acts.is_busy()).await;
    }

    async fn signal(&self, number: usize) {
        // The task that counts lives as long as the runtime.
        let _ = self.signals.clone().wait_for(|count| *count >= number).await;
    }
}

async fn caught(mut term: Signal, mut int: Signal, count: watch::Sender<usize>) {
    loop {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        count.send_modify(|count| *count += 1);
    }
}

async fn until(limit: Duration, over: impl Fn() -> bool) {
    let end = Instant::now() + limit;
    while !over() && Instant::now() < end {
        tokio::time::sleep(GLANCE).await;
    }
}

/// A run that was under way comes first; its grace counts as this one's.
async fn close_all(state: &State) {
    let wish = crate::http::Wish { reason: Some("goosetop serve ended".into()), ..Default::default() };
    let closing = crate::http::close_all(state, &wish);
    tokio::pin!(closing);
    let outcome = tokio::select! {
        outcome = &mut closing => Some(outcome),
        () = killing(state) => None,
    };
    match outcome {
        Some(Ok(reports)) => {
            let closed: usize = reports.iter().map(|report: &Arc<_>| report.sessions_closed()).sum();
            tracing::info!(closed, "all sessions closed");
        }
        Some(Err(problem)) => tracing::warn!(what = problem.message, "the sessions were not closed"),
        None => tracing::warn!("not every session could be closed in time"),
    }
}

/// Ends the grace of whatever runs when there is no more time for it; over when there is none at all.
async fn killing(state: &State) {
    tokio::time::sleep(GRACE).await;
    let end = Instant::now() + KILLING;
    while Instant::now() < end {
        // Again and again: the next run has a grace of its own.
        state.acts.halt().kill_now();
        tokio::time::sleep(GLANCE).await;
    }
}
