//! What has been counted since the start.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use strum::IntoEnumIterator;

use crate::effects::{Report, StepOutcome};

/// Bounds of the look's histogram, seconds: an unchanged poll takes a tenth of a millisecond or less, a
/// sweep of thousands of processes tens of milliseconds, a store on a sick disk seconds.
const LOOK_BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// What a server runs: the verbs of the API.
const ACTIONS: [&str; 4] = ["terminate", "close-all", "cleanup-project", "emergency-cleanup"];
/// How each may end.
const OUTCOMES: [&str; 3] = ["done", "partly", "broken_off"];

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Action {
    action: &'static str,
    /// One of [`OUTCOMES`].
    outcome: &'static str,
}

/// How a process was ended, or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

/// The counters.
pub struct Metrics {
    registry: Registry,
    looks: Histogram,
    actions: Family<Action, Counter>,
    processes: Family<Ended, Counter>,
    sessions: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(…)")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("goosetop");
        let looks = Histogram::new(LOOK_BOUNDS);
        let help = "Time that one look at stores and processes took";
        registry.register_with_unit("look_duration", help, Unit::Seconds, looks.clone());
        let actions = Family::<Action, Counter>::default();
        let processes = Family::<Ended, Counter>::default();
        // What appears with its first event has never grown: alerts would miss that one.
        for action in ACTIONS {
            for outcome in OUTCOMES {
                let _ = actions.get_or_create(&Action { action, outcome });
            }
        }
        for outcome in StepOutcome::iter().map(StepOutcome::into) {
            let _ = processes.get_or_create(&Ended { outcome });
        }
        registry.register("actions", "Actions run by this server", actions.clone());
        registry.register(
            "action_processes",
            "Processes that actions of this server were to end",
            processes.clone(),
        );
        let sessions = Counter::default();
        registry.register("sessions_closed", "Sessions that actions of this server closed", sessions.clone());
        Self { registry, looks, actions, processes, sessions }
    }
}

impl Metrics {
    /// An action is over.
    pub fn acted(&self, report: &Report) {
        let [done, partly, broken_off] = OUTCOMES;
        let outcome = match report {
            _ if report.broken_off => broken_off,
            _ if report.failed() > 0 => partly,
            _ => done,
        };
        self.actions.get_or_create(&Action { action: report.plan.intent.verb(), outcome }).inc();
        for step in &report.steps {
            let outcome: &'static str = StepOutcome::into(step.outcome);
            self.processes.get_or_create(&Ended { outcome }).inc();
        }
        self.sessions.inc_by(report.sessions_closed() as u64);
    }

    /// A look is over.
    pub fn looked(&self, took: Duration) {
        self.looks.observe(took.as_secs_f64());
    }

    /// For writing.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}
