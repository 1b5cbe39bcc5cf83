//! Rows a person has seen and does not want to be called to again until something changes. In memory
//! only, and of this screen only: counters, exit codes and reports know nothing of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, RowId, Target};
use crate::{
    domain::{
        board::{Board, SessionView},
        diff::{Change, Notify, What},
        health::Health,
    },
    tui::effect::Effect,
};

/// A snoozed row calls again after this long, changed or not.
const SNOOZE: TimeDelta = TimeDelta::minutes(30);

/// How a session was when it was hushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hush {
    health: Health,
    rule: Option<String>,
    /// When it calls again; `None` only when it changes.
    pub until: Option<DateTime<Utc>>,
}

impl Hush {
    fn of(view: &SessionView, until: Option<DateTime<Utc>>) -> Self {
        Self { health: view.health, rule: view.worst().map(|f| f.rule.to_string()), until }
    }

    fn still_holds(&self, view: &SessionView) -> bool {
        let now = Self::of(view, self.until);
        *self == now
    }
}

impl App {
    /// Hushes the tagged sessions, or the selected one; those that are hushed that way already call again.
    pub(super) fn hush(&mut self, snooze: bool, now: DateTime<Utc>) {
        let Some(board) = self.board.clone() else { return };
        let chosen: Vec<&SessionView> = if self.tags.is_empty() {
            match self.target() {
                Some(Target::Live(view)) => board.families().filter(|v| v.key() == view.key()).collect(),
                _ => Vec::new(),
            }
        } else {
            let tagged = |view: &&SessionView| self.tags.contains(&RowId::Session(view.key().clone()));
            board.families().filter(tagged).collect()
        };
        let until = snooze.then(|| now + SNOOZE);
        let (mut hushed, mut calling) = (0, 0);
        for view in chosen {
            let known = self.hushed.get(view.key()).is_some_and(|h| h.until.is_some() == snooze);
            if known {
                self.hushed.remove(view.key());
                calling += 1;
            } else {
                self.hushed.insert(view.key().clone(), Hush::of(view, until));
                self.changed.remove(view.key());
                hushed += 1;
            }
        }
        let plural = |n: usize| if n == 1 { "1 session".to_owned() } else { format!("{n} sessions") };
        let said = match (hushed, snooze) {
            (0, _) if calling > 0 => format!("{} may call again", plural(calling)),
            (0, _) => "only a living session can be acknowledged".to_owned(),
            (n, true) => format!("{} snoozed for 30m, or until something changes", plural(n)),
            (n, false) => format!("{} acknowledged until something changes", plural(n)),
        };
        self.say(said, now);
    }

    /// What changed calls again.
    pub(super) fn unhush(&mut self, board: &Board) {
        if self.hushed.is_empty() {
            return;
        }
        let holds = |key: &_, hush: &Hush| {
            board.families().find(|v| v.key() == key).is_some_and(|view| hush.still_holds(view))
        };
        self.hushed.retain(|key, hush| holds(key, hush));
    }

    /// What was snoozed long enough calls again.
    pub(super) fn wake(&mut self, now: DateTime<Utc>) {
        let before = self.hushed.len();
        self.hushed.retain(|_, hush| hush.until.is_none_or(|until| until > now));
        self.dirty |= self.hushed.len() != before;
    }

    /// A session became stuck or orphaned: the terminal says so, where that is wanted.
    pub(super) fn call(&mut self, changes: &[Change]) {
        let worse: Vec<&Change> = changes
            .iter()
            .filter(|change| {
                matches!(change.what, What::Became { to: Health::Stuck | Health::Orphaned, from } if from != Health::Orphaned)
            })
            .collect();
        let Some(first) = worse.first() else { return };
        match self.options.notify {
            Notify::Off => {}
            Notify::Bell => self.calls.push(Effect::Bell),
            Notify::Osc9 => {
                let more = match worse.len() {
                    1 => String::new(),
                    n => format!(" (and {} more)", n - 1),
                };
                self.calls.push(Effect::Notify(format!("goosetop: {first}{more}")));
            }
        }
    }
}
