//! goose's database as a session source: every schema version, what a look costs and what it leaves
//! behind, every way the file can be wrong.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "support/store.rs"]
mod store;
#[path = "support/watcher.rs"]
mod watcher;

#[path = "goose_db/changes.rs"]
mod changes;
#[path = "goose_db/faults.rs"]
mod faults;
#[path = "goose_db/insights.rs"]
mod insights;
#[path = "goose_db/legacy.rs"]
mod legacy;
#[path = "goose_db/speed.rs"]
mod speed;
#[path = "goose_db/traces.rs"]
mod traces;
#[path = "goose_db/versions.rs"]
mod versions;
