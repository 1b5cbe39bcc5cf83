//! A terminal with a job in it, as the tests handle it.

use std::{
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize},
};
use tempfile::TempDir;

/// Long enough for a machine under load; a wait that takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Names what this program is to be when it is started again.
pub const ROLE: &str = "GOOSETOP_PTY_ROLE";
/// The folder in which leader and test leave notes.
pub const FOLDER: &str = "GOOSETOP_PTY_FOLDER";
/// The file in which the app says what it sees.
pub const LOG: &str = "GOOSETOP_PTY_LOG";

/// This test program, started again as one of its functions.
pub fn myself(function: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", function, "--nocapture", "--test-threads=1"]);
    command
}

/// How the app is started.
#[derive(Debug)]
pub struct Launch {
    pub term: Option<&'static str>,
    pub stdout_is_a_pipe: bool,
    pub session_leader: bool,
    pub ignore_hup: bool,
    pub lend: bool,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            term: Some("xterm-256color"),
            stdout_is_a_pipe: false,
            session_leader: false,
            ignore_hup: false,
            lend: false,
        }
    }
}

/// What became of the app.
#[derive(Debug, PartialEq, Eq)]
pub enum Status {
    Exited(i32),
    Killed(i32),
}

pub struct World {
    master: Option<OwnedFd>,
    leader: Child,
    app: Pid,
    folder: TempDir,
    original: Termios,
    output: Vec<u8>,
    stops_seen: usize,
    leads: bool,
}

impl World {
    pub fn start(launch: &Launch) -> Self {
        let folder = TempDir::new().unwrap();
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = || {
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            Stdio::from(open(name.as_c_str(), flags, Mode::empty()).unwrap())
        };
        set_size(&master, 80, 24);
        let original = tcgetattr(&master).unwrap();
        let ignored = if launch.ignore_hup { "trap '' TTOU HUP" } else { "trap '' TTOU" };
        let role = myself("leader");
        let mut leader = Command::new("/bin/sh");
        leader.args(["-c", &format!("{ignored}; exec \"$0\" \"$@\"")]);
        leader.arg(role.get_program()).args(role.get_args());
        leader.env(ROLE, "leader").env(FOLDER, folder.path()).env(LOG, folder.path().join("log"));
        match launch.term {
            Some(term) => leader.env("TERM", term),
            None => leader.env_remove("TERM"),
        };
        for (wanted, name) in [
            (launch.stdout_is_a_pipe, "GOOSETOP_PTY_PIPE"),
            (launch.session_leader, "GOOSETOP_PTY_LEADER"),
            (launch.lend, "GOOSETOP_PTY_LEND"),
        ] {
            if wanted {
                leader.env(name, "1");
            }
        }
        let leader = leader.stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        let mut world = Self {
            master: Some(master),
            app: Pid::from_child(&leader),
            leader,
            folder,
            original,
            output: Vec::new(),
            stops_seen: 0,
            leads: launch.session_leader,
        };
        world.wait_for("the app to start", |world| {
            let pid = world.notes().iter().find_map(|note| note.strip_prefix("started ")?.parse().ok());
            world.app = Pid::from_raw(pid?)?;
            Some(())
        });
        world
    }

    /// Reads what the terminal shows until `look` finds what it wants.
    fn wait_for<T>(&mut self, what: &str, look: impl FnMut(&mut Self) -> Option<T>) -> T {
        self.wait(what, true, look)
    }

    fn wait<T>(&mut self, what: &str, read: bool, mut look: impl FnMut(&mut Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}; {:?}", self.output());
            if !read || !self.read() {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Takes what the terminal has for us, waiting a moment for it.
    fn read(&mut self) -> bool {
        let Some(master) = &self.master else { return false };
        let moment = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
        let mut fds = [PollFd::new(master, PollFlags::IN)];
        if poll(&mut fds, Some(&moment)) != Ok(1) || !fds[0].revents().contains(PollFlags::IN) {
            return false;
        }
        let mut bytes = vec![0; 65536];
        let count = rustix::io::read(master, &mut bytes).unwrap_or(0);
        self.output.extend_from_slice(&bytes[..count]);
        count > 0
    }

    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    pub fn forget_output(&mut self) {
        self.output.clear();
    }

    pub fn until(&mut self, text: &str) {
        self.wait_for(text, |world| world.output().contains(text).then_some(()));
    }

    pub fn until_raw(&mut self) {
        self.wait_for("raw mode", |world| world.is_raw().then_some(()));
    }

    pub fn until_log(&mut self, line: &str) {
        self.wait_for(line, |world| world.log().iter().any(|l| l == line).then_some(()));
    }

    /// As [`World::until_log`], with the line still stalled.
    pub fn until_log_unread(&mut self, line: &str) {
        self.wait(line, false, |world| world.log().iter().any(|l| l == line).then_some(()));
    }

    /// Waits for so many more seconds of the app's, reading the terminal.
    pub fn until_ticks(&mut self, more: usize) {
        let before = self.ticks().len();
        self.wait_for("ticks", |world| (world.ticks().len() >= before + more).then_some(()));
    }

    /// Lets the screen change all the time and reads nothing, until the app draws no more.
    pub fn stall(&mut self) {
        self.type_keys("s");
        let first = self.ticks().len();
        self.wait("the line to be full", false, |world| {
            let ticks = world.ticks();
            let [.., before, last] = &ticks[first..] else { return None };
            (before == last && before != "tick 1").then_some(())
        });
    }

    pub fn type_keys(&self, keys: &str) {
        rustix::io::write(self.master.as_ref().unwrap(), keys.as_bytes()).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.app, signal).unwrap();
    }

    pub fn resume(&self) {
        std::fs::write(self.folder.path().join("fg"), "").unwrap();
    }

    pub fn resume_in_background(&self) {
        std::fs::write(self.folder.path().join("bg"), "").unwrap();
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        set_size(self.master.as_ref().unwrap(), columns, rows);
    }

    pub fn hang_up(&mut self) {
        self.master = None;
    }

    /// What a shell does with a terminal that a stopped job left behind.
    pub fn make_cooked(&self) {
        tcsetattr(self.master.as_ref().unwrap(), OptionalActions::Now, &self.original).unwrap();
    }

    pub fn stopped(&mut self) {
        let seen = self.stops_seen;
        self.wait_for("a stop", |world| {
            (world.notes().iter().filter(|note| *note == "stopped").count() > seen).then_some(())
        });
        self.stops_seen += 1;
    }

    pub fn ended(&mut self) -> Status {
        if self.leads {
            let status = self.wait_for("the end", |world| world.leader.try_wait().unwrap());
            return Status::Exited(status.code().unwrap());
        }
        self.wait_for("the end", |world| {
            let notes = world.notes();
            let (word, number) = notes.last()?.split_once(' ')?;
            match word {
                "exited" => Some(Status::Exited(number.parse().ok()?)),
                "killed" => Some(Status::Killed(number.parse().ok()?)),
                _ => None,
            }
        })
    }

    pub fn is_raw(&self) -> bool {
        let modes = tcgetattr(self.master.as_ref().unwrap()).unwrap();
        !modes.local_modes.contains(LocalModes::ICANON)
    }

    /// Modes as before, and everything that was switched on switched off.
    pub fn assert_restored(&mut self) {
        let off =
            [("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?25l", "\x1b[?25h"), ("\x1b[?2004h", "\x1b[?2004l")];
        self.wait_for("a restored screen", |world| {
            let output = world.output();
            let undone = |on: &str, off: &str| output.rfind(off) > output.rfind(on);
            off.iter().all(|(on, off)| undone(on, off)).then_some(())
        });
        let output = self.output();
        for (on, off) in
            [("?1000h", "?1000l"), ("?1002h", "?1002l"), ("?1006h", "?1006l"), ("?2026h", "?2026l")]
        {
            assert!(output.rfind(off) >= output.rfind(on), "{on} without {off}");
        }
        let now = tcgetattr(self.master.as_ref().unwrap()).unwrap();
        assert_eq!(modes(&now), modes(&self.original));
    }

    fn notes(&self) -> Vec<String> {
        self.lines("job")
    }

    fn log(&self) -> Vec<String> {
        self.lines("log")
    }

    fn ticks(&self) -> Vec<String> {
        self.log().into_iter().filter(|line| line.starts_with("tick")).collect()
    }

    /// Whole lines only: the last one may be on its way.
    fn lines(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n').map(String::from)).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let ended = self.notes().last().is_some_and(|n| n.starts_with("exited") || n.starts_with("killed"));
        // The app is the leader's child, so its number is not used again before the leader wrote
        // down its end.
        if !ended && !self.leads {
            let _ = kill_process(self.app, Signal::KILL);
        }
        let _ = self.leader.kill();
        let _ = self.leader.wait();
    }
}

fn set_size(master: &OwnedFd, columns: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(master, size).unwrap();
}

fn modes(t: &Termios) -> impl PartialEq + std::fmt::Debug + use<> {
    (t.input_modes, t.output_modes, t.control_modes, t.local_modes)
}
