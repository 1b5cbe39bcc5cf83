//! The loop: waits for what comes, asks the [`Watcher`], does what it says.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, sleep_until},
};

use super::{
    hooks::Hooks,
    outlet::{Gone, Outlet},
    settings::Settings,
    watcher::{Deed, Right, Watcher, tell},
};
use crate::{
    clock::Clock,
    effects::hook::Hook,
    engine::{
        Boards, EngineHandle,
        actor::{Actor, Told},
    },
    wire::{
        Status,
        event::{BecauseDto, Event, EventDto, HookFailedDto, StoppedDto},
    },
};

/// Before the second look at verdicts that hang on processor use, as everywhere.
const SECOND_LOOK_AFTER: Duration = Duration::from_millis(700);
/// A look that takes this long is talked about.
const LATE: Duration = Duration::from_secs(60);
/// What a run has to end by itself in, once the end was asked for: the usual grace of 5 s, and KILL.
const RUN_WITHIN: Duration = Duration::from_secs(6);
/// What a hook has.
const HOOK_WITHIN: Duration = Duration::from_secs(3);
/// When the program ends whatever is still open: 10 s are promised.
const GIVE_UP: Duration = Duration::from_millis(9_200);
/// How often the end is looked for.
const GLANCE: Duration = Duration::from_millis(20);

/// Everything outside.
pub struct Outside {
    /// Looks.
    pub engine: EngineHandle,
    /// Acts; `None` where nothing is to be done.
    pub actor: Option<Actor>,
    /// A person's command.
    pub hook: Option<Hook>,
    /// Asked before every check.
    pub right: Box<dyn FnMut() -> Right>,
    /// Why to end; the second word ends at once.
    pub stop: UnboundedReceiver<String>,
    /// Where the events go.
    pub out: Box<dyn Write + Send>,
    /// Where talk goes.
    pub talk: Box<dyn FnMut(&str)>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// This machine.
    pub host: String,
}

/// Why it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The one check was made.
    Once(Status),
    /// Somebody asked for it.
    Asked(String),
    /// Nobody reads the events.
    Unread,
    /// It could not go on, in a sentence.
    Broken(String),
}

/// Watches until the end is asked for.
///
/// # Errors
/// No thread, no timer.
pub fn run(settings: Settings, outside: Outside) -> io::Result<End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async { Loop::new(settings, outside)?.run().await })
}

/// A look that was asked for.
struct Asked {
    at: Instant,
    /// It was due; else it was made after an action.
    check: bool,
    second: bool,
}

struct Loop {
    once: bool,
    watcher: Watcher,
    engine: EngineHandle,
    boards: Boards,
    actor: Option<Actor>,
    hooks: Option<Hooks>,
    right: Box<dyn FnMut() -> Right>,
    stop: UnboundedReceiver<String>,
    outlet: Outlet,
    talk: Box<dyn FnMut(&str)>,
    clock: Arc<dyn Clock>,
    asked: Option<Asked>,
    next: Instant,
    again: Option<Instant>,
    checked: Option<Status>,
}

impl Loop {
    fn new(settings: Settings, outside: Outside) -> io::Result<Self> {
        let Outside { engine, actor, hook, right, stop, out, talk, clock, host } = outside;
        // The engine looks once by itself; from then on only when it is asked.
        engine.pause(true);
        let mut outlet = Outlet::start(out)?;
        outlet.say(&EventDto::new(clock.now(), settings.told(&host)));
        Ok(Self {
            once: settings.once,
            watcher: Watcher::new(settings),
            boards: engine.boards(),
            engine,
            actor,
            hooks: hook.map(Hooks::start).transpose()?,
            right,
            stop,
            outlet,
            talk,
            clock,
            asked: Some(Asked { at: Instant::now(), check: true, second: false }),
            next: Instant::now() + LATE,
            again: None,
            checked: None,
        })
    }

    async fn run(mut self) -> io::Result<End> {
        let end = loop {
            let timer = self.again.map_or(self.next, |again| again.min(self.next));
            let deeds = tokio::select! {
                biased;
                Some(why) = self.stop.recv() => break End::Asked(why),
                gone = self.outlet.gone() => break match gone {
                    Gone::Unread => End::Unread,
                    Gone::Broken(why) => End::Broken(why),
                },
                Some(told) = told(&mut self.actor) => self.watcher.heard(&told, self.clock.now()),
                Some(over) = over(&mut self.hooks) => self.hook_over(over),
                changed = self.boards.changed() => match changed {
                    Ok(()) => self.look_came(),
                    Err(_) => break End::Broken("the thread that looks has ended".into()),
                },
                () = sleep_until(timer) => self.due(),
            };
            self.perform(deeds);
            if let Some(status) = self.checked.filter(|_| self.once && !self.is_busy()) {
                break End::Once(status);
            }
        };
        self.end(end).await
    }

    fn is_busy(&self) -> bool {
        self.watcher.is_busy() || self.hooks.as_ref().is_some_and(Hooks::is_busy)
    }

    /// Asks for a look; says so where the last one has not come back.
    fn due(&mut self) -> Vec<Deed> {
        let now = Instant::now();
        match &self.asked {
            Some(asked) if self.next <= now => {
                let since = crate::domain::words::spoken(asked.at.elapsed());
                (self.talk)(&format!("the look that began {since} ago has not come back"));
            }
            Some(_) => {}
            None => self.asked = Some(Asked { at: now, check: true, second: false }),
        }
        self.again = None;
        self.next = now + LATE;
        vec![Deed::Look]
    }

    fn look_came(&mut self) -> Vec<Deed> {
        let Some(board) = self.boards.borrow_and_update().clone() else { return Vec::new() };
        let now = Instant::now();
        let asked = self.asked.get_or_insert(Asked { at: now, check: false, second: false });
        if board.needs_second_look && !asked.second {
            asked.second = true;
            self.again = Some(now + SECOND_LOOK_AFTER);
            return Vec::new();
        }
        let check = self.asked.take().filter(|asked| asked.check).map(|asked| asked.at.elapsed());
        self.again = None;
        let right = if check.is_some() { (self.right)() } else { Right::None };
        let deeds = self.watcher.saw(&board, check, right);
        if check.is_some() {
            self.checked = self.watcher.status();
            self.next = now + self.watcher.next_check(self.clock.now());
        }
        deeds
    }

    fn hook_over(&mut self, over: Option<HookFailedDto>) -> Vec<Deed> {
        over.map(|failed| tell(self.clock.now(), failed)).into_iter().collect()
    }

    fn perform(&mut self, deeds: Vec<Deed>) {
        for deed in deeds {
            match deed {
                Deed::Tell(event) => self.tell(&event),
                Deed::Look => self.engine.refresh(),
                Deed::Hook(call) => {
                    if let Some(Err(failed)) = self.hooks.as_mut().map(|hooks| hooks.call(call)) {
                        self.tell(&EventDto::new(self.clock.now(), failed));
                    }
                }
                Deed::Run(job) => {
                    if !self.actor.as_ref().is_some_and(|actor| actor.run(*job)) {
                        let over = Told::Over("the thread that acts is not there".into());
                        let deeds = self.watcher.heard(&over, self.clock.now());
                        self.perform(deeds);
                    }
                }
            }
        }
    }

    /// What a person should know even if nobody reads the events is said aloud as well.
    fn tell(&mut self, event: &EventDto) {
        match &event.event {
            Event::Standby(why) | Event::Acting(why) => {
                (self.talk)(&format!("{}: {}", event.name(), why.because));
            }
            Event::HookFailed(failed) => {
                (self.talk)(&format!("the hook for {} failed: {}", failed.hook_event, failed.because));
            }
            _ => {}
        }
        self.outlet.say(event);
    }

    async fn end(mut self, end: End) -> io::Result<End> {
        let because = match &end {
            End::Once(_) => "one check was asked for".to_owned(),
            End::Asked(why) | End::Broken(why) => why.clone(),
            End::Unread => "nobody reads the events any more".to_owned(),
        };
        let now = self.clock.now();
        self.tell(&EventDto::new(now, Event::Stopping(BecauseDto { because: because.clone() })));
        self.watcher.give_up();
        let in_order = self.finish().await;
        self.tell(&EventDto::new(self.clock.now(), StoppedDto { because, in_order }));
        self.outlet.finish();
        self.engine.stop();
        Ok(end)
    }

    /// Lets end what runs, for a while; then ends it. True when everything was told.
    async fn finish(&mut self) -> bool {
        let begun = Instant::now();
        let mut hurry = false;
        while self.is_busy() && begun.elapsed() < GIVE_UP {
            if let Some(actor) = self.actor.as_ref().filter(|_| hurry || begun.elapsed() >= RUN_WITHIN) {
                actor.halt().stop();
            }
            if let Some(hooks) = self.hooks.as_ref().filter(|_| hurry || begun.elapsed() >= HOOK_WITHIN) {
                hooks.stop();
            }
            let deeds = tokio::select! {
                biased;
                Some(_) = self.stop.recv() => { hurry = true; Vec::new() },
                Some(told) = told(&mut self.actor) => self.watcher.heard(&told, self.clock.now()),
                Some(over) = over(&mut self.hooks) => self.hook_over(over),
                () = sleep(GLANCE) => Vec::new(),
            };
            self.perform(deeds);
        }
        !self.is_busy()
    }
}

/// What happens to a run; never where nobody acts.
async fn told(actor: &mut Option<Actor>) -> Option<Told> {
    match actor {
        Some(actor) => actor.told().await,
        None => std::future::pending().await,
    }
}

/// The next hook that is over; never where there is none.
async fn over(hooks: &mut Option<Hooks>) -> Option<Option<HookFailedDto>> {
    match hooks {
        Some(hooks) => hooks.over().await,
        None => std::future::pending().await,
    }
}
