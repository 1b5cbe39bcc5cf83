//! `unkillable`: a process of the session sits in an uninterruptible wait; no signal will end it.
//! Disk reads pass through that state all the time, so it must have been seen there look after look.

use std::time::Duration;

use crate::domain::{
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    words,
};

/// A disk or network mount that has not answered for this long will not soon.
const UNKILLABLE_FOR: Duration = Duration::from_secs(60);

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let waiting = |p: &&crate::domain::board::ProcView| p.proc.cpu.unkillable_since;
    let process = case.processes.iter().filter(|p| waiting(p).is_some()).min_by_key(waiting)?;
    let from = process.proc.cpu.unkillable_since?;
    let long = since(case.now, from);
    if long < UNKILLABLE_FOR {
        return None;
    }
    let (pid, name) = (process.proc.id.pid, &process.proc.name);
    let message = format!("{name} {pid} in an uninterruptible wait for {}", words::spoken(long));
    Some(finding(Rule::Unkillable, Severity::Stuck, message).clock(Some(from), UNKILLABLE_FOR))
}

pub fn looked(case: &Case<'_>) -> String {
    match case.processes.iter().filter_map(|p| p.proc.cpu.unkillable_since).min() {
        None => "no process in an uninterruptible wait".into(),
        Some(from) => {
            let (long, limit) = (words::spoken(since(case.now, from)), words::spoken(UNKILLABLE_FOR));
            format!("in an uninterruptible wait for {long}, limit {limit}")
        }
    }
}
