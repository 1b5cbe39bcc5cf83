//! A demo's world of real stand-in processes, and a goosetop beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use goosetop::demo::World;
use serde_json::Value;
use tempfile::TempDir;

/// A world and a home to act from.
pub struct Stage {
    /// The world.
    pub world: World,
    /// The home.
    pub home: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// On stdout.
    pub out: String,
    /// On stderr.
    pub err: String,
}

impl Said {
    /// Its stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test begins in the present; stand-ins cannot be back-dated")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Stage {
    /// A world as it will be.
    pub fn new() -> Self {
        let world = World::build(now(), Path::new(env!("CARGO_BIN_EXE_goosetop"))).unwrap();
        let stage = Self { world, home: tempfile::tempdir().unwrap() };
        // One goose leaves what it started behind: only then is the world as it will be.
        let deadline = Instant::now() + Duration::from_secs(20);
        while !stage.has_leaked() {
            assert!(Instant::now() < deadline, "nothing leaked");
            std::thread::sleep(Duration::from_millis(10));
        }
        stage
    }

    fn has_leaked(&self) -> bool {
        let alive = self.alive();
        let Some((pid, _)) = alive.iter().find(|(_, argv)| *argv == "npm run review") else { return false };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parent.is_some_and(|parent: u32| !alive.contains_key(&parent))
    }

    /// A goosetop that knows this store and nothing else.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path());
        command.args(args).arg("--db").arg(self.world.db_path()).stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn say(&self, args: &[&str]) -> Said {
        said(&self.command(args).output().unwrap())
    }

    /// The living stand-ins: number and command line. A zombie has no command line.
    pub fn alive(&self) -> BTreeMap<u32, String> {
        let sign = format!("GOOSE_PATH_ROOT={}", self.world.root().display());
        let pids = fs::read_dir("/proc").unwrap().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let one = |pid: u32| {
            let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).ok();
            let env = read("environ")?;
            env.split(|b| *b == 0).find(|v| *v == sign.as_bytes())?;
            let argv = String::from_utf8_lossy(&read("cmdline")?).replace('\0', " ");
            (!argv.is_empty()).then(|| (pid, argv.trim().to_owned()))
        };
        pids.filter_map(one).collect()
    }

    /// The commands that have ended since.
    pub fn ended_since(&self, before: &BTreeMap<u32, String>) -> BTreeSet<String> {
        let now = self.alive();
        before.iter().filter(|(pid, _)| !now.contains_key(pid)).map(|(_, argv)| argv.clone()).collect()
    }

    /// A session's id by its name.
    pub fn id(&self, name: &str) -> String {
        let list = self.say(&["list", "--json"]).json();
        let all = list["sessions"].as_array().unwrap();
        all.iter().find(|s| s["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}
