//! Clearing a world away: at its end, after the viewer was killed, and later still.
//!
//! Only processes that signed in here are signalled, each held first and compared second; only
//! folders that carry the demo's own name, user and book are removed.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;

use super::{
    os::{Held, Mark, wait_until},
    part::{ALIVE, BOOK},
};

/// What the name of a demo's folder begins with; the viewer's pid follows.
pub const PREFIX: &str = "goosetop-demo-";

/// Stand-ins have nothing to save: they get a moment to end in order, no more.
const TERM_GRACE: Duration = Duration::from_millis(60);

/// How long a killed process may take to go.
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// Ends every stand-in of the world at `root` and removes the folder.
pub fn clear(root: &Path) -> io::Result<()> {
    if !is_demo(root) {
        return Ok(());
    }
    let book = root.join(BOOK);
    // From here on a stand-in that is just starting ends by itself.
    let _ = fs::remove_file(book.join(ALIVE));
    for _ in 0..3 {
        let held = signed_in(&book);
        if held.is_empty() {
            break;
        }
        end(&held);
    }
    // A viewer that is still reading may put SQLite's side files back once.
    let mut last = Ok(());
    wait_until(KILL_LIMIT, || {
        last = remove(root);
        !root.exists()
    });
    if root.exists() { last } else { Ok(()) }
}

/// Removes the folder, the book last: whoever is broken off here leaves a folder that the next one still
/// knows for a demo's.
fn remove(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)?.flatten().filter(|e| e.file_name() != BOOK) {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    fs::remove_dir_all(root)
}

fn end(held: &[Held]) {
    for one in held {
        one.signal(Signal::TERM);
    }
    wait_until(TERM_GRACE, || held.iter().all(|one| one.ended_within(Duration::ZERO)));
    for one in held.iter().filter(|one| !one.ended_within(Duration::ZERO)) {
        one.signal(Signal::KILL);
    }
    wait_until(KILL_LIMIT, || held.iter().all(|one| one.ended_within(Duration::ZERO)));
}

/// Those who signed in and still live.
pub fn signed_in(book: &Path) -> Vec<Held> {
    marks(book).into_iter().filter_map(Held::new).collect()
}

/// Those who signed in, alive or not.
pub fn marks(book: &Path) -> Vec<Mark> {
    let Ok(entries) = fs::read_dir(book) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let start = fs::read_to_string(entry.path()).ok()?.parse().ok()?;
            Some(Mark { pid, start })
        })
        .collect()
}

/// Writes one's name into the book, whole or not at all.
pub fn sign_in(book: &Path) -> io::Result<()> {
    let mark =
        Mark::own().ok_or_else(|| io::Error::other("this process cannot be seen in the process table"))?;
    let draft = book.join(format!("{}.draft", mark.pid));
    fs::write(&draft, mark.start.to_string())?;
    fs::rename(draft, book.join(mark.pid.to_string()))
}

/// Removes what earlier demos left that were killed together with their guard. Returns how many.
pub fn clear_stale(parent: &Path) -> usize {
    let Ok(entries) = fs::read_dir(parent) else { return 0 };
    let stale =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_demo(path) && is_abandoned(path));
    stale.filter(|path| clear(path).is_ok()).count()
}

/// A folder (no link) of this user with a demo's name and book.
fn is_demo(path: &Path) -> bool {
    let Ok(meta) = fs::symlink_metadata(path) else { return false };
    meta.is_dir()
        && meta.uid() == rustix::process::getuid().as_raw()
        && viewer_pid(path).is_some()
        && path.join(BOOK).is_dir()
}

/// Its viewer is gone: the number is free, or belongs to a younger process.
fn is_abandoned(path: &Path) -> bool {
    let Some(pid) = viewer_pid(path) else { return false };
    let start = fs::read_to_string(path.join(BOOK).join(ALIVE)).ok().and_then(|s| s.parse().ok());
    match (Mark::of(pid), start) {
        (None, _) => true,
        (Some(now), Some(start)) => now != Mark { pid, start },
        // It may be just being built, or being cleared away by somebody else.
        (Some(_), None) => false,
    }
}

fn viewer_pid(path: &Path) -> Option<u32> {
    let rest = path.file_name().and_then(OsStr::to_str)?.strip_prefix(PREFIX)?;
    rest.split('-').next()?.parse().ok()
}

/// The folder's path for a viewer; `number` tells several worlds of one viewer apart.
pub fn folder(parent: &Path, pid: u32, number: u32) -> PathBuf {
    parent.join(if number == 0 { format!("{PREFIX}{pid}") } else { format!("{PREFIX}{pid}-{number}") })
}
