//! What is read once per process: arguments and the few variables that matter.

use std::{
    ffi::OsStr,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

use super::{environ, root::Root};
use crate::domain::process::ProcEnv;

/// Longest command line that is kept, bytes: a program may carry megabytes of arguments, nobody
/// reads them here.
const LONGEST_CMDLINE: u64 = 128 * 1024;

/// How far an environment is read, bytes.
const LONGEST_ENVIRON: u64 = 1024 * 1024;

/// Appended by the kernel to the name of a file or directory that was removed.
pub const DELETED: &str = " (deleted)";

/// The arguments; empty where unreadable.
pub fn argv(root: &Root, pid: u32) -> Vec<String> {
    let bytes = root.read(pid, "cmdline", LONGEST_CMDLINE).unwrap_or_default();
    // A program that renames itself leaves NULs behind its new title.
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    if end == 0 {
        return Vec::new();
    }
    bytes[..end].split(|b| *b == 0).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect()
}

/// The variables; `None` where the system refuses.
pub fn env(root: &Root, pid: u32) -> Option<ProcEnv> {
    let bytes = root.read(pid, "environ", LONGEST_ENVIRON).ok()?;
    Some(environ::settled(environ::kept(bytes.split(|b| *b == 0).map(OsStr::from_bytes))))
}

/// The working directory. A removed one keeps its old name, which is what a session's row has.
pub fn cwd(root: &Root, pid: u32) -> Option<PathBuf> {
    let path = root.link(pid, "cwd").ok()?;
    let Some(name) = path.as_os_str().as_bytes().strip_suffix(DELETED.as_bytes()) else { return Some(path) };
    Some(PathBuf::from(std::ffi::OsString::from_vec(name.to_vec())))
}

/// The real user, from `status`: the owner of /proc/PID is the effective one, or root for a process
/// that may not be dumped.
pub fn uid(root: &Root, pid: u32) -> Option<u32> {
    let mut buf = [0; 4096];
    let status = root.read_small(pid, "status", &mut buf).ok()?;
    // The line `Name:` comes first and has its line breaks escaped.
    let line = status.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(b"Uid:"))?;
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().next()?.parse().ok()
}
