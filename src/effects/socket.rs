//! A unix socket for one's own programs: 0600 in a folder of 0700.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use crate::domain::text;

/// A socket that is listened on. The file goes with it.
#[derive(Debug)]
pub struct Socket {
    /// To be listened on, without blocking.
    pub listener: UnixListener,
    path: PathBuf,
    /// Of the file that was made: another server's is not taken away.
    inode: u64,
}

impl Socket {
    /// Makes it, and its folder. One that a dead server left is replaced.
    ///
    /// # Errors
    /// Somebody listens there already; the folder is another's or open to others; what the system says.
    /// Each as a sentence.
    pub fn bind(path: &Path) -> Result<Self, String> {
        let place = text::path(path, None);
        let system = |e: io::Error| format!("{place} cannot be listened on: {e}");
        let folder = path.parent().ok_or_else(|| format!("{place} has no folder"))?;
        private(folder)?;
        if let Ok(there) = fs::symlink_metadata(path) {
            if !there.file_type().is_socket() {
                return Err(format!("{place} is there already and is no socket"));
            }
            if UnixStream::connect(path).is_ok() {
                return Err(format!("another server listens on {place}"));
            }
            fs::remove_file(path).map_err(system)?;
        }
        let listener = UnixListener::bind(path).map_err(system)?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(system)?;
        listener.set_nonblocking(true).map_err(system)?;
        let inode = fs::symlink_metadata(path).map_err(system)?.ino();
        Ok(Self { listener, path: path.to_owned(), inode })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|there| there.ino() == self.inode) {
            // It will be found dead and replaced next time where this fails.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The folder is ours and nobody else's.
fn private(folder: &Path) -> Result<(), String> {
    let place = text::path(folder, None);
    let made = super::private::folder(folder);
    made.map_err(|e| format!("the folder {place} cannot be made: {e}"))?;
    let there = fs::metadata(folder).map_err(|e| format!("the folder {place} cannot be read: {e}"))?;
    if there.uid() != rustix::process::getuid().as_raw() {
        return Err(format!("the folder {place} is another user's"));
    }
    if there.mode() & 0o077 != 0 {
        return Err(format!("the folder {place} is open to others; chmod 700 it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_servers_socket_is_replaced_and_a_living_ones_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run").join("api.sock");
        let first = Socket::bind(&path).unwrap();
        let modes = [&path, path.parent().unwrap()].map(|p| fs::metadata(p).unwrap().mode() & 0o777);
        assert_eq!(modes, [0o600, 0o700]);
        assert!(Socket::bind(&path).unwrap_err().contains("another server listens"));
        std::mem::forget(first);
    }

    #[test]
    fn a_folder_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        assert!(Socket::bind(&dir.path().join("api.sock")).unwrap_err().contains("chmod 700"));
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
        fs::write(dir.path().join("api.sock"), "").unwrap();
        assert!(Socket::bind(&dir.path().join("api.sock")).unwrap_err().contains("is no socket"));
    }

    #[test]
    fn it_goes_with_the_server() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run").join("api.sock");
        drop(Socket::bind(&path).unwrap());
        assert!(!path.exists());
    }
}
