//! How one value is read from a file, a variable or a flag, and written back.

use std::{path::PathBuf, str::FromStr, time::Duration};

use toml::de::DeValue;

use super::durations;
use crate::domain::{diff::Notify, health::Health, plan::AutoClean};

/// A value before it is known what it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// `"…"`, or words of a flag.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A list.
    List(Vec<Raw>),
    /// Something no key takes, by TOML's name for it.
    Other(&'static str),
}

impl Raw {
    /// From words outside a file: read as TOML where they are TOML, else taken as they are, so that
    /// both `5m` and `["a", "b"]` work.
    pub fn of_words(words: &str) -> Self {
        match DeValue::parse(words.trim()).map(|v| Self::of_toml(v.get_ref())) {
            Ok(Self::Other(_)) | Err(_) => Self::Text(words.to_owned()),
            Ok(raw) => raw,
        }
    }

    /// From a parsed file.
    pub fn of_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(s) => Self::Text(s.to_string()),
            DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix())
                .map_or(Self::Other("integer out of range"), Self::Int),
            DeValue::Float(f) => f.as_str().parse().map_or(Self::Other("float"), Self::Float),
            DeValue::Boolean(b) => Self::Bool(*b),
            DeValue::Array(items) => Self::List(items.iter().map(|v| Self::of_toml(v.get_ref())).collect()),
            other => Self::Other(other.type_str()),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }

    fn wanted<T>(&self, wanted: &str) -> Result<T, String> {
        Err(match self {
            Self::Text(t) => format!("`{}` is not {wanted}", crate::domain::text::line(t)),
            other => format!("it is {}, and should be {wanted}", other.kind()),
        })
    }
}

/// A type that a key can have.
pub trait Field: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// One sentence: what it is and what it should be.
    fn read(raw: &Raw) -> Result<Self, String>;
    /// Writes it as TOML.
    fn show(&self) -> String;
}

impl Field for Duration {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) => durations::parse_duration(text),
            Raw::Int(seconds) => durations::parse_duration(&seconds.to_string()),
            other => other.wanted("a duration such as \"30m\""),
        }
    }
    fn show(&self) -> String {
        quoted(&durations::show_duration(*self))
    }
}

/// A size in bytes: the only key type of 64 bits.
impl Field for u64 {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) => durations::parse_size(text),
            Raw::Int(bytes) => durations::parse_size(&bytes.to_string()),
            other => other.wanted("a size such as \"2GiB\""),
        }
    }
    fn show(&self) -> String {
        quoted(&durations::show_size(*self))
    }
}

/// A count.
impl Field for usize {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Int(n) => Self::try_from(*n).or_else(|_| raw.wanted("a count from 0 up")),
            other => other.wanted("a whole number"),
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// A port.
impl Field for u16 {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Int(n) => Self::try_from(*n).or_else(|_| raw.wanted("a port from 0 to 65535")),
            other => other.wanted("a whole number"),
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// Percent, dollars.
impl Field for f32 {
    fn read(raw: &Raw) -> Result<Self, String> {
        let number = match raw {
            Raw::Int(n) => *n as Self,
            Raw::Float(n) => *n as Self,
            other => return other.wanted("a number"),
        };
        if number.is_finite() { Ok(number) } else { raw.wanted("a finite number") }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Field for bool {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Bool(b) => Ok(*b),
            // What people put into variables.
            Raw::Int(1) => Ok(true),
            Raw::Int(0) => Ok(false),
            other => other.wanted("true or false"),
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Field for String {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) => Ok(text.clone()),
            other => other.wanted("a text in quotes"),
        }
    }
    fn show(&self) -> String {
        quoted(self)
    }
}

impl Field for PathBuf {
    fn read(raw: &Raw) -> Result<Self, String> {
        String::read(raw).map(Self::from)
    }
    fn show(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

impl Field for Health {
    fn read(raw: &Raw) -> Result<Self, String> {
        word(raw, "one of: stuck, orphaned, healthy")
    }
    fn show(&self) -> String {
        quoted(self.into())
    }
}

impl Field for AutoClean {
    fn read(raw: &Raw) -> Result<Self, String> {
        word(raw, "one of: off, leaked, orphaned")
    }
    fn show(&self) -> String {
        quoted(self.into())
    }
}

impl Field for Notify {
    fn read(raw: &Raw) -> Result<Self, String> {
        word(raw, "one of: off, bell, osc9")
    }
    fn show(&self) -> String {
        quoted(self.into())
    }
}

/// A list; words outside a file are separated by commas.
impl<T: Field> Field for Vec<T> {
    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::List(items) => items.iter().map(T::read).collect(),
            Raw::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| T::read(&Raw::Text(part.to_owned())))
                .collect(),
            other => other.wanted("a list"),
        }
    }
    fn show(&self) -> String {
        format!("[{}]", self.iter().map(T::show).collect::<Vec<_>>().join(", "))
    }
}

fn word<T: FromStr>(raw: &Raw, wanted: &str) -> Result<T, String> {
    match raw {
        Raw::Text(text) => text.parse().or_else(|_| raw.wanted(wanted)),
        other => other.wanted(wanted),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(crate::domain::text::line(text).into_owned()).to_string()
}
