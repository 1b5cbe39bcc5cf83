//! The file of the audit log: appended to, a line in one write.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::super::private;

/// An open log.
pub struct LogFile {
    file: File,
    path: PathBuf,
    /// The last line has no end: the next one begins with it.
    torn: bool,
}

impl LogFile {
    /// Opens or makes it, readable by its user alone.
    pub fn open(path: &Path) -> io::Result<Self> {
        private::folder_of(path)?;
        let mut file = private::options().read(true).append(true).create(true).open(path)?;
        let torn = ends_torn(&mut file)?;
        Ok(Self { file, path: path.to_owned(), torn })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line in one write, so that two programs' lines never mix.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(line.len() + 2);
        if self.torn {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        let written = loop {
            match self.file.write(&bytes) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        // Cut off by a full disk: half a line is there.
        self.torn = written > 0 && written < bytes.len();
        if written < bytes.len() {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left for a line"));
        }
        Ok(())
    }

    /// Waits until all of it is on the disk.
    pub fn settle(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn ends_torn(file: &mut File) -> io::Result<bool> {
    // Devices and pipes have no end to look at.
    if !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}
