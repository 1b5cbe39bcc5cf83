//! Waiting for a child that has the terminal, job control included.

use std::{
    io,
    process::{Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpgrp, getsid, kill_current_process_group, kill_process, waitid,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
};

/// A child that is seen stopped right after we were continued may just not have been continued yet.
const SETTLES: Duration = Duration::from_millis(50);

/// The child's number while it cannot pass to another process; emptied before the child is collected.
type Living = Arc<Mutex<Option<Pid>>>;

/// Runs it to its end.
pub fn run(mut command: Command) -> io::Result<ExitStatus> {
    // Handlers, not "ignore": a handler does not outlive exec, so the child has its own way with them.
    let mut signals = Signals::new([SIGINT, SIGQUIT, SIGTERM, SIGHUP])?;
    let handle = signals.handle();
    let living: Living = Arc::default();
    let told = Arc::clone(&living);
    let listener = std::thread::Builder::new().name("lent".into()).spawn(move || {
        for number in signals.forever() {
            let passed_on = match number {
                SIGTERM => Signal::TERM,
                SIGHUP => Signal::HUP,
                _ => continue,
            };
            if let Some(pid) = *lock(&told) {
                let _ = kill_process(pid, passed_on);
            }
        }
    })?;
    let ended = command.spawn().and_then(|mut child| {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        *lock(&living) = pid;
        let waited = pid.map_or(Ok(()), wait);
        *lock(&living) = None;
        waited.and_then(|()| child.wait())
    });
    handle.close();
    let _ = listener.join();
    ended
}

/// Returns when the child has ended, without collecting it.
fn wait(pid: Pid) -> io::Result<()> {
    let look = WaitIdOptions::NOWAIT | WaitIdOptions::EXITED | WaitIdOptions::STOPPED;
    loop {
        let status = match waitid(WaitId::Pid(pid), look) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        if !status.is_some_and(|s| s.stopped()) {
            return Ok(());
        }
        std::thread::sleep(SETTLES);
        let still = waitid(WaitId::Pid(pid), look | WaitIdOptions::NOHANG)?;
        if !still.is_some_and(|s| s.stopped()) {
            continue;
        }
        // Somebody can continue us only where a shell leads the session; else the child goes on at once.
        if getsid(None).is_ok_and(|session| session != getpgrp()) {
            kill_current_process_group(Signal::TSTP)?;
        }
        // We were continued, and with us the child, whoever it was that stopped it.
        let _ = kill_process(pid, Signal::CONT);
    }
}

fn lock(living: &Living) -> std::sync::MutexGuard<'_, Option<Pid>> {
    living.lock().unwrap_or_else(PoisonError::into_inner)
}
