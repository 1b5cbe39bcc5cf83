//! What goosetop says, read from `list --json` as any program would read it.

use std::{
    process::{Command, Output},
    thread,
    time::Duration,
};

use serde::Deserialize;

use crate::world::World;

/// How often the board is looked at: a minute in all, since a verdict may need a few looks.
const TRIES: u32 = 240;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// The part of the JSON contract that the tests judge. A field that is missing is a failure.
#[derive(Clone, Debug, Deserialize)]
pub struct Board {
    /// Version of the contract.
    pub schema_version: u32,
    /// Judged sessions.
    pub sessions: Vec<Session>,
    /// Left behind by agents.
    pub leaked: Vec<Process>,
    /// goose processes without a session.
    pub untracked: Vec<Process>,
    /// Look like leftovers, without proof.
    pub unconfirmed: Vec<Process>,
}

/// A judged session.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The session that made it.
    pub parent_id: Option<String>,
    /// The class.
    pub health: String,
    /// What it waits for.
    pub turn: Turn,
    /// In a living terminal.
    pub attached: Option<bool>,
    /// Why.
    pub findings: Vec<Finding>,
    /// Who drives it.
    pub owner: Option<Owner>,
    /// What belongs to it.
    pub processes: Vec<Process>,
    /// Sessions that it made.
    #[serde(default)]
    pub sub_agents: Vec<Session>,
}

/// What is waited for.
#[derive(Clone, Debug, Deserialize)]
pub struct Turn {
    /// The word.
    pub state: String,
    /// What a running tool runs.
    pub command: Option<String>,
}

/// A reason.
#[derive(Clone, Debug, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub rule: String,
    /// How much it weighs.
    pub severity: String,
}

/// The process that drives a session.
#[derive(Clone, Debug, Deserialize)]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// What it was started to do.
    pub role: String,
    /// The best of the evidence.
    pub strength: String,
}

/// A process.
#[derive(Clone, Debug, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What it is.
    pub role: String,
    /// Its command line.
    pub command: String,
    /// Whose it is.
    pub session_id: Option<String>,
}

impl Board {
    /// A session, sub-agents included.
    pub fn session(&self, id: &str) -> Option<&Session> {
        find(&self.sessions, id)
    }

    /// Every process number the board names anywhere.
    pub fn all_pids(&self) -> Vec<u32> {
        fn of(sessions: &[Session], pids: &mut Vec<u32>) {
            for session in sessions {
                pids.extend(session.owner.iter().map(|o| o.pid));
                pids.extend(session.processes.iter().map(|p| p.pid));
                of(&session.sub_agents, pids);
            }
        }
        let loose = self.leaked.iter().chain(&self.untracked).chain(&self.unconfirmed);
        let mut pids: Vec<u32> = loose.map(|p| p.pid).collect();
        of(&self.sessions, &mut pids);
        pids
    }
}

impl Session {
    /// This process drives it.
    pub fn is_owned_by(&self, pid: u32) -> bool {
        self.owner.as_ref().is_some_and(|o| o.pid == pid)
    }

    /// The strength of the tie to its owner.
    pub fn strength(&self) -> &str {
        self.owner.as_ref().map_or("", |o| &o.strength)
    }

    /// A rule speaks.
    pub fn has(&self, rule: &str) -> bool {
        self.findings.iter().any(|f| f.rule == rule)
    }
}

/// The numbers, sorted, for comparing sets.
pub fn pids(procs: &[Process]) -> Vec<u32> {
    let mut pids: Vec<u32> = procs.iter().map(|p| p.pid).collect();
    pids.sort_unstable();
    pids
}

fn find<'a>(sessions: &'a [Session], id: &str) -> Option<&'a Session> {
    sessions.iter().find_map(|s| if s.id == id { Some(s) } else { find(&s.sub_agents, id) })
}

impl World {
    /// The arguments by which goosetop looks at this world alone.
    pub fn goosetop_args(&self) -> [String; 2] {
        ["--db".into(), self.db().display().to_string()]
    }

    /// Runs a verb of goosetop's to its end.
    pub fn goosetop(&self, verb: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.arg(verb).args(self.goosetop_args()).args(args);
        command.env_clear().envs(self.plain_env()).current_dir(self.home());
        command.env("GOOSETOP_GOOSE", self.goose_path());
        command.output().expect("goosetop can be started")
    }

    /// The board now.
    #[track_caller]
    pub fn board(&self, args: &[&str]) -> Board {
        self.look(args).0
    }

    #[track_caller]
    fn look(&self, args: &[&str]) -> (Board, String) {
        let output = self.goosetop("list", &[&["--json"], args].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let board = serde_json::from_str(&text);
        let board = board.unwrap_or_else(|error| {
            let said = String::from_utf8_lossy(&output.stderr);
            panic!(
                "goosetop list printed no board ({error}); {}\nstdout: {text}\nstderr: {said}",
                output.status
            )
        });
        (board, text)
    }

    /// Looks until the board says so; then returns it.
    #[track_caller]
    pub fn wait_for(&self, what: &str, fits: impl Fn(&Board) -> bool) -> Board {
        self.wait_for_with(&[], what, fits)
    }

    /// The same with more arguments for `list`.
    #[track_caller]
    pub fn wait_for_with(&self, args: &[&str], what: &str, fits: impl Fn(&Board) -> bool) -> Board {
        let mut last = String::new();
        for _ in 0..TRIES {
            let (board, text) = self.look(args);
            if fits(&board) {
                assert_eq!(board.schema_version, 1);
                return board;
            }
            last = text;
            thread::sleep(PAUSE);
        }
        panic!("the board never said: {what}; it says\n{last}");
    }

    /// Looks until a session of the board is so; then returns it.
    #[track_caller]
    pub fn wait_for_session(&self, id: &str, what: &str, fits: impl Fn(&Session) -> bool) -> Session {
        let board = self.wait_for(&format!("{id}: {what}"), |b| b.session(id).is_some_and(&fits));
        board.session(id).cloned().expect("it was just there")
    }
}
