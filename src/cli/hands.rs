//! The dashboard's hands: resuming, attaching, and where reports go.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::goose::finder;
use crate::{
    config::{Config, env::Env, paths},
    domain::{
        board::{Board, SessionView},
        session::SessionKey,
        text,
    },
    effects::{
        Report,
        attach::{Tmux, find},
        audit::{self, Kind},
        goose::Finder,
        handover::Handover,
        resume::{Obstacle, Wish, preflight},
    },
    tui::{
        app::Past,
        hands::{Borrower, Handling, Hands, Insighter, Preflight, Saver},
    },
    wire::ReportDto,
    world::World,
};

/// Lines of the audit log that are read for the events: a run has a few for each process.
const LINES: usize = 2000;
/// Reports of one second and verb that get a name of their own.
const SAME_SECOND: u32 = 100;

/// Hands in this environment.
pub struct RealHands {
    finder: Finder,
    tmux: Tmux,
    reports: Option<PathBuf>,
    insighter: Insighter,
}

impl RealHands {
    /// Reads nothing but the environment.
    pub fn new(env: &Env, config: &Config) -> Self {
        let (own, stores) = (env.clone(), config.clone());
        Self {
            finder: finder(None, env),
            tmux: Tmux { program: "tmux".into(), own: env.text("TMUX").map(str::to_owned) },
            reports: paths::state_dir(env).map(|dir| dir.join("reports")),
            insighter: Arc::new(move |wish, hear| World::insights(&own, &stores, wish, hear)),
        }
    }

    fn handover(&self, view: &SessionView, board: &Board, fork: bool) -> Result<Handover, Obstacle> {
        preflight(board, view, &self.finder, &Wish { fork, dir: None })
    }
}

impl Hands for RealHands {
    fn preflight(&mut self, board: &Board, session: &SessionKey, fork: bool) -> Preflight {
        let mut flight = Preflight {
            key: session.clone(),
            fork,
            can_fork: false,
            command: String::new(),
            notes: Vec::new(),
            obstacle: None,
        };
        let Some(view) = look_up(board, session) else {
            flight.obstacle = Some(format!("session {} is not here any more", session.id));
            return flight;
        };
        flight.can_fork = self.handover(&view, board, true).is_ok();
        match self.handover(&view, board, fork) {
            Ok(handover) => {
                flight.command = handover.shell_line();
                flight.notes = handover.notes.into_iter().chain(handover.warnings).collect();
            }
            Err(Obstacle::NoGoose { command, .. }) => {
                flight.obstacle = Some("goose was not found; where it is, this goes on:".into());
                flight.command = command;
            }
            Err(obstacle) => {
                if let Obstacle::Owned { headless, .. } = obstacle {
                    let todo = if headless {
                        "it runs without a terminal: end it first (terminate), or go on with a copy"
                    } else {
                        "go where it runs (attach), or end it first (terminate)"
                    };
                    flight.notes = vec![todo.into()];
                }
                flight.obstacle = Some(obstacle.to_string());
            }
        }
        flight
    }

    fn resume(&mut self, board: &Board, flight: &Preflight) -> Result<Handling, String> {
        let view = look_up(board, &flight.key)
            .ok_or_else(|| format!("session {} is not here any more", flight.key.id))?;
        // Somebody may have taken it since the dialog opened.
        let handover = self.handover(&view, board, flight.fork).map_err(|obstacle| obstacle.to_string())?;
        Ok(Handling::Lend(borrower(handover, format!("back from {}", flight.key.id))))
    }

    fn attach(&mut self, board: &Board, session: &SessionKey) -> Result<Handling, String> {
        let view =
            look_up(board, session).ok_or_else(|| format!("session {} is not here any more", session.id))?;
        let way = find(&view, &self.tmux).map_err(|no| format!("{no}: {}", no.hint()))?;
        Ok(Handling::Lend(borrower(way, format!("went to {}", session.id))))
    }

    fn insighter(&self) -> Option<Insighter> {
        Some(self.insighter.clone())
    }

    fn saver(&self) -> Saver {
        let folder = self.reports.clone();
        Arc::new(move |report| {
            let folder = folder.as_deref().ok_or("no report is saved: set HOME or XDG_STATE_HOME")?;
            let saved = save(folder, report);
            let shown = |path: &Path| text::path(path, None);
            saved
                .map(|path| format!("saved as {}", shown(&path)))
                .map_err(|error| format!("the report is not saved in {}: {error}", shown(folder)))
        })
    }
}

fn look_up(board: &Board, key: &SessionKey) -> Option<SessionView> {
    let ended = || board.ended.iter().find(|s| s.key == *key).map(|s| board.past(s));
    board.families().find(|view| view.key() == key).cloned().or_else(ended)
}

/// Runs it in the terminal; what went wrong there stays readable until Enter.
fn borrower(handover: Handover, done: String) -> Borrower {
    Box::new(move || {
        let program = text::path(&handover.program, None);
        let failed = match handover.run() {
            Ok(status) if status.success() => return Ok(done),
            Ok(status) => format!("{program} ended with {status}"),
            Err(error) => format!("{program} cannot be started: {error}"),
        };
        let mut out = io::stdout().lock();
        // A terminal that cannot be written has nobody to wait for.
        if writeln!(out, "goosetop: {failed}. Enter comes back.").and_then(|()| out.flush()).is_ok() {
            let _ = io::stdin().lock().read_line(&mut String::new());
        }
        Err(failed)
    })
}

/// Nobody else may read it: commands can hold secrets.
fn save(folder: &Path, report: &Report) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let name = format!("{}-{}", report.finished_at.format("%Y%m%dT%H%M%SZ"), report.plan.intent.verb());
    let json = serde_json::to_vec_pretty(&ReportDto::from(report))?;
    for again in 0..SAME_SECOND {
        let again = if again == 0 { String::new() } else { format!("-{again}") };
        let path = folder.join(format!("{name}{again}.json"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(mut file) => {
                file.write_all(&json)?;
                file.write_all(b"\n")?;
                return Ok(path);
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What was done before, newest runs of the audit log; a log that cannot be read tells nothing.
pub fn past(env: &Env) -> Vec<Past> {
    let log = World::audit_log(env).and_then(|path| audit::read(&path, LINES).ok()).unwrap_or_default();
    let ended = log.entries.into_iter().filter(|entry| entry.kind == Kind::RunFinished);
    ended
        .map(|entry| {
            let summary = entry.summary.unwrap_or_default();
            let number = |n: Option<usize>| n.map_or_else(|| "?".into(), |n| n.to_string());
            let broken = if summary.broken_off == Some(true) { " · broken off" } else { "" };
            let said = format!(
                "{} by {}: {} processes ended · {} failed{broken}",
                entry.action,
                entry.who,
                number(summary.terminated),
                number(summary.failed),
            );
            Past { at: entry.at, text: text::line(&said).into_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::plan::{Intent, Plan};

    fn report() -> Report {
        let at = DateTime::UNIX_EPOCH;
        let plan = Plan {
            intent: Intent::CloseAll,
            made_at: at,
            reason: None,
            grace: std::time::Duration::from_secs(5),
            sessions: Vec::new(),
            steps: Vec::new(),
            left_alone: Vec::new(),
            faults: Vec::new(),
            never: Vec::new(),
            protect: Vec::new(),
        };
        Report {
            plan,
            dry_run: false,
            started_at: at,
            finished_at: at,
            steps: Vec::new(),
            broken_off: false,
            audit_fault: None,
        }
    }

    #[test]
    fn a_report_is_a_document_of_its_own_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let reports = folder.path().join("state/reports");
        let first = save(&reports, &report()).unwrap();
        let second = save(&reports, &report()).unwrap();
        assert_eq!(first.file_name().unwrap(), "19700101T000000Z-close-all.json");
        assert_ne!(first, second);
        let document: serde_json::Value = serde_json::from_slice(&fs::read(&first).unwrap()).unwrap();
        assert_eq!(document["action"], "close-all");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn without_a_home_it_says_what_to_set() {
        let hands = RealHands::new(&Env::of([]), &Config::default());
        assert!((hands.saver())(&report()).unwrap_err().contains("XDG_STATE_HOME"));
        assert!(past(&Env::of([])).is_empty());
    }
}
