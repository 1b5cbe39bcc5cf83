//! A terminal that a test can type into and look at: one tmux server each, on a socket of its own.

use std::{
    path::{Path, PathBuf},
    process::{self, Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crate::{
    process::Proc,
    wait::{poll, until, until_true},
    world::World,
};

static OPENED: AtomicUsize = AtomicUsize::new(0);

/// A program in a terminal. Dropping it closes the terminal.
#[derive(Debug)]
pub struct Terminal {
    socket: String,
    folder: PathBuf,
    env: Vec<(&'static str, String)>,
    /// The program.
    pub proc: Proc,
}

impl Terminal {
    /// Runs `argv` in a new terminal of that many columns and rows, in the world's working directory.
    pub fn open(world: &World, size: (u16, u16), env: &[(&'static str, String)], argv: &[&str]) -> Self {
        assert!(argv.len() > 1, "tmux hands a single word to a shell");
        let socket = format!("goosetop-test-{}-{}", process::id(), OPENED.fetch_add(1, Ordering::Relaxed));
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        let folder = world.home();
        let mut command = tmux(&socket, &folder, &world.plain_env());
        command.args(["new-session", "-d", "-P", "-F", "#{pane_pid}", "-x", &columns, "-y", &rows]);
        command.arg("-c").arg(world.work());
        for (name, value) in env {
            command.arg("-e").arg(format!("{name}={value}"));
        }
        // tmux takes this one from its client alone.
        command.envs(env.iter().filter(|(name, _)| *name == "PATH").cloned());
        let started = command.args(argv).output().expect("tmux can be started: install it");
        let pid = text(&started).trim().parse::<u32>();
        let pid = pid.unwrap_or_else(|_| panic!("tmux opened no terminal: {started:?}"));
        // tmux forks first; until the program is there its process is tmux's own.
        let proc = until("the terminal runs its program", || {
            Proc::read(pid).filter(|p| p.argv.first().map(String::as_str) == argv.first().copied())
        });
        Self { socket, folder, env: world.plain_env(), proc }
    }

    fn tmux(&self, args: &[&str]) -> Output {
        tmux(&self.socket, &self.folder, &self.env).args(args).output().expect("tmux can be started")
    }

    /// The number of the program.
    pub fn pid(&self) -> u32 {
        self.proc.pid
    }

    /// Presses a key by tmux's name.
    pub fn key(&self, name: &str) {
        self.tmux(&["send-keys", name]);
    }

    /// Types a line.
    pub fn line(&self, words: &str) {
        self.tmux(&["send-keys", "-l", words]);
        // The line editor takes text that comes at once with its Enter for a paste.
        thread::sleep(Duration::from_millis(150));
        self.key("Enter");
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        text(&self.tmux(&["capture-pane", "-p"]))
    }

    /// What is on the screen, line by line, with the sequences that give it its looks.
    pub fn painted(&self) -> Vec<String> {
        text(&self.tmux(&["capture-pane", "-p", "-e"])).lines().map(str::to_owned).collect()
    }

    /// Waits for words on the screen.
    #[track_caller]
    pub fn until_shows(&self, words: &str) {
        self.until_screen(words, |screen| screen.contains(words));
    }

    /// Waits until the screen looks so.
    #[track_caller]
    pub fn until_screen(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let seen = poll(|| {
            last = self.screen();
            fits(&last).then(|| last.clone())
        });
        seen.unwrap_or_else(|| panic!("the screen never showed {what}; it shows:\n{last}"))
    }

    /// Closes the terminal under its program, as a lost connection does.
    pub fn close(&self) {
        self.tmux(&["kill-server"]);
        until_true("the terminal's program is gone", || !self.proc.still_lives());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn tmux(socket: &str, folder: &Path, env: &[(&'static str, String)]) -> Command {
    let mut command = Command::new("tmux");
    // Without the user's configuration, and with the socket in the scratch folder.
    command.args(["-f", "/dev/null", "-L", socket]).env_clear().envs(env.iter().cloned());
    command.env("TMUX_TMPDIR", folder);
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
