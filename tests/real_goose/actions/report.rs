//! What an action says it would do or did, read from its `--json`, and how a test starts one.

use std::{
    collections::BTreeSet,
    process::{Child, Command, Output, Stdio},
};

use serde::Deserialize;
use serde_json::Value;

use crate::world::World;

/// The JSON contract of an action. A field that is missing is a failure.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// Version of the contract.
    pub schema_version: u32,
    /// The verb.
    pub action: String,
    /// Nothing was sent.
    pub dry_run: bool,
    /// In the caller's words.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: String,
    /// When it was over.
    pub finished_at: Option<String>,
    /// How many sessions ended.
    pub sessions_closed: usize,
    /// How many processes it ended.
    pub processes_terminated: usize,
    /// How many would not end.
    pub failed: usize,
    /// What was signalled.
    pub steps: Vec<Step>,
    /// What was not.
    pub left_alone: Vec<Left>,
}

/// One process.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// Its number.
    pub pid: u32,
    /// Whose it is.
    pub session_id: Option<String>,
    /// Its command line.
    pub command: String,
    /// What was sent, in order.
    pub signals: Vec<String>,
    /// What became of it.
    pub outcome: String,
}

/// Something that was not touched.
#[derive(Clone, Debug, Deserialize)]
pub struct Left {
    /// The process, where it is one.
    pub pid: Option<u32>,
    /// The session, where it has one.
    pub session_id: Option<String>,
    /// The reason.
    pub why: String,
}

impl Report {
    /// The processes of the steps.
    pub fn pids(&self) -> BTreeSet<u32> {
        self.steps.iter().map(|s| s.pid).collect()
    }

    /// The step of a process.
    #[track_caller]
    pub fn step(&self, pid: u32) -> &Step {
        let step = self.steps.iter().find(|s| s.pid == pid);
        step.unwrap_or_else(|| panic!("{pid} is no step of {self:#?}"))
    }

    /// Why a session was left alone.
    #[track_caller]
    pub fn why_left(&self, session: &str) -> &str {
        let left = self.left_alone.iter().find(|l| l.session_id.as_deref() == Some(session));
        &left.unwrap_or_else(|| panic!("{session} is not said to be left alone: {self:#?}")).why
    }
}

impl Step {
    /// A signal was sent to it, by whatever spelling.
    pub fn got(&self, signal: &str) -> bool {
        self.signals.iter().any(|s| s.trim_start_matches("SIG") == signal)
    }
}

/// An action's whole answer, for a failure's sake.
pub fn told(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\nstdout: {}\nstderr: {}", output.status, text(&output.stdout), text(&output.stderr))
}

impl World {
    /// What an action would do. It never names a process of another world.
    #[track_caller]
    pub fn dry(&self, verb: &str, args: &[&str]) -> Report {
        let report = self.reported(verb, &[args, &["--dry-run", "--json"]].concat());
        assert!(report.dry_run, "{report:#?}");
        let ours: BTreeSet<u32> = self.procs().iter().map(|p| p.pid).collect();
        let strange: Vec<&Step> = report.steps.iter().filter(|s| !ours.contains(&s.pid)).collect();
        assert!(strange.is_empty(), "the plan names processes that are not of this world: {strange:#?}");
        report
    }

    /// Runs an action, after its plan was held to name this world's processes alone: a goosetop that is
    /// wrong about that must not find out on the machine it is tested on.
    #[track_caller]
    pub fn act(&self, verb: &str, args: &[&str]) -> Report {
        let planned = self.dry(verb, args);
        let report = self.reported(verb, &[args, &["--yes", "--json"]].concat());
        // Where there is nothing to do, nothing was sent.
        assert!(!report.dry_run || report.steps.is_empty(), "{report:#?}");
        assert_eq!(report.action, verb);
        let finished = report.finished_at.as_deref().unwrap_or_default();
        assert!(report.started_at.as_str() <= finished, "both in UTC, to the same fraction: {report:#?}");
        assert!(report.steps.iter().all(|s| !s.command.is_empty()), "{report:#?}");
        assert_eq!(report.pids(), planned.pids(), "what was shown is not what was run: {report:#?}");
        report
    }

    #[track_caller]
    fn reported(&self, verb: &str, args: &[&str]) -> Report {
        let output = self.goosetop(verb, args);
        let report = serde_json::from_slice::<Report>(&output.stdout);
        let report = report.unwrap_or_else(|error| panic!("no report ({error}): {}", told(&output)));
        assert_eq!(report.schema_version, 1);
        report
    }

    /// Runs an action that must be refused, with an error that a program can read.
    #[track_caller]
    pub fn refused(&self, verb: &str, args: &[&str]) -> String {
        let output = self.goosetop(verb, &[args, &["--yes", "--json"]].concat());
        assert!(output.status.code().is_some_and(|code| code > 3), "not refused: {}", told(&output));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let error: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{}", told(&output)));
        assert!(error["error"]["message"].is_string(), "{}", told(&output));
        assert_ne!(error["error"]["kind"], "usage", "the command line is right: {said}");
        said
    }

    /// Starts an action and does not wait for it.
    pub fn acting(&self, verb: &str, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.arg(verb).args(self.goosetop_args()).args(args).args(["--yes", "--json"]);
        command.env_clear().envs(self.plain_env()).current_dir(self.home());
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        piped.spawn().expect("goosetop can be started")
    }
}
