//! A conversation in a legacy file: where each line begins is kept, the lines are read when asked for.
//! Their order is the file's; goose replaces the whole file when it writes (facts 4).

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    LARGE, LARGEST, PAGE_BYTES, parse,
    window::{self, Walk},
};
use crate::{
    domain::{
        text,
        transcript::{Anchor, Extent, Message, Page, Part, Place, ReadError, Stretch, Transcript},
    },
    sources::{
        blocks::str_at,
        goose_db::{conversation::Way, files::modified, value},
        goose_jsonl,
    },
};

/// Bytes read at once while lines are counted.
const CHUNK: usize = 1 << 20;
/// Lines of a walk between two openings.
const STEP: usize = 1_000;

/// A legacy file.
pub struct Jsonl {
    path: PathBuf,
    index: Index,
}

/// Where the messages' lines are, and of which state of the file.
#[derive(Default)]
struct Index {
    stamp: Option<(u64, DateTime<Utc>)>,
    /// Begin and length of each message's line.
    lines: Vec<(u64, u64)>,
}

impl Jsonl {
    /// Nothing is read before the first call.
    pub fn new(path: PathBuf) -> Self {
        Self { path, index: Index::default() }
    }

    /// Opens the file and brings the index up to date; whoever replaces the file meanwhile leaves us
    /// the one we opened.
    fn file(&mut self) -> Result<File, ReadError> {
        let error = |error: io::Error| {
            let path = text::path(&self.path, None);
            ReadError::Store(format!("cannot read {path}: {}", text::line(&error.to_string())))
        };
        regular(&self.path).map_err(error)?;
        let file = File::open(&self.path).map_err(error)?;
        let meta = file.metadata().map_err(error)?;
        let stamp = Some((meta.len(), modified(&meta).map_err(error)?));
        if self.index.stamp != stamp {
            self.index = Index { stamp, lines: lines(&file).map_err(error)? };
        }
        Ok(file)
    }

    fn message(&self, file: &File, row: i64, limit: u64, worth: &dyn Fn(&[u8]) -> bool) -> Option<Message> {
        let &(start, bytes) = usize::try_from(row).ok().and_then(|row| self.index.lines.get(row))?;
        let place = Place { at: 0, row };
        if bytes > limit {
            let parts = vec![Part::Oversized { bytes }];
            return Some(Message { parts, bytes, ..parse::bare(place, "", &Value::Null) });
        }
        let line = read(file, start, bytes);
        match line {
            Ok(line) if !worth(&line) => None,
            Ok(line) => Some(message(place, &line)),
            Err(error) => {
                let fault = Some(format!("the line cannot be read: {}", text::line(&error.to_string())));
                Some(Message { bytes, fault, ..parse::bare(place, "", &Value::Null) })
            }
        }
    }
}

/// Also keeps us from opening a FIFO, which would block.
fn regular(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
}

/// Every message's line: all but empty ones and the metadata before them.
fn lines(file: &File) -> io::Result<Vec<(u64, u64)>> {
    let mut reader = BufReader::with_capacity(CHUNK, file);
    let (mut lines, mut start) = (Vec::new(), 0);
    loop {
        let bytes = reader.skip_until(b'\n')? as u64;
        if bytes == 0 {
            break;
        }
        // The line feed goes along; it is white space to the parser.
        if bytes > 1 {
            lines.push((start, bytes));
        }
        start += bytes;
    }
    // In the oldest form the first line is a message already.
    if let Some(&(start, bytes)) = lines.first()
        && (bytes > LARGE || !goose_jsonl::is_message(&read(file, start, bytes)?))
    {
        lines.remove(0);
    }
    Ok(lines)
}

fn read(mut file: &File, start: u64, bytes: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(bytes as usize);
    file.seek(SeekFrom::Start(start))?;
    file.take(bytes).read_to_end(&mut line)?;
    Ok(line)
}

fn message(place: Place, line: &[u8]) -> Message {
    let lossy = String::from_utf8_lossy(line);
    let bytes = line.len() as u64;
    let value: Value = match serde_json::from_str(&lossy) {
        Ok(value) => value,
        Err(error) => {
            let (parts, fault) = (vec![parse::unreadable(lossy.trim_end())], Some(parse::sentence(&error)));
            return Message { parts, bytes, fault, ..parse::bare(place, "", &Value::Null) };
        }
    };
    let created = value.get("created").and_then(Value::as_i64);
    let at = created.map_or(0, |n| if n > value::MILLIS_FROM { n / 1_000 } else { n });
    let (parts, fault) = parse::parts(value.get("content").unwrap_or(&Value::Null));
    let metadata = value.get("metadata").unwrap_or(&Value::Null);
    Message {
        created_at: created.and_then(value::unix_time),
        parts,
        fault,
        bytes,
        ..parse::bare(Place { at, ..place }, str_at(&value, "role"), metadata)
    }
}

impl Walk for Index {
    type Error = ReadError;

    fn places(&self, from: Option<Place>, way: Way, limit: usize) -> Result<Vec<Place>, ReadError> {
        let count = self.lines.len() as i64;
        let place = |row| Place { at: 0, row };
        Ok(match way {
            Way::Back => {
                (0..from.map_or(count, |p| p.row.clamp(0, count))).rev().take(limit).map(place).collect()
            }
            Way::On => {
                let first = from.map_or(0, |p| p.row.saturating_add(1).clamp(0, count));
                (first..count).take(limit).map(place).collect()
            }
        })
    }

    fn rank(&self, place: Place) -> Place {
        Place { at: 0, ..place }
    }
}

impl Transcript for Jsonl {
    fn extent(&mut self) -> Result<Extent, ReadError> {
        let file = self.file()?;
        let messages = self.index.lines.len() as u64;
        let place = |row| self.message(&file, row, LARGE, &|_| true).map(|m| m.place);
        Ok(Extent { messages, first: place(0), last: place(messages as i64 - 1) })
    }

    fn page(&mut self, anchor: Anchor, limit: usize) -> Result<Page, ReadError> {
        let file = self.file()?;
        let (mut messages, mut bytes) = (Vec::new(), 0);
        for place in window::choose(&self.index, anchor, limit)? {
            let Some(message) = self.message(&file, place.row, LARGE, &|_| true) else { continue };
            bytes += message.bytes.min(LARGE);
            if bytes > PAGE_BYTES && !messages.is_empty() {
                break;
            }
            messages.push(message);
        }
        window::page(&self.index, anchor, messages)
    }

    fn whole(&mut self, place: Place) -> Result<Message, ReadError> {
        let file = self.file()?;
        self.message(&file, place.row, LARGEST, &|_| true).ok_or(ReadError::NoMessage)
    }

    fn stored(&mut self, place: Place) -> Result<Vec<u8>, ReadError> {
        let file = self.file()?;
        let line = usize::try_from(place.row).ok().and_then(|row| self.index.lines.get(row));
        let &(start, bytes) = line.ok_or(ReadError::NoMessage)?;
        if bytes > LARGEST {
            return Ok(Vec::new());
        }
        read(&file, start, bytes)
            .map_err(|error| ReadError::Store(text::line(&error.to_string()).into_owned()))
    }

    fn stretch(&mut self, from: Anchor, worth: &dyn Fn(&[u8]) -> bool) -> Result<Stretch, ReadError> {
        let file = self.file()?;
        let (from, way) = window::start(from);
        let mut stretch = Stretch::default();
        let mut bytes = 0;
        for place in self.index.places(from, way, STEP)? {
            stretch.end = Some(place);
            let Some(message) = self.message(&file, place.row, LARGEST, worth) else { continue };
            bytes += message.bytes;
            stretch.messages.push(message);
            if bytes > PAGE_BYTES {
                break;
            }
        }
        Ok(stretch)
    }
}
