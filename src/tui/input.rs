//! Reads the terminal on a thread of its own. Not crossterm's reader: that one waits inside `read`
//! for the rest of a cut sequence, spins when the terminal dies, and cannot be told to leave keys
//! to another program.

use std::{
    io,
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{decode::Decoder, event::Event, tty::Tty};

/// Events that wait for the loop; more than that, and the terminal waits.
const QUEUE: usize = 256;
/// How long the rest of a cut sequence may take. Escape alone is known to be the key after that;
/// over a slow line the bytes of one key can be this far apart.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 30_000_000 };
/// How long pausing waits for the reader to let go, which it does at once unless the queue is full.
const PAUSE_PATIENCE: Duration = Duration::from_millis(200);

/// The way to the reading thread. It ends when this is dropped.
#[derive(Debug)]
pub struct Input {
    events: Receiver<Event>,
    paused: Arc<AtomicBool>,
    acks: mpsc::Receiver<()>,
    wake: UnixStream,
}

impl Input {
    /// Starts the thread.
    pub fn start(tty: Arc<Tty>) -> io::Result<Self> {
        let (sender, events) = channel(QUEUE);
        let (ack, acks) = mpsc::channel();
        let (wake, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let paused = Arc::new(AtomicBool::new(false));
        let reader = Reader { tty, sender, paused: paused.clone(), ack, woken };
        std::thread::Builder::new().name("input".into()).spawn(move || reader.run())?;
        Ok(Self { events, paused, acks, wake })
    }

    /// The next event; `None` when the terminal can no longer be read.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Leaves what is typed to somebody else; returns when that is so. What was typed before is
    /// forgotten: it was not meant for what follows.
    pub fn pause(&mut self) {
        self.paused.store(true, SeqCst);
        self.poke();
        let _ = self.acks.recv_timeout(PAUSE_PATIENCE);
        while self.events.try_recv().is_ok() {}
    }

    /// Reads again.
    pub fn resume(&mut self) {
        self.paused.store(false, SeqCst);
        self.poke();
    }

    fn poke(&self) {
        let _ = rustix::io::write(&self.wake, b"!");
    }
}

struct Reader {
    tty: Arc<Tty>,
    sender: Sender<Event>,
    paused: Arc<AtomicBool>,
    ack: mpsc::Sender<()>,
    woken: UnixStream,
}

impl Reader {
    fn run(self) {
        let mut decoder = Decoder::default();
        let mut bytes = [0; 4096];
        loop {
            let paused = self.paused.load(SeqCst);
            let watched = if paused { PollFlags::empty() } else { PollFlags::IN };
            let mut fds = [
                PollFd::from_borrowed_fd(self.woken.as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.tty.input(), watched),
            ];
            let rest = decoder.is_waiting().then_some(&REST);
            let ready = match poll(&mut fds, rest) {
                Ok(ready) => ready,
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(_) => return,
            };
            let (woken, tty) = (fds[0].revents(), fds[1].revents());
            // Hung up: the watchdog says so; reading would return at once, for ever.
            if tty.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return;
            }
            let mut events = Vec::new();
            if woken.intersects(PollFlags::IN | PollFlags::HUP) {
                match rustix::io::read(&self.woken, &mut bytes) {
                    Ok(0) => return,
                    _ if self.paused.load(SeqCst) => {
                        decoder = Decoder::default();
                        let _ = self.ack.send(());
                    }
                    _ => {}
                }
                continue;
            }
            if ready == 0 {
                decoder.flush(&mut events);
            } else {
                match rustix::io::read(self.tty.input(), &mut bytes) {
                    Ok(0) => return,
                    Ok(count) => decoder.push(&bytes[..count], &mut events),
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    Err(_) => return,
                }
            }
            for event in events {
                if self.sender.blocking_send(event).is_err() {
                    return;
                }
            }
        }
    }
}
