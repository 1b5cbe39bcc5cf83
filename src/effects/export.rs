//! A session's export by goose itself, into goosetop's trash: what `goose session import` restores.

use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{goose::EnvChange, private};
use crate::domain::{session::SessionId, text};

/// A conversation of a million messages takes goose a minute; what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks at the child.
const TICK: Duration = Duration::from_millis(10);

/// Bytes of what goose says that are repeated.
const WORDS: usize = 400;

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The trash, or goose itself.
    #[error("the export failed at {}: {source}", text::path(path, None))]
    Io {
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// goose refused.
    #[error("goose did not export it: {0}")]
    Refused(String),
    /// What goose wrote is no export of this session.
    #[error("goose's export is not whole: {0}")]
    NotWhole(String),
}

#[derive(Deserialize)]
struct Exported {
    id: String,
    conversation: Option<Vec<serde::de::IgnoredAny>>,
}

/// Exports into `trash` and checks that the file holds the session with all of its messages.
///
/// # Errors
/// Why there is no export; a file begun is removed.
pub fn export(
    goose: &Path,
    env: &EnvChange,
    id: &SessionId,
    messages: u64,
    trash: &Path,
    now: DateTime<Utc>,
) -> Result<PathBuf, Error> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    private::folder(trash).map_err(at(trash))?;
    let path = trash.join(file_name(id, now));
    let file = private::options().write(true).create_new(true).open(&path).map_err(at(&path))?;
    let synced = file.try_clone().map_err(at(&path))?;
    let mut command = Command::new(goose);
    command.args(["session", "export", "--format", "json"]).arg(format!("--session-id={}", id.raw()));
    for (name, value) in env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let done = run(command.stdin(Stdio::null()).stdout(file), goose)
        .and_then(|()| synced.sync_all().map_err(at(&path)))
        .and_then(|()| check(&path, id, messages));
    match done {
        Ok(()) => Ok(path),
        Err(error) => {
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

/// No part of an id leads out of the folder.
fn file_name(id: &SessionId, now: DateTime<Utc>) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    let id: String = id.raw().chars().take(100).map(safe).collect();
    format!("{id}-{}.json", now.format("%Y%m%dT%H%M%S%3fZ"))
}

fn run(command: &mut Command, goose: &Path) -> Result<(), Error> {
    let at = |source| Error::Io { path: goose.to_owned(), source };
    let mut child = command.stderr(Stdio::piped()).spawn().map_err(at)?;
    let err = child.stderr.take();
    // On a thread of its own: a child that says much must not wait for us, nor we for one that hangs.
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut err) = err {
            let _ = err.by_ref().take(WORDS as u64).read_to_end(&mut said);
            let _ = io::copy(&mut err, &mut io::sink());
        }
        said
    });
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(at)? {
            Some(status) => break status,
            None if begun.elapsed() < PATIENCE => std::thread::sleep(TICK),
            None => {
                // Our own child, not yet collected: no other process can be meant.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Error::Refused(format!("no answer within {} s", PATIENCE.as_secs())));
            }
        }
    };
    if status.success() {
        return Ok(());
    }
    let said = said.join().unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
    Err(Error::Refused(text::line(first).into_owned()))
}

fn check(path: &Path, id: &SessionId, messages: u64) -> Result<(), Error> {
    let file = fs::File::open(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    let exported: Exported = serde_json::from_reader(io::BufReader::new(file))
        .map_err(|e| Error::NotWhole(text::line(&e.to_string()).into_owned()))?;
    if exported.id != id.raw() {
        return Err(Error::NotWhole(format!("it is of session {}", text::line(&exported.id))));
    }
    let held = exported.conversation.map_or(0, |all| all.len() as u64);
    if held < messages {
        return Err(Error::NotWhole(format!("it holds {held} of {messages} messages")));
    }
    Ok(())
}
