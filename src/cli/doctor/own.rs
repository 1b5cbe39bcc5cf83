//! goosetop's own files: configuration, keys, theme, the audit log. Looked at, never written.

use std::path::Path;

use super::Check;
use crate::{
    cli::{Context, dashboard},
    domain::text,
    world::World,
};

/// All of it.
pub fn all(context: &Context) -> Vec<Check> {
    vec![config(context), keys_and_theme(context), audit(context)]
}

/// Which file was read, and what is wrong with it.
fn config(context: &Context) -> Check {
    if let Some(fault) = &context.loaded.fault {
        let seen = format!("{} ({}); looked at with the defaults instead", fault.what, fault.place);
        return Check::fail("config", seen, fault.hint.clone());
    }
    match &context.loaded.file {
        Some(path) => Check::ok("config", text::path(path, None)),
        None => Check::ok("config", "no file; everything has its default"),
    }
}

fn keys_and_theme(context: &Context) -> Check {
    match dashboard::options(context, context.config()) {
        Ok(_) => Check::ok("keys", "keys and theme can be used"),
        Err(why) => {
            let todo = if why.hint.is_empty() { "mend it or move it away".into() } else { why.hint };
            Check::fail("keys", why.what, todo)
        }
    }
}

fn audit(context: &Context) -> Check {
    let Some(path) = World::audit_log(&context.env) else {
        let todo = "set HOME or XDG_STATE_HOME: actions are refused without a record of them";
        return Check::fail("audit", "no place for the audit log", todo);
    };
    let shown = text::path(&path, None);
    if !can_write(&path) {
        let todo = "make it (or its folder) writable for you: every action is written down there";
        return Check::fail("audit", format!("{shown} cannot be written"), todo);
    }
    if path.exists() && is_open_to_others(&path) {
        return Check::warn("audit", format!("{shown} can be read by others"), "chmod 600 it");
    }
    Check::ok("audit", shown)
}

/// The file, or where there is none yet the nearest folder above it that exists.
#[cfg(unix)]
fn can_write(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    let nearest = path.ancestors().find(|p| p.exists());
    nearest.is_some_and(|p| access(p, Access::WRITE_OK).is_ok() && (p == path || (p.is_dir() && !is_proc(p))))
}

/// The kernel's own folders take no files, though they let root in.
#[cfg(target_os = "linux")]
fn is_proc(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|fs| fs.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_proc(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn can_write(_: &Path) -> bool {
    true
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.metadata().is_ok_and(|meta| meta.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_not_there_yet_needs_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("goosetop/audit.jsonl");
        assert!(can_write(&log));
        std::fs::write(dir.path().join("goosetop"), "in the way").unwrap();
        assert!(!can_write(&log));
        #[cfg(target_os = "linux")]
        assert!(!can_write(Path::new("/proc/nobody/goosetop/audit.jsonl")));
    }
}
