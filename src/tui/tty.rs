//! The terminal device: raw mode on and off, writes that never wait, and one lock around both, so
//! that the thread which ends the program can take the terminal away from all others.
//!
//! It is opened a second time instead of using standard output: `O_NONBLOCK` belongs to the open
//! file, and the shell shares the one it gave us.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{
        Mutex, MutexGuard, TryLockError,
        atomic::{AtomicBool, AtomicU8, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use ratatui::layout::Size;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    io::Errno,
    process::getpgrp,
    stdio::{stdin, stdout},
    termios::{
        OptionalActions, QueueSelector, Termios, isatty, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize,
        tcsetattr, ttyname,
    },
};

use super::codes;

/// How long leaving waits for a thread in the middle of a write, which cannot block, or almost.
const GATE_PATIENCE: Duration = Duration::from_millis(10);
/// How long leaving waits for a full line to take its few bytes.
const LEAVE_PATIENCE: Duration = Duration::from_millis(10);
/// A write on a terminal that could not be opened a second time may block when less room is left
/// than it has bytes; a terminal that reports room has this much.
const SMALL: usize = 64;

/// Whose the terminal is; it only ever moves forward, except from `Away` back to `Ours`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    /// We draw.
    Ours = 0,
    /// Not yet entered, suspended, or lent to another program.
    Away = 1,
    /// Given back for good.
    Closed = 2,
}

/// Why there can be no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsuitable {
    /// Input or output is a pipe or a file.
    #[error("{0} is not a terminal; use `goosetop list` or `goosetop health-check` there")]
    NotATerminal(&'static str),
    /// `TERM` says that it cannot move the cursor.
    #[error(
        "TERM is {0}, which cannot show a picture; set TERM to what the terminal is, or use `goosetop list`"
    )]
    Dumb(String),
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// So many bytes were taken.
    Some(usize),
    /// No room at present.
    Full,
    /// The terminal is not ours to write to.
    NotOurs,
}

/// The terminal.
#[derive(Debug)]
pub struct Tty {
    input: OwnedFd,
    output: OwnedFd,
    /// False where the second opening failed and the shell's own descriptor must do.
    nonblocking: bool,
    original: Termios,
    phase: AtomicU8,
    lent: AtomicBool,
    gate: Mutex<()>,
}

/// Says whether a picture can be shown at all, before anything is started for it.
pub fn check(term: Option<&str>) -> Result<(), Unsuitable> {
    if !isatty(stdin()) {
        return Err(Unsuitable::NotATerminal("standard input"));
    }
    if !isatty(stdout()) {
        return Err(Unsuitable::NotATerminal("standard output"));
    }
    match term {
        None | Some("") => Err(Unsuitable::Dumb("not set".into())),
        Some("dumb") => Err(Unsuitable::Dumb("dumb".into())),
        Some(_) => Ok(()),
    }
}

impl Tty {
    /// Opens the terminal on standard input and output and remembers its modes. Changes nothing.
    pub fn open() -> io::Result<Self> {
        let original = tcgetattr(stdin())?;
        let (input, input_new) = reopen(stdin())?;
        let (output, output_new) = reopen(stdout())?;
        Ok(Self {
            input,
            output,
            nonblocking: input_new && output_new,
            original,
            phase: AtomicU8::new(Phase::Away as u8),
            lent: AtomicBool::new(false),
            gate: Mutex::new(()),
        })
    }

    /// Where keys come from.
    pub fn input(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }

    /// Where frames go.
    pub fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// We draw.
    pub fn is_ours(&self) -> bool {
        self.phase.load(SeqCst) == Phase::Ours as u8
    }

    /// Given back for good.
    pub fn is_closed(&self) -> bool {
        self.phase.load(SeqCst) == Phase::Closed as u8
    }

    /// Another program has it with our consent.
    pub fn is_lent(&self) -> bool {
        self.lent.load(SeqCst)
    }

    /// Says whether another program has it.
    pub fn set_lent(&self, lent: bool) {
        self.lent.store(lent, SeqCst);
    }

    /// The window's size, 80x24 where the terminal does not know.
    pub fn size(&self) -> Size {
        match tcgetwinsize(&self.output) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size::new(size.ws_col, size.ws_row),
            _ => Size::new(80, 24),
        }
    }

    /// Another job has the terminal: touching it would stop us, and hurt that job.
    pub fn in_background(&self) -> bool {
        // An error means that it does not control our jobs, and so cannot stop us.
        tcgetpgrp(&self.input).is_ok_and(|foreground| foreground != getpgrp())
    }

    /// Raw mode, always set anew: while we were stopped the shell may have changed it. The screen
    /// is entered with the next frame (see `codes::ENTER`). Does nothing once closed.
    pub fn enter(&self) -> io::Result<()> {
        let _gate = self.gate();
        if self.is_closed() {
            return Ok(());
        }
        let mut raw = self.original.clone();
        raw.make_raw();
        tcsetattr(&self.input, OptionalActions::Now, &raw)?;
        self.phase.store(Phase::Ours as u8, SeqCst);
        Ok(())
    }

    /// Gives the terminal back as it was found, whatever state it is in: never waits longer than
    /// some 30 ms, tries every step, returns the first error. Only the first call does anything;
    /// the others wait for it.
    pub fn leave(&self, next: Phase) -> io::Result<()> {
        let gate = self.gate();
        let was = self.phase.fetch_max(next as u8, SeqCst);
        if was != Phase::Ours as u8 || self.in_background() {
            return Ok(());
        }
        let written = self.say_farewell();
        let modes = tcsetattr(&self.input, OptionalActions::Now, &self.original).map_err(io::Error::from);
        drop(gate);
        written.and(modes)
    }

    /// Writes what is taken at once.
    pub fn write(&self, bytes: &[u8]) -> io::Result<Wrote> {
        let _gate = self.gate();
        if !self.is_ours() {
            return Ok(Wrote::NotOurs);
        }
        self.put(bytes)
    }

    /// Waits for room to write, at most so long.
    pub fn wait_for_room(&self, patience: Duration) -> bool {
        has(self.output(), PollFlags::OUT, patience)
    }

    fn put(&self, bytes: &[u8]) -> io::Result<Wrote> {
        let mut bytes = bytes;
        if !self.nonblocking {
            if !self.wait_for_room(Duration::ZERO) {
                return Ok(Wrote::Full);
            }
            bytes = &bytes[..bytes.len().min(SMALL)];
        }
        match rustix::io::write(&self.output, bytes) {
            Ok(written) => Ok(Wrote::Some(written)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Wrote::Full),
            Err(error) => Err(error.into()),
        }
    }

    /// A stalled line still holds the frame before: it is dropped, so that the terminal is found
    /// in order when the line comes back.
    fn say_farewell(&self) -> io::Result<()> {
        let rest = self.put_all(codes::LEAVE, LEAVE_PATIENCE)?;
        if rest.is_empty() {
            return Ok(());
        }
        tcflush(&self.output, QueueSelector::OFlush)?;
        let rest = self.put_all(codes::LEAVE, LEAVE_PATIENCE)?;
        if rest.is_empty() { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) }
    }

    fn put_all<'b>(&self, mut bytes: &'b [u8], patience: Duration) -> io::Result<&'b [u8]> {
        let deadline = Instant::now() + patience;
        while !bytes.is_empty() {
            if let Wrote::Some(written) = self.put(bytes)? {
                bytes = &bytes[written..];
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.wait_for_room(left) {
                break;
            }
        }
        Ok(bytes)
    }

    /// Nobody holds it across anything that waits, except a blocking write where there is no other
    /// kind; then the terminal is taken without it.
    fn gate(&self) -> Option<MutexGuard<'_, ()>> {
        let deadline = Instant::now() + GATE_PATIENCE;
        loop {
            match self.gate.try_lock() {
                Ok(gate) => return Some(gate),
                Err(TryLockError::Poisoned(gate)) => return Some(gate.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(200)),
            }
        }
    }
}

/// The same terminal, opened anew without blocking; else a duplicate, and `false`. `/dev/tty` helps
/// where the device belongs to somebody else (`su`, `sudo -u`).
fn reopen(fd: BorrowedFd<'_>) -> io::Result<(OwnedFd, bool)> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let by_name =
        ttyname(fd, Vec::new()).and_then(|name| rustix::fs::open(name.as_c_str(), flags, Mode::empty()));
    match by_name.or_else(|_| rustix::fs::open(c"/dev/tty", flags, Mode::empty())) {
        Ok(own) => Ok((own, true)),
        Err(_) => Ok((fd.try_clone_to_owned()?, false)),
    }
}

/// Waits for one of these flags, at most so long.
pub(super) fn has(fd: BorrowedFd<'_>, flags: PollFlags, patience: Duration) -> bool {
    let timeout = Timespec::try_from(patience).ok();
    let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
    poll(&mut fds, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}
