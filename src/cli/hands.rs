//! The dashboard's hands: resuming, attaching, and where reports go.

use std::{
    borrow::Cow,
    fs::{self, OpenOptions},
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{bundle, goose::finder};
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
        goose::Finder,
        handover::Handover,
        resume::{Obstacle, Wish, preflight},
    },
    tui::{
        app::Target,
        hands::{Borrower, Bundler, Handling, Hands, Insighter, Preflight, Saver},
    },
    wire::ReportDto,
    world::World,
};

/// Reports of one second and verb that get a name of their own.
const SAME_SECOND: u32 = 100;

/// Hands in this environment.
pub struct RealHands {
    finder: Finder,
    tmux: Tmux,
    reports: Option<PathBuf>,
    insighter: Insighter,
    bundles: bundle::Files,
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
            bundles: bundle::Files::new(env, &config.health),
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
            flight.obstacle = Some(gone(session));
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
        let view = look_up(board, &flight.key).ok_or_else(|| gone(&flight.key))?;
        // Somebody may have taken it since the dialog opened.
        let handover = self.handover(&view, board, flight.fork).map_err(|obstacle| obstacle.to_string())?;
        Ok(Handling::Lend(borrower(handover, format!("back from {}", flight.key.id))))
    }

    fn attach(&mut self, board: &Board, session: &SessionKey) -> Result<Handling, String> {
        let view = look_up(board, session).ok_or_else(|| gone(session))?;
        let way = find(&view, &self.tmux).map_err(|no| format!("{no}: {}", no.hint()))?;
        Ok(Handling::Lend(borrower(way, format!("went to {}", session.id))))
    }

    fn insighter(&self) -> Option<Insighter> {
        Some(self.insighter.clone())
    }

    fn bundler(&self) -> Option<Bundler> {
        let files = self.bundles.clone();
        Some(Arc::new(move |board, session| {
            let view = look_up(board, session).ok_or_else(|| gone(session))?;
            files.write(board, &view)
        }))
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

/// Wherever it stands on the board: a conversation can be read of what no list shows, too.
fn look_up(board: &Board, key: &SessionKey) -> Option<SessionView> {
    Target::of(board, key)?.view(board).map(Cow::into_owned)
}

fn gone(session: &SessionKey) -> String {
    format!("session {} is not here any more", session.id)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;
    use crate::domain::{
        board::Counts,
        plan::{Intent, Plan},
        session::{Session, SessionId},
    };

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

    fn board(past: Session) -> Board {
        Board {
            taken_at: DateTime::UNIX_EPOCH,
            host: "web-01".into(),
            stores: Vec::new(),
            sessions: Vec::new(),
            hidden: Vec::new(),
            notes: BTreeMap::new(),
            ended: vec![Arc::new(past)],
            unlisted: Vec::new(),
            leaked: Vec::new(),
            untracked: Vec::new(),
            unconfirmed: Vec::new(),
            findings: BTreeMap::new(),
            faults: Vec::new(),
            procs_known: true,
            needs_second_look: false,
            counts: Counts::default(),
        }
    }

    #[test]
    fn a_hand_over_is_written_once_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let env = Env::of([("XDG_STATE_HOME", folder.path().to_str().unwrap())]);
        let hands = RealHands::new(&env, &Config::default());
        let key = SessionKey { store: 0, id: SessionId::new("20261120_9") };
        let board = board(Session::bare(key.clone()));
        let bundle = hands.bundler().unwrap();
        let said = bundle(&board, &key).unwrap();
        let path = folder.path().join("goosetop/bundles/20261120_9-19700101T000000Z.md");
        assert!(said.contains("20261120_9-19700101T000000Z.md"), "{said}");
        let written = fs::read_to_string(&path).unwrap();
        assert!(written.starts_with("# goose session 20261120"), "{written}");
        assert!(bundle(&board, &key).unwrap_err().contains("is there already"));
        assert_eq!(fs::read_to_string(&path).unwrap(), written);
    }

    #[test]
    fn without_a_home_it_says_what_to_set() {
        let hands = RealHands::new(&Env::of([]), &Config::default());
        assert!((hands.saver())(&report()).unwrap_err().contains("XDG_STATE_HOME"));
    }
}
