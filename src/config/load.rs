//! Laying the layers on top of each other, and remembering which one spoke last.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{
    Config,
    env::{self, Env},
    error::ConfigError,
    fields::Raw,
    file,
    keys::{self, Key},
    paths, validate,
};
use crate::domain::text;

/// Where a value came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    #[default]
    Default,
    /// A file and the line in it.
    File(PathBuf, usize),
    /// A variable.
    Variable(String),
    /// A flag, `--set` included.
    Flag(String),
    /// Found by a rule: goose's own variable or its usual place.
    Found(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}, line {line}", text::path(path, None)),
            Self::Variable(name) | Self::Flag(name) | Self::Found(name) => f.write_str(name),
        }
    }
}

/// What the command line says about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `--config`: this file, which must exist.
    pub file: Option<PathBuf>,
    /// `--set section.key=value`.
    pub sets: Vec<String>,
    /// Flags that stand for a key: (key, flag, value).
    pub flags: Vec<(&'static str, &'static str, String)>,
    /// `--db`.
    pub databases: Vec<PathBuf>,
}

/// The configuration with its history.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// Who set them; a key that is missing here has its default.
    origins: BTreeMap<String, Origin>,
    /// The file that was read, if there is one.
    pub file: Option<PathBuf>,
    /// Why the stored settings could not be used and the defaults stand instead; only where somebody asked
    /// for that with [`load_anyway`].
    pub fault: Option<ConfigError>,
}

impl Loaded {
    /// Who set a key.
    pub fn origin(&self, key: &Key) -> Origin {
        self.origins.get(&key.path()).cloned().unwrap_or_default()
    }

    fn put(&mut self, key: &'static Key, raw: &Raw, origin: Origin) -> Result<(), ConfigError> {
        (key.set)(&mut self.config, raw).map_err(|why| {
            let error =
                ConfigError::new(format!("bad value for `{}`: {why}", key.path()), origin.to_string());
            if matches!(origin, Origin::Flag(_)) { error.typed() } else { error }
        })?;
        self.origins.insert(key.path(), origin);
        Ok(())
    }
}

/// Reads every layer.
///
/// # Errors
/// The first setting that cannot be used, with its place and what to do.
pub fn load(asked: &Asked, env: &Env) -> Result<Loaded, ConfigError> {
    let mut loaded = Loaded::default();
    if let Some((path, content)) = read_file(asked, env)? {
        for setting in file::parse(&content, &path)? {
            loaded.put(setting.key, &setting.value, Origin::File(path.clone(), setting.line))?;
        }
        loaded.file = Some(path);
    }
    for (key, variable, raw) in env::settings(env)? {
        loaded.put(key, &raw, Origin::Variable(variable))?;
    }
    for set in &asked.sets {
        let (key, raw) = parse_set(set)?;
        loaded.put(key, &raw, Origin::Flag("--set".into()))?;
    }
    for (path, flag, value) in &asked.flags {
        let Some(key) = keys::find(path) else { continue };
        loaded.put(key, &Raw::of_words(value), Origin::Flag((*flag).to_owned()))?;
    }
    resolve_stores(&mut loaded, asked, env);
    validate::all(&loaded)?;
    Ok(loaded)
}

/// As [`load`], but settings that are stored somewhere and cannot be used become a fault beside the
/// defaults.
///
/// # Errors
/// A mistake in what was typed just now.
pub fn load_anyway(asked: &Asked, env: &Env) -> Result<Loaded, ConfigError> {
    load(asked, env).or_else(|fault| {
        if fault.typed {
            return Err(fault);
        }
        let mut loaded = Loaded { fault: Some(fault), ..Loaded::default() };
        resolve_stores(&mut loaded, asked, env);
        Ok(loaded)
    })
}

fn read_file(asked: &Asked, env: &Env) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let Some(path) = asked.file.clone().or_else(|| paths::config_file(env)) else { return Ok(None) };
    match std::fs::read(&path) {
        Ok(bytes) => decode(&path, bytes).map(|content| Some((path, content))),
        Err(e) if e.kind() == io::ErrorKind::NotFound && asked.file.is_none() => Ok(None),
        Err(e) => {
            let error =
                ConfigError::new(format!("cannot read the configuration: {e}"), text::path(&path, None));
            let hint = "name another file with --config, or fix its permissions".into();
            Err(ConfigError { hint, typed: asked.file.is_some(), ..error })
        }
    }
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    String::from_utf8(bytes).map_err(|e| {
        let read = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = read.split(|byte| *byte == b'\n').count();
        ConfigError::new("not TOML: not UTF-8 text", format!("{}, line {line}", text::path(path, None)))
    })
}

fn parse_set(set: &str) -> Result<(&'static Key, Raw), ConfigError> {
    let Some((path, value)) = set.split_once('=') else {
        let what = format!("`{}` is not of the form section.key=value", text::line(set));
        return Err(ConfigError::new(what, "--set").typed());
    };
    let path = path.trim();
    let key = keys::find(path).ok_or_else(|| {
        let near = keys::nearest(path, keys::KEYS.iter().map(Key::path));
        ConfigError::unknown("key", path, "--set".into(), near).typed()
    })?;
    Ok((key, Raw::of_words(value)))
}

fn resolve_stores(loaded: &mut Loaded, asked: &Asked, env: &Env) {
    let (databases, rule) = paths::stores(&asked.databases, env, &loaded.config.store.databases);
    loaded.config.store.databases = databases;
    let origin = match rule {
        paths::StoreRule::Config => return,
        paths::StoreRule::Flag => Origin::Flag(rule.to_string()),
        paths::StoreRule::Variable => Origin::Variable(rule.to_string()),
        paths::StoreRule::PathRoot | paths::StoreRule::Usual => Origin::Found(rule.to_string()),
    };
    loaded.origins.insert("store.databases".into(), origin);
}
