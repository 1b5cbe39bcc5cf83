use super::*;
use crate::domain::{
    session::{Role, SessionId},
    transcript::Place,
};

fn hit(session: &str, row: i64) -> Hit {
    Hit {
        session: SessionId::new(session),
        place: Place { at: row, row },
        role: Role::User,
        in_tool: false,
        hidden: false,
        at: None,
        excerpt: "the words".into(),
        fits: 4..9,
    }
}

fn searched(messages: u64) -> Searched {
    Searched { messages, of: 10_000, hits: messages }
}

/// Every store has as many messages as the words say, all of which fit, of two sessions.
fn many() -> Seek {
    Box::new(|store, wanted, _, tell| {
        if store == 9 {
            return Err(ReadError::Store("store 9 is damaged".into()));
        }
        let count: i64 = wanted.words.parse().unwrap();
        for row in 0..count {
            tell(Event::Hit(hit(if row % 2 == 0 { "a" } else { "b" }, row)));
            tell(Event::Progress(searched(row as u64 + 1)));
        }
        Ok(searched(count as u64))
    })
}

/// Goes on until it is told not to.
fn endless() -> Seek {
    Box::new(|_, wanted, cancel, tell| {
        if wanted.words == "end" {
            return Ok(searched(1));
        }
        tell(Event::Hit(hit("a", 1)));
        tell(Event::Progress(searched(1)));
        while !cancel.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Err(ReadError::Cancelled)
    })
}

fn request(id: u64, words: &str, stores: &[usize]) -> Request {
    let wanted = Wanted { words: words.into(), ..Wanted::default() };
    Request { id, wanted, stores: stores.to_vec(), only: None }
}

fn told(searcher: &mut Searcher) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(searcher.told()).unwrap()
}

/// All that was found, how many messages said so, and the last word.
fn all(searcher: &mut Searcher) -> (Vec<Found>, usize, Told) {
    let (mut found, mut messages) = (Vec::new(), 0);
    loop {
        let mut told = told(searcher);
        messages += 1;
        found.append(&mut told.found);
        if told.over.is_some() {
            return (found, messages, told);
        }
    }
}

#[test]
fn a_flood_of_hits_is_a_handful_of_messages_and_a_bounded_list() {
    let mut searcher = Searcher::start(many()).unwrap();
    let began = Instant::now();
    assert!(searcher.search(request(7, "50000", &[0])));
    let (found, messages, last) = all(&mut searcher);
    assert_eq!((found.len(), last.so_far.hits, last.id), (KEPT, 50_000, 7));
    assert_eq!(last.over, Some(Over::default()));
    assert_eq!(found[0].hit.place.row, 0);
    let most = 3 + began.elapsed().as_millis() / EVERY.as_millis();
    assert!(messages as u128 <= most, "{messages} messages");
}

#[test]
fn stores_add_up_and_a_broken_one_is_said() {
    let mut searcher = Searcher::start(many()).unwrap();
    searcher.search(request(1, "30", &[0, 9, 2]));
    let (found, _, last) = all(&mut searcher);
    assert_eq!((found.len(), last.so_far.messages, last.so_far.of), (60, 60, 20_000));
    assert_eq!((found[29].key.store, found[30].key.store), (0, 2));
    assert_eq!(last.over.unwrap().faults, ["store 9 is damaged"]);
}

#[test]
fn other_sessions_neither_show_nor_count() {
    let mut searcher = Searcher::start(many()).unwrap();
    let only = HashSet::from([SessionKey { store: 0, id: SessionId::new("b") }]);
    searcher.search(Request { only: Some(only), ..request(1, "31", &[0]) });
    let (found, _, last) = all(&mut searcher);
    assert_eq!((found.len(), last.so_far.hits, last.so_far.messages), (15, 15, 31));
    assert!(found.iter().all(|found| found.key.id.raw() == "b"));
}

#[test]
fn stopping_and_a_later_search_end_the_one_before() {
    let mut searcher = Searcher::start(endless()).unwrap();
    searcher.search(request(1, "x", &[0]));
    assert_eq!(told(&mut searcher).found.len(), 1);
    searcher.stop();
    assert!(told(&mut searcher).over.unwrap().stopped);
    searcher.search(request(2, "x", &[0]));
    assert_eq!(told(&mut searcher).id, 2);
    searcher.search(request(3, "end", &[0]));
    let (_, _, last) = all(&mut searcher);
    assert!((last.id, last.over.unwrap().stopped) == (2, true));
    let (_, _, last) = all(&mut searcher);
    assert_eq!((last.id, last.over), (3, Some(Over::default())));
}
