//! An open /proc (or a tree laid out like it) and the few ways files are read below it.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::ffi::OsStringExt},
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags, RawDir};

/// Room for one batch of names; a listing of 2,000 processes takes a few.
const NAMES_BUFFER: usize = 16 * 1024;

/// Holds nearly every command line and environment, bytes.
const ORDINARY: usize = 8 * 1024;

/// The open directory. Everything below is opened relative to it.
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
    path: PathBuf,
}

impl Root {
    /// Opens the directory.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// The numeric names, ascending, into `pids`.
    pub fn pids(&self, pids: &mut Vec<u32>) -> io::Result<()> {
        pids.clear();
        let mut buf = [MaybeUninit::uninit(); NAMES_BUFFER];
        let mut dir = RawDir::new(&self.fd, &mut buf);
        while let Some(entry) = dir.next() {
            pids.extend(number(entry?.file_name().to_bytes()));
        }
        pids.sort_unstable();
        pids.dedup();
        Ok(())
    }

    /// Who we are according to this tree.
    pub fn own_pid(&self) -> Option<u32> {
        number(rustix::fs::readlinkat(&self.fd, "self", Vec::new()).ok()?.as_bytes())
    }

    /// The beginning of a small file of a process, in one read where the kernel gives it in one.
    pub fn read_small<'b>(&self, pid: u32, name: &str, buf: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let fd = self.open_file(&format!("{pid}/{name}"))?;
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&fd, &mut *buf))?;
        Ok(&buf[..length])
    }

    /// A file of a process up to `limit` bytes.
    pub fn read(&self, pid: u32, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let fd = self.open_file(&format!("{pid}/{name}"))?;
        let mut buf = [0; ORDINARY];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&fd, &mut buf[..]))?;
        let mut content = buf[..length].to_vec();
        // A short read is the end: the usual case takes no second call.
        if length == ORDINARY {
            File::from(fd).take(limit.saturating_sub(ORDINARY as u64)).read_to_end(&mut content)?;
        }
        Ok(content)
    }

    /// A file of the system, in one read.
    pub fn read_system<'b>(&self, name: &str, buf: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let fd = self.open_file(name)?;
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&fd, &mut *buf))?;
        Ok(&buf[..length])
    }

    /// What a link of a process says.
    pub fn link(&self, pid: u32, name: &str) -> io::Result<PathBuf> {
        let target = rustix::fs::readlinkat(&self.fd, format!("{pid}/{name}"), Vec::new())?;
        Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
    }

    /// Where a file of a process is.
    pub fn path(&self, pid: u32, name: &str) -> PathBuf {
        self.path.join(pid.to_string()).join(name)
    }

    fn open_file(&self, name: &str) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?)
    }
}

fn number(name: &[u8]) -> Option<u32> {
    if !name.first()?.is_ascii_digit() {
        return None;
    }
    std::str::from_utf8(name).ok()?.parse().ok().filter(|pid| *pid > 0)
}
