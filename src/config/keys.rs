//! Every key, once. File, environment, `--set`, flags and `goosetop config` all walk this table.

use super::{
    Config,
    fields::{Field, Raw},
};

/// One key of the configuration.
pub struct Key {
    /// `health`, `ui`, ...
    pub section: &'static str,
    /// `stuck_after`, ...
    pub name: &'static str,
    /// Writes the effective value as TOML.
    pub show: fn(&Config) -> String,
    /// Sets it.
    pub set: fn(&mut Config, &Raw) -> Result<(), String>,
}

impl Key {
    /// `health.stuck_after`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

macro_rules! keys {
    ($($section:ident { $($name:ident)* })*) => {
        /// The table, in the order of `assets/config.toml`.
        pub const KEYS: &[Key] = &[$($(Key {
            section: stringify!($section),
            name: stringify!($name),
            show: |config| Field::show(&config.$section.$name),
            set: |config, raw| {
                config.$section.$name = Field::read(raw)?;
                Ok(())
            },
        },)*)*];
    };
}

keys! {
    health {
        stuck_after orphaned_after max_inactivity tool_timeout model_warn model_stuck not_picked_up
        loop_repeats error_streak spinning_for spinning_cpu memory_limit context_full cost_per_hour
        extension_start interrupted_within
    }
    actions { grace protect include_attached read_only }
    poll { interval sweep }
    watch { interval auto_clean grace max_per_run hook hook_timeout }
    timeouts { default extended max_inactivity heartbeat enforce }
    store { databases legacy }
    ui { theme ascii mouse panes notify }
    serve { host port close_on_exit origins hosts connections requests patience }
}

/// A key by its path, `health.stuck_after`.
pub fn find(path: &str) -> Option<&'static Key> {
    let (section, name) = path.split_once('.')?;
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// Sets a key from its words, as a flag would.
///
/// # Errors
/// A sentence: no such key, or not a value of it.
pub fn set(config: &mut Config, path: &str, words: &str) -> Result<(), String> {
    let key = find(path).ok_or_else(|| format!("there is no key {path}"))?;
    (key.set)(config, &Raw::of_words(words))
}

/// The sections, each once, in order.
pub fn sections() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    KEYS.iter()
        .map(|key| key.section)
        .filter(move |section| std::mem::replace(&mut last, section) != *section)
}

/// The candidate most like `name`; `None` where none is alike.
pub fn nearest(name: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    /// Likeness (0 to 1) below which a suggestion confuses more than it helps.
    const ALIKE: f64 = 0.7;
    let scored = candidates.into_iter().map(|c| (strsim::jaro_winkler(name, &c), c));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, c)| c)
}
