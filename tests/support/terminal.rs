//! A terminal to run a command on.

use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    process::Command,
    time::{Duration, Instant},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs it on a terminal, types an answer, and gives the exit code and all that was shown.
pub fn on_a_terminal(mut command: Command, answer: &str) -> (i32, String) {
    let own = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&own).unwrap();
    unlockpt(&own).unwrap();
    let name = ptsname(&own, Vec::new()).unwrap().into_string().unwrap();
    let open = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    command.stdin(open()).stdout(open()).stderr(open());
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut own = fs::File::from(own);
    own.write_all(answer.as_bytes()).unwrap();
    let mut shown = Vec::new();
    let mut block = [0; 4096];
    // The other side's end reads as an error.
    while let Ok(n) = own.read(&mut block) {
        shown.extend_from_slice(&block[..n]);
        if n == 0 {
            break;
        }
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code().unwrap(), String::from_utf8_lossy(&shown).into_owned());
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}
