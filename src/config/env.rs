//! The environment as a value: read once at the start, passed down, made up in tests.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use super::{
    error::ConfigError,
    fields::Raw,
    keys::{self, Key},
};

/// What every variable of goosetop starts with.
const PREFIX: &str = "GOOSETOP_";

/// The variables this process was started with.
#[derive(Clone, Debug, Default)]
pub struct Env(BTreeMap<String, OsString>);

impl Env {
    /// The real ones. Names that are not UTF-8 cannot be ours and are left out.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v))).collect())
    }

    /// Made-up ones.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.to_owned(), OsString::from(v))).collect())
    }

    /// The same with another value for one of them.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// A variable that is set and not empty.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0.get(name).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }

    /// The same as text; `None` where it is not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.os(name)?.to_str()
    }

    /// The same as a path, whatever it holds.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.os(name).map(PathBuf::from)
    }

    /// The same as a path; a relative one counts as unset, as XDG and goose both rule.
    pub fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.path(name).filter(|p| p.is_absolute())
    }
}

/// The variable that sets a key: `GOOSETOP_HEALTH_STUCK_AFTER`.
pub fn variable(key: &Key) -> String {
    format!("{PREFIX}{}_{}", key.section, key.name).to_uppercase()
}

/// Every key that the environment sets.
///
/// # Errors
/// A variable that begins like a section (`GOOSETOP_HEALTH_…`) and names no key of it.
pub fn settings(env: &Env) -> Result<Vec<(&'static Key, String, Raw)>, ConfigError> {
    let mut found = Vec::new();
    for (name, value) in env.0.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty()) {
        if let Some(key) = keys::KEYS.iter().find(|key| variable(key) == *name) {
            let value = value.to_string_lossy();
            found.push((key, name.clone(), Raw::of_words(&value)));
        } else if keys::sections().any(|s| name.starts_with(&format!("{PREFIX}{}_", s.to_uppercase()))) {
            let near = keys::nearest(name, keys::KEYS.iter().map(variable));
            return Err(ConfigError::unknown("variable", name, name.clone(), near));
        }
    }
    Ok(found)
}
