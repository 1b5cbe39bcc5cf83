//! Boards become events.

use std::sync::Arc;

use super::Hub;
use crate::{
    domain::{board::Board, diff, snapshot::StoreState},
    engine::Boards,
    wire::{
        Status,
        event::{ChangeDto, CheckDto, EventDto},
    },
};

/// Turns boards into events until the engine ends.
pub async fn feed(mut boards: Boards, hub: Hub) {
    let mut before: Option<Arc<Board>> = boards.borrow_and_update().clone();
    while boards.changed().await.is_ok() {
        let Some(after) = boards.borrow_and_update().clone() else { continue };
        if let Some(before) = &before {
            tell(&hub, before, &after);
        }
        before = Some(after);
    }
}

fn tell(hub: &Hub, before: &Board, after: &Board) {
    let at = after.taken_at;
    for change in diff::diff(before, after) {
        hub.send(&EventDto::new(at, ChangeDto::on(&change, after)));
    }
    if is_other_check(before, after) {
        hub.send(&EventDto::new(at, CheckDto::new(after, None)));
    }
}

/// What a check would say of the machine is not what it said before: the numbers, the verdict, or how much
/// of it could be seen at all.
fn is_other_check(before: &Board, after: &Board) -> bool {
    let stores = |board: &Board| board.stores.iter().map(|store| store.state).collect::<Vec<StoreState>>();
    before.counts != after.counts
        || Status::of(before) != Status::of(after)
        || before.procs_known != after.procs_known
        || before.faults != after.faults
        || stores(before) != stores(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::FixedClock,
        domain::{
            plan::tests::build::{board_at, now},
            snapshot::Fault,
        },
        http::hub::Begin,
    };

    fn told(before: &Board, after: &Board) -> Vec<(&'static str, serde_json::Value)> {
        let hub = Hub::new("a", Arc::new(FixedClock(now())));
        hub.end("what came before");
        tell(&hub, before, after);
        let Begin::Resumed(since) = hub.listen(Some("a-1")).begin else { panic!("a-1 is known") };
        since.iter().map(|sent| (sent.name, serde_json::from_str(&sent.data).unwrap())).collect()
    }

    #[test]
    fn going_blind_is_told() {
        let mut sees = board_at(now(), Vec::new(), Vec::new());
        sees.procs_known = true;
        assert_eq!(told(&sees, &sees), [], "nothing has changed");
        let blind = Board { procs_known: false, ..sees.clone() };
        let mut hurt = sees.clone();
        hurt.faults.push(Fault { source: "/s.db".into(), message: "not a database".into() });
        let mut other = sees.clone();
        other.stores.iter_mut().for_each(|store| store.state = StoreState::Damaged);
        for after in [&blind, &hurt, &other] {
            for (from, to) in [(&sees, after), (after, &sees)] {
                let told = told(from, to);
                assert_eq!(told.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["check"]);
                assert_eq!(told[0].1["status"], Status::of(to).to_string());
            }
        }
    }
}
