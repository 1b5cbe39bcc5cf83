//! What a rule is asked about, and the sentences' small words.

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, Utc};

use super::{Finding, Rule, Severity, thresholds::Thresholds};
use crate::domain::{
    board::{Owner, ProcRole, ProcView, SessionView},
    link::claims::Claim,
    session::{Session, Tail},
    snapshot::Ending,
    text,
    turn::{Turn, TurnState},
};

/// One session at one moment, with everything a rule may look at.
pub struct Case<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The limits.
    pub limits: &'a Thresholds,
    /// The store's side.
    pub session: &'a Session,
    /// What it waits for.
    pub turn: &'a Turn,
    /// Who drives it.
    pub owner: Option<&'a Owner>,
    /// Whoever started its owner is gone.
    pub adopted: bool,
    /// Others that claim to drive it.
    pub rivals: &'a [Claim],
    /// An earlier run of the same schedule that is still at work.
    pub earlier_run: Option<EarlierRun<'a>>,
    /// goosetop ended its owner, and nothing has happened since.
    pub ending: Option<&'a Ending>,
    /// What belongs to it.
    pub processes: &'a [ProcView],
    /// Its owner sits in a living terminal.
    pub attached: Option<bool>,
    /// The newest sign of progress.
    pub last_activity: Option<DateTime<Utc>>,
    /// False where the process table could not be read.
    pub procs_known: bool,
}

/// A run that a schedule began before this one.
#[derive(Clone, Copy, Debug)]
pub struct EarlierRun<'a> {
    /// Its session.
    pub session: &'a Session,
    /// Who drives it.
    pub pid: u32,
}

impl<'a> Case<'a> {
    /// What a silent one is silent about, in a few words.
    pub fn waits(&self) -> Cow<'a, str> {
        let attached = self.attached == Some(true);
        let why = match self.turn.state {
            TurnState::WaitingForUser if attached => "waiting for you at a prompt",
            TurnState::WaitingForUser => "waiting for its user",
            TurnState::Empty if attached => "at a prompt, nothing asked yet",
            TurnState::Empty => "nothing asked yet",
            TurnState::WaitingForApproval => "waiting for an approval",
            TurnState::WaitingForModel => "no word from the model",
            TurnState::RunningTool => {
                let tool = self.turn.command.as_deref().or(self.turn.tool.as_deref()).unwrap_or("its tool");
                return format!("{} makes no progress", text::cut(tool, 30)).into();
            }
            TurnState::Failed => "failed, owner still there",
            _ => "no progress",
        };
        why.into()
    }

    /// Of a session that was judged. What else goes on is not in a view: rivals, the owner's parent
    /// and the earlier run of a schedule are left out, so rules are not to be asked again.
    pub fn of_view(view: &'a SessionView, limits: &'a Thresholds, now: DateTime<Utc>) -> Self {
        Self {
            now,
            limits,
            session: &view.session,
            turn: &view.turn,
            owner: view.owner.as_ref(),
            adopted: false,
            rivals: &[],
            earlier_run: None,
            ending: None,
            processes: &view.processes,
            attached: view.attached,
            last_activity: view.last_activity_at,
            // Where it is false, that is the doubt.
            procs_known: true,
        }
    }
}

impl Case<'_> {
    /// Now minus the newest sign of progress.
    pub fn inactive(&self) -> Option<Duration> {
        self.last_activity.map(|at| since(self.now, at))
    }

    /// The end of the conversation, where it was read.
    pub fn tail(&self) -> Option<&Tail> {
        self.session.tail.as_deref()
    }

    /// Processes of a kind.
    pub fn having(&self, role: ProcRole) -> impl Iterator<Item = &ProcView> {
        self.processes.iter().filter(move |p| p.role == role)
    }

    /// What belongs to the session, in evidence's words.
    pub fn owner_evidence(&self) -> Vec<String> {
        self.owner
            .iter()
            .map(|o| format!("owner pid {} ({}, {})", o.proc.id.pid, o.role, o.strength))
            .collect()
    }
}

/// `now − at`, zero where `at` is in the future.
pub fn since(now: DateTime<Utc>, at: DateTime<Utc>) -> Duration {
    (now - at).to_std().unwrap_or_default()
}

/// A finding with its clock and threshold still open.
pub fn finding(rule: Rule, severity: Severity, message: String) -> Finding {
    Finding {
        rule,
        severity,
        message,
        advice: String::new(),
        evidence: Vec::new(),
        since: None,
        threshold: None,
    }
}

impl Finding {
    /// Adds what was seen.
    #[must_use]
    pub fn seen(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Names the clock and the limit it is held against.
    #[must_use]
    pub fn clock(mut self, since: Option<DateTime<Utc>>, threshold: Duration) -> Self {
        self.since = since;
        self.threshold = Some(threshold);
        self
    }

    /// Names the clock alone.
    #[must_use]
    pub fn from(mut self, since: Option<DateTime<Utc>>) -> Self {
        self.since = since;
        self
    }
}
