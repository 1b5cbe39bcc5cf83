use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde_json::Value;

use super::{MINUTE, RULES, at, id, procs, seen_at};
use crate::{
    domain::{
        board::Board,
        plan::{
            AutoClean, Intent, Plan,
            tests::build::{key, now, pids, proc, terms},
        },
    },
    effects::dry_run,
    engine::actor::{Job, Told},
    watch::{
        Limits, Right, Rules, Settings,
        watcher::{Deed, Watcher},
    },
};

fn settings() -> Settings {
    Settings {
        interval: 10 * MINUTE,
        auto: RULES,
        limits: None,
        dry_run: false,
        once: false,
        hook: true,
        terms: terms(),
    }
}

fn check(watcher: &mut Watcher, board: Board) -> Vec<Deed> {
    watcher.saw(&Arc::new(board), Some(Duration::from_millis(12)), Right::Mine)
}

fn events(deeds: &[Deed]) -> Vec<Value> {
    let event = |deed: &Deed| match deed {
        Deed::Tell(event) => Some(serde_json::from_str(&event.line().unwrap()).unwrap()),
        _ => None,
    };
    deeds.iter().filter_map(event).collect()
}

fn names(deeds: &[Deed]) -> Vec<String> {
    let told = events(deeds).into_iter().filter_map(|e| Some(e["event"].as_str()?.to_owned()));
    told.filter(|name| name != "change").collect()
}

fn job(deeds: &[Deed]) -> Option<Job> {
    deeds.iter().find_map(|deed| match deed {
        Deed::Run(job) => Some(job.as_ref().clone()),
        _ => None,
    })
}

fn ended(plan: &Plan) -> Told {
    Told::Ended { report: Arc::new(dry_run(plan, now())), again: false }
}

#[test]
fn the_first_check_tells_what_is_wrong_already_and_later_ones_what_changed() {
    let mut watcher = Watcher::new(settings());
    let deeds = check(&mut watcher, at(0));
    let told = events(&deeds);
    assert_eq!((&told[0]["event"], &told[1]["event"]), (&"acting".into(), &"check".into()));
    assert_eq!((&told[1]["exit_code"], &told[1]["duration_seconds"]), (&2.into(), &0.012.into()));
    let changes: Vec<_> = told.iter().filter(|e| e["event"] == "change").collect();
    let whom: Vec<_> = changes.iter().map(|e| (e["session_id"].clone(), e["what"].clone())).collect();
    assert!(whom.contains(&("s_4".into(), "appeared".into())), "{whom:?}");
    assert!(whom.contains(&(Value::Null, "left_behind".into())), "{whom:?}");
    assert!(!whom.iter().any(|(id, _)| id == "s_0"), "a healthy one is no news: {whom:?}");
    let hooks = deeds.iter().filter(|d| matches!(d, Deed::Hook(_))).count();
    assert_eq!(hooks, changes.len(), "each is a call of the hook");
    let owner = changes.iter().find(|e| e["session_id"] == "s_4").unwrap();
    assert_eq!(owner["pid"], 140);

    assert_eq!(names(&check(&mut watcher, at(1))), ["check"]);
    let fewer: Vec<_> = procs().into_iter().filter(|p| p.id.pid != 100).collect();
    let changes = events(&check(&mut watcher, seen_at(2, fewer)));
    let change = changes.iter().find(|e| e["event"] == "change").unwrap();
    assert_eq!((&change["session_id"], &change["what"]), (&"s_0".into(), &"ended".into()));
}

#[test]
fn what_waited_long_enough_is_planned_run_and_told() {
    let mut watcher = Watcher::new(settings());
    assert_eq!(names(&check(&mut watcher, at(0))), ["acting", "check"]);
    let deeds = check(&mut watcher, at(10));
    assert_eq!(names(&deeds), ["check", "plan"]);
    let Job { plan, .. } = job(&deeds).unwrap();
    let mut ends = pids(&plan);
    ends.sort_unstable();
    assert_eq!(ends, [110, 111, 140, 141, 150]);
    assert_eq!(plan.reason.as_deref(), Some("leaked or orphaned for longer than 10m (watch)"));
    assert!(plan.intent.is_bulk());
    assert!(watcher.is_busy());
    assert_eq!(names(&check(&mut watcher, at(11))), ["check"], "one run at a time");
    let done = watcher.heard(&ended(&plan), now());
    assert_eq!(names(&done), ["action_finished"]);
    assert!(done.iter().any(|d| matches!(d, Deed::Hook(call) if call.event == "action_finished")));
    assert!(!watcher.is_busy());
    // Whoever survived has its time again.
    assert_eq!(names(&check(&mut watcher, at(19))), ["check"]);
    assert_eq!(names(&check(&mut watcher, at(20))), ["check", "plan"]);
}

#[test]
fn a_dry_run_and_a_second_watcher_end_nothing() {
    let mut dry = Watcher::new(Settings { dry_run: true, ..settings() });
    check(&mut dry, at(0));
    let deeds = check(&mut dry, at(10));
    let plan = events(&deeds).pop().unwrap();
    assert_eq!((&plan["event"], &plan["acting"]), (&"plan".into(), &false.into()));
    assert_eq!(plan["plan"]["dry_run"], true);
    assert!(job(&deeds).is_none() && !dry.is_busy());

    let mut second = Watcher::new(settings());
    let mut look = |board, right| second.saw(&Arc::new(board), Some(MINUTE), right);
    let others = |pid: u32| Right::Others(format!("pid {pid} acts"));
    assert_eq!(names(&look(at(0), others(5))), ["standby", "check"]);
    assert_eq!(names(&look(at(10), others(6))), ["check"], "said once");
    let deeds = look(at(11), Right::Mine);
    assert_eq!(names(&deeds), ["acting", "check", "plan"], "it has seen all of it, and takes over");
    assert!(job(&deeds).is_some());
}

#[test]
fn nothing_is_decided_where_nothing_was_asked_for() {
    let off = Rules { mode: AutoClean::Off, ..RULES };
    let mut watcher = Watcher::new(Settings { auto: off, ..settings() });
    let mut look = |board| watcher.saw(&Arc::new(board), Some(MINUTE), Right::None);
    assert_eq!(names(&look(at(0))), ["check"]);
    assert_eq!(names(&look(at(10))), ["check"]);
    assert_eq!(watcher.next_check(now() + TimeDelta::minutes(10)), 10 * MINUTE);
}

#[test]
fn runs_that_pass_a_limit_are_told_once_and_ended_and_the_rest_waits_for_a_fresh_look() {
    let limits = Limits { default: 200 * MINUTE, extended: 300 * MINUTE, max_inactivity: 90 * MINUTE };
    let mut watcher = Watcher::new(Settings { limits: Some(limits), ..settings() });
    // One is silent for 80 minutes, one for 100; a third is young.
    let deeds = check(&mut watcher, at(0));
    assert_eq!(names(&deeds), ["acting", "check", "limit", "plan"]);
    let told = events(&deeds);
    let limit = told.iter().find(|e| e["event"] == "limit").unwrap();
    assert_eq!((&limit["session_id"], &limit["limit"]), (&"s_5".into(), &"max_inactivity".into()));
    assert_eq!((&limit["seconds"], &limit["limit_seconds"]), (&6000.0.into(), &5400.0.into()));
    let Job { plan, terms } = job(&deeds).unwrap();
    assert_eq!(pids(&plan), [150]);
    assert_eq!(plan.intent, Intent::Auto { sessions: vec![key(5)], processes: Vec::new() });
    assert_eq!(plan.reason.as_deref(), Some("run limit max_inactivity passed (watch)"));
    assert!(!terms.include_attached);
    watcher.heard(&ended(&plan), now());

    // At ten minutes one more passes its limit, and what leaked is ripe: two plans, each by its own look.
    let deeds = check(&mut watcher, at(10));
    assert_eq!(names(&deeds), ["check", "limit", "limit", "plan"], "the first has survived a grace");
    let Job { plan, .. } = job(&deeds).unwrap();
    assert_eq!(pids(&plan), [150, 140, 141]);
    let done = watcher.heard(&ended(&plan), now());
    assert!(done.iter().any(|d| matches!(d, Deed::Look)));
    let mut after = procs();
    after.retain(|p| !matches!(p.id.pid, 111 | 140 | 141 | 150));
    let deeds = watcher.saw(&Arc::new(seen_at(10, after)), None, Right::None);
    assert_eq!(names(&deeds), ["plan"], "no check: it was made for the next plan");
    assert_eq!(job(&deeds).unwrap().plan.steps[0].id, id(110));
    assert_eq!(job(&deeds).unwrap().plan.steps.len(), 1, "what is gone by then is no step");
}

#[test]
fn whoever_finds_no_room_has_its_turn_at_the_next_check_and_the_longest_over_goes_first() {
    // One runs for three hours, two are silent: over by an hour, by ten minutes, by thirty.
    let limits = Limits { default: 120 * MINUTE, extended: 300 * MINUTE, max_inactivity: 70 * MINUTE };
    let auto = Rules { mode: AutoClean::Off, max: 1, ..RULES };
    let mut watcher = Watcher::new(Settings { limits: Some(limits), auto, ..settings() });
    let mut ends = |minutes, told: &[&str]| {
        let deeds = check(&mut watcher, at(minutes));
        assert_eq!(names(&deeds), told, "at {minutes}");
        let Some(Job { plan, .. }) = job(&deeds) else { return Vec::new() };
        watcher.heard(&ended(&plan), now());
        pids(&plan)
    };
    assert_eq!(ends(0, &["acting", "check", "limit", "limit", "limit", "plan"]), [100]);
    assert_eq!(ends(1, &["check", "plan"]), [150]);
    assert_eq!(ends(2, &["check", "plan"]), [140, 141]);
    assert_eq!(ends(3, &["check"]), [] as [u32; 0], "whoever survived has its time again");
    assert_eq!(ends(10, &["check", "limit", "limit", "limit", "plan"]), [100]);
}

#[test]
fn a_plan_that_would_end_nothing_is_told_with_its_reason() {
    let mut guarded = procs();
    guarded.retain(|p| !matches!(p.id.pid, 110 | 111 | 140 | 141 | 150));
    guarded.push(proc(115, 1, "postgres -D x", Some(1)));
    let mut watcher = Watcher::new(settings());
    check(&mut watcher, seen_at(0, guarded.clone()));
    let deeds = check(&mut watcher, seen_at(10, guarded));
    assert_eq!(names(&deeds), ["check", "refused"]);
    let because = events(&deeds).pop().unwrap()["because"].as_str().unwrap().to_owned();
    assert!(because.contains("protected (postgres)"), "{because}");
    assert!(!watcher.is_busy());
}

#[test]
fn the_next_check_comes_when_a_grace_runs_out() {
    let mut watcher = Watcher::new(Settings {
        interval: 60 * MINUTE,
        auto: Rules { grace: 15 * MINUTE, ..RULES },
        ..settings()
    });
    check(&mut watcher, at(0));
    let wait = watcher.next_check(now());
    assert!(wait > 15 * MINUTE && wait < 16 * MINUTE, "{wait:?}");
    let mut off = Watcher::new(Settings { auto: Rules { mode: AutoClean::Off, ..RULES }, ..settings() });
    check(&mut off, at(0));
    assert_eq!(off.next_check(now()), 10 * MINUTE);
}
