//! Adds up what is read, in any order of sessions, and gives the whole.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Timelike, Utc};

use super::{
    Beat, Day, Disk, Insights, PERIOD_DAYS, Reach, Share, SlowCall, Split, Sum, ToolUse, Wish, timeline,
};
use crate::domain::session::SessionKey;

/// Names kept of each list; nobody reads more.
const MOST_NAMES: usize = 50;
/// Slow calls kept.
const MOST_CALLS: usize = 20;

/// A session, as far as it counts here.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// Who.
    pub key: SessionKey,
    /// Its name, cleaned.
    pub name: String,
    /// goose's project or the working directory, cleaned.
    pub project: Option<String>,
    /// Provider, cleaned.
    pub provider: Option<String>,
    /// Model, cleaned.
    pub model: Option<String>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub updated_at: Option<DateTime<Utc>>,
    /// Tokens over the whole session.
    pub tokens: Option<u64>,
    /// US dollars over the whole session.
    pub cost_usd: Option<f64>,
}

/// One recorded model call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// The model, cleaned.
    pub model: Option<String>,
    /// Its tokens.
    pub tokens: Option<u64>,
    /// Its price, US dollars.
    pub cost_usd: Option<f64>,
}

type Names = HashMap<Option<String>, Sum>;

/// What was added so far.
#[derive(Debug)]
pub struct Tally {
    wish: Wish,
    first_day: NaiveDate,
    total: Sum,
    days: Vec<Sum>,
    models: Names,
    providers: Names,
    projects: Names,
    lumped: u64,
    legacy: u64,
    split: Split,
    tools: HashMap<String, ToolUse>,
    calls: Vec<SlowCall>,
    failed_turns: u64,
    open_turns: u64,
    hours: [u64; 24],
    reach: Reach,
    faults: Vec<String>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(wish: Wish) -> Self {
        let today = wish.now.with_timezone(&wish.offset).date_naive();
        let back = Days::new(PERIOD_DAYS as u64 - 1);
        Self {
            wish,
            first_day: today.checked_sub_days(back).unwrap_or(today),
            total: Sum::default(),
            days: vec![Sum::default(); PERIOD_DAYS],
            models: Names::new(),
            providers: Names::new(),
            projects: Names::new(),
            lumped: 0,
            legacy: 0,
            split: Split::default(),
            tools: HashMap::new(),
            calls: Vec::new(),
            failed_turns: 0,
            open_turns: 0,
            hours: [0; 24],
            reach: Reach::default(),
            faults: Vec::new(),
        }
    }

    /// When the window begins.
    pub fn since(&self) -> DateTime<Utc> {
        let window = TimeDelta::from_std(self.wish.window).unwrap_or(TimeDelta::MAX);
        self.wish.now.checked_sub_signed(window).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// When the period begins.
    pub fn period_start(&self) -> DateTime<Utc> {
        let midnight = self.first_day.and_hms_opt(0, 0, 0).unwrap_or_default();
        midnight.and_utc() - TimeDelta::seconds(self.wish.offset.local_minus_utc().into())
    }

    /// A session with the model calls recorded of it and the times of its messages in the period (`None`
    /// where they were not counted by session).
    pub fn session(&mut self, row: &SessionRow, calls: &[Call], messages: Option<&[DateTime<Utc>]>) {
        let sum_of = |calls: &[Call]| {
            let mut sum = Sum::default();
            for call in calls {
                sum.add(Sum { tokens: call.tokens, cost_usd: call.cost_usd, ..Sum::default() });
            }
            sum
        };
        let recorded = sum_of(calls);
        // goose's own rule: whichever of the two sums is larger.
        let larger = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
        self.total.add(Sum {
            sessions: 1,
            messages: None,
            tokens: row.tokens.max(recorded.tokens),
            cost_usd: larger(row.cost_usd, recorded.cost_usd),
        });

        let mut part = Sum::default();
        let mut took_part = false;
        for call in calls {
            let sum = Sum { tokens: call.tokens, cost_usd: call.cost_usd, ..Sum::default() };
            if self.on_day(call.at, sum) {
                let model = call.model.clone().or_else(|| row.model.clone());
                self.models.entry(model).or_default().add(sum);
                part.add(sum);
                took_part = true;
            }
        }
        // What no call accounts for: all of it before the ledger, else what was before its first row.
        let rest = Sum {
            tokens: row.tokens.and_then(|t| t.checked_sub(recorded.tokens.unwrap_or(0))).filter(|t| *t > 0),
            cost_usd: row.cost_usd.map(|c| c - recorded.cost_usd.unwrap_or(0.0)).filter(|c| *c > 1e-9),
            ..Sum::default()
        };
        let lump = if calls.is_empty() { row.updated_at.or(row.created_at) } else { row.created_at };
        if let Some(at) = lump
            && !rest.is_empty()
            && self.on_day(at, rest)
        {
            self.models.entry(row.model.clone()).or_default().add(rest);
            part.add(rest);
            self.lumped += 1;
            took_part = true;
        }
        for at in messages.unwrap_or_default() {
            let one = Sum { messages: Some(1), ..Sum::default() };
            if self.on_day(*at, one) {
                part.add(one);
                took_part = true;
            }
        }
        let begun = Sum { sessions: 1, ..Sum::default() };
        took_part |= row.created_at.is_some_and(|at| self.on_day(at, begun));
        if !took_part {
            return;
        }
        let own = Sum { sessions: 1, messages: part.messages, ..Sum::default() };
        self.models.entry(row.model.clone()).or_default().add(own);
        let part = Sum { sessions: 1, ..part };
        self.providers.entry(row.provider.clone()).or_default().add(part);
        self.projects.entry(row.project.clone()).or_default().add(part);
    }

    /// Messages of the period that are counted by day alone.
    pub fn messages(&mut self, at: DateTime<Utc>) {
        self.on_day(at, Sum { messages: Some(1), ..Sum::default() });
    }

    fn on_day(&mut self, at: DateTime<Utc>, sum: Sum) -> bool {
        let date = at.with_timezone(&self.wish.offset).date_naive();
        let Ok(day) = usize::try_from((date - self.first_day).num_days()) else { return false };
        let Some(slot) = self.days.get_mut(day) else { return false };
        slot.add(sum);
        true
    }

    /// So many conversations are in the window.
    pub fn expect(&mut self, sessions: usize) {
        self.reach.sessions += sessions;
    }

    /// One conversation of the window, in any order. Messages outside the human transcript are left out by
    /// whoever reads.
    pub fn conversation(&mut self, row: &SessionRow, mut beats: Vec<Beat>, messages: u64) {
        self.reach.sessions_read += 1;
        self.reach.messages += messages;
        beats.sort_by_key(|beat| (beat.at, beat.row));
        for beat in &beats {
            self.hours[beat.at.with_timezone(&self.wish.offset).hour() as usize % 24] += 1;
            self.failed_turns += u64::from(beat.failed);
        }
        let line = timeline::cut(&beats);
        self.open_turns += u64::from(line.open);
        self.split.model += line.split.model;
        self.split.tool += line.split.tool;
        self.split.waiting += line.split.waiting;
        for call in line.tools {
            if !self.tools.contains_key(call.name) {
                let new = ToolUse { name: call.name.into(), ..ToolUse::default() };
                self.tools.insert(call.name.into(), new);
            }
            let Some(tool) = self.tools.get_mut(call.name) else { continue };
            let time = call.took.unwrap_or_default();
            tool.calls += 1;
            tool.failed += u64::from(call.failed);
            tool.time += time;
            tool.slowest = tool.slowest.max(time);
        }
        for call in line.calls {
            if self.calls.len() == MOST_CALLS && self.calls.last().is_some_and(|c| c.took >= call.took) {
                continue;
            }
            let at = self.calls.partition_point(|c| c.took >= call.took);
            let slow = SlowCall {
                key: row.key.clone(),
                name: row.name.clone(),
                model: call.model.map(str::to_owned).or_else(|| row.model.clone()),
                at: call.at,
                took: call.took,
                measured: call.measured,
            };
            self.calls.insert(at, slow);
            self.calls.truncate(MOST_CALLS);
        }
    }

    /// So many sessions lie beside a store, uncounted.
    pub fn legacy(&mut self, sessions: u64) {
        self.legacy += sessions;
    }

    /// A store that could not be read, in a sentence.
    pub fn fault(&mut self, sentence: String) {
        self.faults.push(sentence);
    }

    /// The whole.
    pub fn finish(self, disk: Disk) -> Insights {
        let since = self.since();
        let dates = self.first_day.iter_days();
        let mut tools: Vec<ToolUse> = self.tools.into_values().collect();
        tools.sort_by(|a, b| (Reverse(a.calls), &a.name).cmp(&(Reverse(b.calls), &b.name)));
        tools.truncate(MOST_NAMES);
        Insights {
            taken_at: self.wish.now,
            since,
            offset: self.wish.offset,
            total: self.total,
            days: dates.zip(self.days).map(|(date, sum)| Day { date, sum }).collect(),
            models: shares(self.models),
            providers: shares(self.providers),
            projects: shares(self.projects),
            lumped: self.lumped,
            legacy: self.legacy,
            split: self.split,
            tools,
            slow_calls: self.calls.into_iter().filter(|c| c.took > Duration::ZERO).collect(),
            failed_turns: self.failed_turns,
            open_turns: self.open_turns,
            hours: self.hours,
            reach: self.reach,
            disk,
            faults: self.faults,
        }
    }
}

/// The largest first: by tokens, then by sessions, then by name.
fn shares(names: Names) -> Vec<Share> {
    let mut shares: Vec<Share> = names.into_iter().map(|(name, sum)| Share { name, sum }).collect();
    let rank = |share: &Share| (Reverse(share.sum.tokens), Reverse(share.sum.sessions), share.name.clone());
    shares.sort_by_cached_key(rank);
    shares.truncate(MOST_NAMES);
    shares
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
