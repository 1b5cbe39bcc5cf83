//! The person's pager.

use std::{
    io::{self, Write},
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::AtomicBool},
};

use signal_hook::{consts::SIGINT, flag};

use crate::{config::env::Env, domain::text};

/// A running pager; its end is waited for.
pub struct Pager {
    child: Child,
}

impl Pager {
    /// Starts `$PAGER`, or `less`. `None` where there is none, or where the person wants none.
    pub fn start(env: &Env) -> Option<Self> {
        let line = env.text("PAGER").map_or("less -R", str::trim);
        if matches!(line, "" | "cat") {
            return None;
        }
        let mut command = shell(line, text::line(line).as_ref());
        // As git does: colours pass, and what fits on the screen needs no pager.
        if env.os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        // Ctrl-C is the pager's: it goes to both of us, and the pager must not be left alone.
        flag::register(SIGINT, Arc::new(AtomicBool::new(false))).ok()?;
        Some(Self { child: command.stdin(Stdio::piped()).spawn().ok()? })
    }

    /// Gives it more to show.
    ///
    /// # Errors
    /// A broken pipe where the person has seen enough.
    pub fn write(&mut self, data: &str) -> io::Result<()> {
        match &mut self.child.stdin {
            Some(stdin) => stdin.write_all(data.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Where the pager cannot be started, what it would have shown is shown as it is. The shell stays to see to
/// that, so Ctrl-C must not end it before the pager.
#[cfg(unix)]
const SCRIPT: &str = r#"trap : INT
/bin/sh -c "$1"
code=$?
case $code in
126 | 127)
    printf '%s\n' "goosetop: the pager \`$2\` cannot be started; PAGER names it, --no-pager does without" >&2
    exec cat
    ;;
esac
exit $code"#;

#[cfg(unix)]
fn shell(line: &str, shown: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SCRIPT, "goosetop", line, shown]);
    command
}

#[cfg(not(unix))]
fn shell(line: &str, _: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("more"));
    command.args(words);
    command
}
