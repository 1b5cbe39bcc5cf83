//! The search over legacy files that the database does not hold.

use std::{
    collections::HashSet,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use super::{
    found::Found,
    query::{Query, Seen, tool_in},
};
use crate::{
    domain::{
        beat::is_hidden,
        session::SessionId,
        transcript::{Anchor, Hit, Message, ReadError, Transcript},
    },
    sources::{goose_db::files::modified, transcript::Jsonl},
};

/// Messages before a tool's response in which its request is looked for.
const REQUEST_WITHIN: usize = 20;

/// Files beside the store whose sessions are not among `known`, the one written last first.
pub fn files(store: &Path, known: impl FnOnce() -> HashSet<String>) -> Vec<(SessionId, PathBuf)> {
    let dir = store.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut files: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .filter_map(|path| {
            let meta = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            Some((modified(&meta).ok()?, path))
        })
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    files.sort_unstable();
    let known = known();
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let unknown = files.into_iter().rev().filter_map(|(_, path)| Some((stem(&path)?, path)));
    unknown.filter(|(id, _)| !known.contains(id)).map(|(id, path)| (SessionId::new(id), path)).collect()
}

/// Searches one file from its end. A file that cannot be read has nothing to say.
pub fn search(
    session: &SessionId,
    path: PathBuf,
    query: &Query,
    cancel: &AtomicBool,
) -> Result<Found, ReadError> {
    let written = fs::metadata(&path).ok().and_then(|meta| modified(&meta).ok());
    let down_to = written.map(|at| at.timestamp());
    let mut transcript = Jsonl::new(path);
    let mut candidates: Vec<Hit> = Vec::new();
    let mut look_up = Vec::new();
    let result = transcript.walk(Anchor::End, &|json| query.matcher.worth(json), cancel, &mut |message| {
        let mut asked = false;
        let hit = hit(query, session, message, &mut |_| {
            asked = true;
            None
        });
        if asked && hit.is_none() {
            look_up.push((candidates.len(), message.clone()));
        }
        candidates.extend(hit);
        ControlFlow::Continue(())
    });
    match result {
        Err(ReadError::Cancelled) => return Err(ReadError::Cancelled),
        Err(_) => return Ok(Found::default()),
        Ok(()) => {}
    }
    // Responses whose tool has to be looked up stand where they were met.
    for (at, message) in look_up.into_iter().rev() {
        let before = transcript.page(Anchor::Before(message.place), REQUEST_WITHIN)?;
        let mut tool_of = |call: &str| before.messages.iter().rev().find_map(|m| tool_in(&m.parts, call));
        if let Some(hit) = hit(query, session, &message, &mut tool_of) {
            candidates.insert(at, hit);
        }
    }
    let messages = transcript.extent().map_or(0, |extent| extent.messages);
    Ok(Found { messages, fit: candidates.len() as u64, hits: candidates, down_to })
}

fn hit(
    query: &Query,
    session: &SessionId,
    message: &Message,
    tool_of: &mut dyn FnMut(&str) -> Option<String>,
) -> Option<Hit> {
    let (place, at, hidden) = (message.place, message.created_at, is_hidden(message));
    if hidden && !query.hidden || !query.may_fit(at, || message.role.clone()) {
        return None;
    }
    query.hit(&Seen { session, place, role: &message.role, hidden, at, parts: &message.parts }, tool_of)
}
