//! What could not be looked at: stores whose picture is not current, then every other fault.

use super::output::{Meaning, Output};
use crate::domain::{
    board::{Board, StoreStatus},
    snapshot::Fault,
    text,
};

/// One sentence each, with its source.
pub fn sentences(board: &Board) -> Vec<String> {
    let stores = board.stores.iter().filter(|store| !store.state.is_current());
    let paths: Vec<String> = stores.clone().map(|s| text::path(&s.path, None)).collect();
    // A store that also left a fault says the same thing twice.
    let rest = board.faults.iter().filter(|f| !paths.iter().any(|path| *path == text::line(&f.source)));
    stores.map(store).chain(rest.map(fault)).collect()
}

fn store(store: &StoreStatus) -> String {
    let state = store.state.to_string().replace('_', " ");
    let path = text::path(&store.path, None);
    if store.detail.is_empty() {
        format!("{path}: {state}")
    } else {
        format!("{path}: {state}: {}", text::line(&store.detail))
    }
}

fn fault(fault: &Fault) -> String {
    format!("{}: {}", text::line(&fault.source), text::line(&fault.message))
}

/// The part of an answer that says so; empty where everything was seen.
pub fn part(out: &Output, board: &Board) -> String {
    let all = sentences(board);
    if all.is_empty() {
        return String::new();
    }
    let title = out.paint(Meaning::Strong, "Not read");
    format!("{title}\n{}", lines(all.into_iter().map(|sentence| format!("  {sentence}"))))
}

/// The same as talk, for those who do not see the answer on their terminal.
pub fn talk(board: &Board) -> String {
    lines(sentences(board).into_iter().map(|sentence| format!("goosetop: {sentence}")))
}

/// One line each.
pub fn lines(all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
}
