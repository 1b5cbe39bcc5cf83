//! The whole conversation as beats: where its time went.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};

use super::{Reader, block::LONG_GAP};
use crate::domain::{
    beat::{Beat, Spent},
    transcript::Place,
};

/// All messages, a few bytes each.
#[derive(Debug, Default)]
pub(super) struct Survey {
    beats: VecDeque<Beat>,
    /// How many of them are hidden.
    hidden: u64,
    done: bool,
    bar: Bar,
}

/// Where the time went, in cells of equal time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// What took most of each; `None` where nothing is known.
    pub cells: Vec<Option<Spent>>,
    /// The first moment.
    pub from: Option<DateTime<Utc>>,
    /// The last.
    pub to: Option<DateTime<Utc>>,
    /// In all: model, tools, person.
    pub totals: [Duration; 3],
    /// All messages are in it.
    pub whole: bool,
}

impl Survey {
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn put_before(&mut self, beats: Vec<Beat>, done: bool) {
        let first = self.beats.front().map(|b| b.place);
        for beat in beats.into_iter().rev().filter(|b| first.is_none_or(|first| b.place < first)) {
            self.hidden += u64::from(beat.hidden);
            self.beats.push_front(beat);
        }
        self.done = done;
        self.bar.cells.clear();
    }

    pub(super) fn put_after(&mut self, beats: impl Iterator<Item = Beat>) {
        let last = self.beats.back().map(|b| b.place);
        for beat in beats.filter(|b| last.is_none_or(|last| b.place > last)) {
            self.hidden += u64::from(beat.hidden);
            self.beats.push_back(beat);
        }
        self.bar.cells.clear();
    }

    /// Messages that are hidden, once all are known.
    pub(super) fn hidden(&self) -> Option<u64> {
        self.done.then_some(self.hidden)
    }

    /// Messages after a place that stand on the screen by themselves: a tool's answer is its call's.
    pub(super) fn entries_after(&self, place: Place, hidden: bool) -> u64 {
        let after = self.beats.iter().rev().take_while(|b| b.place > place);
        after.filter(|b| (hidden || !b.hidden) && b.by != Spent::Tool).count() as u64
    }

    /// Messages before a place that compaction put away, once all are known.
    pub(super) fn put_away_before(&self, place: Place) -> Option<u64> {
        let before = self.beats.iter().take_while(|b| b.place < place);
        self.done.then(|| before.filter(|b| b.put_away).count() as u64)
    }

    /// Who was waited for, from when to when, in order.
    fn spans(&self) -> impl Iterator<Item = (Spent, DateTime<Utc>, DateTime<Utc>)> {
        let mut before: Option<DateTime<Utc>> = None;
        let nexts = self.beats.iter().skip(1).map(|b| b.at).chain([None]);
        self.beats
            .iter()
            .zip(nexts)
            .flat_map(move |(beat, next)| {
                let (Some(at), Some(end)) = (beat.at, beat.ended(next)) else { return [None, None] };
                // Until a tool's result is built, the model was at work on its request.
                let until = if beat.by == Spent::Tool { Spent::Model } else { beat.by };
                let waited = before.filter(|before| *before < at).map(|before| (until, before, at));
                let took = (end > at).then_some((Spent::Tool, at, end));
                before = before.max(Some(end));
                [waited, took]
            })
            .flatten()
    }

    fn draw(&self, width: usize) -> Bar {
        let from = self.beats.iter().find_map(|b| b.at);
        let to = self.spans().map(|(_, _, to)| to).max().or(from);
        let mut bar = Bar { from, to, whole: self.done, ..Bar::default() };
        bar.cells = vec![None; width];
        let (Some(from), Some(to)) = (from, to) else { return bar };
        let all = (to - from).as_seconds_f64().max(1.0);
        let mut cells = vec![[0.0_f64; 3]; width];
        for (spent, begin, end) in self.spans() {
            let who = spent as usize;
            bar.totals[who] += (end - begin).to_std().unwrap_or_default();
            let place =
                |at: DateTime<Utc>| ((at - from).as_seconds_f64() / all).clamp(0.0, 1.0) * width as f64;
            let (begin, end) = (place(begin), place(end));
            let touched = (end.ceil() as usize).saturating_sub(begin as usize);
            for (at, cell) in cells.iter_mut().enumerate().skip(begin as usize).take(touched) {
                cell[who] += (end.min(at as f64 + 1.0) - begin.max(at as f64)).max(0.0);
            }
        }
        let most = |shares: &[f64; 3]| {
            let all = [Spent::Model, Spent::Tool, Spent::Person];
            let best = all.into_iter().max_by(|a, b| shares[*a as usize].total_cmp(&shares[*b as usize]))?;
            (shares[best as usize] > 0.0).then_some(best)
        };
        bar.cells = cells.iter().map(most).collect();
        bar
    }

    /// The nearest beat beyond a place that is wanted.
    pub(super) fn nearest(
        &self,
        from: Place,
        forward: bool,
        wanted: impl Fn(&Beat) -> bool,
    ) -> Option<Place> {
        let at = self.beats.partition_point(|b| b.place <= from);
        if forward {
            self.beats.iter().skip(at).find(|b| wanted(b)).map(|b| b.place)
        } else {
            let before = self.beats.partition_point(|b| b.place < from);
            self.beats.iter().take(before).rev().find(|b| wanted(b)).map(|b| b.place)
        }
    }

    /// The places before which a long time passed, between messages that are shown.
    pub(super) fn nearest_gap(&self, from: Place, forward: bool, hidden: bool) -> Option<Place> {
        let mut before: Option<DateTime<Utc>> = None;
        let mut found = None;
        let nexts = self.beats.iter().skip(1).map(|b| b.at).chain([None]);
        for (beat, next) in self.beats.iter().zip(nexts).filter(|(beat, _)| hidden || !beat.hidden) {
            let long = before.zip(beat.at).is_some_and(|(a, b)| b - a >= LONG_GAP);
            before = before.max(beat.ended(next));
            if !long {
                continue;
            }
            if forward && beat.place > from {
                return Some(beat.place);
            }
            if !forward && beat.place < from {
                found = Some(beat.place);
            }
        }
        found
    }
}

impl Reader {
    /// The bar at this width, worked out where something changed.
    pub fn fit_bar(&mut self, width: usize) {
        if self.survey.bar.cells.len() != width {
            self.survey.bar = self.survey.draw(width);
        }
    }

    /// The bar as last worked out, and the cell where the cursor is.
    pub fn bar(&self) -> (&Bar, Option<usize>) {
        let bar = &self.survey.bar;
        let at =
            self.current().and_then(|b| self.window.messages().get(b.message)).and_then(|m| m.created_at);
        let cell = at.zip(bar.from).zip(bar.to).map(|((at, from), to)| {
            let share = (at - from).as_seconds_f64() / (to - from).as_seconds_f64().max(1.0);
            ((share.clamp(0.0, 1.0) * bar.cells.len() as f64) as usize).min(bar.cells.len().saturating_sub(1))
        });
        (bar, cell)
    }
}
