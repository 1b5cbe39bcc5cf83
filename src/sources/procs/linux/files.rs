//! Open files of agents: the store, model calls in flight, the log, the terminal. No file is opened
//! (names come from links, times from `statx`); the terminal is, for the moment it takes to ask its mode.

use std::{
    fs, io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        process::{ModelCall, OpenFiles, Terminal},
        text,
    },
    procfs::{detail::DELETED, root::Root},
};

/// What a process holds open; `None` where the system refuses. `in_front`: it is in the foreground
/// of its terminal.
pub fn look(root: &Root, pid: u32, in_front: bool) -> Option<OpenFiles> {
    let mut files = OpenFiles::default();
    for entry in fs::read_dir(root.path(pid, "fd")).ok()? {
        let Ok(entry) = entry else { break };
        // Closed since it was listed.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        if entry.file_name() == "0" {
            files.terminal = terminal(&target);
            if let (Terminal::Live(device), true) = (&files.terminal, in_front) {
                files.reads_keys = reads_keys(device);
            }
        }
        // A removed store is not the store that the path now names.
        if target.as_os_str().as_bytes().ends_with(DELETED.as_bytes()) {
            continue;
        }
        if target.file_name().is_some_and(|name| name == "sessions.db") {
            files.stores.push(target);
        } else if target.extension().is_some_and(|e| e == "log") && is_agent_log(&target) {
            files.log = Some(target);
        } else if is_model_call(&target) {
            files.model_calls.push(ModelCall { since: begun(&entry.path()), path: target });
        }
    }
    files.stores.sort_unstable();
    files.stores.dedup();
    files.model_calls.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
    files.model_calls.dedup_by(|a, b| a.path == b.path);
    Some(files)
}

/// `llm_request.<uuid>.jsonl` is a call in flight; once done it is rotated to `llm_request.<0-9>.jsonl`.
fn is_model_call(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.as_bytes().strip_prefix(b"llm_request."))
        .and_then(|name| name.strip_suffix(b".jsonl"))
        .is_some_and(|middle| !middle.is_empty() && !matches!(middle, [b'0'..=b'9']))
}

/// `<state>/logs/cli/<day>/<time>.log`, one for each goose that was started.
fn is_agent_log(path: &Path) -> bool {
    path.ancestors().nth(2).is_some_and(|p| p.ends_with("logs/cli"))
}

/// True when the terminal hands over single keys: goose's prompt and its questions do that, a goose
/// at work does not. Opening it neither makes it ours nor waits.
fn reads_keys(device: &str) -> Option<bool> {
    use rustix::{fs::OFlags, termios::LocalModes};
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let tty = rustix::fs::open(device, flags, rustix::fs::Mode::empty()).ok()?;
    let mode = rustix::termios::tcgetattr(&tty).ok()?;
    Some(!mode.local_modes.contains(LocalModes::ICANON))
}

/// The file's birth, or its last change where the file system keeps no birth. The link is followed
/// by `statx` alone, which opens nothing and sees the file even in another mount namespace.
fn begun(link: &PathBuf) -> Option<DateTime<Utc>> {
    let meta: io::Result<fs::Metadata> = fs::metadata(link);
    let meta = meta.ok()?;
    meta.created().ok().map(DateTime::from).or_else(|| {
        let nanos = u32::try_from(meta.ctime_nsec()).ok()?;
        DateTime::from_timestamp(meta.ctime(), nanos)
    })
}

/// What standard input is. A terminal that went away is marked by the kernel in the link; whether
/// the name exists here proves nothing, a container may not see its own terminal's device.
fn terminal(target: &Path) -> Terminal {
    let name = text::line_from_bytes(target.as_os_str().as_bytes());
    let (device, gone) = match name.strip_suffix(DELETED) {
        Some(device) => (device, true),
        None => (name.as_str(), false),
    };
    let is_terminal =
        device.starts_with("/dev/pts/") || device.starts_with("/dev/tty") || device == "/dev/console";
    match (is_terminal, gone) {
        (false, _) => Terminal::None,
        (true, false) => Terminal::Live(device.to_owned()),
        (true, true) => Terminal::Gone(device.to_owned()),
    }
}
