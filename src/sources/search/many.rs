//! Several stores at once, as one: of the hits that are next in their stores, the newest comes first.
//!
//! Each store is searched by a thread of its own, which waits where it is a piece ahead. A hit is told
//! once every other store has one to compare it with, or has come to older messages, or is done.

use std::{
    collections::VecDeque,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread,
};

use super::{
    Event,
    found::{Found, Room},
    one::{self, Store},
    query::Query,
};
use crate::domain::transcript::{Hit, ReadError, Searched};

type Piece = (Found, Searched);

/// Searches them all; the answers are in the order of the stores.
pub fn run(
    stores: &[Store<'_>],
    query: &Query,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(usize, Event),
) -> Vec<Result<Searched, ReadError>> {
    thread::scope(|scope| {
        let mut threads = Vec::new();
        let mut lanes = Vec::new();
        for &store in stores {
            let (send, pieces) = sync_channel::<Piece>(1);
            threads.push(scope.spawn(move || {
                one::run(store, query, cancel, &mut |found, so_far| {
                    // Nobody hears it once the search was cancelled.
                    let _ = send.send((found, so_far));
                })
            }));
            lanes.push(Lane { pieces: Some(pieces), ..Lane::default() });
        }
        let mut merge = Merge { lanes, room: Room::new(query.most), tell };
        while !cancel.load(Ordering::Relaxed) && merge.step().is_some() {}
        // Threads that wait to be heard end when nobody listens any more.
        drop(merge);
        let lost = || Err(ReadError::Store("the search of a store broke off; search again".into()));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| lost())).collect()
    })
}

/// A store while it is searched.
#[derive(Default)]
struct Lane {
    /// `None` once it is done.
    pieces: Option<Receiver<Piece>>,
    hits: VecDeque<Hit>,
    /// Seconds since 1970; `None` before the first piece.
    down_to: Option<i64>,
    so_far: Searched,
}

impl Lane {
    fn head(&self) -> Option<i64> {
        self.hits.front().map(|hit| hit.at.map_or(hit.place.at, |at| at.timestamp()))
    }

    /// It might still tell something newer.
    fn may_have_after(&self, at: i64) -> bool {
        self.pieces.is_some() && self.hits.is_empty() && self.down_to.is_none_or(|down_to| down_to > at)
    }
}

struct Merge<'a> {
    lanes: Vec<Lane>,
    room: Room,
    tell: &'a mut dyn FnMut(usize, Event),
}

impl Merge<'_> {
    /// Tells the next hit, or hears the store it waits for; `None` when all is told.
    fn step(&mut self) -> Option<()> {
        // Of two at the same second, the store named first is first.
        let newest = (0..self.lanes.len())
            .rev()
            .filter_map(|place| Some((self.lanes[place].head()?, place)))
            .max_by_key(|(at, _)| *at);
        let behind = |at: i64| {
            let open = self.lanes.iter().enumerate().filter(|(_, lane)| lane.may_have_after(at));
            open.max_by_key(|(_, lane)| lane.down_to.unwrap_or(i64::MAX)).map(|(place, _)| place)
        };
        match newest {
            Some((at, place)) if behind(at).is_none() => {
                let mut hits: Vec<Hit> = self.lanes[place].hits.pop_front().into_iter().collect();
                self.room.take(&mut hits);
                for hit in hits {
                    (self.tell)(place, Event::Hit(hit));
                }
            }
            newest => {
                let place = behind(newest.map_or(i64::MIN, |(at, _)| at))
                    .or_else(|| self.lanes.iter().position(|lane| lane.pieces.is_some()))?;
                self.hear(place);
            }
        }
        Some(())
    }

    fn hear(&mut self, place: usize) {
        let lane = &mut self.lanes[place];
        let Some((found, so_far)) = lane.pieces.as_ref().and_then(|pieces| pieces.recv().ok()) else {
            lane.pieces = None;
            return;
        };
        lane.hits.extend(found.hits);
        lane.down_to = found.down_to.or(lane.down_to);
        lane.so_far = so_far;
        let sum = |part: fn(&Searched) -> u64| self.lanes.iter().map(|lane| part(&lane.so_far)).sum();
        let all = Searched { messages: sum(|s| s.messages), of: sum(|s| s.of), hits: sum(|s| s.hits) };
        (self.tell)(place, Event::Progress(all));
    }
}
