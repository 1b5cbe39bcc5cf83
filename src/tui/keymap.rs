//! `keys.toml` into a table: which chord, in which scope, asks for which command; and back, for the
//! footer and the help page.

mod chord;

use std::{collections::HashMap, str::FromStr};

use ratatui::crossterm::event::KeyEvent;
use serde::Deserialize;
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

pub use chord::Chord;

use super::command::Command;

const DEFAULT: &str = include_str!("../../assets/keys.toml");

/// Where a key applies; the inner ones come first when several are open.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// The lists of all screens.
    List,
    /// The full-screen details.
    Detail,
    /// The insights.
    Insights,
    /// What a search of all conversations found.
    Results,
    /// In a conversation.
    Reader,
    /// Why, help, sort.
    Dialog,
    /// A plan that a key confirms.
    Confirm,
    /// A plan that a typed word confirms.
    Word,
    /// Naming a project.
    Project,
    /// A run in progress.
    Running,
    /// A report.
    Report,
    /// Before resuming.
    Resume,
    /// The search line.
    Find,
    /// The line for searching all conversations.
    Search,
    /// The filter line.
    Filter,
    /// The command line.
    Palette,
    /// Everywhere.
    Global,
}

impl Scope {
    /// The heading on the help page.
    pub fn title(self) -> &'static str {
        match self {
            Self::List => "in a list",
            Self::Detail => "in the details",
            Self::Insights => "in the insights",
            Self::Results => "in what a search found",
            Self::Reader => "in a conversation",
            Self::Dialog => "in a dialog",
            Self::Confirm => "before something is ended",
            Self::Word => "before many are ended",
            Self::Project => "while naming a project",
            Self::Running => "while something is ended",
            Self::Report => "in a report",
            Self::Resume => "before a session is resumed",
            Self::Find => "while searching",
            Self::Search => "while searching all conversations",
            Self::Filter => "while filtering",
            Self::Palette => "while naming a command",
            Self::Global => "everywhere",
        }
    }
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyMapError {
    /// Not TOML, or not of this shape.
    #[error("the key file cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// No such command.
    #[error("the key file names a command `{name}` that does not exist{hint}")]
    Command {
        /// What was named.
        name: String,
        /// `; did you mean …?` or nothing.
        hint: String,
    },
    /// No such scope.
    #[error("`{command}` has when = \"{when}\"; there are {known}")]
    Scope {
        /// Whose entry.
        command: String,
        /// What was given.
        when: String,
        /// What there is.
        known: String,
    },
    /// Not a key.
    #[error(
        "`{command}` has a key \"{key}\" that cannot be read; keys look like x, X, ctrl-d, shift-tab, f5"
    )]
    Chord {
        /// Whose entry.
        command: String,
        /// What was given.
        key: String,
    },
    /// Two commands want one key.
    #[error("key {key} in scope {scope} is claimed by both `{first}` and `{second}`")]
    Clash {
        /// The key.
        key: String,
        /// Where.
        scope: Scope,
        /// One.
        first: Command,
        /// The other.
        second: Command,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    command: String,
    keys: Vec<String>,
    when: String,
}

/// A line of the table, read.
struct Binding {
    command: Command,
    scope: Scope,
    chords: Vec<Chord>,
}

/// The table.
#[derive(Clone, Debug)]
pub struct KeyMap {
    /// In the order of the file, which is the order of importance for footer and help.
    bindings: Vec<(Scope, Command, Vec<Chord>)>,
    lookup: HashMap<(Scope, Chord), Command>,
}

impl Default for KeyMap {
    /// The embedded table; a test holds that it loads.
    fn default() -> Self {
        Self::load(None).unwrap_or(Self { bindings: Vec::new(), lookup: HashMap::new() })
    }
}

impl KeyMap {
    /// The embedded table with a person's own over it. Their entry replaces the keys of that command
    /// in that scope, and takes its chords away from whatever had them by default; two claims inside
    /// one file are an error that names both.
    pub fn load(user: Option<&str>) -> Result<Self, KeyMapError> {
        let mut bindings = read(DEFAULT)?;
        if let Some(user) = user {
            let own = read(user)?;
            for Binding { scope, command, chords } in own {
                bindings.retain(|b| (b.scope, b.command) != (scope, command));
                for other in bindings.iter_mut().filter(|b| b.scope == scope) {
                    other.chords.retain(|c| !chords.contains(c));
                }
                bindings.push(Binding { command, scope, chords });
            }
        }
        let lookup =
            bindings.iter().flat_map(|b| b.chords.iter().map(|c| ((b.scope, *c), b.command))).collect();
        let bindings = bindings.into_iter().map(|b| (b.scope, b.command, b.chords)).collect();
        Ok(Self { bindings, lookup })
    }

    /// What a key asks for, the innermost scope first.
    pub fn command(&self, key: KeyEvent, scopes: &[Scope]) -> Option<Command> {
        let chord = Chord::from(key);
        scopes.iter().find_map(|scope| self.lookup.get(&(*scope, chord)).copied())
    }

    /// The key to show for a command where these scopes are open; `None` where an inner scope took
    /// it for something else, or there is none.
    pub fn key_for(&self, command: Command, scopes: &[Scope]) -> Option<String> {
        scopes.iter().enumerate().find_map(|(depth, scope)| {
            let chords = self.chords(*scope, command)?;
            let hidden =
                |c: &&Chord| scopes[..depth].iter().any(|inner| self.lookup.contains_key(&(*inner, **c)));
            chords.iter().find(|c| !hidden(c)).map(ToString::to_string)
        })
    }

    /// The whole table, by scope, for the help page.
    pub fn by_scope(&self) -> impl Iterator<Item = (Scope, Vec<(Command, String)>)> + '_ {
        Scope::iter().map(move |scope| {
            let rows = self.bindings.iter().filter(move |(s, _, chords)| *s == scope && !chords.is_empty());
            let rows = rows.map(|(_, command, chords)| {
                let keys: Vec<String> = chords.iter().map(ToString::to_string).collect();
                (*command, keys.join(" "))
            });
            (scope, rows.collect())
        })
    }

    fn chords(&self, scope: Scope, command: Command) -> Option<&[Chord]> {
        self.bindings.iter().find(|(s, c, _)| *s == scope && *c == command).map(|(_, _, k)| k.as_slice())
    }
}

fn read(text: &str) -> Result<Vec<Binding>, KeyMapError> {
    let file: File = toml::from_str(text)?;
    let mut taken: HashMap<(Scope, Chord), Command> = HashMap::new();
    let mut bindings = Vec::new();
    for entry in file.key {
        let command = Command::from_str(&entry.command).map_err(|_| KeyMapError::Command {
            hint: nearest(&entry.command),
            name: entry.command.clone(),
        })?;
        let scope = Scope::from_str(&entry.when).map_err(|_| KeyMapError::Scope {
            command: entry.command.clone(),
            when: entry.when.clone(),
            known: Scope::iter().map(Into::<&str>::into).collect::<Vec<_>>().join(", "),
        })?;
        let mut chords = Vec::new();
        for key in &entry.keys {
            let chord: Chord = key
                .parse()
                .map_err(|()| KeyMapError::Chord { command: entry.command.clone(), key: key.clone() })?;
            if let Some(first) = taken.insert((scope, chord), command) {
                return Err(KeyMapError::Clash { key: chord.to_string(), scope, first, second: command });
            }
            chords.push(chord);
        }
        bindings.push(Binding { command, scope, chords });
    }
    Ok(bindings)
}

fn nearest(name: &str) -> String {
    Command::iter()
        .map(Into::<&'static str>::into)
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map_or_else(String::new, |(_, known)| format!("; did you mean `{known}`?"))
}

#[cfg(test)]
mod tests;
