//! Which screen is in front, and what the footer says.

use chrono::{DateTime, Utc};
use strum::{Display, EnumCount, EnumIter, IntoStaticStr};

/// A whole screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumCount, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ScreenKind {
    /// Panes by state.
    #[default]
    Dashboard,
    /// Every session, history included.
    Sessions,
    /// The process tree.
    Processes,
    /// What changed and what was done.
    Events,
    /// What was done in the last days, and where the time went.
    Insights,
}

/// One sentence in the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// When it goes away.
    pub until: DateTime<Utc>,
}
