//! Waiting for a scene: bounded, and loud when it does not come.

use std::{thread, time::Duration};

/// How often is looked: thirty seconds in all, a hundred times what a warm goose needs.
const TRIES: u32 = 300;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Looks until there is something to see.
///
/// # Panics
/// With `what` when it does not come.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..TRIES {
        if let Some(seen) = look() {
            return seen;
        }
        thread::sleep(PAUSE);
    }
    panic!("the scene did not come about in {:?}: {what}", PAUSE * TRIES);
}

/// Looks until it holds.
#[track_caller]
pub fn until_true(what: &str, mut look: impl FnMut() -> bool) {
    until(what, || look().then_some(()));
}
