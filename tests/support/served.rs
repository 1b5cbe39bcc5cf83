//! A demo's world with its real stand-ins, a home, and a server that looks at it.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use goosetop::demo::World;
use serde_json::Value;
use tempfile::TempDir;

use super::api::Api;

/// What takes longer never happens.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A world, a home and a server.
pub struct Stage {
    /// Sessions and stand-ins.
    pub world: World,
    /// Where the server keeps its state.
    pub home: TempDir,
    /// The server.
    pub api: Api,
}

#[expect(clippy::disallowed_methods, reason = "a test begins in the present; stand-ins cannot be back-dated")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Stage {
    /// Serves with these arguments besides, and waits until the world is seen whole.
    pub fn new(args: &[&str]) -> Self {
        let world = World::build(now(), Path::new(env!("CARGO_BIN_EXE_goosetop"))).unwrap();
        let home = tempfile::tempdir().unwrap();
        let api = Self::serve(&world, home.path(), args);
        let stage = Self { world, home, api };
        stage.until("something leaked", |list| list["leaked"].as_array().is_some_and(|l| !l.is_empty()));
        stage
    }

    /// A server for this world.
    pub fn serve(world: &World, home: &Path, args: &[&str]) -> Api {
        let db = world.db_path().to_str().unwrap().to_owned();
        let mut all = vec!["--db", &db, "--interval", "200ms", "--set", "actions.grace=500ms"];
        all.extend(args);
        Api::start(home, &all)
    }

    /// What is active.
    pub fn sessions(&self) -> Value {
        self.api.get("/api/active-sessions").json()
    }

    /// Waits until this holds for what is active.
    pub fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let list = self.sessions();
            if holds(&list) {
                return list;
            }
            assert!(Instant::now() < deadline, "never: {what}; {list:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What another command says about this world.
    pub fn command(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        let out =
            command.args(args).arg("--db").arg(self.world.db_path()).stdin(Stdio::null()).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    }
}

/// Every process on a board.
pub fn processes(list: &Value) -> BTreeSet<u64> {
    let of = |list: &Value| -> Vec<u64> {
        list.as_array().into_iter().flatten().filter_map(|p| p["pid"].as_u64()).collect()
    };
    let sessions = list["sessions"].as_array().unwrap().iter().flat_map(|s| of(&s["processes"]));
    sessions
        .chain(["leaked", "untracked", "unconfirmed"].into_iter().flat_map(|of_kind| of(&list[of_kind])))
        .collect()
}

/// The state of a process; `None` when it is gone.
pub fn state(pid: u64) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}
