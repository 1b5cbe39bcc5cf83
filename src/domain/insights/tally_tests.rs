use chrono::{FixedOffset, Offset};

use super::*;
use crate::domain::{
    insights::{Kind, WINDOW},
    session::SessionId,
};

fn now() -> DateTime<Utc> {
    "2026-11-20T13:37:05Z".parse().unwrap()
}

fn wish() -> Wish {
    Wish { now: now(), window: WINDOW, offset: Utc.fix(), deadline: Duration::from_secs(3) }
}

fn row(tokens: Option<u64>, cost: Option<f64>) -> SessionRow {
    SessionRow {
        key: SessionKey { store: 0, id: SessionId::new("20261120_1") },
        name: "api".into(),
        project: Some("/src/api".into()),
        provider: Some("openai".into()),
        model: Some("gpt-4o".into()),
        created_at: Some(now() - TimeDelta::days(2)),
        updated_at: Some(now() - TimeDelta::hours(1)),
        tokens,
        cost_usd: cost,
    }
}

fn call(days_ago: i64, tokens: u64) -> Call {
    Call {
        at: now() - TimeDelta::days(days_ago),
        model: Some("o4".into()),
        tokens: Some(tokens),
        cost_usd: None,
    }
}

#[test]
fn what_no_call_accounts_for_stands_on_one_day() {
    let mut tally = Tally::new(wish());
    tally.session(&row(Some(100), Some(0.5)), &[], None);
    tally.session(&row(Some(100), None), &[call(0, 30), call(1, 20), call(90, 10)], None);
    let insights = tally.finish(Disk::default());
    let tokens: Vec<_> = insights.days.iter().rev().take(4).map(|d| d.sum.tokens).collect();
    // Today: 100 at once and a call of 30; the day it was made: the 40 that no call tells of.
    assert_eq!(tokens, [Some(130), Some(20), Some(40), None]);
    assert_eq!(insights.days.len(), PERIOD_DAYS);
    assert_eq!(insights.total.tokens, Some(200));
    assert_eq!((insights.total.sessions, insights.lumped), (2, 2));
    assert_eq!(insights.period().tokens, Some(190));
    let models: Vec<_> =
        insights.models.iter().map(|s| (s.name.as_deref().unwrap_or(""), s.sum.tokens)).collect();
    assert_eq!(models, [("gpt-4o", Some(140)), ("o4", Some(50))]);
    assert_eq!(insights.projects[0].sum.sessions, 2);
    assert_eq!(insights.projects[0].sum.messages, None, "not counted is not none");
}

#[test]
fn the_unknown_is_not_zero_and_the_old_is_not_today() {
    let mut tally = Tally::new(wish());
    tally.session(&row(None, None), &[], Some(&[now(), now() - TimeDelta::days(40)]));
    let old = SessionRow {
        created_at: Some(now() - TimeDelta::days(50)),
        updated_at: Some(now() - TimeDelta::days(45)),
        ..row(Some(7), None)
    };
    tally.session(&old, &[], Some(&[]));
    let insights = tally.finish(Disk::default());
    assert_eq!(insights.period(), Sum { sessions: 1, messages: Some(1), tokens: None, cost_usd: None });
    assert_eq!(insights.total.tokens, Some(7));
    assert_eq!(insights.models.len(), 1);
}

#[test]
fn days_and_hours_are_a_persons_own() {
    let offset = FixedOffset::east_opt(11 * 3600).unwrap();
    let mut tally = Tally::new(Wish { offset, ..wish() });
    // 13:37 UTC is past midnight there.
    let beat = Beat { at: now(), row: 1, stored_at: None, kind: Kind::Person, failed: true };
    tally.session(&row(None, None), &[], Some(&[now()]));
    tally.conversation(&row(None, None), vec![beat], 1);
    assert!(tally.period_start() < now());
    let insights = tally.finish(Disk::default());
    assert_eq!(insights.days.last().map(|d| (d.date.to_string(), d.sum.messages)), {
        Some(("2026-11-21".to_owned(), Some(1)))
    });
    assert_eq!(insights.hours[0], 1);
    assert_eq!(insights.failed_turns, 1);
}

#[test]
fn only_the_slowest_calls_are_kept_in_order() {
    let mut tally = Tally::new(wish());
    tally.expect(30);
    for n in 0..30 {
        let beat = |at: i64, kind| Beat {
            at: now() + TimeDelta::seconds(at),
            row: at,
            stored_at: None,
            kind,
            failed: false,
        };
        let answer = Kind::Model { requests: Vec::new(), elapsed: None, model: None };
        tally.conversation(&row(None, None), vec![beat(n * 7 % 30 + 1, answer), beat(0, Kind::Person)], 2);
    }
    let insights = tally.finish(Disk::default());
    let took: Vec<u64> = insights.slow_calls.iter().map(|c| c.took.as_secs()).collect();
    assert_eq!(took, (11..=30).rev().collect::<Vec<_>>());
    assert!(insights.reach.is_complete());
    assert_eq!(insights.slow_calls[0].model.as_deref(), Some("gpt-4o"));
}
