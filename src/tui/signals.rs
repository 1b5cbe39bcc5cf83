//! One thread takes all signals, so that the program ends, stops and comes back even when the loop
//! hangs or the line is stalled.
//!
//! | signal | what happens |
//! |---|---|
//! | TERM, HUP, INT, QUIT | terminal restored, the loop told; 50 ms later the process ends itself, 128+n |
//! | the same while something is being ended | nothing more is sent; up to 90 ms for the run to return |
//! | the second of these | the process ends in the handler, at once |
//! | TSTP (also from Ctrl-Z) | terminal given back, then stopped |
//! | CONT | raw mode and a full picture; in the background: stopped again, unless the end was sent with it |
//! | WINCH | the loop is told |
//!
//! While the terminal is lent, INT and QUIT are the borrower's, and TSTP stops without restoring.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    flag,
    iterator::Signals,
    low_level,
};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    terminal::ExitReason,
    tty::{Phase, Tty},
};
use crate::engine::actor::Halt;

/// The signals that end the program in order.
const FATAL: [i32; 4] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT];
/// What the loop has for an orderly end after the terminal was restored. With the restoring itself
/// the program is gone within 100 ms.
const GRACE: Duration = Duration::from_millis(50);

/// What a run has to return in, from the signal on.
const RUN_GRACE: Duration = Duration::from_millis(90);

/// A shell that ends a stopped job sends TERM and CONT, and they may be told in either order.
const SETTLES: Duration = Duration::from_millis(20);

/// What the platform's threads tell the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The window changed its size.
    Resized,
    /// We were stopped and go on: raw mode and everything on the screen may be lost.
    Resumed,
    /// The end has come; the terminal is being restored.
    End(ExitReason),
}

/// Ends the program from any thread.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The terminal to restore.
    pub tty: Arc<Tty>,
    /// The way to the loop.
    pub notices: UnboundedSender<Notice>,
    /// What is being ended, and must not be left half ended.
    pub halt: Halt,
    /// Set from the first signal on: the next one ends the process in its handler.
    pub armed: Arc<AtomicBool>,
}

impl Ending {
    /// Restores the terminal, tells the loop, and ends the process if the loop does not.
    pub fn end(&self, reason: ExitReason) -> ! {
        let began = Instant::now();
        self.armed.store(true, SeqCst);
        self.halt.stop();
        let _ = self.notices.send(Notice::End(reason));
        let _ = self.tty.leave(Phase::Closed);
        std::thread::sleep(GRACE);
        // Stopped processes are continued, and the audit log is told how far it went.
        self.halt.wait_until(began + RUN_GRACE);
        // No destructors and no exit handlers: one of them may be what hangs.
        low_level::exit(i32::from(reason.code()))
    }
}

/// Starts the thread.
pub fn start(ending: Ending) -> io::Result<()> {
    for signal in FATAL {
        flag::register_conditional_shutdown(signal, 128 + signal, ending.armed.clone())?;
    }
    let mut signals = Signals::new(FATAL.into_iter().chain([SIGCONT, SIGTSTP, SIGWINCH]))?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        loop {
            let mut batch: Vec<i32> = signals.wait().collect();
            if batch.contains(&SIGCONT) && ending.tty.in_background() {
                std::thread::sleep(SETTLES);
                batch.extend(signals.pending());
            }
            take(&batch, &ending);
        }
    })?;
    Ok(())
}

/// The end goes first: a shell that kills a stopped job sends TERM and CONT together.
fn take(batch: &[i32], ending: &Ending) {
    let lent = ending.tty.is_lent();
    // While another program has the terminal, its keys are its own.
    let fatal = |signal: &&i32| batch.contains(signal) && !(lent && matches!(**signal, SIGINT | SIGQUIT));
    if let Some(&signal) = FATAL.iter().find(fatal) {
        ending.end(ExitReason::Signal(signal));
    }
    let mut resumed = batch.contains(&SIGCONT);
    if batch.contains(&SIGTSTP) {
        let _ = ending.tty.leave(Phase::Away);
        // Whoever continues us sends CONT, and what else was sent meanwhile comes with it.
        resumed |= !stop();
    }
    if resumed && !lent {
        if ending.tty.in_background() {
            // Like any program that wants the terminal in the background. `fg` brings CONT again.
            stop();
        } else {
            let _ = ending.notices.send(Notice::Resumed);
        }
    }
    if batch.contains(&SIGWINCH) {
        let _ = ending.notices.send(Notice::Resized);
    }
}

/// Stops the whole process; returns after CONT, or with false at once where it cannot be stopped. The
/// signal goes to this thread, so that nothing of what follows the call happens before.
fn stop() -> bool {
    has_job_control() && low_level::emulate_default_handler(SIGTSTP).is_ok()
}

/// Somebody can continue us. The kernel stops no orphaned group either; ours is one when the
/// session's leader is in it (`ssh -t host goosetop`, the first program of a container or of a
/// tmux window).
fn has_job_control() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops like any job. The whole group gets the signal, as the terminal would have sent it:
/// otherwise a script that called us would wait for a program that nobody can continue.
pub fn suspend() -> Result<(), String> {
    if !has_job_control() {
        return Err("not suspended: no shell is there to come back from".into());
    }
    kill_current_process_group(Signal::TSTP).map_err(|error| format!("not suspended: {error}"))
}
