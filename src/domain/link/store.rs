//! Which store a process writes. Ids repeat across stores (`20261121_1` exists in every one), so a
//! process of another store must never be tied to a session of this one.

use std::path::Path;

use crate::domain::process::Proc;

/// Whether `proc` writes the store at `path`: known from its open files, else from its variables.
/// `None` where neither tells.
pub fn writes(proc: &Proc, path: &Path) -> Option<bool> {
    if let Some(files) = &proc.files
        && !files.stores.is_empty()
    {
        return Some(files.stores.iter().any(|s| s == path));
    }
    let (store, _) = proc.env.as_ref()?.store()?;
    Some(store == path)
}
