//! The dialogs that end or resume something: what they show, what they run, what they refuse.

#[path = "support/sample_board.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod sample_board;
#[path = "support/screen.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod screen;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use goosetop::{
    domain::{
        board::Board,
        plan::{Intent, LeftAlone, Plan, ProjectStatus, Refusal, Scope, Terms},
        snapshot::Viewer,
    },
    effects::{Progress, Report, StepOutcome, StepReport},
    engine::actor::{Job, Told},
    tui::{
        app::{App, Dialog, Past, ScreenKind},
        effect::Effect,
        event::Event,
        hands::Preflight,
        options::UiOptions,
        screen::Screen,
    },
};
use sample_board::{key, now, sample};
use screen::{app_with, press, selected, text, type_in};

fn options() -> UiOptions {
    let plain = screen::options();
    let terms = Terms {
        viewer: Viewer { pid: 500, uid: 1000 },
        protect: vec!["tmux*".into(), "postgres".into()],
        ..plain.terms.clone()
    };
    UiOptions { terms, ..plain }
}

fn app() -> App {
    app_with(options(), sample())
}

fn tell(app: &mut App, told: Told) -> Vec<Effect> {
    app.update(Event::Run(told), now())
}

fn job(effects: &[Effect]) -> &Job {
    match effects {
        [Effect::Run(job)] => job,
        other => panic!("{other:?}"),
    }
}

fn asked(app: &App) -> Intent {
    match app.dialog() {
        Some(Dialog::Asking(asking)) => asking.intent.clone(),
        other => panic!("{other:?}"),
    }
}

/// Terminates the session that is worst, and says what is run.
fn running(app: &mut App) -> Plan {
    press(app, "x");
    job(&press(app, "y")).plan.clone()
}

fn report(plan: &Plan) -> Report {
    let outcomes = [StepOutcome::Exited, StepOutcome::Killed, StepOutcome::Unkillable];
    let steps = plan.steps.iter().zip(outcomes.into_iter().cycle());
    Report {
        steps: steps
            .map(|(step, outcome)| StepReport {
                step: step.clone(),
                signals: if outcome == StepOutcome::Exited { vec!["TERM"] } else { vec!["TERM", "KILL"] },
                outcome,
                detail: String::new(),
            })
            .collect(),
        plan: plan.clone(),
        dry_run: false,
        started_at: now(),
        finished_at: now() + TimeDelta::milliseconds(7200),
        broken_off: false,
        audit_fault: None,
    }
}

macro_rules! snapshots {
    ($name:expr, $app:expr) => {
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(format!("{}_{width}x{height}", $name), text($app, width, height));
        }
    };
}

#[test]
fn the_dialogs_as_they_look() {
    let mut app = app();
    press(&mut app, "x");
    snapshots!("terminate", &mut app);
    press(&mut app, "esc X");
    snapshots!("emergency", &mut app);
    press(&mut app, "esc C");
    snapshots!("close_all", &mut app);
    press(&mut app, "esc tab P tab");
    snapshots!("project", &mut app);
    press(&mut app, "enter");
    snapshots!("project_plan", &mut app);
}

#[test]
fn a_run_and_its_report_as_they_look() {
    let mut app = app();
    let plan = running(&mut app);
    let ids: Vec<_> = plan.steps.iter().map(|s| s.id).collect();
    let term = |id| Told::Progress(Progress::TermSent { id, kill_in: Duration::from_secs(5) });
    tell(&mut app, Told::Began(Arc::new(plan.clone())));
    tell(&mut app, term(ids[0]));
    app.update(Event::Run(term(ids[1])), now() - TimeDelta::seconds(2));
    let done = report(&plan).steps.remove(0);
    tell(&mut app, Told::Progress(Progress::Done(Box::new(done))));
    snapshots!("running", &mut app);
    press(&mut app, "esc");
    assert!(text(&mut app, 80, 24).contains(&format!("ending 1/{}", ids.len())));
    press(&mut app, "x");
    tell(&mut app, Told::Ended { report: Arc::new(report(&plan)), again: false });
    snapshots!("report", &mut app);
    press(&mut app, "enter 4");
    snapshots!("events", &mut app);
}

#[test]
fn the_words_do_without_colours_and_without_unicode() {
    let mut app = app_with(UiOptions { ascii: true, no_color: true, ..options() }, sample());
    press(&mut app, "X");
    let shown = text(&mut app, 80, 24);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("emergency_ascii_80x24", shown);
    let buffer = screen::buffer(&mut app, 80, 24);
    assert!(buffer.content.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
}

#[test]
fn what_was_shown_is_what_is_run() {
    let mut app = app();
    press(&mut app, "x");
    let Some(Dialog::Asking(asking)) = app.dialog() else { panic!() };
    let shown = asking.answer.clone().unwrap();
    // A picture that comes meanwhile changes nothing in it.
    let mut board = sample();
    board.sessions.remove(0);
    board.leaked.clear();
    app.update(Event::Board(Arc::new(board)), now());
    assert_eq!(job(&press(&mut app, "y")).plan, shown);
}

#[test]
fn the_dialog_keeps_its_target_whatever_the_list_does() {
    let mut app = app();
    press(&mut app, "x");
    let before = asked(&app);
    let mut board = sample();
    board.sessions.reverse();
    app.update(Event::Board(Arc::new(board)), now());
    press(&mut app, "j k");
    assert_eq!(asked(&app), before);
    assert!(text(&mut app, 80, 24).contains("Terminate 20261120_9"));
    assert!(!text(&mut app, 80, 24).contains("changed since"));
}

#[test]
fn what_ends_while_the_dialog_is_open_is_said_and_a_key_plans_anew() {
    let mut app = app();
    press(&mut app, "tab x");
    assert_eq!(
        asked(&app),
        Intent::Terminate { sessions: vec![key("20261120_7")], processes: vec![], end_servers: false }
    );
    let mut board = sample();
    board.sessions.retain(|s| s.key() != &key("20261120_7"));
    app.update(Event::Board(Arc::new(board)), now());
    let shown = text(&mut app, 80, 24);
    assert!(shown.contains("session 20261120_7 has ended"), "{shown}");
    assert!(shown.contains("12346"), "the plan stays as it was\n{shown}");
    press(&mut app, "r");
    let Some(Dialog::Asking(asking)) = app.dialog() else { panic!() };
    assert!(asking.answer.is_err() && asking.since.is_empty(), "{asking:?}");
    assert_eq!(press(&mut app, "y"), []);
}

#[test]
fn tagged_rows_are_the_target_and_lose_their_tags() {
    let mut app = app();
    press(&mut app, "space space x");
    let Intent::Terminate { sessions, .. } = asked(&app) else { panic!() };
    assert_eq!(sessions, [key("20261120_4"), key("20261120_9")]);
    press(&mut app, "y esc y");
    assert!(!text(&mut app, 80, 24).contains("tagged"));
}

#[test]
fn rows_that_are_about_to_be_ended_show_it() {
    let mut app = app();
    assert!(!text(&mut app, 120, 60).contains('×'.to_string().as_str().repeat(2).as_str()));
    press(&mut app, "tab x y esc");
    let shown = text(&mut app, 120, 60);
    assert!(shown.contains("▲×20261120_7"), "{shown}");
}

#[test]
fn no_key_runs_anything_without_a_dialog() {
    for screen in ["1", "2", "3", "4"] {
        for c in ('!'..='~').filter(|c| !":/".contains(*c)) {
            let mut app = app();
            press(&mut app, screen);
            let effects = press(&mut app, &c.to_string());
            let runs = |e: &Effect| matches!(e, Effect::Run(_) | Effect::KillNow | Effect::Resume(_));
            assert!(!effects.iter().any(runs), "{c}: {effects:?}");
        }
    }
}

#[test]
fn many_are_ended_by_a_typed_word_alone() {
    for (keys, word) in [("X", "clean"), ("C", "close")] {
        let mut app = app();
        press(&mut app, keys);
        assert_eq!(press(&mut app, "enter y enter"), [], "{keys}");
        assert!(app.notice().unwrap().contains(word));
        press(&mut app, "esc");
        press(&mut app, keys);
        app.update(Event::Paste(word.into()), now());
        assert_eq!(press(&mut app, "enter"), [], "a pasted word is nobody's");
        type_in(&mut app, word);
        let effects = press(&mut app, "enter");
        assert!(job(&effects).plan.intent.is_bulk());
        assert!(matches!(app.dialog(), Some(Dialog::Running)));
    }
}

#[test]
fn scopes_and_the_attached() {
    let mut app = app();
    press(&mut app, "X");
    let scopes: Vec<Intent> = (0..5)
        .map(|_| {
            let now = asked(&app);
            press(&mut app, "tab");
            now
        })
        .collect();
    let wanted = [Scope::All, Scope::Orphaned, Scope::Stuck, Scope::Leaked, Scope::All];
    assert_eq!(scopes, wanted.map(|scope| Intent::Emergency { scope }));
    press(&mut app, "shift-tab");
    assert!(text(&mut app, 80, 24).contains("[all]"));
    let sessions = |app: &App| match app.dialog() {
        Some(Dialog::Asking(asking)) => asking.answer.as_ref().unwrap().sessions.len(),
        _ => panic!(),
    };
    let without = sessions(&app);
    press(&mut app, "i");
    assert!(sessions(&app) > without);
    type_in(&mut app, "clean");
    let effects = press(&mut app, "enter");
    assert!(job(&effects).terms.include_attached);
}

#[test]
fn a_project_is_named_and_how_it_ended_is_chosen() {
    let mut app = app();
    press(&mut app, "tab P");
    assert!(text(&mut app, 80, 24).contains("project frontend"));
    press(&mut app, "tab tab enter");
    let wanted = Intent::CleanupProject { project: "frontend".into(), status: ProjectStatus::Emergency };
    assert_eq!(asked(&app), wanted);
    press(&mut app, "esc P ctrl-u enter");
    assert!(matches!(app.dialog(), Some(Dialog::Project { .. })), "an empty name is no project");
}

#[test]
fn read_only_shows_the_plan_and_runs_nothing() {
    let options = options();
    let terms = Terms { read_only: true, ..options.terms.clone() };
    let mut app = app_with(UiOptions { terms, ..options }, sample());
    press(&mut app, "x");
    let shown = text(&mut app, 80, 24);
    assert!(shown.contains(&Refusal::ReadOnly.to_string()) && shown.contains("12402"), "{shown}");
    assert_eq!(press(&mut app, "y"), []);
    press(&mut app, "esc X");
    type_in(&mut app, "clean");
    assert_eq!(press(&mut app, "enter"), []);
    let preflight = Preflight {
        key: key("20261120_9"),
        fork: false,
        can_fork: false,
        command: "goose session --resume".into(),
        notes: vec![],
        obstacle: None,
    };
    app.update(Event::Preflight(Box::new(preflight)), now());
    assert_eq!(press(&mut app, "enter"), []);
}

#[test]
fn a_refusal_is_a_sentence_with_what_is_left_alone() {
    fn nothing(_: &Intent, _: &Board, _: &Terms) -> Result<Plan, Refusal> {
        Err(Refusal::Nothing(vec![LeftAlone {
            pid: Some(8112),
            session: None,
            what: "tmux".into(),
            why: "protected".into(),
        }]))
    }
    let mut app = app_with(UiOptions { planner: nothing, ..options() }, sample());
    press(&mut app, "X");
    let shown = text(&mut app, 80, 24);
    for wanted in ["nothing to end: 1 left alone", "8112", "protected", "Nothing can be run here"] {
        assert!(shown.contains(wanted), "{shown}");
    }
}

fn footer(app: &mut App) -> String {
    text(app, 120, 40).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_footer_offers_nothing_that_is_refused() {
    fn nothing(_: &Intent, _: &Board, _: &Terms) -> Result<Plan, Refusal> {
        Err(Refusal::Nothing(Vec::new()))
    }
    let mut idle = app_with(UiOptions { planner: nothing, ..options() }, sample());
    for key in ["x", "X", "C"] {
        press(&mut idle, key);
        assert!(!footer(&mut idle).contains(" run"), "{key}: {}", footer(&mut idle));
        press(&mut idle, "esc");
    }
    let mut app = app();
    press(&mut app, "C");
    let shown = footer(&mut app);
    assert!(!shown.contains("Tab") && !shown.contains("Enter run") && shown.contains("page down"), "{shown}");
    type_in(&mut app, "close");
    assert!(footer(&mut app).contains("Enter run"), "{}", footer(&mut app));
    press(&mut app, "esc X");
    assert!(footer(&mut app).contains("Tab next choice"), "{}", footer(&mut app));
}

#[test]
fn what_will_be_ended_is_in_sight_on_the_smallest_screen() {
    let mut app = app();
    press(&mut app, "X");
    type_in(&mut app, "clea");
    for height in [10, 12] {
        let shown = text(&mut app, 40, height);
        for words in ["will end 8 sessions", "20261120_4", "more lines", "Type clean, Esc leaves: clea"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
    insta::assert_snapshot!("emergency_40x12", text(&mut app, 40, 12));
    insta::assert_snapshot!("emergency_40x10", text(&mut app, 40, 10));
}

#[test]
fn a_second_confirmation_kills_once() {
    let mut app = app();
    running(&mut app);
    assert_eq!(press(&mut app, "y"), [], "a key held down is no second confirmation");
    let later = now() + TimeDelta::seconds(2);
    let y = screen::key_event("y");
    assert_eq!(app.update(Event::Key(y), later), [Effect::KillNow]);
    assert_eq!(app.update(Event::Key(y), later), []);
    let mut app = self::app();
    running(&mut app);
    assert_eq!(press(&mut app, "K"), [Effect::KillNow]);
}

#[test]
fn a_hidden_run_goes_on_and_is_one_at_a_time() {
    let mut app = app();
    let plan = running(&mut app);
    press(&mut app, "esc");
    for keys in ["x", "X", "C", "P"] {
        press(&mut app, keys);
        assert!(matches!(app.dialog(), Some(Dialog::Running)), "{keys}");
        press(&mut app, "esc");
    }
    tell(&mut app, Told::Ended { report: Arc::new(report(&plan)), again: false });
    assert!(app.dialog().is_none() && app.run().is_none());
    assert!(app.notice().unwrap().contains("1 exited · 1 killed"), "{:?}", app.notice());
}

#[test]
fn leaving_in_the_middle_takes_two_keys() {
    let mut app = app();
    running(&mut app);
    press(&mut app, "esc");
    assert_eq!(press(&mut app, "ctrl-z"), []);
    assert_eq!(press(&mut app, "q"), []);
    assert_eq!(press(&mut app, "j q"), [], "another key between them starts anew");
    assert_eq!(press(&mut app, "ctrl-c"), [Effect::Quit]);
}

#[test]
fn the_second_clean_of_a_project_is_shown_as_a_run_of_its_own() {
    let mut app = app();
    let plan = running(&mut app);
    tell(&mut app, Told::Ended { report: Arc::new(report(&plan)), again: true });
    assert!(text(&mut app, 120, 40).contains("a second clean of what is left follows"));
    assert!(app.run().is_some());
    tell(&mut app, Told::Began(Arc::new(plan)));
    assert!(matches!(app.dialog(), Some(Dialog::Running)));
    tell(&mut app, Told::Over("no second clean: nothing to end".into()));
    assert!(app.run().is_none() && app.dialog().is_none());
}

#[test]
fn a_report_can_be_saved() {
    let mut app = app();
    let plan = running(&mut app);
    let done = Arc::new(report(&plan));
    tell(&mut app, Told::Ended { report: done.clone(), again: false });
    assert_eq!(press(&mut app, "s"), [Effect::SaveReport(done)]);
    app.update(Event::Said("saved as report.json".into()), now());
    assert_eq!(app.notice(), Some("saved as report.json"));
    press(&mut app, "enter");
    assert!(app.dialog().is_none());
}

#[test]
fn resuming_goes_through_a_preflight() {
    let mut app = app();
    let who = key("20261120_9");
    assert_eq!(press(&mut app, "r"), [Effect::AskResume { key: who.clone(), fork: false }]);
    let preflight = Preflight {
        key: who.clone(),
        fork: false,
        can_fork: true,
        command: "cd ~/src/backend && goose session --resume --session-id 20261120_9".into(),
        notes: vec!["it ends on a tool's answer: type a new prompt to go on".into()],
        obstacle: None,
    };
    app.update(Event::Preflight(Box::new(preflight.clone())), now());
    snapshots!("resume", &mut app);
    assert_eq!(press(&mut app, "f"), [Effect::AskResume { key: who, fork: true }]);
    assert_eq!(press(&mut app, "enter"), [Effect::Resume(Box::new(preflight.clone()))]);
    let owned = Preflight { obstacle: Some("goose 12347 drives it: f makes a copy".into()), ..preflight };
    app.update(Event::Preflight(Box::new(owned)), now());
    assert_eq!(press(&mut app, "enter"), []);
    assert!(app.notice().unwrap().contains("12347"));
    press(&mut app, "esc tab");
    assert_eq!(selected(&app), "20261120_7");
    assert_eq!(press(&mut app, "a"), [Effect::Attach(key("20261120_7"))]);
}

#[test]
fn a_session_that_ended_fades_one_picture_later() {
    let mut app = app();
    let mut board = sample();
    let gone = board.sessions.remove(2);
    board.ended.insert(0, gone.session.clone());
    app.update(Event::Board(Arc::new(board.clone())), now());
    let shown = text(&mut app, 80, 40);
    assert!(shown.contains("○ 20261120_7"), "{shown}");
    app.update(Event::Board(Arc::new(board)), now());
    assert!(!text(&mut app, 80, 40).contains("20261120_7"));
    press(&mut app, "4");
    assert_eq!(app.screen(), ScreenKind::Events);
    let shown = text(&mut app, 80, 24);
    assert!(shown.contains("20261120_7 frontend-CreateLoginForm ended"), "{shown}");
}

#[test]
fn changes_are_told_in_words_and_silence_is_silence() {
    use goosetop::domain::{diff::diff, health::Health};
    let before = sample();
    assert_eq!(diff(&before, &before), []);
    let mut after = sample();
    after.sessions[8].health = Health::Stuck;
    after.sessions.remove(1);
    let stray = after.leaked.remove(3);
    after.untracked.clear();
    let said: Vec<String> = diff(&before, &after).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "20261120_6 review-pr-4648 went from healthy to stuck: quiet for 6m, waiting for you",
            "pid 11050 python3 -m http.server is gone",
            "pid 13001 goose session is gone",
            "20261120_4 docs-Translate is gone",
        ]
    );
    after.ended.push(before.sessions[1].session.clone());
    after.leaked.push(stray);
    let back: Vec<String> = diff(&after, &before).iter().map(ToString::to_string).collect();
    assert!(back[0].starts_with("20261120_4 docs-Translate appeared, orphaned: npm run dev"), "{back:?}");
    assert!(back.last().unwrap().ends_with("is a goose without a session"), "{back:?}");
    let ended = diff(&before, &after).last().unwrap().to_string();
    assert_eq!(ended, "20261120_4 docs-Translate ended");
}

#[test]
fn events_begin_with_what_was_done_before() {
    let past = vec![
        Past { at: now() - TimeDelta::hours(1), text: "terminate: 1 session closed".into() },
        Past { at: now() - TimeDelta::days(2), text: "close-all: 4 sessions closed".into() },
    ];
    let mut app = app_with(UiOptions { past, ..options() }, sample());
    press(&mut app, "4");
    let shown = text(&mut app, 80, 24);
    let at = |words: &str| shown.find(words).unwrap_or_else(|| panic!("no {words} in {shown}"));
    assert!(at("12:37:05") < at("2026-11-18 13:37"));
}
