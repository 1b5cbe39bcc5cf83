//! Holds the terminal, and gives it back whatever happens: on drop, on panic, and (through
//! [`super::signals`] and [`super::watchdog`]) on signals and hang-ups.

use std::{
    io, panic,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    canvas::Canvas,
    codes,
    input::Input,
    signals::{self, Ending, Notice},
    tty::{Phase, Tty},
    watchdog,
    writer::Writer,
};
use crate::engine::actor::Halt;

/// Why the picture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// Asked for.
    Quit,
    /// By this signal.
    Signal(i32),
    /// The terminal went away.
    Hangup,
}

impl ExitReason {
    /// The process's exit code: 128+n after signal n, and a lost terminal counts as SIGHUP.
    pub fn code(self) -> u8 {
        match self {
            Self::Quit => 0,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
            Self::Hangup => 129,
        }
    }
}

/// Threads that fell over and have not yet said why. As global as the hook that counts them.
static FALLEN: AtomicUsize = AtomicUsize::new(0);

/// A thread that fell over is saying why: on a busy machine a report takes a second.
pub fn is_report_due() -> bool {
    FALLEN.load(Ordering::SeqCst) > 0
}

/// Restores the terminal when dropped, and when anything panics.
#[derive(Debug)]
pub struct Guard {
    tty: Arc<Tty>,
}

impl Guard {
    /// Puts the terminal into raw mode. The panic hook comes before the one that is installed, so
    /// that its report is printed onto a terminal that can show it.
    pub fn new(tty: Arc<Tty>) -> io::Result<Self> {
        let guard = Self { tty: tty.clone() };
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            FALLEN.fetch_add(1, Ordering::SeqCst);
            let _ = tty.leave(Phase::Closed);
            report(info);
            FALLEN.fetch_sub(1, Ordering::SeqCst);
        }));
        guard.tty.enter()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // An error means that the terminal is gone: there is nobody to tell.
        let _ = self.tty.leave(Phase::Closed);
    }
}

/// Everything between the loop and the terminal.
pub struct Terminal {
    /// The device.
    pub tty: Arc<Tty>,
    /// Where frames become bytes.
    pub canvas: Canvas,
    /// Where bytes become visible.
    pub writer: Writer,
    /// Keys, pastes, the mouse.
    pub input: Input,
    /// Signals and hang-ups.
    pub notices: UnboundedReceiver<Notice>,
    mouse: bool,
    // The threads above outlive it and find the terminal closed.
    _guard: Guard,
}

impl Terminal {
    /// Takes the terminal over.
    /// `halt` ends what is under way when the program is ended.
    pub fn start(mouse: bool, halt: Halt) -> io::Result<Self> {
        let tty = Arc::new(Tty::open()?);
        let (sender, notices) = unbounded_channel();
        let ending = Ending { tty: tty.clone(), notices: sender, halt, armed: Arc::default() };
        // The signals first: from here on nothing can end us without restoring.
        signals::start(ending.clone())?;
        let guard = Guard::new(tty.clone())?;
        watchdog::start(tty.clone(), ending)?;
        let writer = Writer::start(tty.clone())?;
        let input = Input::start(tty.clone())?;
        let canvas = Canvas::new(tty.size())?;
        let mut terminal = Self { tty, canvas, writer, input, notices, mouse, _guard: guard };
        terminal.enter_screen()?;
        Ok(terminal)
    }

    /// Takes the terminal again after a stop; the next frame is a full one.
    pub fn resume(&mut self) -> io::Result<()> {
        self.tty.enter()?;
        self.canvas.resize(self.tty.size());
        self.enter_screen()
    }

    /// Switches mouse reporting with the next frame.
    pub fn set_mouse(&mut self, on: bool) {
        self.mouse = on;
        self.canvas.push(if on { codes::MOUSE_ON } else { codes::MOUSE_OFF });
    }

    /// Lends the terminal to something else, such as another program, and takes it back: keys are
    /// left alone, the screen is the shell's, and signals for the foreground are not ours.
    pub fn lend<T>(&mut self, to: impl FnOnce() -> T) -> io::Result<T> {
        self.input.pause();
        self.tty.set_lent(true);
        let left = self.tty.leave(Phase::Away);
        let result = to();
        self.tty.set_lent(false);
        let resumed = self.resume();
        self.input.resume();
        left.and(resumed).map(|()| result)
    }

    fn enter_screen(&mut self) -> io::Result<()> {
        self.canvas.repaint()?;
        self.canvas.push_first(codes::ENTER);
        if self.mouse {
            self.canvas.push(codes::MOUSE_ON);
        }
        Ok(())
    }
}
