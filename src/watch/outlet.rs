//! Where the events go: written by a thread of its own, so that a reader who stalls holds up nothing.

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::wire::event::{EventDto, LostDto};

/// Lines that wait for a reader who stalls.
const QUEUE: usize = 1024;
/// How long the end waits for the last lines.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often is looked whether they are written.
const GLANCE: Duration = Duration::from_millis(2);

/// Why nothing is written any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The reader has left.
    Unread,
    /// Anything else, in a sentence.
    Broken(String),
}

/// The way to the reader.
#[derive(Debug)]
pub struct Outlet {
    lines: Option<SyncSender<String>>,
    lost: u64,
    gone: UnboundedReceiver<Gone>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Outlet {
    /// Starts the thread. Fails only where the system gives none.
    pub fn start(out: Box<dyn Write + Send>) -> io::Result<Self> {
        let (lines, inbox) = sync_channel(QUEUE);
        let (tell, gone) = unbounded_channel();
        let thread =
            std::thread::Builder::new().name("events".into()).spawn(move || work(out, &inbox, &tell))?;
        Ok(Self { lines: Some(lines), lost: 0, gone, thread: Some(thread) })
    }

    /// Hands an event on; one for which there is no room is counted.
    pub fn say(&mut self, event: &EventDto) {
        let Some(lines) = &self.lines else { return };
        if self.lost > 0 {
            let mut told = event.clone();
            told.event = LostDto { events: self.lost }.into();
            if told.line().is_ok_and(|line| lines.try_send(line).is_ok()) {
                self.lost = 0;
            }
        }
        let sent = self.lost == 0 && event.line().is_ok_and(|line| lines.try_send(line).is_ok());
        self.lost += u64::from(!sent);
    }

    /// Why nobody reads any more; comes once, if ever.
    pub async fn gone(&mut self) -> Gone {
        match self.gone.recv().await {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }

    /// Waits for what is still to be written, but not for a reader who stalls.
    pub fn finish(mut self) {
        self.lines = None;
        let until = Instant::now() + PATIENCE;
        while self.thread.as_ref().is_some_and(|t| !t.is_finished()) && Instant::now() < until {
            std::thread::sleep(GLANCE);
        }
    }
}

fn work(mut out: Box<dyn Write + Send>, inbox: &Receiver<String>, tell: &UnboundedSender<Gone>) {
    while let Ok(line) = inbox.recv() {
        if let Err(error) = out.write_all(line.as_bytes()).and_then(|()| out.flush()) {
            let _ = tell.send(match error.kind() {
                io::ErrorKind::BrokenPipe => Gone::Unread,
                _ => Gone::Broken(format!("the events cannot be written: {error}")),
            });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    };

    use chrono::DateTime;

    use super::*;
    use crate::wire::event::{BecauseDto, Event};

    /// A reader who stalls until it is let go.
    struct Stalled {
        gate: Receiver<()>,
        open: bool,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.open = self.open || self.gate.recv().is_ok();
            self.taken.lock().unwrap().extend_from_slice(bytes);
            if self.open { Ok(bytes.len()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn event(n: usize) -> EventDto {
        let because = BecauseDto { because: n.to_string() };
        EventDto::new(DateTime::UNIX_EPOCH, Event::Stopping(because))
    }

    #[test]
    fn a_reader_who_stalls_holds_up_nothing_and_learns_what_it_missed() {
        let (open, gate) = channel();
        let taken = Arc::<Mutex<Vec<u8>>>::default();
        let mut outlet =
            Outlet::start(Box::new(Stalled { gate, open: false, taken: Arc::clone(&taken) })).unwrap();
        // One is in the writer's hand at most.
        let sent = QUEUE + 50;
        (0..sent).for_each(|n| outlet.say(&event(n)));
        let lost = outlet.lost;
        assert!((49..=50).contains(&lost), "{lost}");
        open.send(()).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while outlet.lost > 0 && Instant::now() < until {
            outlet.say(&event(sent));
        }
        outlet.finish();
        let text = String::from_utf8(taken.lock().unwrap().clone()).unwrap();
        let told: u64 = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter_map(|line| line["events"].as_u64())
            .sum();
        assert!(told >= lost, "{told} of {lost}");
    }

    #[test]
    fn one_who_leaves_is_told_of_once() {
        let (open, gate) = channel();
        drop(open);
        let mut outlet =
            Outlet::start(Box::new(Stalled { gate, open: false, taken: Arc::default() })).unwrap();
        outlet.say(&event(0));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(outlet.gone()), Gone::Unread);
        outlet.say(&event(1));
        outlet.finish();
    }
}
