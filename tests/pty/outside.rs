//! What the stand-in's wishes act on: an executor that works until it is told to stop, and hands that
//! borrow the terminal.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use goosetop::{
    domain::{
        board::Board,
        plan::{Intent, Plan, Refusal, Terms},
        session::SessionKey,
        snapshot::Viewer,
    },
    effects::{Control, Executor, Progress, Report},
    engine::{
        EngineHandle,
        actor::{Actor, Job},
    },
    tui::{
        Outside,
        hands::{Handling, Hands, Preflight, Saver},
    },
};

use super::app_role::log;

/// The actor and the hands of the program under test.
pub fn outside(engine: &EngineHandle) -> Outside {
    let planner = |_: &Intent, _: &Board, _: &Terms| Err(Refusal::Blind);
    let actor = Actor::start(engine, Box::new(Patient), planner).unwrap();
    Outside { actor: Some(actor), reader: None, searcher: None, hands: Box::new(Two) }
}

/// Something to run.
pub fn job() -> Job {
    let plan = Plan {
        intent: Intent::CloseAll,
        made_at: DateTime::<Utc>::UNIX_EPOCH,
        reason: None,
        grace: Duration::from_secs(5),
        sessions: Vec::new(),
        steps: Vec::new(),
        left_alone: Vec::new(),
        faults: Vec::new(),
        never: Vec::new(),
        protect: Vec::new(),
    };
    let terms = Terms {
        read_only: false,
        include_attached: false,
        protect: Vec::new(),
        grace: plan.grace,
        viewer: Viewer::default(),
        ancestors: Vec::new(),
        reason: None,
    };
    Job { plan, terms }
}

struct Patient;

impl Executor for Patient {
    fn run(&mut self, plan: &Plan, control: &Control, _: &mut dyn FnMut(Progress)) -> Report {
        log("run began");
        while !control.wants_stop() {
            std::thread::sleep(Duration::from_millis(1));
        }
        log("run stopped");
        Report {
            plan: plan.clone(),
            dry_run: false,
            started_at: plan.made_at,
            finished_at: plan.made_at,
            steps: Vec::new(),
            broken_off: true,
            audit_fault: None,
        }
    }
}

struct Two;

impl Hands for Two {
    fn preflight(&mut self, _: &Board, key: &SessionKey, fork: bool) -> Preflight {
        let key = key.clone();
        Preflight { key, fork, can_fork: true, command: String::new(), notes: Vec::new(), obstacle: None }
    }

    fn resume(&mut self, _: &Board, _: &Preflight) -> Result<Handling, String> {
        Err("nothing resumes here".into())
    }

    fn attach(&mut self, _: &Board, key: &SessionKey) -> Result<Handling, String> {
        let key = key.clone();
        Ok(Handling::Lend(Box::new(move || {
            println!("lent to {}", key.id);
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map_err(|e| e.to_string())?;
            Ok(format!("back with {}", line.trim()))
        })))
    }

    fn saver(&self) -> Saver {
        Arc::new(|_| Err("nothing is saved here".into()))
    }
}
