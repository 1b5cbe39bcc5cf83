//! Boards become events.

use std::sync::Arc;

use super::Hub;
use crate::{
    domain::{board::Board, diff},
    engine::Boards,
    wire::event::{ChangeDto, CheckDto, EventDto},
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
    if before.counts != after.counts {
        hub.send(&EventDto::new(at, CheckDto::new(after, None)));
    }
}
