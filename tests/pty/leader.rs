//! A shell, reduced to job control: leads the session, starts the job in the foreground, takes the
//! terminal back when it stops, and writes down what became of it.

use std::{
    fs::OpenOptions,
    io::{Write, stdin},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use rustix::{
    process::{Pid, Signal, WaitOptions, getpgrp, ioctl_tiocsctty, kill_process_group, setsid, waitpid},
    termios::tcsetpgrp,
};

use super::world::{self, ROLE};

/// Runs the job to its end.
pub fn run() {
    setsid().unwrap();
    ioctl_tiocsctty(stdin()).unwrap();
    let mut app = world::myself("app");
    app.env(ROLE, "app");
    if std::env::var_os("GOOSETOP_PTY_PIPE").is_some() {
        app.stdout(std::process::Stdio::piped());
    }
    if std::env::var_os("GOOSETOP_PTY_LEADER").is_some() {
        note(&format!("started {}", std::process::id()));
        panic!("exec failed: {}", app.exec());
    }
    lead(&mut app);
}

#[expect(clippy::zombie_processes, reason = "waited for by number: the library cannot report a stop")]
fn lead(app: &mut Command) {
    let mut child = app.process_group(0).spawn().unwrap();
    // Read by nobody; kept open.
    let _stdout = child.stdout.take();
    let job = Pid::from_child(&child);
    note(&format!("started {}", job.as_raw_nonzero()));
    tcsetpgrp(stdin(), job).unwrap();
    loop {
        if let Some((_, status)) = waitpid(Some(job), WaitOptions::UNTRACED | WaitOptions::NOHANG).unwrap() {
            if let Some(code) = status.exit_status() {
                return note(&format!("exited {code}"));
            }
            if let Some(signal) = status.terminating_signal() {
                return note(&format!("killed {signal}"));
            }
            // Shells ignore the signal this raises, and so does the wrapper that started us.
            tcsetpgrp(stdin(), getpgrp()).unwrap();
            note("stopped");
        }
        for (wish, foreground) in [("fg", true), ("bg", false)] {
            if std::fs::remove_file(folder().join(wish)).is_ok() {
                if foreground {
                    tcsetpgrp(stdin(), job).unwrap();
                }
                kill_process_group(job, Signal::CONT).unwrap();
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn folder() -> PathBuf {
    std::env::var_os(world::FOLDER).unwrap().into()
}

fn note(what: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(folder().join("job")).unwrap();
    writeln!(file, "{what}").unwrap();
}
