//! How a command fails: what, where, what to do next, and with which exit code.

use serde_json::json;
use strum::{EnumIter, IntoStaticStr};

use crate::{config::error::ConfigError, domain::text};

/// Kinds of failure. The words are part of the JSON contract; the codes are those of sysexits.h,
/// all above 4 so that none can be taken for a verdict of `health-check` or an action's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The command line was wrong.
    Usage,
    /// Several sessions fit.
    Ambiguous,
    /// There is no such session.
    NotFound,
    /// Something that is needed is not there.
    Unavailable,
    /// A defect of goosetop.
    Internal,
    /// Reading or writing failed.
    Io,
    /// A person was asked and did not agree.
    Declined,
    /// Actions are refused here.
    ReadOnly,
    /// The configuration was wrong.
    Config,
}

impl Kind {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Ambiguous => 65,
            Self::NotFound => 66,
            Self::Unavailable => 69,
            Self::Internal => 70,
            Self::Io => 74,
            Self::Declined => 75,
            Self::ReadOnly => 77,
            Self::Config => 78,
        }
    }

    /// When it happens, for the manual.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Usage => "the command line was wrong",
            Self::NotFound => "there is no such session",
            Self::Ambiguous => "several sessions fit the name",
            Self::Unavailable => {
                "something that is needed is not there; an action: a store could not be read"
            }
            Self::Internal => "a defect of goosetop itself",
            Self::Io => "reading or writing failed",
            Self::Declined => "an action was not confirmed; nothing was done",
            Self::ReadOnly => "goosetop is read-only here, and the action was refused",
            Self::Config => "the configuration was wrong",
        }
    }
}

/// A failed command.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// What kind.
    pub kind: Kind,
    /// One sentence, cleaned.
    pub what: String,
    /// File and line, flag, ...; empty where there is no place.
    pub place: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// The same command may succeed later.
    pub retryable: bool,
}

impl Failure {
    /// Without a place.
    pub fn new(kind: Kind, what: impl AsRef<str>, hint: impl AsRef<str>) -> Self {
        Self {
            kind,
            what: text::line(what.as_ref()).into_owned(),
            place: String::new(),
            hint: text::block(hint.as_ref()).into_owned(),
            retryable: matches!(kind, Kind::Io),
        }
    }

    /// For stderr: JSON on request, else words.
    pub fn render(&self, as_json: bool) -> String {
        let kind: &str = self.kind.into();
        if as_json {
            let message = if self.place.is_empty() {
                self.what.clone()
            } else {
                format!("{} ({})", self.what, self.place)
            };
            let hint = (!self.hint.is_empty()).then_some(&self.hint);
            let error =
                json!({ "kind": kind, "message": message, "hint": hint, "retryable": self.retryable });
            return format!("{}\n", json!({ "error": error }));
        }
        let mut out = format!("error: {}\n", self.what);
        if !self.place.is_empty() {
            out.extend(["  where: ", &self.place, "\n"]);
        }
        if !self.hint.is_empty() {
            out.extend(["  hint: ", &self.hint, "\n"]);
        }
        out
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let kind = if error.typed { Kind::Usage } else { Kind::Config };
        Self { place: error.place, ..Self::new(kind, error.what, error.hint) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Io, format!("cannot write the output: {error}"), "")
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Kind::Internal, format!("cannot write JSON: {error}"), "please report this")
    }
}

/// The EXIT STATUS section of the help and the manual: (codes, sentence).
pub fn exit_codes() -> Vec<(String, &'static str)> {
    use strum::IntoEnumIterator;
    let verdicts = [
        ("0", "done; for health-check: everything is healthy"),
        ("1", "health-check: something is stuck; search: nothing was found"),
        ("2", "health-check: something is orphaned, or processes have leaked"),
        ("3", "health-check: unknown; a store or the process table cannot be read"),
        ("4", "an action: done in part; the report names what failed or survived"),
    ];
    let own = |(code, sentence): (&str, &'static str)| (code.to_owned(), sentence);
    let kinds = Kind::iter().map(|kind| (kind.code().to_string(), kind.sentence()));
    let signals = [("128+n", "ended by signal n: 130 after Ctrl-C; an action says what was done until then")];
    verdicts.into_iter().map(own).chain(kinds).chain(signals.into_iter().map(own)).collect()
}
