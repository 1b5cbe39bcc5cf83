//! Looks at the world again and again, on a thread of its own, and hands out what it saw.
//!
//! ```text
//!  EngineHandle ──Command──► poller (one thread, owns the Sources) ──► assess ──► watch<Arc<Board>>
//!                            interval · sweep · pause · pins                      └─► tui, http, watch
//! ```
//!
//! Invariant: no look ever queues behind a late one (missed ticks are skipped), whoever reads a
//! board never waits for a source, and [`EngineHandle::stop`] never waits longer than
//! [`STOP_PATIENCE`]: a look that hangs in a dead file system is abandoned, not waited for.
//!
//! [`actor`] runs what was confirmed, and asks for a look when it is done.
//! [`reader`] reads conversations, beside the looks; [`searcher`] searches all of them.
//!
//! To add a wish to the poller: a variant of `Command`, a method here, an arm in `poller`.

pub mod actor;
mod poller;
pub mod reader;
pub mod searcher;
#[cfg(test)]
mod tests;

use std::{
    io,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    clock::Clock,
    domain::{board::Board, session::SessionKey, snapshot::Snapshot},
    sources::world::Sources,
};

/// How long [`EngineHandle::stop`] waits for a look in progress: the program must end within
/// 100 ms, and the terminal needs some of it.
pub const STOP_PATIENCE: Duration = Duration::from_millis(50);

/// Judges a snapshot. Pure; injected so that the engine knows no threshold.
pub type Assess = Box<dyn Fn(Snapshot) -> Board + Send>;

/// Is told how long each look took, on the engine's thread.
pub type Tell = Box<dyn Fn(Duration) + Send>;

/// How often the engine looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks.
    pub interval: Duration,
    /// Between two looks at every process.
    pub sweep: Duration,
    /// Read every session closely, ended ones too.
    pub all: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { interval: Duration::from_secs(2), sweep: Duration::from_secs(10), all: false }
    }
}

/// What the poller can be asked.
#[derive(Clone, Debug)]
enum Command {
    Refresh,
    Pause(bool),
    Pin(Vec<SessionKey>),
    Interval(Duration),
    Look { closely: Vec<SessionKey>, reply: mpsc::SyncSender<Arc<Board>> },
    Stop,
}

/// The newest board, `None` until the first look is done.
pub type Boards = watch::Receiver<Option<Arc<Board>>>;

/// Asks the engine for looks.
#[derive(Clone, Debug)]
pub struct Looker {
    commands: mpsc::Sender<Command>,
}

impl Looker {
    /// As [`EngineHandle::refresh`].
    pub fn refresh(&self) {
        let _ = self.commands.send(Command::Refresh);
    }

    /// Waits for a look at every process that begins after this call; `None` where there is none in time.
    pub fn look(&self, patience: Duration) -> Option<Arc<Board>> {
        self.look_at(Vec::new(), patience)
    }

    /// The same; these sessions are read closely this once, whether they run or not.
    pub fn look_at(&self, closely: Vec<SessionKey>, patience: Duration) -> Option<Arc<Board>> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.commands.send(Command::Look { closely, reply }).ok()?;
        answer.recv_timeout(patience).ok()
    }
}

/// The way to the engine. Dropping it stops the engine like [`EngineHandle::stop`].
#[derive(Debug)]
pub struct EngineHandle {
    commands: mpsc::Sender<Command>,
    boards: Boards,
    thread: Option<JoinHandle<()>>,
}

impl EngineHandle {
    /// Starts looking, at once. Fails only where the system gives no thread.
    pub fn start(sources: Sources, assess: Assess, pace: Pace, clock: Arc<dyn Clock>) -> io::Result<Self> {
        Self::start_told(sources, assess, pace, clock, Box::new(|_| {}))
    }

    /// The same; `tell` hears how long each look took.
    pub fn start_told(
        sources: Sources,
        assess: Assess,
        pace: Pace,
        clock: Arc<dyn Clock>,
        tell: Tell,
    ) -> io::Result<Self> {
        let (commands, inbox) = mpsc::channel();
        let (outlet, boards) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || poller::Poller::new(sources, assess, pace, clock, tell, inbox, outlet).run())?;
        Ok(Self { commands, boards, thread: Some(thread) })
    }

    /// A place to wait for boards. It ends when the engine does.
    pub fn boards(&self) -> Boards {
        self.boards.clone()
    }

    /// Looks now, at every process, paused or not.
    pub fn refresh(&self) {
        self.send(Command::Refresh);
    }

    /// A way to ask for looks from another thread.
    pub fn looker(&self) -> Looker {
        Looker { commands: self.commands.clone() }
    }

    /// Stops looking, or goes on.
    pub fn pause(&self, paused: bool) {
        self.send(Command::Pause(paused));
    }

    /// From the next look on these sessions are read closely, and only these besides the ones that
    /// processes name. A new set is looked at at once.
    pub fn pin(&self, sessions: Vec<SessionKey>) {
        self.send(Command::Pin(sessions));
    }

    /// Looks this often from now on.
    pub fn set_interval(&self, interval: Duration) {
        self.send(Command::Interval(interval));
    }

    /// Ends the engine; true when it had ended within [`STOP_PATIENCE`]. A look that takes longer
    /// is left behind on its thread, whose result nobody reads.
    pub fn stop(mut self) -> bool {
        self.halt()
    }

    fn halt(&mut self) -> bool {
        self.send(Command::Stop);
        let Some(thread) = self.thread.take() else { return true };
        let deadline = Instant::now() + STOP_PATIENCE;
        while !thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        thread.is_finished()
    }

    /// A poller that is gone closes the boards, which is where its readers learn of it.
    fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.halt();
    }
}
