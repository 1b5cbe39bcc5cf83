//! Runs confirmed plans, one at a time, on a thread of its own.
//!
//! ```text
//!  Actor::run(Job) ──► thread ──► Executor::run ──► Told::Progress … ──► Told::Ended
//!  Actor::kill_now, Halt::stop ──► Control ──────┘                          └─► a sweep of the engine
//! ```
//!
//! Invariant: what was confirmed is what is run; nothing is planned anew here but the second clean of a
//! project that failed, which is made of a board taken after the first. Whoever ends the program asks
//! [`Halt`] first, so that no process is left stopped and the audit log says how far it went.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{EngineHandle, Looker};
use crate::{
    domain::{
        board::Board,
        plan::{Intent, Plan, ProjectStatus, Refusal, Terms},
    },
    effects::{Control, Executor, Progress, Report},
};

/// How long the second clean waits for a picture to plan by.
const BOARD_PATIENCE: Duration = Duration::from_secs(10);
/// How long [`Actor::stop`] waits for a run to return once it was told to send nothing more.
pub const RUN_PATIENCE: Duration = Duration::from_secs(1);
/// How often a wait looks whether it is over.
const GLANCE: Duration = Duration::from_millis(2);
/// Why nothing begins any more.
const ENDING: &str = "goosetop is ending";

/// Makes plans; the real one is [`crate::domain::plan::plan`].
pub type Planner = fn(&Intent, &Board, &Terms) -> Result<Plan, Refusal>;

/// A confirmed plan, and the rules it was made by.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What was shown and confirmed.
    pub plan: Plan,
    /// For the second clean.
    pub terms: Terms,
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A plan is being run.
    Began(Arc<Plan>),
    /// Something in it happened.
    Progress(Progress),
    /// It is done.
    Ended {
        /// How.
        report: Arc<Report>,
        /// A second clean of what is left follows shortly.
        again: bool,
    },
    /// There is no run, or no second one: why, in a sentence.
    Over(String),
}

/// Ends a run in order, from any thread; the default one has nothing to end.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    control: Arc<Mutex<Control>>,
    ending: Arc<AtomicBool>,
    /// Jobs that are not over.
    jobs: Arc<AtomicUsize>,
}

impl Halt {
    /// Nothing more is sent, and no further run begins.
    pub fn stop(&self) {
        self.ending.store(true, SeqCst);
        self.control().stop();
    }

    /// A run is under way, or waits for its second part.
    pub fn is_busy(&self) -> bool {
        self.jobs.load(SeqCst) > 0
    }

    /// Waits for the run to return; true when it has.
    pub fn wait_until(&self, deadline: Instant) -> bool {
        while self.is_busy() && Instant::now() < deadline {
            std::thread::sleep(GLANCE);
        }
        !self.is_busy()
    }

    /// Ends the grace of the run in progress.
    pub fn kill_now(&self) {
        self.control().kill_now();
    }

    fn control(&self) -> Control {
        self.control.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn begin(&self) -> Control {
        let control = Control::default();
        *self.control.lock().unwrap_or_else(PoisonError::into_inner) = control.clone();
        // Whoever stopped us before the line above stopped the one before.
        if self.ending.load(SeqCst) {
            control.stop();
        }
        control
    }
}

/// The way to the thread. Dropping it stops a run like [`Actor::stop`].
#[derive(Debug)]
pub struct Actor {
    jobs: mpsc::Sender<Job>,
    told: UnboundedReceiver<Told>,
    halt: Halt,
}

impl Actor {
    /// Starts the thread. Fails only where the system gives none.
    pub fn start(engine: &EngineHandle, executor: Box<dyn Executor>, planner: Planner) -> io::Result<Self> {
        Self::with(engine.looker(), executor, planner, ProjectStatus::FOLLOWED_AFTER)
    }

    fn with(
        looker: Looker,
        executor: Box<dyn Executor>,
        planner: Planner,
        pause: Duration,
    ) -> io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let (tell, told) = unbounded_channel();
        let halt = Halt::default();
        let worker = Worker { executor, planner, looker, tell, halt: halt.clone(), pause };
        std::thread::Builder::new().name("actor".into()).spawn(move || worker.run(&inbox))?;
        Ok(Self { jobs, told, halt })
    }

    /// Runs a plan as soon as nothing else runs. False where the thread is gone.
    pub fn run(&self, job: Job) -> bool {
        self.halt.jobs.fetch_add(1, SeqCst);
        let sent = self.jobs.send(job).is_ok();
        if !sent {
            self.halt.jobs.fetch_sub(1, SeqCst);
        }
        sent
    }

    /// Ends the grace of the run in progress.
    pub fn kill_now(&self) {
        self.halt.kill_now();
    }

    /// What happens; `None` when the thread is gone.
    pub async fn told(&mut self) -> Option<Told> {
        self.told.recv().await
    }

    /// For those who end the program.
    pub fn halt(&self) -> Halt {
        self.halt.clone()
    }

    /// Sends nothing more; true when the run returned within [`RUN_PATIENCE`].
    pub fn stop(&self) -> bool {
        self.halt.stop();
        self.halt.wait_until(Instant::now() + RUN_PATIENCE)
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Worker {
    executor: Box<dyn Executor>,
    planner: Planner,
    looker: Looker,
    tell: UnboundedSender<Told>,
    halt: Halt,
    /// Before a second clean.
    pause: Duration,
}

/// Whatever happens to the thread, nobody waits for it in vain.
struct Idle<'a>(&'a Halt);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.jobs.fetch_sub(1, SeqCst);
    }
}

impl Worker {
    fn run(mut self, inbox: &mpsc::Receiver<Job>) {
        let halt = self.halt.clone();
        while let Ok(job) = inbox.recv() {
            let _idle = Idle(&halt);
            if halt.ending.load(SeqCst) {
                let _ = self.tell.send(Told::Over(format!("nothing was done: {ENDING}")));
                continue;
            }
            let again = is_followed(&job.plan.intent);
            if self.once(job.plan.clone(), again) && again {
                self.second(&job);
            }
        }
    }

    /// One plan; true when it was carried out to its end.
    fn once(&mut self, plan: Plan, again: bool) -> bool {
        let control = self.halt.begin();
        let plan = Arc::new(plan);
        let tell = &self.tell;
        let _ = tell.send(Told::Began(plan.clone()));
        let report = self.executor.run(&plan, &control, &mut |progress| {
            let _ = tell.send(Told::Progress(progress));
        });
        let whole = !report.broken_off && !control.wants_stop();
        self.looker.refresh();
        let _ = self.tell.send(Told::Ended { report: Arc::new(report), again: again && whole });
        whole
    }

    fn second(&mut self, job: &Job) {
        let begin = Instant::now() + self.pause;
        while Instant::now() < begin && !self.halt.ending.load(SeqCst) {
            std::thread::sleep(GLANCE);
        }
        // Whoever waits for the second report is told in any case.
        if let Err(why) = self.second_plan(job).map(|plan| self.once(plan, false)) {
            let _ = self.tell.send(Told::Over(format!("no second clean: {why}")));
        }
    }

    fn second_plan(&self, job: &Job) -> Result<Plan, String> {
        let ending = || if self.halt.ending.load(SeqCst) { Err(ENDING.to_owned()) } else { Ok(()) };
        ending()?;
        let board = self.looker.look(BOARD_PATIENCE).ok_or_else(|| Refusal::Blind.to_string())?;
        let plan = (self.planner)(&job.plan.intent, &board, &job.terms).map_err(|why| why.to_string())?;
        ending().map(|()| plan)
    }
}

/// An emergency clean of what is left follows.
fn is_followed(intent: &Intent) -> bool {
    matches!(intent, Intent::CleanupProject { status, .. } if status.is_emergency())
}

#[cfg(test)]
mod tests;
