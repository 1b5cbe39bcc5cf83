//! Folders and files that only their user may read.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    path::Path,
};

/// Makes a folder, and those above it that are missing: 0700.
///
/// # Errors
/// What the system says. A folder that exists is fine, whatever its mode.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The folder of a file, as [`folder`]; nothing where its path names none.
///
/// # Errors
/// As [`folder`].
pub fn folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), folder)
}

/// How a file is opened that is 0600 where it is made.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
