//! The insights on the screen: asked for when somebody comes to see them, never on a look.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use strum::{Display, EnumCount, EnumIter, IntoEnumIterator, IntoStaticStr};

use super::{App, ScreenKind};
use crate::{
    domain::insights::{DEADLINE, Insights, Progress, Sum, WINDOW, Wish},
    tui::effect::Effect,
};

/// Coming back later than this reads anew; within it the charts would show the same.
const FRESH: TimeDelta = TimeDelta::minutes(2);

/// What the days are measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumCount, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Measure {
    /// Tokens.
    #[default]
    Tokens,
    /// US dollars.
    Cost,
    /// Sessions begun.
    Sessions,
    /// Messages.
    Messages,
}

impl Measure {
    /// A sum in this measure; `None` where no store recorded it.
    pub fn of(self, sum: Sum) -> Option<f64> {
        match self {
            Self::Tokens => sum.tokens.map(|n| n as f64),
            Self::Cost => sum.cost_usd,
            Self::Sessions => Some(sum.sessions as f64),
            Self::Messages => sum.messages.map(|n| n as f64),
        }
    }

    fn next(self) -> Self {
        Self::iter().nth((self as usize + 1) % Self::COUNT).unwrap_or_default()
    }
}

/// What is known of the past, and what is being read.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The newest answer.
    pub told: Option<Arc<Insights>>,
    /// Why there is none.
    pub failed: Option<String>,
    /// How far the reading in progress is.
    pub progress: Option<Progress>,
    /// What the days show.
    pub measure: Measure,
    asked_at: Option<DateTime<Utc>>,
}

impl App {
    /// Asks for insights where they are looked at and not fresh.
    pub(super) fn want_insights(&mut self, again: bool, now: DateTime<Utc>) -> Option<Effect> {
        let past = &mut self.insights;
        let old = past.asked_at.is_none_or(|at| now - at > FRESH);
        if self.screen != ScreenKind::Insights || past.progress.is_some() || !(old || again) {
            return None;
        }
        past.asked_at = Some(now);
        past.progress = Some(Progress::default());
        self.dirty = true;
        let offset = self.options.utc_offset;
        Some(Effect::ReadInsights(Wish { now, window: WINDOW, offset, deadline: DEADLINE }))
    }

    pub(super) fn on_insights(&mut self, told: Result<Box<Insights>, String>) {
        self.insights.progress = None;
        match told {
            Ok(told) => (self.insights.told, self.insights.failed) = (Some(Arc::from(told)), None),
            Err(why) => self.insights.failed = Some(why),
        }
        self.dirty |= self.screen == ScreenKind::Insights;
    }

    pub(super) fn on_insights_progress(&mut self, progress: Progress) {
        // One that comes late belongs to a reading that is over.
        if let Some(known) = &mut self.insights.progress {
            *known = progress;
            self.dirty |= self.screen == ScreenKind::Insights;
        }
    }

    pub(super) fn next_measure(&mut self) {
        self.insights.measure = self.insights.measure.next();
    }

    /// The insights and what is being read of them.
    pub fn insights(&self) -> &Past {
        &self.insights
    }
}
