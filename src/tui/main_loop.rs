//! The loop: select, tell the screen, do what it wants, draw.

mod perform;

use std::{collections::VecDeque, future::pending, sync::Arc, time::Duration};

use color_eyre::eyre::{Result, WrapErr, eyre};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until},
};

use super::{
    Outside,
    effect::Effect,
    event::Event,
    hands::Hands,
    screen::Screen,
    signals::Notice,
    terminal::{ExitReason, Terminal, is_report_due},
};
use crate::{
    clock::Clock,
    engine::{
        Boards, EngineHandle,
        actor::{Actor, Told},
        reader::{self, Reader},
        searcher::{self, Searcher},
    },
};

/// Between two frames: a held-down key cannot ask for more than the eye takes.
const FRAME: Duration = Duration::from_millis(33);
/// After a change of size, which rarely comes alone.
const RESIZE: Duration = Duration::from_millis(50);
/// How long the first frame waits for the first board. A picture with something in it, a little
/// later, is better than two.
const FIRST_BOARD: Duration = Duration::from_millis(50);
/// How long a closed terminal waits to hear why.
const LAST_WORD: Duration = Duration::from_millis(100);
/// How long a thread that fell over may take to say why.
const LONGEST_REPORT: Duration = Duration::from_secs(10);

/// The loop and what it keeps between two turns.
pub(super) struct MainLoop<'a, S> {
    screen: &'a mut S,
    engine: &'a EngineHandle,
    boards: Boards,
    // Before the actor: the terminal is given back first, then what is under way is waited for.
    terminal: Terminal,
    actor: Option<Actor>,
    reader: Option<Reader>,
    searcher: Option<Searcher>,
    hands: Box<dyn Hands>,
    /// What was done on a thread of its own comes back here.
    answers: (UnboundedSender<Event>, UnboundedReceiver<Event>),
    clock: Arc<dyn Clock>,
    seconds: Interval,
    dirty: bool,
    /// The first frame waits for something to show, until [`FIRST_BOARD`].
    awaits_board: bool,
    /// Not before this moment.
    draw_at: Instant,
}

/// What a turn of the loop is about.
enum Turn {
    Tell(Event),
    Resized,
    Resumed,
    Draw,
    End(ExitReason),
}

impl<'a, S: Screen> MainLoop<'a, S> {
    /// Draws nothing yet.
    pub(super) fn new(
        screen: &'a mut S,
        engine: &'a EngineHandle,
        outside: Outside,
        terminal: Terminal,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let start = Instant::now();
        // Seconds begin when the clock's do, so that it is drawn when it changes.
        let into_second = u64::from(clock.now().timestamp_subsec_millis().min(999));
        let first = start + Duration::from_millis(1000 - into_second);
        let mut seconds = interval_at(first, Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let boards = engine.boards();
        let draw_at = start + FIRST_BOARD;
        let Outside { actor, reader, searcher, hands } = outside;
        Self {
            screen,
            engine,
            boards,
            terminal,
            actor,
            reader,
            searcher,
            hands,
            answers: unbounded_channel(),
            clock,
            seconds,
            dirty: true,
            awaits_board: true,
            draw_at,
        }
    }

    /// Until the screen wants to quit, a signal comes, or the terminal is gone.
    pub(super) async fn run(mut self) -> Result<ExitReason> {
        loop {
            self.draw_if_due()?;
            match self.next().await? {
                Turn::End(reason) => return Ok(reason),
                Turn::Draw => {}
                Turn::Resized => self.resized(),
                Turn::Resumed => {
                    self.terminal.resume().wrap_err("the terminal did not come back")?;
                    self.dirty = true;
                    self.tell(Event::Resumed);
                }
                Turn::Tell(event) => {
                    if self.tell(event) {
                        return Ok(ExitReason::Quit);
                    }
                }
            }
        }
    }

    async fn next(&mut self) -> Result<Turn> {
        let wanted = self.wants_to_draw();
        let Terminal { tty, writer, input, notices, .. } = &mut self.terminal;
        if tty.is_closed() {
            return last_word(notices).await;
        }
        let frame = async {
            match (wanted, writer.is_idle()) {
                (true, true) => sleep_until(self.draw_at).await,
                (true, false) => writer.idled().await,
                (false, _) => pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(notice) = notices.recv() => Ok(Turn::from(notice)),
            event = input.next() => match event {
                Some(event) => Ok(Turn::Tell(event)),
                None => last_word(notices).await,
            },
            told = told(&mut self.actor) => Ok(Turn::Tell(Event::Run(told))),
            Some(told) = read(&mut self.reader) => Ok(Turn::Tell(Event::Read(told))),
            Some(told) = searched(&mut self.searcher) => Ok(Turn::Tell(Event::Searched(told))),
            Some(answer) = self.answers.1.recv() => Ok(Turn::Tell(answer)),
            changed = self.boards.changed() => {
                changed.map_err(|_| eyre!("the thread that reads the sessions has ended"))?;
                let board = self.boards.borrow_and_update().clone();
                Ok(board.map_or(Turn::Draw, |board| Turn::Tell(Event::Board(board))))
            }
            () = frame => Ok(Turn::Draw),
            _ = self.seconds.tick() => Ok(Turn::Tell(Event::Tick)),
        }
    }

    /// Tells the screen, and does what it wants; true when that is to quit.
    fn tell(&mut self, event: Event) -> bool {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            if matches!(event, Event::Board(_)) && std::mem::take(&mut self.awaits_board) {
                self.draw_at = Instant::now();
            }
            for effect in self.screen.update(event, self.clock.now()) {
                if effect == Effect::Quit {
                    return true;
                }
                events.extend(self.perform(effect).unwrap_or_else(|why| Some(Event::Failed(why))));
            }
        }
        self.dirty |= self.screen.take_dirty();
        false
    }

    fn resized(&mut self) {
        let size = self.terminal.tty.size();
        self.terminal.canvas.resize(size);
        // The first of several decides when: otherwise dragging a corner would never show anything.
        if !self.dirty {
            self.draw_at = self.draw_at.max(Instant::now() + RESIZE);
        }
        self.dirty = true;
        self.tell(Event::Resize(size.width, size.height));
    }

    fn wants_to_draw(&self) -> bool {
        (self.dirty || self.terminal.canvas.has_pushed()) && self.terminal.tty.is_ours()
    }

    fn draw_if_due(&mut self) -> Result<()> {
        let now = Instant::now();
        if !self.wants_to_draw() || !self.terminal.writer.is_idle() || now < self.draw_at {
            return Ok(());
        }
        let moment = self.clock.now();
        let frame = self.terminal.canvas.draw(|frame| self.screen.draw(frame, moment))?;
        self.terminal.writer.send(frame);
        self.dirty = false;
        self.awaits_board = false;
        self.draw_at = now + FRAME;
        Ok(())
    }
}

/// What happens to a run; never, where nothing can be run. The thread that is gone is said once.
async fn told(actor: &mut Option<Actor>) -> Told {
    let told = match actor {
        Some(actor) => actor.told().await,
        None => pending().await,
    };
    told.unwrap_or_else(|| {
        *actor = None;
        Told::Over("the thread that ends sessions has failed: look at what is left, and start anew".into())
    })
}

/// What was read; never, where nothing reads.
async fn read(reader: &mut Option<Reader>) -> Option<reader::Told> {
    let told = match reader {
        Some(reader) => reader.told().await,
        None => pending().await,
    };
    if told.is_none() {
        *reader = None;
    }
    told
}

/// What was found; never, where nothing searches.
async fn searched(searcher: &mut Option<Searcher>) -> Option<searcher::Told> {
    let told = match searcher {
        Some(searcher) => searcher.told().await,
        None => pending().await,
    };
    if told.is_none() {
        *searcher = None;
    }
    told
}

impl From<Notice> for Turn {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::End(reason) => Self::End(reason),
            Notice::Resumed => Self::Resumed,
            Notice::Resized => Self::Resized,
        }
    }
}

/// The terminal is gone: whoever took it says why, unless a thread of ours fell over.
async fn last_word(notices: &mut UnboundedReceiver<Notice>) -> Result<Turn> {
    let end = async {
        while let Some(notice) = notices.recv().await {
            if let Notice::End(reason) = notice {
                return Some(Turn::End(reason));
            }
        }
        None
    };
    let end = tokio::time::timeout(LAST_WORD, end).await.ok().flatten();
    // Ending before it has said why would cut it short.
    let told = async {
        while is_report_due() {
            tokio::time::sleep(LAST_WORD).await;
        }
    };
    let _ = tokio::time::timeout(LONGEST_REPORT, told).await;
    end.ok_or_else(|| eyre!("the terminal was lost, and no signal said why"))
}
