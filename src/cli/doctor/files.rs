//! Stores, leftovers and the configuration. Stores are asked about by name only (`stat`): opening one
//! here would, on close, drop the locks SQLite holds in this process.

use std::{fs, path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::Check;
use crate::{
    cli::output::{age, size},
    config::{env::Env, paths},
    domain::{
        board::{Board, StoreStatus},
        snapshot::StoreState,
        text,
    },
    sources::insights::{self, disk},
};

/// A log beside the store larger than this is not being checkpointed: some reader holds it open. SQLite
/// itself folds it in at 4 MB.
const LARGE_WAL: u64 = 64 << 20;

/// The newest row may be this far ahead before clocks are to blame.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// For one row of the store.
const PATIENCE: Duration = Duration::from_millis(500);

/// More leftover request logs than this are worth a word.
const MANY_LEFTOVERS: u64 = 50;

/// And so are these many bytes of them.
const LARGE_LEFTOVERS: u64 = 256 << 20;

/// More bytes of logs than this are worth a word.
const LARGE_LOGS: u64 = 1 << 30;

/// Everything about one store.
pub fn store(store: &StoreStatus, now: DateTime<Utc>) -> Vec<Check> {
    let path = text::path(&store.path, None);
    let detail = text::line(&store.detail);
    let schema = store.schema.map_or_else(|| "schema unknown".to_owned(), |v| format!("schema {v}"));
    let bytes = store.bytes.map(|b| format!(", {}", size(b))).unwrap_or_default();
    let first = match store.state {
        StoreState::Ok => Check::ok("store", format!("{path}: {schema}, which goosetop knows{bytes}")),
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
    let rest = if store.state == StoreState::Absent {
        vec![]
    } else {
        vec![access(&store.path), folder(&store.path), wal(&store.path), clock(store, now)]
    };
    std::iter::once(first).chain(rest.into_iter().flatten()).collect()
}

/// Nothing was looked for at all.
pub fn no_store(board: &Board) -> Option<Check> {
    let todo = "set HOME, or name a store with --db";
    board.stores.is_empty().then(|| Check::fail("store", "no place to look for goose's sessions", todo))
}

/// Files of older sessions that say nothing.
pub fn legacy(board: &Board) -> Vec<Check> {
    let folders: Vec<_> =
        board.stores.iter().filter_map(|s| Some(text::path(s.path.parent()?, None))).collect();
    let faults = board.faults.iter().filter(|fault| folders.contains(&fault.source));
    let todo = "no session is shown of them; put them right, or move them away";
    faults.map(|fault| Check::warn("legacy", format!("{}: {}", fault.source, fault.message), todo)).collect()
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

/// Whoever may write to the folder can put another store there.
#[cfg(unix)]
fn folder(path: &Path) -> Option<Check> {
    use std::os::unix::fs::MetadataExt;
    let dir = path.parent()?;
    let mode = fs::metadata(dir).ok()?.mode() & 0o7777;
    let seen = format!("{}, mode {mode:03o}", text::path(dir, None));
    // A sticky folder (/tmp) lets nobody replace another's file.
    if mode & 0o022 != 0 && mode & 0o1000 == 0 {
        return Some(Check::warn("folder", seen, "others may replace the store: chmod 700 the folder"));
    }
    Some(Check::ok("folder", seen))
}

#[cfg(not(unix))]
fn folder(_path: &Path) -> Option<Check> {
    None
}

/// A store that was written by a clock ahead of ours makes everything look fresh.
fn clock(store: &StoreStatus, now: DateTime<Utc>) -> Option<Check> {
    if !matches!(store.state, StoreState::Ok | StoreState::Newer) {
        return None;
    }
    match insights::ahead(&store.path, now, PATIENCE).filter(|ahead| *ahead > SKEW) {
        Some(ahead) => {
            let ahead = age(ahead.to_std().unwrap_or_default());
            let todo =
                "compare the clocks of the machines that write to it (timedatectl): ages are wrong meanwhile";
            Some(Check::warn("clock", format!("the newest row is {ahead} in the future"), todo))
        }
        None => Some(Check::ok("clock", "no row is in the future")),
    }
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

/// goose's logs, and the request files of model calls that were cut off (facts 2: a file with a uuid and
/// no holder).
pub fn leftovers(env: &Env) -> Check {
    let Some(dir) = paths::goose_logs(env) else {
        return Check::ok("leftovers", "no place for goose's logs");
    };
    let shown = text::path(&dir, None);
    let disk = disk::look(&[], Some(&dir));
    let (Some(logs), Some(requests)) = (disk.logs, disk.requests) else {
        return Check::ok("leftovers", format!("no goose logs at {shown}"));
    };
    let seen = format!(
        "{} llm_request files of calls in flight or cut off ({}), {} logs ({}), in {shown}",
        requests.count,
        size(requests.bytes),
        logs.count,
        size(logs.bytes)
    );
    if requests.count > MANY_LEFTOVERS || requests.bytes > LARGE_LEFTOVERS {
        return Check::warn("leftovers", seen, "those that no goose holds open may be deleted");
    }
    if logs.bytes > LARGE_LOGS {
        let todo = "goose removes days older than two weeks when it starts; older goose does not";
        return Check::warn("leftovers", seen, todo);
    }
    Check::ok("leftovers", seen)
}

#[cfg(test)]
mod tests {
    use super::{super::Level, *};

    #[test]
    fn a_row_from_the_future_is_a_wrong_clock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.db");
        let noon = DateTime::from_timestamp(1_795_262_400, 0).unwrap();
        let conn = rusqlite::Connection::open(&path).unwrap();
        let sql = "CREATE TABLE sessions (id TEXT, working_dir TEXT, created_at TEXT, updated_at TEXT);
                   CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content_json TEXT, \
                   created_timestamp INTEGER);
                   CREATE TABLE schema_version (version INTEGER);
                   INSERT INTO schema_version VALUES (1);
                   INSERT INTO sessions VALUES ('s_1', '/src', '2026-11-21 11:00:00', '2026-11-21 12:01:30');";
        conn.execute_batch(sql).unwrap();
        let mut status = StoreStatus {
            path,
            schema: Some(1),
            state: StoreState::Ok,
            detail: String::new(),
            bytes: None,
            wal_bytes: None,
            as_of: None,
        };
        let seen = |status: &StoreStatus| clock(status, noon);
        assert_eq!(seen(&status).unwrap().level, Level::Ok, "a minute and a half is no wrong clock");
        conn.execute("UPDATE sessions SET updated_at = '2026-11-21 13:00:00'", ()).unwrap();
        let ahead = seen(&status).unwrap();
        assert!(ahead.level == Level::Warn && ahead.message.contains("1h"), "{ahead:?}");
        status.state = StoreState::Locked;
        assert!(seen(&status).is_none(), "nothing is known of a store that cannot be read");
    }

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
        let folder_of = |mode_of: u32| {
            mode(dir.path(), mode_of);
            folder(&path).unwrap()
        };
        assert_eq!(folder_of(0o700).level, Level::Ok);
        assert_eq!(folder_of(0o755).level, Level::Ok, "others may look, not replace");
        assert_eq!(folder_of(0o1777).level, Level::Ok, "a sticky folder keeps everyone's own");
        assert_eq!(folder_of(0o770).level, Level::Warn);
        let loud = folder_of(0o777);
        assert!(
            loud.level == Level::Warn && loud.todo.as_ref().is_some_and(|t| t.contains("chmod 700")),
            "{loud:?}"
        );
        mode(dir.path(), 0o700);
        assert_eq!(wal(&path).unwrap().message, "0B");
        // A hole: large to look at, nothing on the disk.
        fs::File::create(dir.path().join("sessions.db-wal")).unwrap().set_len(LARGE_WAL + 1).unwrap();
        assert_eq!(wal(&path).unwrap().level, Level::Warn);
    }
}
