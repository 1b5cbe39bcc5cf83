//! Sessions that goose kept as lines of JSON: up to version 1.9 its only store (facts 4). Line 1 is
//! metadata, every other line a message; the file's stem is the id.
//!
//! The first line is read of every file, the messages of watched sessions only. What the database
//! holds is not read at all: goose imported it and left the file.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::goose_db::{files::modified, message, sort, value, watch, wide};
use crate::domain::{
    interest::Interest,
    session::{Session, SessionId, SessionKey, SessionKind, Tail, TailMessage, Tokens},
    snapshot::Fault,
    text,
};

/// Larger files are read at both ends only, bytes; goose itself refuses to import them.
const WHOLE: u64 = 50 << 20;
/// What is read at the end of such a file, bytes.
const END: u64 = 256 << 10;
/// Longest first line, bytes.
const HEAD: u64 = 1 << 20;
/// Messages in a tail.
const TAIL: usize = 40;
/// Longest message line that is parsed, bytes.
const LINE: usize = 1 << 20;
/// Names of unreadable files given before the rest is only counted.
const NAMED: usize = 3;

/// A file untouched for this long changes no more by appending, only by being replaced.
const STILL_WRITTEN: TimeDelta = TimeDelta::days(1);

/// A folder of legacy files.
pub struct JsonlFolder {
    dir: PathBuf,
    store: usize,
    seen: Option<(DateTime<Utc>, DateTime<Utc>)>,
    files: BTreeMap<PathBuf, Kept>,
    list: Arc<Vec<Arc<Session>>>,
    /// What the list was made with.
    made_with: Option<(Arc<Vec<Arc<Session>>>, Interest)>,
}

/// One file as last read.
struct Kept {
    size: u64,
    modified: DateTime<Utc>,
    session: Result<Arc<Session>, String>,
}

impl JsonlFolder {
    /// Nothing is read before the first look.
    pub fn new(dir: PathBuf, store: usize) -> Self {
        Self { dir, store, seen: None, files: BTreeMap::new(), list: Arc::default(), made_with: None }
    }

    /// Sessions of this folder that `db` does not hold, newest first; the same `Arc` as before when
    /// nothing changed.
    pub fn look(
        &mut self,
        now: DateTime<Utc>,
        interest: &Interest,
        db: &Arc<Vec<Arc<Session>>>,
    ) -> Arc<Vec<Arc<Session>>> {
        let dir = if self.dir.as_os_str().is_empty() { Path::new(".") } else { &self.dir };
        let at = fs::metadata(dir).and_then(|meta| modified(&meta)).ok();
        // goose replaces a file by renaming, which the folder's own time shows, unless two changes
        // fall into one step of the file system's clock.
        let settled = |(seen, at): (DateTime<Utc>, DateTime<Utc>)| at - seen > TimeDelta::seconds(2);
        let unchanged = at.is_some() && at == self.seen.map(|s| s.0) && self.seen.is_some_and(settled);
        if !unchanged {
            self.list_files();
            self.seen = at.map(|at| (at, now));
        }
        if self.files.is_empty() {
            if !self.list.is_empty() {
                self.list = Arc::default();
            }
            return Arc::clone(&self.list);
        }
        let mut changed = self.read_heads(now, !unchanged);
        let same = self.made_with.as_ref().is_some_and(|(d, i)| Arc::ptr_eq(d, db) && i == interest);
        if same && !changed {
            return Arc::clone(&self.list);
        }
        changed |= self.read_tails(now, interest);
        self.made_with = Some((Arc::clone(db), interest.clone()));
        let known: HashSet<&SessionId> = db.iter().map(|s| &s.key.id).collect();
        let current = self.files.values().filter_map(|kept| kept.session.as_ref().ok());
        let mut list: Vec<_> = current.filter(|s| !known.contains(&s.key.id)).cloned().collect();
        if changed || list.len() != self.list.len() {
            sort(&mut list);
            self.list = Arc::new(list);
        }
        Arc::clone(&self.list)
    }

    /// Names the files that could not be read.
    pub fn fault(&self) -> Option<Fault> {
        let bad: Vec<_> =
            self.files.iter().filter_map(|(p, k)| Some((p, k.session.as_ref().err()?))).collect();
        let (_, why) = bad.first()?;
        let names: Vec<_> = bad.iter().take(NAMED).map(|(p, _)| file_name(p)).collect();
        let more = if bad.len() > NAMED { format!(" and {} more", bad.len() - NAMED) } else { String::new() };
        Some(Fault {
            source: text::path(&self.dir, None),
            message: format!("legacy {}{more} cannot be read ({why}); the rest is shown", names.join(", ")),
        })
    }

    /// Brings the set of files up to date; what is new or gone is noticed here.
    fn list_files(&mut self) {
        let mut found = HashSet::new();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ext| ext == "jsonl") {
                found.insert(path);
            }
        }
        self.files.retain(|path, _| found.contains(path));
        for path in found {
            let unread = Kept { size: u64::MAX, modified: DateTime::UNIX_EPOCH, session: Err(String::new()) };
            self.files.entry(path).or_insert(unread);
        }
    }

    /// Reads the first line of every file that changed. Where the folder did not change, only files
    /// that were still written to lately are looked at.
    fn read_heads(&mut self, now: DateTime<Utc>, all: bool) -> bool {
        let mut changed = false;
        for (path, kept) in &mut self.files {
            if !all && now - kept.modified > STILL_WRITTEN {
                continue;
            }
            let Ok(meta) = fs::metadata(path) else { continue };
            let at = modified(&meta).unwrap_or_default();
            if (kept.size, kept.modified) == (meta.len(), at) {
                continue;
            }
            changed = true;
            (kept.size, kept.modified) = (meta.len(), at);
            kept.session = head(path, &meta, self.store).map(Arc::new).map_err(|e| reason(&e));
        }
        changed
    }

    fn read_tails(&mut self, now: DateTime<Utc>, interest: &Interest) -> bool {
        let mut sessions: Vec<_> =
            self.files.values().filter_map(|k| k.session.as_ref().ok().cloned()).collect();
        sort(&mut sessions);
        let targets: HashSet<_> =
            watch::targets(&sessions, interest, now).into_iter().map(|(id, _)| id).collect();
        drop(sessions);
        let mut changed = false;
        for (path, kept) in &mut self.files {
            let Ok(session) = &mut kept.session else { continue };
            if session.tail.is_some() || !targets.contains(&session.key.id) {
                continue;
            }
            changed = true;
            match end(path, kept.size, now) {
                Ok((tail, messages)) => {
                    let session = Arc::make_mut(session);
                    session.messages = messages.or(session.messages);
                    let oldest = tail.messages.iter().filter_map(|m| m.created_at).min();
                    session.created_at = session.created_at.into_iter().chain(oldest).min();
                    session.tail = Some(Arc::new(tail));
                }
                Err(error) => kept.session = Err(reason(&error)),
            }
        }
        changed
    }
}

fn file_name(path: &Path) -> String {
    text::line(&path.file_name().unwrap_or_default().to_string_lossy()).into_owned()
}

fn reason(error: &io::Error) -> String {
    text::cut(&text::line(&error.to_string()), 120)
}

fn odd(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn head(path: &Path, meta: &fs::Metadata, store: usize) -> io::Result<Session> {
    // Also keeps us from opening a FIFO, which would block.
    if !meta.is_file() {
        return Err(odd("no regular file"));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path)?;
    // Nearly every first line is short.
    for step in [8 << 10, HEAD] {
        (&mut file).take(step - bytes.len() as u64).read_to_end(&mut bytes)?;
        if bytes.contains(&b'\n') || bytes.len() as u64 == meta.len() {
            break;
        }
    }
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    if line.is_empty() {
        return Err(odd("empty"));
    }
    if bytes.len() == line.len() && (line.len() as u64) < meta.len() {
        return Err(odd("its first line is too long"));
    }
    let first: Value = serde_json::from_slice(line).map_err(|_| odd("its first line is no JSON"))?;
    if !first.is_object() {
        return Err(odd("its first line is no JSON object"));
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let key = SessionKey { store, id: SessionId::new(stem) };
    let mut session = session(key, &first, meta);
    // A file may be younger than what was said in it: copied, restored, written anew.
    let second = bytes.split(|&b| b == b'\n').nth(1).and_then(|line| serde_json::from_slice(line).ok());
    let spoken = [Some(first), second].into_iter().flatten().filter_map(|line| created(&line));
    session.created_at = session.created_at.into_iter().chain(spoken).min();
    Ok(session)
}

/// When a line's message was made.
fn created(line: &Value) -> Option<DateTime<Utc>> {
    line.get("created").and_then(Value::as_i64).and_then(value::unix_time)
}

/// The first line's facts. Before metadata existed it was a message: then nothing but times is known.
fn session(key: SessionKey, first: &Value, meta: &fs::Metadata) -> Session {
    let word = |name: &str| first.get(name).and_then(Value::as_str);
    let number = |name: &str| first.get(name).and_then(Value::as_u64);
    let updated = modified(meta).ok();
    Session {
        name: word("description").and_then(value::clean_line).unwrap_or_default(),
        kind: if word("schedule_id").is_some() { SessionKind::Scheduled } else { SessionKind::User },
        working_dir: word("working_dir").unwrap_or_default().into(),
        created_at: meta.created().ok().map(DateTime::from).or(updated),
        updated_at: updated,
        schedule: word("schedule_id").and_then(value::clean_line),
        tokens: Tokens {
            context: number("total_tokens"),
            input: number("accumulated_input_tokens"),
            output: number("accumulated_output_tokens"),
            total: number("accumulated_total_tokens"),
        },
        messages: number("message_count"),
        extensions: first.get("extension_data").map(wide::extensions).unwrap_or_default(),
        ..Session::bare(key)
    }
}

/// The end of a file, and its number of messages where it was read whole.
fn end(path: &Path, size: u64, now: DateTime<Utc>) -> io::Result<(Tail, Option<u64>)> {
    let mut file = File::open(path)?;
    let whole = size <= WHOLE;
    if !whole {
        file.seek(SeekFrom::Start(size - END))?;
    }
    let mut bytes = Vec::new();
    file.take(if whole { WHOLE } else { END }).read_to_end(&mut bytes)?;
    // The first line is metadata, or the rest of a line cut in two; a message only in the oldest form.
    let mut lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').filter(|l| !l.is_empty()).collect();
    let first_is_message = whole && lines.first().is_some_and(|l| is_message(l));
    if !first_is_message && !lines.is_empty() {
        lines.remove(0);
    }
    let count = lines.len();
    let first = count.saturating_sub(TAIL);
    let messages: Vec<_> =
        lines[first..].iter().zip(first..).map(|(line, row)| message_line(line, row as i64)).collect();
    let since = now - TimeDelta::hours(2);
    let arrivals = messages.iter().filter_map(|m| m.created_at).filter(|at| *at >= since).collect();
    let tail = Tail { whole: whole && first == 0, arrivals, messages, ..Tail::default() };
    Ok((tail, whole.then_some(count as u64)))
}

/// True for a line that is a message, not metadata.
pub(super) fn is_message(line: &[u8]) -> bool {
    line.len() <= LINE
        && serde_json::from_slice::<Value>(line)
            .is_ok_and(|v| v.get("role").is_some() && v.get("content").is_some())
}

fn message_line(line: &[u8], row: i64) -> TailMessage {
    use crate::domain::session::Block;
    let parsed = if line.len() > LINE {
        Err(Block::Oversized { bytes: line.len() as u64 })
    } else {
        serde_json::from_slice::<Value>(line)
            .map_err(|e| Block::Unreadable { why: text::line(&e.to_string()).into_owned() })
    };
    let value = parsed.as_ref().ok();
    let flags = value.and_then(|v| v.get("metadata")).map(message::flags_of).unwrap_or_default();
    let role = value.and_then(|v| v.get("role")).and_then(Value::as_str).unwrap_or_default();
    TailMessage {
        row,
        role: message::role(role),
        created_at: value.and_then(created),
        stored_at: None,
        user_visible: flags.user_visible,
        agent_visible: flags.agent_visible,
        turn_context: flags.turn_context,
        has_usage: flags.has_usage,
        blocks: match parsed {
            Ok(value) => message::blocks_of(value.get("content").unwrap_or(&Value::Null)),
            Err(block) => vec![block],
        },
    }
}
