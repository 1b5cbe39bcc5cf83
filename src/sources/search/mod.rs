//! Searches every conversation of a store.

use std::{path::Path, sync::atomic::AtomicBool};

use crate::domain::transcript::{Hit, ReadError, Searched, Wanted};

/// What a search tells while it runs.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message that fits.
    Hit(Hit),
    /// How far it is.
    Progress(Searched),
}

/// Searches, newest first.
///
/// # Errors
/// As [`ReadError`] says.
pub fn run(
    _store: &Path,
    _wanted: &Wanted,
    _cancel: &AtomicBool,
    _tell: &mut dyn FnMut(Event),
) -> Result<(), ReadError> {
    Err(ReadError::Store("conversations cannot be searched yet".into()))
}
