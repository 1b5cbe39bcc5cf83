//! Writes frames on a thread of its own, so that a stalled line stalls nothing else.
//!
//! There is no queue: the loop draws only while the writer is idle. The newest state wins because
//! nothing older was ever drawn, and since no frame is dropped, ratatui's differences stay right.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

use tokio::sync::Notify;

use super::tty::{Tty, Wrote};

/// How often a stalled writer looks whether the terminal is still ours.
const PATIENCE: Duration = Duration::from_millis(100);

/// The way to the writing thread. It ends when this is dropped; nobody waits for it.
#[derive(Debug)]
pub struct Writer {
    frames: SyncSender<Vec<u8>>,
    busy: Arc<AtomicBool>,
    idle: Arc<Notify>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(tty: Arc<Tty>) -> io::Result<Self> {
        let (frames, inbox) = sync_channel(1);
        let busy = Arc::new(AtomicBool::new(false));
        let idle = Arc::new(Notify::new());
        let writer = Self { frames, busy: busy.clone(), idle: idle.clone() };
        std::thread::Builder::new().name("writer".into()).spawn(move || work(&tty, &inbox, &busy, &idle))?;
        Ok(writer)
    }

    /// The last frame is out.
    pub fn is_idle(&self) -> bool {
        !self.busy.load(SeqCst)
    }

    /// Returns when the writer has become idle since the last call.
    pub async fn idled(&self) {
        self.idle.notified().await;
    }

    /// Hands over a frame. Only while idle; otherwise it would have to be dropped.
    pub fn send(&self, frame: Vec<u8>) {
        debug_assert!(self.is_idle(), "a frame while the one before is being written");
        if frame.is_empty() {
            return;
        }
        self.busy.store(true, SeqCst);
        if self.frames.try_send(frame).is_err() {
            self.busy.store(false, SeqCst);
        }
    }
}

fn work(tty: &Tty, frames: &Receiver<Vec<u8>>, busy: &AtomicBool, idle: &Notify) {
    while let Ok(frame) = frames.recv() {
        put(tty, &frame);
        busy.store(false, SeqCst);
        idle.notify_one();
    }
}

/// A frame that the terminal no longer wants is given up: whoever took the terminal away asks for
/// a full picture afterwards, and a dead terminal is the watchdog's business.
fn put(tty: &Tty, frame: &[u8]) {
    let mut rest = frame;
    while !rest.is_empty() {
        match tty.write(rest) {
            Ok(Wrote::Some(written)) => rest = &rest[written..],
            Ok(Wrote::Full) => {
                tty.wait_for_room(PATIENCE);
            }
            Ok(Wrote::NotOurs) | Err(_) => return,
        }
    }
}
