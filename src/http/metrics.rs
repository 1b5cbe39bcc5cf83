//! Numbers for a monitoring system, in OpenMetrics.

use crate::effects::Report;

/// Counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {}

impl Metrics {
    /// An action is done.
    pub fn acted(&self, _report: &Report) {}
}
