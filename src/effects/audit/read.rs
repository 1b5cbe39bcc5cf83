//! Reading the log back, from its end.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::Entry;

/// Read at once, going backwards.
const BLOCK: u64 = 64 * 1024;

/// The end of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Lines that are no entries: torn by a crash, or written by something else.
    pub broken: usize,
}

/// The newest `tail` lines of the log at `path`; a log that does not exist is empty.
///
/// # Errors
/// What the system says when it cannot be read.
pub fn read(path: &Path, tail: usize) -> io::Result<Log> {
    let mut file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Log::default()),
        other => other?,
    };
    let mut at = file.seek(SeekFrom::End(0))?;
    let mut bytes: Vec<u8> = Vec::new();
    // One more than asked for: the first of a block may be half a line.
    let mut lines = 0;
    while at > 0 && lines <= tail {
        let size = at.min(BLOCK);
        at -= size;
        file.seek(SeekFrom::Start(at))?;
        let mut block = Vec::with_capacity(size as usize);
        (&mut file).take(size).read_to_end(&mut block)?;
        lines += block.split(|b| *b == b'\n').count() - 1;
        block.append(&mut bytes);
        bytes = block;
    }
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
    let mut log = Log::default();
    for line in &lines[lines.len().saturating_sub(tail)..] {
        match serde_json::from_slice(line) {
            Ok(entry) => log.entries.push(entry),
            Err(_) => log.broken += 1,
        }
    }
    Ok(log)
}
