//! When goose processes were started, dead ones too: each makes `<state>/logs/cli/<day>/<time>.log`,
//! named by its local start time to the second (facts 2). Only names are read, never the files.
//!
//! That tells a session begun by `/new` inside a running goose (no log of that second) from one
//! that another goose made.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, TimeZone, Utc};

use crate::domain::{
    process::Proc,
    role::{self, AgentRole},
};

/// Between the start of a process and the name of its log.
const NAMED_WITHIN: TimeDelta = TimeDelta::seconds(5);

/// Folders of days that are looked at: sessions older than that are not candidates for `/new`.
const NEWEST_DAYS: usize = 3;

/// The starts that the logs beside these processes' own tell, by folder. A folder is left out where it
/// cannot be listed, or where its names do not agree with a living process's own start (another time
/// zone): then nothing is known, which is not the same as "none was started".
pub fn starts(procs: &[Arc<Proc>]) -> BTreeMap<PathBuf, Vec<DateTime<Utc>>> {
    let mut trusted: BTreeMap<PathBuf, bool> = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for proc in procs {
        let Some(log) = proc.files.as_ref().and_then(|f| f.log.as_deref()) else { continue };
        let Some(folder) = log.ancestors().nth(2) else { continue };
        let agrees = time_of(log).is_some_and(|named| (named - proc.started_at).abs() <= NAMED_WITHIN);
        // Only a session at a prompt can move by `/new`: without one no folder is listed.
        if role::agent(&proc.argv).is_none_or(|a| a.role == AgentRole::Session) {
            asked.insert(folder.to_owned());
        }
        *trusted.entry(folder.to_owned()).or_insert(true) &= agrees;
    }
    let trusted = trusted.into_iter().filter(|(folder, trusted)| *trusted && asked.contains(folder));
    trusted.filter_map(|(folder, _)| Some((folder.clone(), listed(&folder)?))).collect()
}

fn listed(folder: &Path) -> Option<Vec<DateTime<Utc>>> {
    let mut found = Vec::new();
    for day in names(folder)?.iter().rev().take(NEWEST_DAYS) {
        found.extend(names(&folder.join(day))?.iter().filter_map(|n| time_of(Path::new(n))));
    }
    found.sort_unstable();
    Some(found)
}

fn names(folder: &Path) -> Option<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).ok()?;
    Some(entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect())
}

/// `20261121_133705.log` or `20261121_133705-name.log`, local time.
fn time_of(log: &Path) -> Option<DateTime<Utc>> {
    let stem = log.file_name()?.to_str()?.get(..15)?;
    let local = NaiveDateTime::parse_from_str(stem, "%Y%m%d_%H%M%S").ok()?;
    Some(Local.from_local_datetime(&local).earliest()?.to_utc())
}
