//! The goose program: where it is, and how it is told which store to use.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

/// Where to look for goose.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    /// What the person named: a flag or `GOOSETOP_GOOSE`. It is this one or none.
    pub named: Option<PathBuf>,
    /// `PATH`.
    pub path: OsString,
    /// The store that a goose started with our own environment uses; it needs no words.
    pub default_store: Option<PathBuf>,
}

impl Finder {
    /// The program.
    pub fn find(&self) -> Option<PathBuf> {
        match &self.named {
            Some(file) => is_program(file).then(|| file.clone()),
            None => on_path(&self.path),
        }
    }

    /// What must change in the environment so that goose uses this store: name and value, `None` to
    /// remove it. `None` for a file that no variable of goose's can lead to (facts 2).
    pub fn env_for(&self, store: &Path) -> Option<EnvChange> {
        // The mark of another session would be false evidence on the new goose.
        let mut change: EnvChange = vec![("AGENT_SESSION_ID", None)];
        if self.default_store.as_deref().is_some_and(|default| same(default, store)) {
            return Some(change);
        }
        if let Some(root) = above(store, &["data", "sessions", "sessions.db"]) {
            change.push(("GOOSE_PATH_ROOT", Some(root.into())));
        } else {
            let data = above(store, &["goose", "sessions", "sessions.db"])?;
            // goose's own variable would win.
            change.push(("GOOSE_PATH_ROOT", None));
            change.push(("XDG_DATA_HOME", Some(data.into())));
        }
        Some(change)
    }
}

/// Variables to set, or to remove.
pub type EnvChange = Vec<(&'static str, Option<OsString>)>;

/// The first goose on a `PATH`; relative folders there are not trusted.
pub fn on_path(path: &OsStr) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) { &["goose.exe", "goose.cmd"] } else { &["goose"] };
    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .flat_map(|dir| names.iter().map(move |name| dir.join(name)))
        .find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

fn same(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    a == b || real(a) == real(b)
}

/// The absolute folder above these last parts.
fn above(path: &Path, parts: &[&str]) -> Option<PathBuf> {
    let mut rest = path;
    for part in parts.iter().rev() {
        if rest.file_name() != Some(OsStr::new(part)) {
            return None;
        }
        rest = rest.parent()?;
    }
    rest.is_absolute().then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_goose_s_own_variables_or_not_at_all() {
        let finder = Finder {
            default_store: Some("/h/.local/share/goose/sessions/sessions.db".into()),
            ..Finder::default()
        };
        let change = |store: &str| {
            let change = finder.env_for(Path::new(store))?;
            Some(
                change
                    .into_iter()
                    .skip(1)
                    .map(|(n, v)| format!("{n}={}", v.unwrap_or_default().display()))
                    .collect::<Vec<_>>(),
            )
        };
        let words = |all: &[&str]| Some(all.iter().map(|&w| w.to_owned()).collect::<Vec<_>>());
        assert_eq!(change("/h/.local/share/goose/sessions/sessions.db"), words(&[]));
        assert_eq!(change("/r/data/sessions/sessions.db"), words(&["GOOSE_PATH_ROOT=/r"]));
        assert_eq!(change("/x/goose/sessions/sessions.db"), words(&["GOOSE_PATH_ROOT=", "XDG_DATA_HOME=/x"]));
        assert_eq!(change("/copy/sessions.db"), None);
        assert_eq!(change("data/sessions/sessions.db"), None);
    }
}
