//! Who is to be ended, and the plan for it.

use chrono::TimeDelta;

use super::{Deed, Order, Right, Watcher, refused, tell};
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
        for (limit, passed) in self.limits(board, deeds) {
            let room = self.settings.auto.max.saturating_sub(taken.len());
            let deferred = passed.len().saturating_sub(room);
            let sessions: Vec<SessionKey> = passed.into_iter().take(room).collect();
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

    /// Runs that passed a limit, by limit; each is told once in a grace.
    fn limits(&mut self, board: &Board, deeds: &mut Vec<Deed>) -> Vec<(Limit, Vec<SessionKey>)> {
        let Some(limits) = self.settings.limits else { return Vec::new() };
        let now = board.taken_at;
        let grace = TimeDelta::from_std(self.settings.auto.grace).unwrap_or(TimeDelta::MAX);
        self.told.retain(|_, at| now.signed_duration_since(*at) < grace);
        let mut found: Vec<(Limit, Vec<SessionKey>)> = Vec::new();
        for view in limits::runs(board) {
            let Some((passed, owner)) = limits::passed(view, &limits, now).zip(view.owner.as_ref()) else {
                continue;
            };
            let id = owner.proc.id;
            if self.told.insert((id, passed.limit), now).is_some() {
                continue;
            }
            let event = EventDto::new(now, limit_dto(view, &passed, id));
            self.announce(event, &board.host, deeds);
            match found.iter_mut().find(|(limit, _)| *limit == passed.limit) {
                Some((_, all)) => all.push(view.key().clone()),
                None => found.push((passed.limit, vec![view.key().clone()])),
            }
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
