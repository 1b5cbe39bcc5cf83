//! What every handler has.

use std::{sync::Arc, time::Duration};

use super::{
    Door, Rate, Token, Words, act::Acts, hub::Hub, metrics::Metrics, plans::Plans, problem::Problem,
};
use crate::{
    clock::Clock,
    domain::{
        board::Board,
        health::thresholds::Thresholds,
        plan::Terms,
        session::SessionKey,
        transcript::{ReadError, Transcript},
    },
    engine::{Boards, Looker},
};

/// How long a request waits for a fresh look.
const LOOK_PATIENCE: Duration = Duration::from_secs(10);

/// Opens a conversation, on whatever thread asks.
pub type Opener = Box<dyn Fn(&SessionKey) -> Result<Box<dyn Transcript>, ReadError> + Send + Sync>;

/// Reads the newest so many runs of the audit log, in the shape of `audit --json`, on whatever thread asks.
pub type AuditReader = Box<dyn Fn(usize) -> Result<serde_json::Value, Problem> + Send + Sync>;

/// What the server is made of.
pub struct Parts {
    /// The newest board.
    pub boards: Boards,
    /// Asks for looks.
    pub looker: Looker,
    /// The rules actions play by; a request adds its reason and its wishes.
    pub terms: Terms,
    /// The limits that `explain` names.
    pub limits: Thresholds,
    /// The way to conversations.
    pub opener: Opener,
    /// The words of the command line.
    pub words: Box<dyn Words>,
    /// Counts since the start; the engine's looks are counted where it was started.
    pub metrics: Arc<Metrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What TCP clients must show.
    pub token: Token,
    /// Who else may come in, how many, how often.
    pub door: Door,
    /// The newest runs of the audit log.
    pub audit: AuditReader,
    /// Between two signs of life of an event stream.
    pub heartbeat: Duration,
}

/// What every handler has.
pub struct State {
    /// What was given.
    pub parts: Parts,
    /// Tells everybody.
    pub hub: Hub,
    /// Runs plans.
    pub acts: Acts,
    /// Plans that wait to be confirmed.
    pub plans: Plans,
    /// How often TCP clients have asked.
    pub rate: Rate,
    /// Becomes true when the server ends: streams end with it.
    pub ending: tokio::sync::watch::Receiver<bool>,
}

/// How handlers get it.
pub type Shared = Arc<State>;

impl State {
    /// The newest board.
    ///
    /// # Errors
    /// Nothing has been looked at yet.
    pub fn board(&self) -> Result<Arc<Board>, Problem> {
        self.parts.boards.borrow().clone().ok_or_else(Problem::blind)
    }

    /// A look that begins now, closely at these sessions too.
    ///
    /// # Errors
    /// None in time.
    pub async fn look(&self, closely: Vec<SessionKey>) -> Result<Arc<Board>, Problem> {
        let looker = self.parts.looker.clone();
        let look = tokio::task::spawn_blocking(move || looker.look_at(closely, LOOK_PATIENCE));
        look.await.ok().flatten().ok_or_else(Problem::blind)
    }
}
