//! `resume` with a goose that writes down how it was called.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

#[path = "support/store.rs"]
mod store;

const ID: &str = "20260101_1";

struct Scratch {
    dir: TempDir,
    /// The session's directory.
    work: PathBuf,
}

impl Scratch {
    /// A store at `below`, with one session, and a goose that ends as `ending` says.
    fn new(below: &str, ending: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (path, work) = (root.join(below), root.join("work"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::create_dir_all(&work).unwrap();
        let conn = store::create(&path, store::Build::Fresh(16));
        store::session(&conn, ID, "one", &work.to_string_lossy(), "2026-01-01 10:00:00");
        store::message(&conn, ID, "user", "hello", 1_767_261_600);
        let told = root.join("told");
        let script = format!(
            "#!/bin/sh\n{{ pwd; echo \"$@\"; /usr/bin/env | /usr/bin/sort; }} > {}\n{ending}\n",
            told.display()
        );
        let goose = root.join("bin/goose");
        fs::create_dir_all(goose.parent().unwrap()).unwrap();
        fs::write(&goose, script).unwrap();
        fs::set_permissions(&goose, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, work }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.root()).env("PATH", self.root().join("bin"));
        command.current_dir(self.root());
        command
    }

    fn resume(&self, args: &[&str], env: &[(&str, &str)]) -> Output {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_goosetop")));
        command.arg("resume").args(args).envs(env.iter().copied()).output().unwrap()
    }

    /// Directory, arguments, environment.
    fn told(&self) -> (String, String, Vec<String>) {
        let told = fs::read_to_string(self.root().join("told")).unwrap();
        let mut lines = told.lines().map(str::to_owned);
        (lines.next().unwrap(), lines.next().unwrap(), lines.collect())
    }
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const USUAL: &str = ".local/share/goose/sessions/sessions.db";

#[test]
fn goose_goes_on_in_the_session_s_directory_and_its_exit_code_is_ours() {
    let scratch = Scratch::new(USUAL, "exit 7");
    let output = scratch.resume(&["one"], &[("AGENT_SESSION_ID", "20250101_1")]);
    assert_eq!(output.status.code(), Some(7), "{}", err(&output));
    let (dir, argv, env) = scratch.told();
    assert_eq!(dir, scratch.work.display().to_string());
    assert_eq!(argv, "session --resume --session-id 20260101_1");
    assert!(
        !env.iter().any(|v| v.starts_with("AGENT_SESSION_ID") || v.starts_with("GOOSE_PATH_ROOT")),
        "{env:?}"
    );
    let killed = Scratch::new(USUAL, "kill -KILL $$");
    assert_eq!(killed.resume(&[ID], &[]).status.code(), Some(137));
}

#[test]
fn goose_is_pointed_at_the_store_that_was_read() {
    for (below, variable, at) in [
        ("x/data/sessions/sessions.db", "GOOSE_PATH_ROOT", "x"),
        ("y/goose/sessions/sessions.db", "XDG_DATA_HOME", "y"),
    ] {
        let scratch = Scratch::new(below, "");
        let db = scratch.root().join(below);
        let output = scratch
            .resume(&[ID, "--fork", "--db", &db.to_string_lossy()], &[("GOOSE_PATH_ROOT", "/elsewhere")]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let (_, argv, env) = scratch.told();
        assert_eq!(argv, "session --resume --session-id 20260101_1 --fork");
        let expected = format!("{variable}={}", scratch.root().join(at).display());
        assert!(env.contains(&expected), "{env:?}");
        assert!(!env.contains(&"GOOSE_PATH_ROOT=/elsewhere".to_owned()), "{env:?}");
    }
    let copy = Scratch::new("copy.db", "");
    let output = copy.resume(&[ID, "--db", "copy.db"], &[]);
    assert_eq!(output.status.code(), Some(69));
    assert!(err(&output).contains("GOOSE_PATH_ROOT"), "{}", err(&output));
}

#[test]
fn what_is_in_the_way_is_said_with_what_to_do() {
    let scratch = Scratch::new(USUAL, "");
    let gone = scratch.resume(&["20260101_9"], &[]);
    assert_eq!(gone.status.code(), Some(66), "{}", err(&gone));
    let no_goose = scratch.resume(&[ID], &[("PATH", "/nowhere")]);
    assert_eq!(no_goose.status.code(), Some(69));
    let line = format!("cd {} && goose session --resume --session-id {ID}", scratch.work.display());
    assert!(err(&no_goose).contains(&line), "{}", err(&no_goose));
    let named = scratch.resume(
        &[ID],
        &[("PATH", "/nowhere"), ("GOOSETOP_GOOSE", &scratch.root().join("bin/goose").to_string_lossy())],
    );
    assert_eq!(named.status.code(), Some(0), "{}", err(&named));
    assert_eq!(scratch.resume(&[ID, "--read-only"], &[]).status.code(), Some(77));
    assert_eq!(scratch.resume(&[ID, "--new-window"], &[]).status.code(), Some(64));

    fs::remove_dir(&scratch.work).unwrap();
    let no_dir = scratch.resume(&[ID], &[]);
    assert_eq!(no_dir.status.code(), Some(69));
    assert!(err(&no_dir).contains("--dir"), "{}", err(&no_dir));
    let elsewhere = scratch.resume(&[ID, "--dir", "bin"], &[]);
    assert_eq!(elsewhere.status.code(), Some(0), "{}", err(&elsewhere));
    assert_eq!(scratch.told().0, scratch.root().join("bin").display().to_string());
}

#[test]
fn in_tmux_a_new_window_is_asked_for() {
    let scratch = Scratch::new(USUAL, "");
    let root = scratch.root();
    fs::copy(root.join("bin/goose"), root.join("bin/tmux")).unwrap();
    let output = scratch.resume(&[ID, "--new-window"], &[("TMUX", "/tmp/none,1,0")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let (work, goose) = (scratch.work.display(), root.join("bin/goose"));
    let expected = format!(
        "new-window -c {work} -- env -u AGENT_SESSION_ID {} session --resume --session-id {ID}",
        goose.display()
    );
    assert_eq!(scratch.told().1, expected);
}

/// Without a shell above nobody could continue us: the child goes on at once.
#[cfg(target_os = "linux")]
#[test]
fn a_goose_that_stops_itself_where_no_shell_is_goes_on() {
    let scratch = Scratch::new(USUAL, "kill -STOP $$; exit 5");
    let mut command = scratch.command(Path::new("/usr/bin/setsid"));
    let output = command.args(["-w", env!("CARGO_BIN_EXE_goosetop"), "resume", ID]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", err(&output));
}
