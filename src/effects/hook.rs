//! A person's own command, run for an event: a child of ours in a process group of its own, so that it
//! and all that it started can be ended together.

use std::{
    ffi::OsString,
    io::{self, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    time::{Duration, Instant},
};

/// Between asking a hook to end and ending it.
const GRACE: Duration = Duration::from_secs(1);
/// How often is looked whether it has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// A command, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// For the shell.
    pub command: String,
    /// Until it is ended.
    pub limit: Duration,
}

impl Hook {
    /// Runs it to its end with these variables and this text on its standard input. What it prints goes
    /// to standard error. `stop` ends it early.
    ///
    /// # Errors
    /// Why it was not a success, in a sentence.
    pub fn run(
        &self,
        variables: &[(&'static str, OsString)],
        input: &[u8],
        stop: &AtomicBool,
    ) -> Result<(), String> {
        let mut child = self.start(variables).map_err(|e| format!("it cannot be started: {e}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // One that does not read must not hold us up; it is no fault either.
            let _ = std::thread::Builder::new().name("hook-input".into()).spawn(move || {
                let _ = stdin.write_all(&input);
            });
        }
        let status = self.wait(&mut child, stop).map_err(|e| match e {
            Broken::Late => format!("it was ended after {}", crate::domain::words::spoken(self.limit)),
            Broken::Stopped => "it was ended: goosetop is ending".to_owned(),
            Broken::Lost(e) => format!("it cannot be waited for: {e}"),
        })?;
        if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
    }

    fn start(&self, variables: &[(&'static str, OsString)]) -> io::Result<Child> {
        let mut command = if cfg!(windows) { Command::new("cmd") } else { Command::new("/bin/sh") };
        command.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(&self.command);
        // The mark of a session would make the hook one of its processes.
        command.env_remove("AGENT_SESSION_ID");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(err()?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn()
    }

    fn wait(&self, child: &mut Child, stop: &AtomicBool) -> Result<ExitStatus, Broken> {
        let until = Instant::now() + self.limit;
        while !has_ended(child).map_err(Broken::Lost)? {
            let stopped = stop.load(SeqCst);
            if stopped || Instant::now() >= until {
                end(child).map_err(Broken::Lost)?;
                return Err(if stopped { Broken::Stopped } else { Broken::Late });
            }
            std::thread::sleep(GLANCE);
        }
        child.wait().map_err(Broken::Lost)
    }
}

enum Broken {
    Late,
    Stopped,
    Lost(io::Error),
}

/// Standard error once more, for what the hook prints.
#[cfg(unix)]
fn err() -> io::Result<Stdio> {
    use std::os::fd::AsFd;
    Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn err() -> io::Result<Stdio> {
    Ok(Stdio::null())
}

/// Without collecting it: until then nobody else gets its number, which is its group's as well.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let look = WaitIdOptions::NOWAIT | WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    loop {
        match waitid(WaitId::Pid(Pid::from_child(child)), look) {
            Err(rustix::io::Errno::INTR) => {}
            other => return Ok(other?.is_some()),
        }
    }
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

/// Its whole group: TERM, a grace, KILL. The leader is collected last.
#[cfg(unix)]
fn end(child: &mut Child) -> io::Result<()> {
    use super::signal::Signal;
    use rustix::process::{Pid, kill_process_group};
    let group = Pid::from_child(child);
    let send = |signal: Signal| kill_process_group(group, signal.raw());
    // A group of zombies cannot be signalled, and need not be.
    let _ = send(Signal::Term);
    let _ = send(Signal::Cont);
    let until = Instant::now() + GRACE;
    while !has_ended(child)? && Instant::now() < until {
        std::thread::sleep(GLANCE);
    }
    let _ = send(Signal::Kill);
    child.wait().map(drop)
}

#[cfg(not(unix))]
fn end(child: &mut Child) -> io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(command: &str, limit: Duration) -> Result<(), String> {
        let hook = Hook { command: command.into(), limit };
        let variables = [("GOOSETOP_EVENT", OsString::from("change"))];
        hook.run(&variables, b"{\"event\":\"change\"}\n", &AtomicBool::new(false))
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn it_is_told_by_variables_and_by_its_input() {
        let asks = r#"read -r line; [ "$GOOSETOP_EVENT" = change ] && [ "$line" = '{"event":"change"}' ]"#;
        assert_eq!(run(asks, LONG), Ok(()));
        assert_eq!(run("exit 3", LONG), Err("it ended with exit status: 3".into()));
        assert_eq!(run("true", LONG), Ok(()), "one that does not read is no fault");
    }

    #[test]
    fn one_that_hangs_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        // Neither hears TERM.
        let hangs = format!("trap '' TERM; sleep 300 & echo $! > {}; wait; wait", file.display());
        let said = run(&hangs, Duration::from_millis(300)).unwrap_err();
        assert!(said.starts_with("it was ended after"), "{said}");
        let pid = std::fs::read_to_string(&file).unwrap();
        let is_dead = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            let state = stat.rsplit_once(") ").map_or("Z", |(_, rest)| &rest[..1]);
            matches!(state, "Z" | "X")
        };
        // A signal that was sent need not have arrived.
        let deadline = std::time::Instant::now() + LONG;
        while !is_dead() {
            assert!(std::time::Instant::now() < deadline, "its child {pid} lives on");
            std::thread::sleep(GLANCE);
        }
    }

    #[test]
    fn it_ends_when_goosetop_does() {
        let stop = AtomicBool::new(true);
        let hook = Hook { command: "sleep 300".into(), limit: LONG };
        assert_eq!(hook.run(&[], b"", &stop), Err("it was ended: goosetop is ending".into()));
    }
}
