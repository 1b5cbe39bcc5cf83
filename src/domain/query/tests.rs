use std::time::Duration;

use chrono::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    session::{SessionId, SessionKey},
    turn::Turn,
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 13, 37, 0).unwrap()
}

fn session(id: &str, name: &str) -> Session {
    let mut session = Session::bare(SessionKey { store: 0, id: SessionId::new(id) });
    session.name = name.into();
    session.model = Some("gpt-4o".into());
    session.created_at = Some(now() - chrono::TimeDelta::hours(1));
    session
}

fn view(id: &str, name: &str, health: Health, idle_minutes: Option<u64>) -> SessionView {
    SessionView {
        session: std::sync::Arc::new(session(id, name)),
        health,
        turn: Turn::default(),
        findings: Vec::new(),
        doubt: None,
        owner: None,
        attached: None,
        processes: Vec::new(),
        last_activity_at: None,
        inactive: idle_minutes.map(|m| Duration::from_secs(m * 60)),
        sub_agents: Vec::new(),
    }
}

fn holds(query: &str, view: &SessionView) -> bool {
    Query::parse(query).unwrap().matches(view.into(), now())
}

#[test]
fn words_look_everywhere_and_all_must_hold() {
    let v = view("20261120_7", "Frontend-CreateLoginForm", Health::Stuck, Some(35));
    for yes in ["", "  ", "frontend", "LOGIN gpt", "1120_7", "!docs", "\"loginform\"", "!"] {
        assert!(holds(yes, &v), "{yes}");
    }
    for no in ["docs", "frontend docs", "!frontend", "\"login form\""] {
        assert!(!holds(no, &v), "{no}");
    }
}

#[test]
fn keys_and_comparisons() {
    let v = view("20261120_7", "Frontend", Health::Stuck, Some(35));
    for yes in
        ["state:stuck", "state:orph,stuck", "idle>30m", "idle>=35m", "age<2h", "type:user", "model:GPT"]
    {
        assert!(holds(yes, &v), "{yes}");
    }
    for no in ["state:healthy", "idle<30m", "age>2h", "pid:1", "rule:loop", "!state:stuck", "tokens>1k"] {
        assert!(!holds(no, &v), "{no}");
    }
}

#[test]
fn the_unknown_matches_no_comparison() {
    let v = view("x", "x", Health::Unknown, None);
    for no in ["tokens>1", "tokens<1", "cost<9", "cost>=0", "memory>1", "memory<1G"] {
        assert!(!holds(no, &v), "{no}");
    }
}

#[test]
fn errors_are_sentences() {
    let said = |q: &str| Query::parse(q).unwrap_err().to_string();
    assert_eq!(said("state:"), "state: needs a value, for example state:stuck,orphaned");
    assert!(said("state:sick").starts_with("state has no `sick`; it has orphaned stuck"));
    assert!(said("stat:stuck").starts_with("there is no filter `stat:`"));
    assert_eq!(said("idle>soon"), "`soon` is not a duration, for example idle>30m or age<1h30m");
    assert_eq!(said("a \"b c"), "the quote that starts at \"b c has no end");
}

#[test]
fn the_unknown_sorts_last_both_ways() {
    let mut cheap = session("a", "a");
    cheap.cost_usd = Some(0.1);
    let mut dear = session("b", "b");
    dear.cost_usd = Some(2.0);
    let unknown = session("c", "c");
    for (reverse, want) in [(false, "bac"), (true, "abc")] {
        let mut all = [&unknown, &cheap, &dear];
        all.sort_by(|a, b| Sort::Cost.order((*a).into(), (*b).into(), reverse));
        assert_eq!(all.iter().map(|s| s.name.as_str()).collect::<String>(), want);
    }
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_a_sentence(text in "\\PC{0,40}") {
        match Query::parse(&text) {
            Ok(query) => { query.matches((&session("a", "b")).into(), now()); }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
