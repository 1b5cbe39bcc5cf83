//! Stores, leftovers and the configuration. Stores are asked about by name only (`stat`): opening one
//! here would, on close, drop the locks SQLite holds in this process.

use std::{fs, path::Path};

use super::Check;
use crate::{
    cli::{Context, output::size},
    config::{env::Env, paths},
    domain::{
        board::{Board, StoreStatus},
        snapshot::StoreState,
        text,
    },
};

/// A log beside the store larger than this is not being checkpointed: some reader holds it open.
const LARGE_WAL: u64 = 256 << 20;

/// More leftover request logs than this are worth a word.
const MANY_LEFTOVERS: usize = 50;

/// Everything about one store.
pub fn store(store: &StoreStatus) -> Vec<Check> {
    let path = text::path(&store.path, None);
    let detail = text::line(&store.detail);
    let schema = store.schema.map_or_else(|| "schema unknown".to_owned(), |v| format!("schema {v}"));
    let bytes = store.bytes.map(|b| format!(", {}", size(b))).unwrap_or_default();
    let first = match store.state {
        StoreState::Ok => Check::ok("store", format!("{path}: {schema}{bytes}")),
        StoreState::Legacy => Check::ok("store", format!("{path}: legacy .jsonl sessions only")),
        StoreState::Newer => Check::warn(
            "store",
            format!("{path}: {schema}, newer than any goosetop was tested with{bytes}"),
            "what goosetop shows may miss something new; look for a newer goosetop",
        ),
        StoreState::Absent => Check::fail(
            "store",
            format!("{path}: there is no such file"),
            "start goose once, name its store with --db or GOOSETOP_DB, or try `goosetop demo`",
        ),
        StoreState::Locked => {
            let todo = "wait for goose to finish; if it lasts, see who holds it: fuser -v FILE";
            Check::warn("store", format!("{path}: locked; {detail}"), todo)
        }
        StoreState::Damaged => {
            let todo = "copy it away, then try: sqlite3 FILE 'pragma integrity_check'";
            Check::fail("store", format!("{path}: damaged; {detail}"), todo)
        }
        StoreState::Unreadable => Check::fail(
            "store",
            format!("{path}: cannot be read; {detail}"),
            "check its permissions and owner",
        ),
        StoreState::NotGoose => Check::fail(
            "store",
            format!("{path}: not a goose session store"),
            "name goose's own store with --db",
        ),
    };
    let rest =
        if store.state == StoreState::Absent { vec![] } else { vec![access(&store.path), wal(&store.path)] };
    std::iter::once(first).chain(rest.into_iter().flatten()).collect()
}

/// Nothing was looked for at all.
pub fn no_store(board: &Board) -> Option<Check> {
    let todo = "set HOME, or name a store with --db";
    board.stores.is_empty().then(|| Check::fail("store", "no place to look for goose's sessions", todo))
}

#[cfg(unix)]
fn access(path: &Path) -> Option<Check> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::metadata(path).ok()?;
    let me = rustix::process::geteuid().as_raw();
    let mode = meta.mode() & 0o777;
    let seen = format!("mode {mode:03o}, owner uid {}", meta.uid());
    if meta.uid() != me {
        let todo = "sessions of another user: their processes may be unreadable; run goosetop as that user";
        return Some(Check::warn("access", seen, todo));
    }
    // goose makes the folder 0700; with an older, open folder the file's own mode is what counts.
    let folder = path.parent().and_then(|dir| fs::metadata(dir).ok()).map_or(0, |m| m.mode() & 0o077);
    if mode & 0o077 != 0 && folder != 0 {
        let todo = "other users may read the conversations: chmod 700 on its folder";
        return Some(Check::warn("access", seen, todo));
    }
    Some(Check::ok("access", seen))
}

#[cfg(not(unix))]
fn access(_path: &Path) -> Option<Check> {
    None
}

fn wal(path: &Path) -> Option<Check> {
    let mut name = path.file_name()?.to_owned();
    name.push("-wal");
    let bytes = fs::metadata(path.with_file_name(name)).map_or(0, |m| m.len());
    if bytes > LARGE_WAL {
        let todo = "a reader keeps goose from checkpointing; end long-running readers of this store";
        return Some(Check::warn("wal", size(bytes), todo));
    }
    Some(Check::ok("wal", size(bytes)))
}

/// Request logs of model calls that were cut off (facts 2: a file with a uuid and no holder).
pub fn leftovers(env: &Env) -> Check {
    let Some(dir) = paths::goose_logs(env) else {
        return Check::ok("leftovers", "no place for goose's logs");
    };
    let shown = text::path(&dir, None);
    let Ok(entries) = fs::read_dir(&dir) else {
        return Check::ok("leftovers", format!("no goose logs at {shown}"));
    };
    let count = entries.flatten().filter(|e| is_open_request(&e.file_name().to_string_lossy())).count();
    let seen = format!("{count} llm_request files of calls in flight or cut off, in {shown}");
    if count > MANY_LEFTOVERS {
        return Check::warn("leftovers", seen, "those that no goose holds open may be deleted");
    }
    Check::ok("leftovers", seen)
}

/// `llm_request.<uuid>.jsonl`; finished calls are renamed to `llm_request.0.jsonl` to `.9.jsonl`.
fn is_open_request(name: &str) -> bool {
    let middle = name.strip_prefix("llm_request.").and_then(|rest| rest.strip_suffix(".jsonl"));
    middle.is_some_and(|m| m.len() == 36 && m.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}

/// Which file was read.
pub fn config(context: &Context) -> Check {
    match &context.loaded.file {
        Some(path) => Check::ok("config", text::path(path, None)),
        None => Check::ok("config", "no file; everything has its default"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Level, *};

    #[cfg(unix)]
    #[test]
    fn a_store_that_others_may_read_or_that_nobody_checkpoints_is_worth_a_word() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.db");
        fs::write(&path, "").unwrap();
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let seen = |folder: u32, file: u32| {
            mode(&path, file);
            mode(dir.path(), folder);
            access(&path).unwrap().level
        };
        assert_eq!(seen(0o700, 0o644), Level::Ok);
        assert_eq!(seen(0o755, 0o600), Level::Ok);
        assert_eq!(seen(0o755, 0o644), Level::Warn);
        assert_eq!(wal(&path).unwrap().message, "0B");
        // A hole: large to look at, nothing on the disk.
        fs::File::create(dir.path().join("sessions.db-wal")).unwrap().set_len(LARGE_WAL + 1).unwrap();
        assert_eq!(wal(&path).unwrap().level, Level::Warn);
    }

    #[test]
    fn finished_requests_are_not_leftovers() {
        assert!(is_open_request("llm_request.0f8fad5b-d9cb-469f-a165-70867728950e.jsonl"));
        assert!(!is_open_request("llm_request.3.jsonl"));
        assert!(!is_open_request("goose.log"));
    }
}
