//! Reads one conversation.

use std::path::Path;

use crate::domain::{
    session::SessionId,
    transcript::{ReadError, Transcript},
};

/// Opens it.
///
/// # Errors
/// As [`ReadError`] says.
pub fn open(_store: &Path, _session: &SessionId) -> Result<Box<dyn Transcript>, ReadError> {
    Err(ReadError::Store("conversations cannot be read yet".into()))
}
