//! `goosetop watch` over a fleet of real geese: it ends what nobody looks after, and nobody else.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, read_to_string},
    process::{Child, Command, Stdio},
};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    actions::fleet::{Bystanders, Fleet, all_live, another_second, assert_gone},
    process::{Proc, pids},
    wait::{until, until_true},
    world::World,
};

/// A watcher of this world, which checks every second and has a grace of two.
struct Watcher {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    seen: Vec<Value>,
}

impl Watcher {
    fn start(world: &World, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.arg("watch").args(world.goosetop_args()).args(["--interval", "1s"]);
        command.args(["--set", "watch.grace=2s", "--set", "actions.grace=2s"]).args(args);
        command.env_clear().envs(world.plain_env()).current_dir(world.home());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("goosetop can be started");
        let out = child.stdout.take().expect("it is piped");
        Self { child, lines: BufReader::new(out).lines(), seen: Vec::new() }
    }

    /// Reads until this event. A check comes every second, so a test that waits in vain ends with it.
    #[track_caller]
    fn event(&mut self, name: &str) -> Value {
        let mut checks = 0;
        while checks < 60 {
            let Some(Ok(line)) = self.lines.next() else { break };
            let event: Value = serde_json::from_str(&line).expect("a line is an object");
            let told = event["event"].as_str().unwrap_or_default().to_owned();
            checks += usize::from(told == "check");
            self.seen.push(event.clone());
            if told == name {
                return event;
            }
        }
        panic!("no {name}: {:#?}", self.seen);
    }

    /// Ends it in order.
    #[track_caller]
    fn end(mut self) -> Vec<Value> {
        let proc = Proc::read(self.child.id()).expect("it runs");
        proc.signal(Signal::TERM).expect("it can be signalled");
        assert_eq!(self.event("stopped")["in_order"], true, "{:#?}", self.seen);
        let status = until("it ends", || self.child.try_wait().expect("a child can be waited for"));
        let err = read_to_string(self.child.stderr.take().expect("it is piped")).unwrap_or_default();
        assert_eq!(status.code(), Some(0), "{err}");
        std::mem::take(&mut self.seen)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _collected = self.child.wait();
    }
}

fn steps(report: &Value) -> BTreeSet<u32> {
    let all = report["steps"].as_array().expect("a report has steps");
    all.iter().filter_map(|s| u32::try_from(s["pid"].as_u64()?).ok()).collect()
}

/// Shows what it would end, holds that to be exactly these, and lets it.
#[track_caller]
fn ends_exactly(world: &World, args: &[&str], doomed: &[Proc]) -> Vec<Value> {
    let expected: BTreeSet<u32> = pids(doomed).into_iter().collect();
    let mut dry = Watcher::start(world, &[args, &["--dry-run"]].concat());
    let plan = dry.event("plan");
    assert_eq!(steps(&plan["plan"]), expected, "{plan:#}");
    dry.end();
    assert!(all_live(doomed), "a dry run ends nothing");
    let mut watcher = Watcher::start(world, args);
    let report = watcher.event("action_finished")["report"].clone();
    assert_eq!(steps(&report), expected, "{report:#}");
    assert_eq!(report["failed"], 0, "{report:#}");
    assert_gone(doomed);
    // Two more checks find nothing.
    watcher.event("check");
    watcher.event("check");
    let seen = watcher.end();
    assert_eq!(seen.iter().filter(|e| e["event"] == "plan").count(), 1, "{seen:#?}");
    seen
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_a_dead_goose_left_is_ended_and_the_fleet_sails_on() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let fleet = Fleet::start(&world);
    let mut spared = fleet.owned(&world);
    spared.push(fleet.attached.proc.clone());
    let seen = ends_exactly(&world, &["--auto-clean", "leaked"], &fleet.killed.tools);
    assert!(all_live(&spared), "somebody's session was ended: {seen:#?}");
    bystanders.live();
    assert!(world.board(&[]).leaked.is_empty());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn orphaned_runs_are_ended_and_neither_a_person_nor_an_editor_loses_anything() {
    let world = World::new();
    let bystanders = Bystanders::start(&world);
    let fleet = Fleet::start(&world);
    // Everyone is silent for longer than this.
    let short = ["--stuck-after", "1s", "--orphaned-after", "2s", "--auto-clean", "orphaned"];
    let mut doomed = fleet.killed.tools.clone();
    for run in [&fleet.tool, &fleet.hanging, &fleet.stubborn] {
        doomed.extend(run.all());
    }
    let mut spared = vec![fleet.attached.proc.clone(), fleet.acp.goose.proc.clone()];
    spared.extend(world.carriers(&fleet.acp_tool));
    // Else they would pass the limit one after another, and be ended so.
    let runs = [&fleet.tool, &fleet.hanging, &fleet.stubborn].map(|run| run.id.as_str());
    until_true("all of them are orphaned", || {
        let board = world.board(&short[..4]);
        runs.iter().all(|id| board.session(id).is_some_and(|s| s.health == "orphaned"))
    });
    let seen = ends_exactly(&world, &short, &doomed);
    assert!(all_live(&spared), "a person's or an editor's was ended: {seen:#?}");
    bystanders.live();
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn run_limits_end_runs_and_nothing_that_anybody_sits_at() {
    let world = World::new();
    let fleet = Fleet::start(&world);
    // All of them pass the limit at one check.
    another_second();
    another_second();
    let limits = ["--set", "timeouts.enforce=true", "--set", "timeouts.max_inactivity=3s"];
    let mut doomed = Vec::new();
    for run in [&fleet.tool, &fleet.hanging, &fleet.stubborn] {
        doomed.extend(run.all());
    }
    let mut spared = vec![fleet.attached.proc.clone(), fleet.acp.goose.proc.clone()];
    spared.extend(world.carriers(&fleet.acp_tool));
    spared.extend(fleet.killed.tools.iter().cloned());
    let seen = ends_exactly(&world, &limits, &doomed);
    let told: BTreeSet<&str> =
        seen.iter().filter(|e| e["event"] == "limit").filter_map(|e| e["session_id"].as_str()).collect();
    let runs = [&fleet.tool, &fleet.hanging, &fleet.stubborn].map(|run| run.id.as_str());
    assert_eq!(told, BTreeSet::from(runs), "{seen:#?}");
    assert!(all_live(&spared), "somebody else's was ended: {seen:#?}");
}
