//! A scratch machine for goose: its own home, store, configuration and model, nothing of the user's.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    goose::{self, Headless},
    model_server::ModelServer,
    process::Proc,
    store::{self, Row},
    terminal::Terminal,
    wait::{until, until_true},
};

/// Held shared by every world, alone by a test that judges the whole machine.
const LOCK: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/real_goose.lock");

/// An extension server that speaks just enough MCP to be accepted, in a language every machine has. NAME,
/// TOOLS (JSON) and CALLS (lines of the table) stand for what differs.
const EXTENSION: &str = r#"#!/bin/sh
while IFS= read -r line; do
  id=${line#*\"id\":}
  id=${id%%[,\}]*}
  case $line in
  *'"method":"initialize"'*) result='{"protocolVersion":"2025-03-26","capabilities":{"tools":{}},"serverInfo":{"name":"NAME","version":"1"}}' ;;
  *'"method":"tools/list"'*) result='{"tools":TOOLS}' ;;
CALLS
  *'"method":"ping"'*) result='{}' ;;
  *'"method":"notifications/'*) continue ;;
  *) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\n' "$id"; continue ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"#;

/// A scratch folder with a model server. Dropping it ends every process that carries the folder.
#[derive(Debug)]
pub struct World {
    /// The scripted model.
    pub model: ModelServer,
    mode: &'static str,
    goose: PathBuf,
    dir: TempDir,
    _lock: File,
}

impl World {
    /// A world beside others.
    pub fn new() -> Self {
        Self::locked(File::lock_shared)
    }

    /// A world while no other is: for verdicts on the whole machine.
    pub fn alone() -> Self {
        Self::locked(File::lock)
    }

    fn locked(lock: impl Fn(&File) -> std::io::Result<()>) -> Self {
        let file = File::create(LOCK).expect("cargo's folder for tests can be written");
        lock(&file).expect("the lock of the real-goose tests can be had");
        let dir = tempfile::Builder::new().prefix("goosetop-real-").tempdir().expect("a scratch folder");
        let world =
            Self { model: ModelServer::start(), mode: "auto", goose: goose::binary(), dir, _lock: file };
        for folder in [world.home(), world.work(), world.root().join("config")] {
            fs::create_dir_all(folder).expect("a folder in the scratch folder");
        }
        fs::write(world.root().join("config/config.yaml"), "GOOSE_TELEMETRY_ENABLED: false\n")
            .expect("a configuration for goose");
        world
    }

    /// The same with another `GOOSE_MODE`.
    pub fn with_mode(mut self, mode: &'static str) -> Self {
        self.mode = mode;
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        // goose stores resolved paths; a linked temporary folder must not look like another place.
        self.dir.path().canonicalize().expect("the scratch folder is there").join(name)
    }

    /// `HOME` of everything here.
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// The working directory of every goose here.
    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// `GOOSE_PATH_ROOT`, the mark of everything that was started here.
    fn root(&self) -> PathBuf {
        self.path("root")
    }

    /// The goose of this world.
    pub fn goose_path(&self) -> String {
        self.goose.display().to_string()
    }

    /// goose's store.
    pub fn db(&self) -> PathBuf {
        self.root().join("data/sessions/sessions.db")
    }

    /// What every program here is told: no variable of the user's but `PATH`.
    pub fn plain_env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PATH", env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".into())),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("SHELL", "/bin/bash".into()),
            ("HOME", self.home().display().to_string()),
        ]
    }

    /// What goose is told.
    pub fn goose_env(&self) -> Vec<(&'static str, String)> {
        let mut vars = self.plain_env();
        vars.push(("GOOSE_PATH_ROOT", self.root().display().to_string()));
        vars.push(("GOOSE_MODE", self.mode.into()));
        vars.extend(self.model.env());
        vars
    }

    /// What a goosetop is told that starts a goose: the same, and where goose is.
    pub fn hands_over(&self) -> Vec<(&'static str, String)> {
        let mut vars = self.goose_env();
        let folder = self.goose.parent().expect("goose is in a folder").display();
        vars.iter_mut()
            .filter(|(name, _)| *name == "PATH")
            .for_each(|(_, path)| *path = format!("{folder}:{path}"));
        vars
    }

    /// Starts a program with goose's environment, in the working directory and a unix session of its
    /// own, so that the scene is the same from a terminal and from a build machine.
    pub fn start(&self, program: &Path, args: &[&str], input: Stdio, output: Stdio) -> Headless {
        self.start_in("", program, args, input, output)
    }

    /// The same in a folder below the working directory, which is made.
    fn start_in(&self, folder: &str, program: &Path, args: &[&str], input: Stdio, output: Stdio) -> Headless {
        let folder = self.work().join(folder);
        fs::create_dir_all(&folder).expect("a folder in the scratch folder");
        let log = File::create(self.path("stderr.log")).expect("a log in the scratch folder");
        let mut command = Command::new("setsid");
        command.arg(program).args(args).current_dir(folder);
        command.env_clear().envs(self.goose_env());
        let child = command.stdin(input).stdout(output).stderr(log).spawn().expect("setsid can be started");
        // Until then it is setsid, and would be judged as that.
        until_true("setsid becomes the program", || {
            Proc::read(child.id()).is_some_and(|now| now.argv.first().is_none_or(|arg| arg != "setsid"))
        });
        Headless::new(child)
    }

    /// Starts a goose without a terminal.
    pub fn goose(&self, args: &[&str]) -> Headless {
        self.start(&self.goose, args, Stdio::null(), Stdio::null())
    }

    /// Starts a goose without a terminal in a folder below the working directory.
    pub fn goose_in(&self, folder: &str, args: &[&str]) -> Headless {
        self.start_in(folder, &self.goose, args, Stdio::null(), Stdio::null())
    }

    /// Starts a goose that is spoken to through pipes.
    pub fn piped_goose(&self, args: &[&str]) -> Headless {
        self.start(&self.goose, args, Stdio::piped(), Stdio::piped())
    }

    /// Starts `goose run` with these words.
    pub fn run(&self, words: &str) -> Headless {
        self.goose(&["run", "-t", words])
    }

    /// Starts a goose in a terminal of its own.
    pub fn terminal(&self, args: &[&str]) -> Terminal {
        let goose = self.goose_path();
        let words: Vec<&str> = std::iter::once(goose.as_str()).chain(args.iter().copied()).collect();
        Terminal::open(self, (120, 40), &self.goose_env(), &words)
    }

    /// Starts `goose session` with more arguments in a terminal, and waits for its prompt.
    pub fn session(&self, args: &[&str]) -> Terminal {
        let terminal = self.terminal(&[&["session"], args].concat());
        terminal.until_shows("goose is ready");
        terminal
    }

    /// Runs goose to its end and returns what it printed.
    pub fn ask(&self, args: &[&str]) -> String {
        let mut command = Command::new(&self.goose);
        command.args(args).current_dir(self.work()).env_clear().envs(self.goose_env());
        let output = command.stdin(Stdio::null()).output().expect("goose can be started");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The script of an extension server without tools, for `--with-extension "sh SCRIPT"`.
    pub fn extension(&self) -> String {
        self.extension_with("probe", "[]", "")
    }

    /// The same with tools (JSON) and the lines of a shell's `case` that answer their calls.
    pub fn extension_with(&self, name: &str, tools: &str, calls: &str) -> String {
        let script = self.path(&format!("{name}.sh"));
        let words = EXTENSION.replace("NAME", name).replace("TOOLS", tools).replace("CALLS", calls);
        fs::write(&script, words).expect("a script in the scratch folder");
        script.display().to_string()
    }

    /// The stored sessions, oldest first.
    pub fn rows(&self) -> Vec<Row> {
        store::rows(&self.db())
    }

    /// Waits for so many sessions and returns the newest.
    pub fn nth_session(&self, count: usize) -> Row {
        until(&format!("{count} sessions are stored"), || self.rows().into_iter().nth(count - 1))
    }

    /// Waits until the first session looks so.
    pub fn first_session(&self, what: &str, mut fits: impl FnMut(&Row) -> bool) -> Row {
        until(what, || self.rows().into_iter().next().filter(&mut fits))
    }

    /// Everything alive that was started here.
    pub fn procs(&self) -> Vec<Proc> {
        let root = self.root().display().to_string();
        let here = |p: &Proc| p.lives() && p.var("GOOSE_PATH_ROOT") == Some(&root);
        Proc::all().into_iter().filter(here).collect()
    }

    /// Everything alive that a session's agent has started.
    pub fn carriers(&self, id: &str) -> Vec<Proc> {
        self.procs().into_iter().filter(|p| p.var("AGENT_SESSION_ID") == Some(id)).collect()
    }

    /// Waits for a carrier whose command line is this.
    #[track_caller]
    pub fn carrier(&self, id: &str, command: &str) -> Proc {
        self.carrier_that(id, command, |p| p.command() == command)
    }

    /// Waits for a carrier that is so.
    #[track_caller]
    pub fn carrier_that(&self, id: &str, what: &str, fits: impl Fn(&Proc) -> bool) -> Proc {
        until(&format!("session {id} runs `{what}`"), || self.carriers(id).into_iter().find(|p| fits(p)))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A process that is being started may slip through one look.
        for _ in 0..50 {
            let left = self.procs();
            if left.is_empty() {
                break;
            }
            for proc in left {
                let _gone = proc.signal(Signal::KILL);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}
