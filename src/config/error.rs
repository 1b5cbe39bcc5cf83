//! Why a setting was refused: what, where, and what to do next.

use thiserror::Error;

/// A setting that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what}")]
pub struct ConfigError {
    /// One sentence.
    pub what: String,
    /// File and line, variable or flag; cleaned.
    pub place: String,
    /// What to do next.
    pub hint: String,
    /// It was typed on the command line just now, not stored.
    pub typed: bool,
}

impl ConfigError {
    /// With a hint that points at the documentation of every key.
    pub fn new(what: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: place.into(),
            hint: "`goosetop config default` shows every key with its meaning".into(),
            typed: false,
        }
    }

    /// A name that nothing has, with the nearest that something has.
    pub fn unknown(kind: &str, name: &str, place: String, nearest: Option<String>) -> Self {
        let name = crate::domain::text::line(name);
        let error = Self::new(format!("unknown {kind} `{name}`"), place);
        match nearest {
            Some(near) => Self { hint: format!("did you mean `{near}`?"), ..error },
            None => error,
        }
    }

    /// The same, typed on the command line.
    #[must_use]
    pub fn typed(self) -> Self {
        Self { typed: true, ..self }
    }
}
