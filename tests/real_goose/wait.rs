//! Waiting for a scene: bounded, and loud when it does not come.

use std::{thread, time::Duration};

/// How often is looked: thirty seconds in all, a hundred times what a warm goose needs.
const TRIES: u32 = 300;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Looks until there is something to see; `None` when it does not come.
pub fn poll<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..TRIES {
        if let Some(seen) = look() {
            return Some(seen);
        }
        thread::sleep(PAUSE);
    }
    None
}

/// Looks until there is something to see.
///
/// # Panics
/// With `what` when it does not come.
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    match poll(look) {
        Some(seen) => seen,
        None => panic!("the scene did not come about in {:?}: {what}", PAUSE * TRIES),
    }
}

/// Looks until it holds.
#[track_caller]
pub fn until_true(what: &str, mut look: impl FnMut() -> bool) {
    until(what, || look().then_some(()));
}
