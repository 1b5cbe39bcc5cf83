//! What the screen is told when it starts.

use std::{path::PathBuf, time::Duration};

use chrono::{FixedOffset, Offset, Utc};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::{app::Past, keymap::KeyMap, theme::Theme};
use crate::{
    domain::{
        diff::Notify,
        health::{Health, thresholds::Thresholds},
        plan::{Terms, plan},
        snapshot::Viewer,
    },
    engine::actor::Planner,
};

/// A pane of the dashboard; the names are those of the config's `panes`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Pane {
    /// Orphaned sessions, and processes left behind.
    Orphaned,
    /// Sessions without progress.
    Stuck,
    /// Sessions that cannot be judged; takes no room while there are none.
    Unknown,
    /// The rest of the living.
    Healthy,
}

impl Pane {
    /// The class it shows.
    pub fn health(self) -> Health {
        match self {
            Self::Orphaned => Health::Orphaned,
            Self::Stuck => Health::Stuck,
            Self::Unknown => Health::Unknown,
            Self::Healthy => Health::Healthy,
        }
    }

    /// The pane of a class; history has none.
    pub fn of(health: Health) -> Option<Self> {
        Self::iter().find(|pane| pane.health() == health)
    }

    /// All panes in the order asked for. What was not named follows, worst first: a pane can be
    /// moved, never hidden.
    pub fn in_order(wanted: &[Self]) -> Vec<Self> {
        let mut order: Vec<Self> = Vec::new();
        for pane in wanted.iter().copied().chain(Self::iter()) {
            if order.contains(&pane) {
                continue;
            }
            // The unknown goes before the healthy unless it was given a place.
            if pane == Self::Healthy && !wanted.contains(&Self::Unknown) && !order.contains(&Self::Unknown) {
                order.push(Self::Unknown);
            }
            order.push(pane);
        }
        order
    }
}

/// Everything that flags and config decide about the screen.
#[derive(Clone, Debug)]
pub struct UiOptions {
    /// ASCII alone.
    pub ascii: bool,
    /// No colours (`NO_COLOR`, `--no-color`).
    pub no_color: bool,
    /// Mouse reporting on from the start; the loop switches the terminal accordingly.
    pub mouse: bool,
    /// How a session that became worse is made known.
    pub notify: Notify,
    /// Order of the panes.
    pub panes: Vec<Pane>,
    /// Loaded theme, colours included.
    pub theme: Theme,
    /// Loaded keys.
    pub keys: KeyMap,
    /// Local time's distance from UTC, for the clock and for moments.
    pub utc_offset: FixedOffset,
    /// The home directory, shown as `~`.
    pub home: Option<PathBuf>,
    /// Time between two looks: a picture older than two of these is not "live".
    pub interval: Duration,
    /// The limits, for the why dialog.
    pub thresholds: Thresholds,
    /// A filter to start with (`--filter`).
    pub filter: String,
    /// The rules that actions play by.
    pub terms: Terms,
    /// Makes the plans that are shown and run.
    pub planner: Planner,
    /// What was done before, for the events.
    pub past: Vec<Past>,
}

impl Default for UiOptions {
    fn default() -> Self {
        Self {
            ascii: false,
            no_color: false,
            mouse: false,
            notify: Notify::Off,
            panes: Pane::iter().collect(),
            theme: Theme::default(),
            keys: KeyMap::default(),
            utc_offset: Utc.fix(),
            home: None,
            interval: Duration::from_secs(2),
            thresholds: Thresholds::default(),
            filter: String::new(),
            terms: Terms {
                read_only: false,
                include_attached: false,
                protect: Vec::new(),
                grace: Duration::from_secs(5),
                viewer: Viewer::default(),
                ancestors: Vec::new(),
                reason: None,
            },
            planner: plan,
            past: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pane_can_be_lost() {
        use Pane::{Healthy, Orphaned, Stuck, Unknown};
        assert_eq!(Pane::in_order(&[Stuck, Orphaned, Healthy]), [Stuck, Orphaned, Unknown, Healthy]);
        assert_eq!(Pane::in_order(&[Healthy]), [Unknown, Healthy, Orphaned, Stuck]);
        assert_eq!(Pane::in_order(&[Healthy, Unknown]), [Healthy, Unknown, Orphaned, Stuck]);
        assert_eq!(Pane::in_order(&[]), [Orphaned, Stuck, Unknown, Healthy]);
    }
}
