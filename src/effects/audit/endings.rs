//! Whose owner goosetop has ended, out of the end of the audit log. Looked at again and again: a `stat`
//! decides whether it is read, and no more than [`TAIL`] of it ever is.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};

use super::{Entry, Kind};
use crate::domain::{board::ProcRole, snapshot::Ending, text};

/// Bytes read at the end: some hundred runs.
const TAIL: u64 = 512 * 1024;

/// The endings that one log tells.
#[derive(Debug, Default)]
pub struct Endings {
    log: Option<PathBuf>,
    /// Size and time of the file as it was read.
    seen: Option<(u64, Option<SystemTime>)>,
    known: Arc<Vec<Ending>>,
}

impl Endings {
    /// Of the log at this path; none tells nothing.
    pub fn of(log: Option<PathBuf>) -> Self {
        Self { log, ..Self::default() }
    }

    /// What is known now; the same value as before while the file stays as it is. A log that is missing or
    /// cannot be read tells nothing: what it would excuse is then an alarm.
    pub fn look(&mut self) -> Arc<Vec<Ending>> {
        let meta = self
            .log
            .as_ref()
            .and_then(|path| std::fs::metadata(path).ok())
            .filter(std::fs::Metadata::is_file);
        let now = meta.map(|m| (m.len(), m.modified().ok()));
        if now != self.seen {
            self.seen = now;
            self.known = Arc::new(self.read().unwrap_or_default());
        }
        self.known.clone()
    }

    fn read(&self) -> io::Result<Vec<Ending>> {
        let (Some(path), Some((size, _))) = (&self.log, self.seen) else { return Ok(Vec::new()) };
        let mut file = File::open(path)?;
        let from = size.saturating_sub(TAIL);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        // The first line of the tail may be half a line; like any torn or foreign one it does not parse.
        Ok(bytes.split(|b| *b == b'\n').filter_map(ending).collect())
    }
}

fn ending(line: &[u8]) -> Option<Ending> {
    let entry: Entry = serde_json::from_slice(line).ok()?;
    let ended = matches!(entry.outcome.as_deref(), Some("exited" | "killed"));
    let owner = entry.role == Some(ProcRole::Owner.to_string());
    (entry.kind == Kind::Step && ended && owner).then_some(())?;
    Some(Ending {
        store: text::line(&entry.store?).into_owned(),
        session: text::line(&entry.session_id?).into_owned(),
        at: entry.at,
        action: text::cut(&text::line(&entry.action), 40),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(role: &str, outcome: &str, session: &str) -> String {
        format!(
            r#"{{"v":1,"at":"2026-11-21T12:00:00Z","kind":"step","run":"r","who":"ann","uid":1,"host":"h","action":"terminate","session_id":"{session}","store":"/s.db","role":"{role}","outcome":"{outcome}"}}"#
        )
    }

    #[test]
    fn only_owners_that_were_ended_count_and_odd_lines_are_passed_by() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("audit.jsonl");
        let mut endings = Endings::of(Some(log.clone()));
        assert!(endings.look().is_empty(), "there is no log yet");
        let lines = [
            line("owner", "exited", "s_1"),
            line("owner", "already_gone", "s_2"),
            line("tool", "killed", "s_3"),
            line("owner", "killed", "s_4\\u001b[2J"),
            "nonsense".into(),
            "{\"kind\":\"step\"}".into(),
            line("owner", "killed", "torn")[..90].to_owned(),
        ];
        std::fs::write(&log, lines.join("\n")).unwrap();
        let told = endings.look();
        let ids: Vec<_> = told.iter().map(|e| e.session.as_str()).collect();
        assert_eq!(ids[0], "s_1");
        assert!(ids.len() == 2 && !ids[1].contains('\u{1b}'), "{ids:?}");
        assert!(Arc::ptr_eq(&told, &endings.look()), "nothing has changed");
        assert!(Endings::of(None).look().is_empty());
    }

    #[test]
    fn only_the_end_of_a_long_log_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("audit.jsonl");
        let far = line("owner", "exited", "far") + "\n" + &"x".repeat(TAIL as usize) + "\n";
        std::fs::write(&log, far + &line("owner", "exited", "near") + "\n").unwrap();
        let told = Endings::of(Some(log)).look();
        assert_eq!(told.iter().map(|e| e.session.as_str()).collect::<Vec<_>>(), ["near"]);
    }
}
