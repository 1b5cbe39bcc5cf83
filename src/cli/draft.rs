//! A file that is there whole or not at all: written beside its place, and moved there at the end.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::failure::{Failure, Kind};
use crate::domain::text;

/// A file being written. Dropped before [`Draft::publish`], it leaves nothing behind.
pub struct Draft {
    file: File,
    beside: PathBuf,
    target: PathBuf,
    force: bool,
    published: bool,
}

impl Draft {
    /// Begins a file for its owner's eyes alone.
    ///
    /// # Errors
    /// The target is there and not to be replaced, or nothing can be written beside it.
    pub fn begin(target: &Path, force: bool) -> Result<Self, Failure> {
        match fs::symlink_metadata(target) {
            Ok(found) if !force => return Err(exists(target, found.is_dir())),
            // Moving a file onto a device would take the device away.
            Ok(found) if !found.is_file() => {
                let hint = "name a file; a pipe or a device takes the output without -o";
                return Err(Failure::new(
                    Kind::Usage,
                    format!("{} is no regular file", text::path(target, None)),
                    hint,
                ));
            }
            _ => {}
        }
        let name = target.file_name().ok_or_else(|| {
            Failure::new(
                Kind::Usage,
                format!("{} names no file", text::path(target, None)),
                "give -o a file name",
            )
        })?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let beside = target.with_file_name(hidden);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&beside).map_err(|e| failed(target, &e))?;
        Ok(Self { file, beside, target: target.to_owned(), force, published: false })
    }

    /// Adds to it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&mut self, data: &str) -> Result<(), Failure> {
        self.file.write_all(data.as_bytes()).map_err(|e| failed(&self.target, &e))
    }

    /// Puts it in its place, on the disk.
    ///
    /// # Errors
    /// Somebody made that file meanwhile, or what the operating system says.
    pub fn publish(mut self) -> Result<(), Failure> {
        self.file.sync_all().map_err(|e| failed(&self.target, &e))?;
        if self.force {
            fs::rename(&self.beside, &self.target).map_err(|e| failed(&self.target, &e))?;
            self.published = true;
            return Ok(());
        }
        // A link fails where something is; a rename would replace it.
        match fs::hard_link(&self.beside, &self.target) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(exists(&self.target, false)),
            // A filesystem without links.
            Err(_) if fs::symlink_metadata(&self.target).is_err() => {
                fs::rename(&self.beside, &self.target).map_err(|e| failed(&self.target, &e))?;
                self.published = true;
                Ok(())
            }
            Err(e) => Err(failed(&self.target, &e)),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn exists(target: &Path, folder: bool) -> Failure {
    let target = text::path(target, None);
    if folder {
        return Failure::new(Kind::Usage, format!("{target} is a folder"), "give -o a file name");
    }
    Failure::new(Kind::Usage, format!("{target} is there already"), "--force replaces it")
}

fn failed(target: &Path, error: &io::Error) -> Failure {
    Failure::new(Kind::Io, format!("{} cannot be written: {error}", text::path(target, None)), "")
}
