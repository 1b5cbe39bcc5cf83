use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{EngineHandle, Pace, STOP_PATIENCE, poller::next_due};
use crate::{
    clock::FixedClock,
    domain::{
        board::{Board, Counts},
        interest::Interest,
        session::{SessionId, SessionKey},
        snapshot::{Snapshot, StoreLook, StoreState, Viewer},
    },
    sources::{Depth, ProcLook, ProcessSource, SessionSource, world::Sources},
};

/// Long enough for a machine under load; a test that waits this long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Never comes by itself during a test.
pub(super) const LONG: Duration = Duration::from_secs(3600);

/// What a look was asked for.
#[derive(Debug)]
pub(super) enum Seen {
    Table(Depth),
    Store(Interest),
}

/// Reports every look, and waits for leave where it is given a gate.
struct Stub {
    seen: Sender<Seen>,
    gate: Option<Receiver<()>>,
}

impl ProcessSource for Stub {
    fn look(&mut self, _: DateTime<Utc>, depth: Depth) -> ProcLook {
        self.seen.send(Seen::Table(depth)).ok();
        if let Some(gate) = &self.gate {
            gate.recv().ok();
        }
        ProcLook { known: true, ..ProcLook::default() }
    }
}

impl SessionSource for Stub {
    fn look(&mut self, now: DateTime<Utc>, interest: &Interest) -> StoreLook {
        self.seen.send(Seen::Store(interest.clone())).ok();
        StoreLook {
            path: "/store".into(),
            schema: None,
            state: StoreState::Ok,
            detail: String::new(),
            bytes: None,
            wal_bytes: None,
            owner_uid: None,
            as_of: Some(now),
            sessions: Arc::default(),
        }
    }
}

pub(super) fn board(snapshot: &Snapshot) -> Board {
    Board {
        taken_at: snapshot.taken_at,
        host: snapshot.host.clone(),
        stores: Vec::new(),
        sessions: Vec::new(),
        hidden: Vec::new(),
        notes: std::collections::BTreeMap::new(),
        ended: Vec::new(),
        unlisted: Vec::new(),
        leaked: Vec::new(),
        untracked: Vec::new(),
        unconfirmed: Vec::new(),
        findings: std::collections::BTreeMap::new(),
        faults: Vec::new(),
        procs_known: true,
        needs_second_look: false,
        counts: Counts { total: snapshot.stores.len(), ..Counts::default() },
    }
}

pub(super) fn engine(interval: Duration, gate: Option<Receiver<()>>) -> (EngineHandle, Receiver<Seen>) {
    let (seen, looks) = channel();
    let sources = Sources {
        endings: Box::new(Arc::default),
        sessions: vec![Box::new(Stub { seen: seen.clone(), gate: None })],
        processes: Box::new(Stub { seen, gate }),
        host: "web-01".into(),
        viewer: Viewer::default(),
        recent_within: LONG,
    };
    let pace = Pace { interval, sweep: LONG, all: false };
    let clock = Arc::new(FixedClock(DateTime::UNIX_EPOCH));
    let handle = EngineHandle::start(sources, Box::new(|s| board(&s)), pace, clock).unwrap();
    (handle, looks)
}

fn depth(looks: &Receiver<Seen>) -> Depth {
    loop {
        if let Seen::Table(depth) = looks.recv_timeout(PATIENCE).unwrap() {
            return depth;
        }
    }
}

fn interest(looks: &Receiver<Seen>) -> Interest {
    loop {
        if let Seen::Store(interest) = looks.recv_timeout(PATIENCE).unwrap() {
            return interest;
        }
    }
}

#[test]
fn the_first_look_is_a_sweep_and_comes_at_once() {
    let (engine, looks) = engine(LONG, None);
    assert_eq!(depth(&looks), Depth::Sweep);
    let mut boards = engine.boards();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let first = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, boards.wait_for(Option::is_some)).await.unwrap().unwrap().clone()
    });
    assert_eq!(first.unwrap().host, "web-01");
}

#[test]
fn ticks_between_sweeps_are_shallow_and_a_refresh_is_deep() {
    let (engine, looks) = engine(Duration::from_millis(1), None);
    assert_eq!(depth(&looks), Depth::Sweep);
    assert_eq!(depth(&looks), Depth::Tick);
    engine.refresh();
    while depth(&looks) != Depth::Sweep {}
}

#[test]
fn a_pin_is_looked_at_at_once() {
    let (engine, looks) = engine(LONG, None);
    assert!(interest(&looks).ids.is_empty());
    engine.pin(vec![SessionKey { store: 0, id: SessionId::new("20261120_1") }]);
    assert!(interest(&looks).ids.contains(&SessionId::new("20261120_1")));
}

#[test]
fn paused_it_looks_only_when_asked() {
    let (engine, looks) = engine(LONG, None);
    depth(&looks);
    engine.pause(true);
    engine.pin(vec![SessionKey { store: 0, id: SessionId::new("1") }]);
    engine.refresh();
    // One look, the asked one: the pin alone would have been a shallow one.
    assert_eq!(depth(&looks), Depth::Sweep);
    engine.pause(false);
    assert_eq!(interest(&looks).ids.len(), 1);
    engine.stop();
}

#[test]
fn wishes_during_a_slow_look_cost_one_look() {
    let (leave, gate) = channel();
    let (engine, looks) = engine(LONG, Some(gate));
    depth(&looks);
    for _ in 0..10 {
        engine.refresh();
    }
    leave.send(()).unwrap();
    depth(&looks);
    leave.send(()).unwrap();
    // With one more asked for, exactly one more comes.
    engine.refresh();
    depth(&looks);
    leave.send(()).unwrap();
    engine.stop();
    assert_eq!(looks.try_iter().filter(|s| matches!(s, Seen::Table(_))).count(), 0);
}

#[test]
fn a_look_that_hangs_is_left_behind() {
    let (leave, gate) = channel();
    let (engine, looks) = engine(LONG, Some(gate));
    depth(&looks);
    let started = Instant::now();
    assert!(!engine.stop());
    assert!(started.elapsed() >= STOP_PATIENCE);
    drop(leave);
}

#[test]
fn dropping_the_handle_ends_the_boards() {
    let (engine, looks) = engine(LONG, None);
    depth(&looks);
    let mut boards = engine.boards();
    drop(engine);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime
        .block_on(async { while tokio::time::timeout(PATIENCE, boards.changed()).await.unwrap().is_ok() {} });
    assert!(boards.has_changed().is_err());
}

#[test]
fn missed_ticks_are_skipped() {
    let start = Instant::now();
    let at = |s| start + Duration::from_secs(s);
    let two = Duration::from_secs(2);
    assert_eq!(next_due(start, at(0), two), at(2));
    assert_eq!(next_due(start, at(1), two), at(2));
    assert_eq!(next_due(start, at(7), two), at(8));
    assert_eq!(next_due(start, at(8), two), at(10));
}
