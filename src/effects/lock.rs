//! One at a time: locks that a program holds while it lives, however it ends.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::private;

/// Locks that are held until this is dropped.
#[derive(Debug)]
pub struct Locks {
    _files: Vec<File>,
}

/// Somebody else holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub path: PathBuf,
    /// By whom, as the holder wrote it.
    pub pid: Option<u32>,
}

/// Takes all of them, or none.
///
/// # Errors
/// A file that cannot be made or locked.
pub fn take(paths: &[PathBuf]) -> io::Result<Result<Locks, Held>> {
    let mut files = Vec::new();
    for path in paths {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // A word for the person who wonders; the lock itself is what counts.
                let _ = file.read_to_string(&mut holder);
                return Ok(Err(Held { path: path.clone(), pid: holder.trim().parse().ok() }));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        files.push(file);
    }
    Ok(Ok(Locks { _files: files }))
}

/// The file stays when the lock goes: removing it would let two hold one name.
fn open(path: &Path) -> io::Result<File> {
    private::folder_of(path)?;
    private::options().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_none_and_free_again_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.lock", "b.lock"].map(|name| folder.path().join("state").join(name));
        let first = take(std::slice::from_ref(&b)).unwrap().unwrap();
        let held = take(&[a.clone(), b.clone()]).unwrap().unwrap_err();
        assert_eq!(held, Held { path: b.clone(), pid: Some(std::process::id()) });
        let alone = take(std::slice::from_ref(&a)).unwrap();
        assert!(alone.is_ok(), "what was taken before the refusal was given back");
        drop((first, alone));
        assert!(take(&[a, b]).unwrap().is_ok());
    }
}
