//! The insights screen, what the person has seen already, and what the terminal is told.

use std::{sync::Arc, time::Duration};

use chrono::{Offset, TimeDelta, Utc};
use goosetop::{
    domain::{
        diff::Notify,
        health::Health,
        insights::{
            Beat, Call, Disk, Files, Insights, Kind, Progress, Response, SessionRow, StoreDisk, Tally,
            WINDOW, Wish,
        },
        session::{SessionId, SessionKey},
    },
    tui::{app::App, effect::Effect, event::Event, options::UiOptions, screen::Screen},
    wire::InsightsDto,
};

use crate::{
    sample_board::{self, now, sample},
    screen::{app, app_with, options, press, selected, text},
};

fn told() -> Insights {
    let wish = Wish { now: now(), window: WINDOW, offset: Utc.fix(), deadline: Duration::from_secs(3) };
    let mut tally = Tally::new(wish);
    let models = ["gpt-4o", "claude-sonnet-4", "o4-mini"];
    tally.expect(12);
    tally.legacy(3);
    for n in 0..12_i64 {
        let created = now() - TimeDelta::days(n * 5 / 2);
        let row = SessionRow {
            key: SessionKey { store: 0, id: SessionId::new(format!("20261120_{n}")) },
            name: format!("session-{n}"),
            project: Some(format!("/home/ann/src/project-{}", n % 4)),
            provider: Some(if n % 3 == 1 { "anthropic" } else { "openai" }.into()),
            model: Some(models[n as usize % 3].into()),
            created_at: Some(created),
            updated_at: Some(created + TimeDelta::hours(1)),
            tokens: Some(120_000 * (n as u64 % 5 + 1)),
            cost_usd: (n % 3 != 2).then_some(0.35 * n as f64),
        };
        let calls: Vec<Call> = (0..n)
            .map(|k| Call {
                at: created,
                model: row.model.clone(),
                tokens: Some(9_000 * k as u64),
                cost_usd: None,
            })
            .collect();
        tally.session(&row, &calls, Some(&[created; 7]));
        let beat = |s: i64, stored: i64, kind| Beat {
            at: created + TimeDelta::seconds(s),
            row: s,
            stored_at: Some(created + TimeDelta::seconds(stored)),
            kind,
            failed: n == 3,
        };
        let tool = if n % 2 == 0 { "developer__shell" } else { "developer__text_editor" };
        let answer = |requests| Kind::Model { requests, elapsed: None, model: None };
        let beats = vec![
            beat(0, 0, Kind::Person),
            beat(20 + n * 9, 90 + n * 9, answer(vec![("c".into(), tool.into())])),
            beat(20 + n * 9, 90 + n * 9, Kind::Tool(vec![Response { id: "c".into(), failed: n % 4 == 0 }])),
            beat(130 + n * 9, 130 + n * 9, answer(Vec::new())),
            beat(400 + n * 9, 400 + n * 9, Kind::Person),
        ];
        tally.conversation(&row, beats, 5);
    }
    tally.finish(Disk {
        stores: vec![StoreDisk {
            path: "/home/ann/.local/share/goose/sessions/sessions.db".into(),
            bytes: Some(757 << 20),
            wal: Some(4 << 20),
        }],
        logs: Some(Files { count: 212, bytes: 31 << 20, cut: false }),
        requests: Some(Files { count: 3, bytes: 200 << 10, cut: false }),
    })
}

fn shown(options: UiOptions) -> App {
    let mut app = app_with(options, sample());
    press(&mut app, "5");
    app.update(Event::Insights(Ok(Box::new(told()))), now());
    app
}

#[test]
fn the_screen_at_its_sizes() {
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("{width}x{height}"), text(&mut shown(options()), width, height));
    }
    let mut ascii = shown(UiOptions { ascii: true, ..options() });
    let picture = text(&mut ascii, 80, 24);
    assert!(picture.is_ascii());
    insta::assert_snapshot!("ascii_80x24", picture);
    let mut app = shown(options());
    press(&mut app, "t");
    insta::assert_snapshot!("cost_80x70", text(&mut app, 80, 70));
    for (width, height) in [(1, 1), (10, 3), (40, 12)] {
        text(&mut shown(options()), width, height);
    }
}

#[test]
fn the_answer_as_json() {
    insta::assert_json_snapshot!("json", InsightsDto::from(&told()));
}

#[test]
fn the_answer_as_text() {
    let out = goosetop::cli::output::Output::plain(100);
    insta::assert_snapshot!("text", goosetop::cli::insights::render(&out, &told()));
    let ascii = goosetop::cli::output::Output { ascii: true, ..out };
    assert!(goosetop::cli::insights::render(&ascii, &told()).is_ascii());
}

#[test]
fn they_are_read_when_somebody_looks_and_not_before() {
    let mut app = app();
    let reads = |effects: &[Effect]| effects.iter().filter(|e| matches!(e, Effect::ReadInsights(_))).count();
    assert_eq!(reads(&app.update(Event::Tick, now())), 0);
    assert_eq!(reads(&press(&mut app, "5")), 1);
    assert!(text(&mut app, 80, 24).contains("reading…"));
    app.update(Event::InsightsProgress(Progress { done: 3, of: 9 }), now());
    assert!(text(&mut app, 80, 24).contains("3 of 9 conversations"));
    assert_eq!(reads(&press(&mut app, "1 5")), 0, "one reading at a time");
    app.update(Event::Insights(Ok(Box::new(told()))), now());
    assert_eq!(reads(&press(&mut app, "1 5")), 0, "they are fresh");
    assert_eq!(reads(&press(&mut app, "R")), 1);
    app.update(Event::Insights(Err("nothing here can read them".into())), now());
    assert!(text(&mut app, 80, 24).contains("nothing here can read them"));
    assert_eq!(reads(&press(&mut app, "1")), 0);
    let later = now() + TimeDelta::minutes(10);
    assert_eq!(reads(&app.update(Event::Tick, later)), 0, "nobody looks");
}

#[test]
fn what_was_seen_does_not_call_until_it_changes() {
    let mut app = app();
    let counts = app_counts(&mut app);
    press(&mut app, "!");
    let first = selected(&app);
    press(&mut app, "A");
    assert!(app.notice().is_some_and(|n| n.contains("acknowledged")));
    let mut met = Vec::new();
    for _ in 0..30 {
        press(&mut app, "!");
        met.push(selected(&app));
    }
    assert!(!met.contains(&first));
    assert!(text(&mut app, 80, 24).contains('✓'));
    assert_eq!(app_counts(&mut app), counts, "the counters stay honest");

    let same = Arc::new(sample());
    app.update(Event::Board(same), now());
    assert!(text(&mut app, 80, 24).contains('✓'));
    let mut board = sample();
    let view = board.sessions.iter_mut().find(|v| v.key().id.to_string() == first).unwrap();
    view.findings.clear();
    app.update(Event::Board(Arc::new(board)), now());
    assert!(!text(&mut app, 80, 24).contains('✓'));
}

fn app_counts(app: &mut App) -> String {
    text(app, 80, 24).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_snooze_ends_by_itself_and_the_key_takes_it_back() {
    let mut app = app();
    press(&mut app, "! Z");
    assert!(app.notice().is_some_and(|n| n.contains("snoozed")));
    press(&mut app, "Z");
    assert!(app.notice().is_some_and(|n| n.contains("may call again")));
    press(&mut app, "Z j");
    let mark = |app: &mut App| text(app, 80, 24).lines().any(|l| l.chars().nth(2) == Some('z'));
    assert!(mark(&mut app));
    app.update(Event::Tick, now() + TimeDelta::minutes(31));
    assert!(!mark(&mut app));
}

#[test]
fn the_terminal_is_told_where_that_is_wanted() {
    for (notify, wanted) in [(Notify::Off, 0), (Notify::Bell, 1), (Notify::Osc9, 1)] {
        let mut app = app_with(UiOptions { notify, ..options() }, sample());
        let mut board = sample();
        let healthy = board.sessions.iter_mut().find(|v| v.health == Health::Healthy).unwrap();
        healthy.health = Health::Stuck;
        sample_board::count(&mut board);
        let effects = app.update(Event::Board(Arc::new(board.clone())), now());
        let told: Vec<_> =
            effects.iter().filter(|e| matches!(e, Effect::Bell | Effect::Notify(_))).cloned().collect();
        assert_eq!(told.len(), wanted, "{notify}");
        if let Some(Effect::Notify(text)) = told.first() {
            assert!(text.starts_with("goosetop: ") && text.contains("stuck"), "{text}");
        }
        let again = app.update(Event::Board(Arc::new(board)), now());
        assert!(again.is_empty(), "once is enough");
    }
}
