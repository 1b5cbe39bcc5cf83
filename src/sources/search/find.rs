//! Searching in one conversation, for the reader.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use super::Matcher;
use crate::domain::transcript::{Anchor, Place, ReadError, Transcript};

/// The next message beyond `from` that fits, in one direction.
///
/// # Errors
/// As [`ReadError`] says; `Cancelled` once `cancel` is set.
pub fn find_in(
    transcript: &mut dyn Transcript,
    matcher: &Matcher,
    from: Place,
    forward: bool,
    cancel: &AtomicBool,
) -> Result<Option<Place>, ReadError> {
    let mut found = None;
    let anchor = if forward { Anchor::After(from) } else { Anchor::Before(from) };
    transcript.walk(anchor, &|json| matcher.worth(json), cancel, &mut |message| {
        if matcher.fits(message) {
            found = Some(message.place);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Every message that fits, oldest first.
///
/// # Errors
/// As [`ReadError`] says; `Cancelled` once `cancel` is set.
pub fn all_in(
    transcript: &mut dyn Transcript,
    matcher: &Matcher,
    cancel: &AtomicBool,
) -> Result<Vec<Place>, ReadError> {
    let mut found = Vec::new();
    transcript.walk(Anchor::Start, &|json| matcher.worth(json), cancel, &mut |message| {
        if matcher.fits(message) {
            found.push(message.place);
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// How many messages fit.
///
/// # Errors
/// As [`ReadError`] says; `Cancelled` once `cancel` is set.
pub fn count_in(
    transcript: &mut dyn Transcript,
    matcher: &Matcher,
    cancel: &AtomicBool,
) -> Result<u64, ReadError> {
    all_in(transcript, matcher, cancel).map(|found| found.len() as u64)
}
