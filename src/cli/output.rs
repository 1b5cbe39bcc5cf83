//! What standard output is, and how it is written to: colours for terminals only, widths that fit,
//! and a reader who leaves early is no error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::failure::Failure;
pub use crate::domain::words::{bytes as size, spoken as age};
use crate::{
    config::{Config, env::Env},
    domain::health::Health,
};

/// Columns when nobody says otherwise.
const PIPED_WIDTH: usize = 100;

/// Columns below which a table is no table any more.
const NARROWEST: usize = 40;

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Columns.
    pub width: usize,
    /// SGR sequences are welcome.
    pub colour: bool,
    /// Signs from ASCII only.
    pub ascii: bool,
    /// Standard output is a terminal.
    pub terminal: bool,
}

/// What a piece of text means; the one place of the command line that knows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The class of a session.
    Class(Health),
    /// Labels and times.
    Quiet,
    /// Titles.
    Strong,
    /// What went wrong.
    Bad,
    /// What an agent does.
    Call,
    /// What was searched for.
    Found,
}

impl Output {
    /// For the real standard output.
    pub fn real(env: &Env, config: &Config, no_colour: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let dumb = env.text("TERM") == Some("dumb");
        let colour = terminal && !no_colour && !dumb && env.os("NO_COLOR").is_none();
        let width = terminal_size().filter(|_| terminal).map_or(PIPED_WIDTH, |(columns, _)| columns);
        Self { width: width.max(NARROWEST), colour, ascii: config.ui.ascii, terminal }
    }

    /// For tests and for text that goes elsewhere.
    pub fn plain(width: usize) -> Self {
        Self { width, colour: false, ascii: false, terminal: false }
    }

    /// Colours a text.
    pub fn paint(&self, meaning: Meaning, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match meaning {
            Meaning::Class(Health::Orphaned) | Meaning::Bad => "31",
            Meaning::Class(Health::Stuck) => "33",
            Meaning::Class(Health::Unknown) => "35",
            Meaning::Class(Health::Healthy) => "32",
            Meaning::Class(Health::Ended) | Meaning::Quiet => "2",
            Meaning::Strong => "1",
            Meaning::Call => "36",
            Meaning::Found => "1;33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// The sign of a class, or its ASCII twin.
    pub fn sign(&self, health: Health) -> &'static str {
        let (sign, twin) = match health {
            Health::Orphaned => ("✖", "x"),
            Health::Stuck => ("▲", "!"),
            Health::Unknown => ("?", "?"),
            Health::Healthy => ("●", "o"),
            Health::Ended => ("○", "-"),
        };
        if self.ascii { twin } else { sign }
    }

    /// What stands where something was cut away.
    pub fn ellipsis(&self) -> &'static str {
        if self.ascii { "~" } else { "…" }
    }

    /// What stands where nothing is known.
    pub fn unknown(&self) -> &'static str {
        if self.ascii { "-" } else { "–" }
    }
}

/// Columns and rows of the terminal behind standard output.
pub fn terminal_size() -> Option<(usize, usize)> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        (size.ws_col > 0).then_some((size.ws_col.into(), size.ws_row.into()))
    }
    #[cfg(not(unix))]
    None
}

/// Writes data to standard output.
///
/// # Errors
/// Whatever the operating system says, except that a closed pipe is a reader who has seen enough.
pub fn write(data: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(data.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a value as JSON, indented, with a line break at the end.
///
/// # Errors
/// As [`write()`].
pub fn write_json<T: Serialize>(value: &T) -> Result<(), Failure> {
    write(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// Talk goes to standard error; a closed one is nobody's trouble.
pub fn talk(message: &str) {
    let _ = io::stderr().lock().write_all(message.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_nothing_is_added() {
        let out = Output::plain(80);
        assert_eq!(out.paint(Meaning::Strong, "x"), "x");
        assert_eq!(Output { colour: true, ..out }.paint(Meaning::Strong, "x"), "\x1b[1mx\x1b[0m");
    }
}
