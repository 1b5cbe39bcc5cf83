//! Who is to be ended, and the plan for it.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Deed, Order, Right, Since, Watcher, refused, tell};
use crate::{
    domain::{
        board::{Board, SessionView},
        plan::{AutoClean, Intent, Refusal, Terms, plan},
        process::ProcId,
        session::SessionKey,
        words,
    },
    engine::actor::Job,
    watch::{
        auto::{self, Pick},
        limits::{self, Limit, Passed},
    },
    wire::{
        event::{EventDto, LimitDto, PlanDto},
        seconds,
    },
};

impl Watcher {
    pub(super) fn decide(&mut self, board: &Board, deeds: &mut Vec<Deed>) {
        if !self.settings.decides() || matches!(self.right, Right::Others(_)) {
            return;
        }
        let mut taken = Vec::new();
        for Over { limit, sessions, deferred } in self.limits(board, deeds) {
            taken.extend(sessions.iter().cloned());
            if !sessions.is_empty() {
                let reason = format!("run limit {limit} passed (watch)");
                let intent = Intent::Auto { sessions, processes: Vec::new() };
                self.orders.push_back(Order { intent, reason, deferred });
            }
        }
        let Pick { sessions, processes, counted, deferred } =
            auto::pick(board, &self.memory, self.settings.auto, &taken);
        if counted.is_empty() {
            return;
        }
        // Whoever survives has its time again before it is tried again.
        for whom in &counted {
            self.memory.restart(whom);
        }
        let what = if self.settings.auto.mode == AutoClean::Leaked { "leaked" } else { "leaked or orphaned" };
        let grace = words::spoken(self.settings.auto.grace);
        let reason = format!("{what} for longer than {grace} (watch)");
        self.orders.push_back(Order { intent: Intent::Auto { sessions, processes }, reason, deferred });
    }

    /// Runs that passed a limit, by limit. Each is told once in a grace; each is tried once in a grace too,
    /// those first that are over it for longest, and whoever found no room has its turn at the next check.
    fn limits(&mut self, board: &Board, deeds: &mut Vec<Deed>) -> Vec<Over> {
        let Some(limits) = self.settings.limits else { return Vec::new() };
        let now = board.taken_at;
        let grace = TimeDelta::from_std(self.settings.auto.grace).unwrap_or(TimeDelta::MAX);
        for known in [&mut self.told, &mut self.tried] {
            known.retain(|_, at| now.signed_duration_since(*at) < grace);
        }
        let runs = limits::runs(board).filter_map(|view| {
            let (passed, owner) = limits::passed(view, &limits, now).zip(view.owner.as_ref())?;
            Some((view, passed, owner.proc.id))
        });
        let mut runs: Vec<_> = runs.collect();
        runs.sort_by_key(|(_, passed, _)| Reverse(passed.took.saturating_sub(passed.allowed)));
        let mut room = self.settings.auto.max;
        let mut found: Vec<Over> = Vec::new();
        for (view, passed, id) in runs {
            let (whom, limit) = ((id, passed.limit), passed.limit);
            if is_new(&mut self.told, whom, now) {
                let event = EventDto::new(now, limit_dto(view, &passed, id));
                self.announce(event, &board.host, deeds);
            }
            if self.tried.contains_key(&whom) {
                continue;
            }
            let place = found.iter().position(|over| over.limit == limit).unwrap_or_else(|| {
                found.push(Over { limit, sessions: Vec::new(), deferred: 0 });
                found.len() - 1
            });
            if room == 0 {
                found[place].deferred += 1;
                continue;
            }
            room -= 1;
            self.tried.insert(whom, now);
            found[place].sessions.push(view.key().clone());
        }
        found
    }

    /// The next order, planned by this look.
    pub(super) fn proceed(&mut self, board: &Board, deeds: &mut Vec<Deed>) {
        while !self.running {
            let Some(Order { intent, reason, deferred }) = self.orders.pop_front() else { return };
            let terms =
                Terms { reason: Some(reason), include_attached: false, ..self.settings.terms.clone() };
            match plan(&intent, board, &terms) {
                Ok(plan) => {
                    let acting = !self.settings.dry_run;
                    deeds.push(tell(board.taken_at, PlanDto::new(&plan, acting, deferred)));
                    if acting {
                        self.running = true;
                        deeds.push(Deed::Run(Box::new(Job { plan, terms })));
                    }
                }
                Err(refusal) => deeds.push(tell(board.taken_at, refused(why(&refusal)))),
            }
        }
    }
}

/// Runs over a limit.
struct Over {
    limit: Limit,
    /// To be ended now.
    sessions: Vec<SessionKey>,
    /// How many found no room.
    deferred: usize,
}

/// Notes it where it is not known yet.
fn is_new(known: &mut Since, whom: (ProcId, Limit), now: DateTime<Utc>) -> bool {
    let before = known.len();
    known.entry(whom).or_insert(now);
    known.len() > before
}

/// The refusal, and the reason of the first that is left alone.
fn why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Nothing(left) => match left.first() {
            Some(first) => format!("{refusal} ({}: {})", first.what, first.why),
            None => refusal.to_string(),
        },
        other => other.to_string(),
    }
}

fn limit_dto(view: &SessionView, passed: &Passed, owner: ProcId) -> LimitDto {
    LimitDto {
        session_id: Some(view.key().id.to_string()),
        name: view.session.name.clone(),
        pid: owner.pid,
        limit: passed.limit.to_string(),
        limit_seconds: seconds(passed.allowed),
        seconds: seconds(passed.took),
        because: passed.sentence(),
    }
}
