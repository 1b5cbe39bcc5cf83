//! Notices that the terminal is gone even when nobody sends SIGHUP: a wrapper may swallow it, and
//! reading from a dead terminal returns at once, for ever.

use std::{io, sync::Arc};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use super::{signals::Ending, terminal::ExitReason, tty::Tty};

/// Starts the thread. It sleeps until the terminal hangs up.
pub fn start(tty: Arc<Tty>, ending: Ending) -> io::Result<()> {
    std::thread::Builder::new().name("watchdog".into()).spawn(move || {
        if hung_up(&tty) {
            ending.end(ExitReason::Hangup);
        }
    })?;
    Ok(())
}

/// Waits; false where the system cannot watch terminals this way.
fn hung_up(tty: &Tty) -> bool {
    let gone = PollFlags::HUP | PollFlags::ERR;
    loop {
        // Asking for no events leaves those that are always reported: hang-up and error.
        let none = PollFlags::empty();
        let mut fds =
            [PollFd::from_borrowed_fd(tty.input(), none), PollFd::from_borrowed_fd(tty.output(), none)];
        match poll(&mut fds, None) {
            Ok(_) if fds.iter().any(|fd| fd.revents().intersects(gone)) => return true,
            Err(Errno::INTR | Errno::AGAIN) => {}
            // NVAL from a descriptor we own: this system does not poll terminals (old macOS).
            Ok(_) | Err(_) => return false,
        }
    }
}
