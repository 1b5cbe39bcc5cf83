//! Costs on a large store. Prints, judges nothing: run with
//! `cargo test --release --test goose_db -- --ignored --nocapture speed`.

use std::time::Instant;

use chrono::{DateTime, Utc};
use goosetop::{
    domain::interest::Interest,
    sources::{SessionSource, goose_db::GooseDb},
};

use crate::{
    store::{self, BIG_NOW},
    watcher::{Place, at, recent},
};

fn timed<T>(what: &str, times: u32, mut run: impl FnMut() -> T) -> T {
    let start = Instant::now();
    let mut last = run();
    for _ in 1..times {
        last = run();
    }
    println!("{what:<58} {:>9.3} ms", start.elapsed().as_secs_f64() * 1e3 / f64::from(times));
    last
}

#[test]
#[ignore = "a measurement: builds 750 MB"]
fn speed() {
    let place = Place::new();
    timed("build 10,000 sessions x 100 messages", 1, || store::big_store(&place.db, 10_000, 100));
    let mut interest = recent(3_600);
    interest.dirs.insert("/home/dev/project-7".into());
    let open = || GooseDb::new(place.db.clone(), 0, true);
    timed("first look, rows only (at rest)", 5, || open().look(at(0), &Interest::default()));
    timed("first look, 60 recent and 4 by directory (at rest)", 5, || open().look(at(0), &interest));
    let writer = store::writer(&place.db);
    let mut source = open();
    let mut now = BIG_NOW;
    let step = |source: &mut GooseDb, now: &mut i64| {
        *now += 1;
        store::add_message(&writer, "20251231_9990", "user", "one more", *now);
        let start = Instant::now();
        let look = source.look(DateTime::from_timestamp(*now, 0).unwrap(), &interest);
        assert_eq!(look.sessions[0].key.id.raw(), "20251231_9990");
        start.elapsed().as_secs_f64() * 1e3
    };
    step(&mut source, &mut now);
    let mut costs: Vec<f64> = (0..50).map(|_| step(&mut source, &mut now)).collect();
    costs.sort_by(f64::total_cmp);
    println!("{:<58} {:>9.3} ms (worst {:.3})", "after one new message, median of 50", costs[25], costs[49]);
    timed("changed nothing, stamps too fresh to prove it", 100, || source.look(at(0), &interest));
    let later: DateTime<Utc> = "2100-01-01T00:00:00Z".parse().unwrap();
    source.look(later, &interest);
    timed("changed nothing, proved by stamps", 10_000, || source.look(later, &interest));
    let all = Interest { all: true, ..Interest::default() };
    let look = timed("everything: counts and 10,000 short tails", 1, || open().look(at(0), &all));
    assert!(look.sessions.iter().all(|s| s.messages.is_some_and(|n| n >= 100) && s.tail.is_some()));
}
