use std::sync::mpsc::{Receiver, Sender, channel};

use chrono::{DateTime, Utc};

use super::*;
use crate::{
    domain::{plan::ProjectStatus, snapshot::Viewer},
    engine::tests::{LONG, PATIENCE, engine},
};

fn plan(intent: Intent) -> Plan {
    Plan {
        intent,
        made_at: DateTime::<Utc>::UNIX_EPOCH,
        reason: None,
        grace: Duration::from_secs(5),
        sessions: Vec::new(),
        steps: Vec::new(),
        left_alone: Vec::new(),
        faults: Vec::new(),
        never: Vec::new(),
        protect: Vec::new(),
    }
}

fn job(intent: Intent) -> Job {
    let plan = plan(intent);
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

fn project(status: ProjectStatus) -> Intent {
    Intent::CleanupProject { project: "web".into(), status }
}

/// Says which plan it was given, and works until it is let go, or told to stop or to kill.
struct Stub {
    seen: Sender<(Plan, Control)>,
    leave: Receiver<()>,
}

impl Executor for Stub {
    fn run(&mut self, plan: &Plan, control: &Control, _: &mut dyn FnMut(Progress)) -> Report {
        self.seen.send((plan.clone(), control.clone())).ok();
        while self.leave.try_recv().is_err() && !control.wants_stop() && !control.wants_kill() {
            std::thread::sleep(GLANCE);
        }
        Report {
            plan: plan.clone(),
            dry_run: false,
            started_at: plan.made_at,
            finished_at: plan.made_at,
            steps: Vec::new(),
            broken_off: control.wants_stop(),
            audit_fault: None,
        }
    }
}

struct Stage {
    actor: Actor,
    seen: Receiver<(Plan, Control)>,
    leave: Sender<()>,
    // The looks it answers end with it.
    _engine: EngineHandle,
}

impl Stage {
    fn new(planner: Planner, pause: Duration) -> Self {
        let (engine, _) = engine(LONG, None);
        let ((sender, seen), (leave, gate)) = (channel(), channel());
        let executor = Box::new(Stub { seen: sender, leave: gate });
        let actor = Actor::with(engine.looker(), executor, planner, pause).unwrap();
        Self { actor, seen, leave, _engine: engine }
    }

    fn told(&mut self) -> Told {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let told = async { tokio::time::timeout(PATIENCE, self.actor.told()).await };
        runtime.block_on(told).unwrap().unwrap()
    }
}

fn nothing(_: &Intent, _: &Board, _: &Terms) -> Result<Plan, Refusal> {
    Err(Refusal::Nothing(Vec::new()))
}

#[expect(clippy::unnecessary_wraps, reason = "a planner may refuse")]
fn anew(intent: &Intent, _: &Board, _: &Terms) -> Result<Plan, Refusal> {
    Ok(Plan { reason: Some("anew".into()), ..plan(intent.clone()) })
}

#[test]
fn what_was_confirmed_is_what_is_run_and_one_at_a_time() {
    let mut stage = Stage::new(anew, LONG);
    for intent in [Intent::CloseAll, project(ProjectStatus::Completed)] {
        assert!(stage.actor.run(job(intent)));
    }
    let (first, _) = stage.seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first, plan(Intent::CloseAll));
    assert!(stage.seen.try_recv().is_err(), "the second waits");
    assert!(stage.actor.halt().is_busy());
    assert!(matches!(stage.told(), Told::Began(began) if *began == first));
    stage.leave.send(()).unwrap();
    assert!(matches!(stage.told(), Told::Ended { again: false, .. }));
    assert_eq!(stage.seen.recv_timeout(PATIENCE).unwrap().0, plan(project(ProjectStatus::Completed)));
    stage.leave.send(()).unwrap();
    assert!(stage.actor.halt().wait_until(Instant::now() + PATIENCE));
}

#[test]
fn escalation_reaches_the_run_in_progress_only() {
    let mut stage = Stage::new(nothing, LONG);
    stage.actor.kill_now();
    stage.actor.run(job(Intent::CloseAll));
    let (_, control) = stage.seen.recv_timeout(PATIENCE).unwrap();
    assert!(!control.wants_kill(), "an old wish is not a new one");
    stage.actor.kill_now();
    assert!(matches!(stage.told(), Told::Began(_)));
    assert!(matches!(stage.told(), Told::Ended { .. }));
    assert!(control.wants_kill());
}

#[test]
fn a_failed_project_is_cleaned_once_more_by_a_plan_of_its_own() {
    let mut stage = Stage::new(anew, Duration::ZERO);
    stage.actor.run(job(project(ProjectStatus::Failed)));
    stage.leave.send(()).unwrap();
    stage.leave.send(()).unwrap();
    assert!(matches!(stage.told(), Told::Began(_)));
    assert!(matches!(stage.told(), Told::Ended { again: true, .. }));
    assert!(matches!(stage.told(), Told::Began(plan) if plan.reason.as_deref() == Some("anew")));
    assert!(matches!(stage.told(), Told::Ended { again: false, .. }));
}

#[test]
fn nothing_left_is_said() {
    let mut stage = Stage::new(nothing, Duration::ZERO);
    stage.actor.run(job(project(ProjectStatus::Emergency)));
    stage.leave.send(()).unwrap();
    assert!(matches!(stage.told(), Told::Began(_)));
    assert!(matches!(stage.told(), Told::Ended { again: true, .. }));
    assert_eq!(stage.told(), Told::Over("no second clean: nothing to end".into()));
}

#[test]
fn stopping_waits_for_the_run_and_lets_none_follow() {
    let mut stage = Stage::new(anew, LONG);
    stage.actor.run(job(project(ProjectStatus::Failed)));
    stage.actor.run(job(Intent::CloseAll));
    stage.seen.recv_timeout(PATIENCE).unwrap();
    stage.actor.halt().stop();
    assert!(stage.actor.halt().wait_until(Instant::now() + PATIENCE));
    assert!(matches!(stage.told(), Told::Began(_)));
    let Told::Ended { report, again } = stage.told() else { panic!() };
    assert!(report.broken_off && !again);
    assert!(stage.seen.try_recv().is_err(), "what had not begun never begins");
    assert!(matches!(stage.told(), Told::Over(_)));
}

#[test]
fn who_waits_for_a_second_clean_is_told_that_none_comes() {
    let mut stage = Stage::new(anew, LONG);
    stage.actor.run(job(project(ProjectStatus::Failed)));
    stage.leave.send(()).unwrap();
    assert!(matches!(stage.told(), Told::Began(_)));
    assert!(matches!(stage.told(), Told::Ended { again: true, .. }));
    stage.actor.halt().stop();
    assert_eq!(stage.told(), Told::Over("no second clean: goosetop is ending".into()));
}
