//! Runs what clients ask for, one plan after another, and tells everybody.
//!
//! A client that leaves changes nothing: a run that has begun goes to its end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use tokio::sync::{mpsc, oneshot};

use super::{hub::Hub, metrics::Metrics, problem::Problem};
use crate::{
    effects::Report,
    engine::actor::{Actor, Halt, Job, Told},
};

/// Plans that may wait behind the one that runs. Each was asked for by somebody who waits too.
const WAITING: usize = 16;

struct Order {
    job: Job,
    reply: oneshot::Sender<Result<Vec<Arc<Report>>, Problem>>,
}

/// The way to the runs.
#[derive(Clone)]
pub struct Acts {
    orders: mpsc::Sender<Order>,
    /// Taken and not yet answered.
    open: Arc<AtomicUsize>,
    halt: Halt,
}

impl Acts {
    /// Starts taking orders; must be called within a runtime.
    pub fn start(actor: Actor, hub: Hub, metrics: Arc<Metrics>) -> Self {
        let halt = actor.halt();
        let (orders, inbox) = mpsc::channel(WAITING);
        let open = Arc::new(AtomicUsize::new(0));
        tokio::spawn(work(actor, inbox, hub, metrics, open.clone()));
        Self { orders, open, halt }
    }

    /// Runs a plan; the report, and that of the second clean where one followed.
    ///
    /// # Errors
    /// Too many wait already, or the server is ending.
    pub async fn run(&self, job: Job) -> Result<Vec<Arc<Report>>, Problem> {
        let (reply, answer) = oneshot::channel();
        self.open.fetch_add(1, SeqCst);
        self.orders.try_send(Order { job, reply }).map_err(|e| {
            self.open.fetch_sub(1, SeqCst);
            match e {
                mpsc::error::TrySendError::Full(_) => busy(),
                mpsc::error::TrySendError::Closed(_) => Problem::ending(),
            }
        })?;
        answer.await.unwrap_or_else(|_| Err(Problem::ending()))
    }

    /// Somebody waits for the end of a run; when nobody does, everybody was told of it.
    pub fn is_busy(&self) -> bool {
        self.open.load(SeqCst) > 0
    }

    /// For those who end the server.
    pub fn halt(&self) -> &Halt {
        &self.halt
    }
}

fn busy() -> Problem {
    use axum::http::StatusCode;
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", format!("{WAITING} actions are waiting already"))
        .hint("nothing was done")
        .again_in(10)
}

async fn work(
    mut actor: Actor,
    mut inbox: mpsc::Receiver<Order>,
    hub: Hub,
    metrics: Arc<Metrics>,
    open: Arc<AtomicUsize>,
) {
    while let Some(Order { job, reply }) = inbox.recv().await {
        let sent = actor.run(job);
        let mut reports = Vec::new();
        let outcome = loop {
            if !sent {
                break Err(Problem::ending());
            }
            let Some(told) = actor.told().await else { break Err(Problem::ending()) };
            hub.told(&told);
            match told {
                Told::Began(_) | Told::Progress(_) => {}
                Told::Ended { report, again } => {
                    metrics.acted(&report);
                    reports.push(report);
                    if !again {
                        break Ok(reports);
                    }
                }
                Told::Over(_) if reports.is_empty() => break Err(Problem::ending()),
                // Nothing was left for a second clean, or it could not be planned.
                Told::Over(_) => break Ok(reports),
            }
        };
        if let Ok(reports) = &outcome {
            hub.project_done(reports.iter().map(AsRef::as_ref));
        }
        // Whoever asked may have left.
        let _ = reply.send(outcome);
        open.fetch_sub(1, SeqCst);
    }
}
