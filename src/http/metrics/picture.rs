//! The board as gauges.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};
use strum::IntoEnumIterator;

use crate::{
    domain::{
        board::{Board, StoreStatus},
        health::Health,
        text,
    },
    wire::Status,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rule {
    rule: &'static str,
    severity: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Place {
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    version: &'static str,
}

/// What is known now; little where nothing has been looked at yet.
pub fn of(board: Option<&Board>, listeners: usize) -> Registry {
    let mut registry = Registry::with_prefix("goosetop");
    let version = Version { version: env!("CARGO_PKG_VERSION") };
    registry.register("build", "The version that is running", Info::new(version));
    plain(&mut registry, "event_listeners", "Clients that listen to events", listeners);
    let Some(board) = board else { return registry };
    sessions(&mut registry, board);
    processes(&mut registry, board);
    stores(&mut registry, board);
    let status = i64::from(Status::of(board).exit_code());
    plain_i64(
        &mut registry,
        "status",
        "As health-check exits: 0 healthy, 1 stuck, 2 orphaned or leaked, 3 unknown",
        status,
    );
    plain(&mut registry, "faults", "Sources that could not be read", board.faults.len());
    let at = board.taken_at.timestamp_millis() as f64 / 1000.0;
    let taken: Gauge<f64, std::sync::atomic::AtomicU64> = Gauge::default();
    taken.set(at);
    registry.register_with_unit(
        "last_look_timestamp",
        "When stores and processes were last looked at",
        Unit::Seconds,
        taken,
    );
    registry
}

fn sessions(registry: &mut Registry, board: &Board) {
    let c = &board.counts;
    let states = Family::<State, Gauge>::default();
    for health in Health::iter() {
        let count = match health {
            Health::Healthy => c.healthy,
            Health::Stuck => c.stuck,
            Health::Orphaned => c.orphaned,
            Health::Ended => c.ended,
            Health::Unknown => c.unknown,
        };
        states.get_or_create(&State { state: health.into() }).set(whole(count));
    }
    registry.register("sessions", "Sessions by class", states);
    let findings = Family::<Rule, Gauge>::default();
    let all = board.families().flat_map(|view| &view.findings).chain(board.findings.values());
    for finding in all {
        let label = Rule { rule: finding.rule.into(), severity: finding.severity.into() };
        findings.get_or_create(&label).inc();
    }
    registry.register("findings", "What rules say about sessions and stray processes", findings);
}

fn processes(registry: &mut Registry, board: &Board) {
    // What cannot be seen is not zero.
    if !board.procs_known {
        return;
    }
    let c = &board.counts;
    plain(registry, "leaked_processes", "Processes that sessions left behind", c.leaked_processes);
    let help = "Resident memory of processes that sessions left behind";
    let bytes = Gauge::<i64>::default();
    bytes.set(i64::try_from(c.leaked_bytes).unwrap_or(i64::MAX));
    registry.register_with_unit("leaked_memory", help, Unit::Bytes, bytes);
    plain(registry, "untracked_processes", "goose processes without a session", c.untracked_processes);
    plain(registry, "unconfirmed_processes", "Processes that only look left behind", board.unconfirmed.len());
}

fn stores(registry: &mut Registry, board: &Board) {
    let (sizes, logs) = (Family::<Place, Gauge>::default(), Family::<Place, Gauge>::default());
    let current = Family::<Place, Gauge>::default();
    for StoreStatus { path, bytes, wal_bytes, state, .. } in &board.stores {
        let place = Place { path: text::path(path, None) };
        for (sizes, bytes) in [(&sizes, bytes), (&logs, wal_bytes)] {
            if let Some(bytes) = bytes {
                sizes.get_or_create(&place).set(i64::try_from(*bytes).unwrap_or(i64::MAX));
            }
        }
        current.get_or_create(&place).set(i64::from(state.is_current()));
    }
    registry.register_with_unit("store_size", "Size of a session store", Unit::Bytes, sizes);
    let help = "Size of the log beside it, which holds what was not moved into it yet";
    registry.register_with_unit("store_wal_size", help, Unit::Bytes, logs);
    registry.register("store_current", "1 where a store could be read at the last look", current);
}

fn plain(registry: &mut Registry, name: &str, help: &str, value: usize) {
    plain_i64(registry, name, help, whole(value));
}

fn plain_i64(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
