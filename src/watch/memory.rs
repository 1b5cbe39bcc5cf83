//! For how long the watcher itself has seen something, without a gap.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};

use crate::domain::{
    board::{Board, ProcView, SessionView},
    health::{Health, Rule},
    process::ProcId,
    session::SessionKey,
};

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Whom {
    /// An orphaned session that somebody drives.
    Session(SessionKey),
    /// The topmost process of a tree that was left behind.
    Leaked(ProcId),
}

/// What must stay the same for the count to go on: the same goose, orphaned for the same reason, with
/// no sign of progress in between.
#[derive(Clone, Debug, PartialEq)]
struct Sign {
    owner: Option<ProcId>,
    rule: Option<Rule>,
    since: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
struct Span {
    since: DateTime<Utc>,
    sign: Sign,
}

/// What was seen from look to look.
#[derive(Debug)]
pub struct Memory {
    spans: HashMap<Whom, Span>,
    last: Option<DateTime<Utc>>,
    longest_gap: Duration,
}

impl Memory {
    /// Looks further apart than this prove nothing about the time between them: the machine slept, or
    /// its clock was set.
    pub fn new(longest_gap: Duration) -> Self {
        Self { spans: HashMap::new(), last: None, longest_gap }
    }

    /// Takes a look in. Whoever is not in it, or is there for another reason, begins anew when it is back.
    pub fn note(&mut self, board: &Board) {
        let now = board.taken_at;
        let whole = self.last.is_some_and(|last| (now - last).to_std().is_ok_and(|g| g <= self.longest_gap));
        self.last = Some(now);
        let mut before = std::mem::take(&mut self.spans);
        for (whom, sign) in seen(board) {
            let known = before.remove(&whom).filter(|span| whole && span.sign == sign);
            let since = known.map_or(now, |span| span.since);
            self.spans.insert(whom, Span { since, sign });
        }
    }

    /// Since when it was seen at every look; `None` where the newest look has it not.
    pub fn since(&self, whom: &Whom) -> Option<DateTime<Utc>> {
        self.spans.get(whom).map(|span| span.since)
    }

    /// Its time begins anew: it was tried, or told.
    pub fn restart(&mut self, whom: &Whom) {
        if let (Some(span), Some(now)) = (self.spans.get_mut(whom), self.last) {
            span.since = now;
        }
    }

    /// Everyone, and since when.
    pub fn all(&self) -> impl Iterator<Item = (&Whom, DateTime<Utc>)> {
        self.spans.iter().map(|(whom, span)| (whom, span.since))
    }
}

fn seen(board: &Board) -> impl Iterator<Item = (Whom, Sign)> {
    let sessions = orphaned(board).map(|view| {
        let finding = view.worst();
        let sign = Sign {
            owner: view.owner.as_ref().map(|o| o.proc.id),
            rule: finding.map(|f| f.rule),
            since: finding.and_then(|f| f.since),
        };
        (Whom::Session(view.key().clone()), sign)
    });
    // A process is the same process; how long it has been left behind only looks can tell.
    let leaked = roots(board)
        .map(|p| (Whom::Leaked(p.proc.id), Sign { owner: Some(p.proc.id), rule: None, since: None }));
    sessions.chain(leaked)
}

/// Orphaned sessions that a process drives.
pub fn orphaned(board: &Board) -> impl Iterator<Item = &SessionView> {
    let all = board.sessions.iter().chain(&board.hidden);
    all.filter(|v| v.health == Health::Orphaned && v.owner.is_some())
}

/// What was left behind and is below nothing that was.
pub fn roots(board: &Board) -> impl Iterator<Item = &ProcView> {
    board.leaked.iter().filter(|p| !board.leaked.iter().any(|other| is_below(p, other)))
}

/// A process is the other's child.
pub fn is_below(proc: &ProcView, other: &ProcView) -> bool {
    proc.proc.ppid == other.proc.id.pid
        && proc.proc.id.start >= other.proc.id.start
        && proc.proc.id != other.proc.id
}
