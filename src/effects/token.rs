//! The token file of the API: made at the first start, 0600, read by whoever is its user.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use super::{private, random};
use crate::domain::text;

/// What the file holds; it is made where there is none.
///
/// # Errors
/// A file that cannot be read or made, or that others may read, as a sentence.
pub fn read_or_make(path: &Path) -> Result<String, String> {
    let place = text::path(path, None);
    private::folder_of(path).map_err(|e| format!("the folder of {place} cannot be made: {e}"))?;
    match private::options().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            let word = random::word().map_err(|e| format!("no random number for the token: {e}"))?;
            let written = file.write_all(word.as_bytes()).and_then(|()| file.sync_all());
            if let Err(e) = written {
                // Half a token would be taken for one next time.
                let _ = fs::remove_file(path);
                return Err(format!("the token file {place} cannot be written: {e}"));
            }
            Ok(word)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            is_private(path, &place).map_err(|why| format!("{why}, or remove it to get a new one"))?;
            read(path)
        }
        Err(e) => Err(format!("the token file {place} cannot be made: {e}")),
    }
}

/// What the file holds.
///
/// # Errors
/// As [`read_or_make`]; there is none.
pub fn read(path: &Path) -> Result<String, String> {
    let place = text::path(path, None);
    let unreadable = |e: io::Error| format!("the token file {place} cannot be read: {e}");
    is_private(path, &place)?;
    Ok(fs::read_to_string(path).map_err(unreadable)?.trim().to_owned())
}

#[cfg(unix)]
fn is_private(path: &Path, place: &str) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let there = fs::metadata(path).map_err(|e| format!("the token file {place} cannot be read: {e}"))?;
    let others = there.mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(format!("the token file {place} may be read by others; chmod 600 it"))
}

#[cfg(not(unix))]
fn is_private(_path: &Path, _place: &str) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn it_is_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state").join("api-token");
        let word = read_or_make(&path).unwrap();
        assert_eq!(word.len(), 64);
        assert_eq!(read_or_make(&path).unwrap(), word);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let (ours, anybodys) = (read_or_make(&path).unwrap_err(), read(&path).unwrap_err());
        assert!(ours.ends_with("chmod 600 it, or remove it to get a new one"), "{ours}");
        assert!(anybodys.ends_with("chmod 600 it"), "who only reads it gets no new one: {anybodys}");
    }
}
