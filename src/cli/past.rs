//! What was done before the dashboard began, as its events tell it: the newest runs of the audit log.

use crate::{
    config::env::Env,
    domain::{
        text,
        words::{counted, named},
    },
    effects::audit::{Entry, Kind, Summary, read},
    tui::app::Past,
    world::World,
};

/// Lines of the audit log that are read: a run has a few for each process.
const LINES: usize = 2000;

/// The runs; a log that cannot be read tells nothing.
pub fn past(env: &Env) -> Vec<Past> {
    let log = World::audit_log(env).and_then(|path| read(&path, LINES).ok()).unwrap_or_default();
    told(&log.entries)
}

fn told(entries: &[Entry]) -> Vec<Past> {
    let ended = entries.iter().filter(|entry| entry.kind == Kind::RunFinished);
    ended
        .map(|entry| {
            let summary = entry.summary.clone().unwrap_or_default();
            let who = targets(entries, entry, &summary);
            let said = format!("{}{who} by {}{}", entry.action, entry.actor(), outcome(&summary));
            Past { at: entry.at, text: text::line(&said).into_owned() }
        })
        .collect()
}

/// The sessions; where a run was about processes alone, those.
fn targets(entries: &[Entry], end: &Entry, summary: &Summary) -> String {
    let mut all = summary.sessions.clone();
    let mut lead = "";
    if all.is_empty() {
        lead = "pid ";
        let steps = entries.iter().filter(|entry| entry.run == end.run && entry.kind == Kind::Step);
        all = steps.filter_map(|step| step.pid).map(|pid| pid.to_string()).collect();
        all.dedup();
    }
    let named = named(&all);
    if named.is_empty() { named } else { format!(" {lead}{named}") }
}

/// What is known of it; a verb that signals nobody has no numbers.
fn outcome(summary: &Summary) -> String {
    let ended = summary.terminated.map(|n| counted(n, "process", "processes") + " ended");
    let failed = summary.failed.filter(|n| *n > 0).map(|n| format!("{n} failed"));
    let broken = (summary.broken_off == Some(true)).then(|| "broken off".to_owned());
    let parts: Vec<String> = ended.into_iter().chain(failed).chain(broken).collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(" · ")) }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::effects::audit::Who;

    fn entry(kind: Kind, action: &str) -> Entry {
        let who = Who::of(0, "web-01", |_| None);
        Entry { kind, ..Entry::bare(&who, action, DateTime::UNIX_EPOCH) }
    }

    #[test]
    fn a_run_names_its_sessions_or_else_its_processes() {
        let sessions = ["20261120_1", "20261120_2", "20261120_3"].map(str::to_owned).to_vec();
        let deleted = Summary { sessions, ..Summary::default() };
        let ended = Summary { terminated: Some(1), failed: Some(0), ..Summary::default() };
        let entries = [
            Entry { summary: Some(deleted), run: "1".into(), ..entry(Kind::RunFinished, "delete") },
            Entry { pid: Some(4242), ..entry(Kind::Step, "terminate") },
            Entry { summary: Some(ended), ..entry(Kind::RunFinished, "terminate") },
            // As logs of before have it.
            Entry { who: "0".into(), ..entry(Kind::RunFinished, "close-all") },
        ];
        let told: Vec<String> = told(&entries).into_iter().map(|past| past.text).collect();
        assert_eq!(told[0], "delete 20261120_1 +2 more by uid 0");
        assert_eq!(told[1], "terminate pid 4242 by uid 0: 1 process ended");
        assert!(told[2].ends_with("by uid 0"), "{told:?}");
        assert!(past(&Env::of([])).is_empty());
    }
}
