//! What goose's files take, by `stat` and the names in its log folder. Nothing is opened: closing a
//! stray handle on a store would drop the locks SQLite holds in this process.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use crate::domain::{
    insights::{Disk, Files, StoreDisk},
    text,
};

/// Files looked at; a folder of more is not goose's.
const MOST_FILES: u64 = 20_000;

/// Folders below the logs: component, then day.
const DEEPEST: usize = 3;

/// Looks at names and sizes.
pub fn look(stores: &[PathBuf], logs: Option<&Path>) -> Disk {
    let mut disk = Disk { stores: stores.iter().map(|path| store(path)).collect(), ..Disk::default() };
    let Some(logs) = logs.filter(|dir| dir.is_dir()) else { return disk };
    let (mut found, mut requests) = (Files::default(), Files::default());
    walk(logs, 0, &mut found, &mut requests);
    (disk.logs, disk.requests) = (Some(found), Some(requests));
    disk
}

/// Legacy sessions in the store's folder that are not among the known: files of that name are counted,
/// and not opened.
pub fn legacy(store: &Path, known: &BTreeSet<&str>) -> u64 {
    let Some(Ok(entries)) = store.parent().map(fs::read_dir) else { return 0 };
    let unknown = |path: &Path| {
        path.extension().is_some_and(|e| e == "jsonl")
            && path.file_stem().and_then(OsStr::to_str).is_none_or(|id| !known.contains(id))
    };
    entries.flatten().take(MOST_FILES as usize).filter(|e| unknown(&e.path())).count() as u64
}

fn store(path: &Path) -> StoreDisk {
    let size = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|m| m.len());
    // SQLite looks for the log beside the real file.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let wal = real.file_name().map(|name| {
        let mut name = name.to_owned();
        name.push("-wal");
        real.with_file_name(name)
    });
    StoreDisk { path: text::path(path, None), bytes: size(&real), wal: wal.and_then(|wal| size(&wal)) }
}

fn walk(dir: &Path, depth: usize, found: &mut Files, requests: &mut Files) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        if found.count + requests.count >= MOST_FILES {
            found.cut = true;
            return;
        }
        // Links are not followed: what they point to is elsewhere's.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), depth + 1, found, requests);
        } else if kind.is_file() {
            let bytes = entry.metadata().map_or(0, |meta| meta.len());
            let open = depth == 0 && is_open_request(&entry.file_name().to_string_lossy());
            let sum = if open { &mut *requests } else { &mut *found };
            sum.count += 1;
            sum.bytes += bytes;
        }
    }
}

/// `llm_request.<uuid>.jsonl`; finished calls are renamed to `llm_request.0.jsonl` to `.9.jsonl`
/// (facts 2).
pub fn is_open_request(name: &str) -> bool {
    let middle = name.strip_prefix("llm_request.").and_then(|rest| rest.strip_suffix(".jsonl"));
    middle.is_some_and(|m| m.len() == 36 && m.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_requests_are_not_leftovers() {
        assert!(is_open_request("llm_request.0f8fad5b-d9cb-469f-a165-70867728950e.jsonl"));
        assert!(!is_open_request("llm_request.3.jsonl"));
        assert!(!is_open_request("goose.log"));
    }

    #[test]
    fn files_are_counted_by_kind() {
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("logs");
        fs::create_dir_all(logs.join("cli/2026-11-20")).unwrap();
        fs::write(logs.join("cli/2026-11-20/a.log"), "12345").unwrap();
        fs::write(logs.join("llm_request.3.jsonl"), "123").unwrap();
        fs::write(logs.join("llm_request.0f8fad5b-d9cb-469f-a165-70867728950e.jsonl"), "1").unwrap();
        let db = dir.path().join("s.db");
        fs::write(&db, "12").unwrap();
        fs::write(dir.path().join("s.db-wal"), "1234").unwrap();
        let disk = look(&[db, dir.path().join("none.db")], Some(&logs));
        assert_eq!((disk.stores[0].bytes, disk.stores[0].wal), (Some(2), Some(4)));
        assert_eq!((disk.stores[1].bytes, disk.stores[1].wal), (None, None));
        assert_eq!(disk.logs, Some(Files { count: 2, bytes: 8, cut: false }));
        assert_eq!(disk.requests, Some(Files { count: 1, bytes: 1, cut: false }));
        assert_eq!(look(&[], Some(&dir.path().join("no"))).logs, None);
    }
}
