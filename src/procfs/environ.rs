//! The few variables that are kept. Everything else of an environment, secrets above all, is
//! dropped where it is read.

use std::{ffi::OsStr, path::PathBuf};

use crate::domain::process::ProcEnv;

/// Keeps `NAME=value` if it is one of ours. The first of two equal names counts, as for `getenv`.
pub fn keep(env: &mut ProcEnv, name: &[u8], value: &OsStr) {
    let text = |slot: &mut Option<String>| {
        slot.get_or_insert_with(|| value.to_string_lossy().into_owned());
    };
    let path = |slot: &mut Option<PathBuf>| {
        slot.get_or_insert_with(|| PathBuf::from(value));
    };
    match name {
        b"AGENT_SESSION_ID" => text(&mut env.session_marker),
        b"GOOSE_PATH_ROOT" => path(&mut env.path_root),
        b"XDG_DATA_HOME" => path(&mut env.data_home),
        b"HOME" => path(&mut env.home),
        b"TMUX" => text(&mut env.tmux),
        b"TMUX_PANE" => text(&mut env.tmux_pane),
        _ => {}
    }
}

/// What of an environment is kept, from `NAME=value` entries; an empty value counts as not set.
pub fn kept<'a>(entries: impl Iterator<Item = &'a OsStr>) -> ProcEnv {
    let mut env = ProcEnv::default();
    for entry in entries {
        let bytes = entry.as_encoded_bytes();
        let Some(at) = bytes.iter().position(|b| *b == b'=') else { continue };
        if at + 1 == bytes.len() {
            continue;
        }
        keep(&mut env, &bytes[..at], &after_equals(entry, at));
    }
    env
}

/// Makes paths comparable with those of open files, which never go through links, and forgets a home
/// without a store.
pub fn settled(mut env: ProcEnv) -> ProcEnv {
    for path in [&mut env.path_root, &mut env.data_home, &mut env.home].into_iter().flatten() {
        if let Ok(real) = std::fs::canonicalize(&*path) {
            *path = real;
        }
    }
    env.home = env.home.filter(|home| home.join(".local/share/goose/sessions").is_dir());
    env
}

#[cfg(unix)]
fn after_equals(entry: &OsStr, at: usize) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(&entry.as_bytes()[at + 1..]).to_owned()
}

#[cfg(not(unix))]
fn after_equals(entry: &OsStr, _at: usize) -> std::ffi::OsString {
    let text = entry.to_string_lossy();
    text.split_once('=').map(|(_, value)| value).unwrap_or_default().into()
}
