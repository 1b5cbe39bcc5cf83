//! What standard output is, and how it is written to: colours for terminals only, widths that fit,
//! and a reader who leaves early is no error.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use serde::Serialize;

use super::failure::Failure;
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
            Meaning::Class(Health::Orphaned) => "31",
            Meaning::Class(Health::Stuck) => "33",
            Meaning::Class(Health::Unknown) => "35",
            Meaning::Class(Health::Healthy) => "32",
            Meaning::Class(Health::Ended) | Meaning::Quiet => "2",
            Meaning::Strong => "1",
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

/// A span of time as people say it, never more than three figures: `45s`, `12m`, `1h12`, `3d`.
pub fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h{:02}", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A size as people say it: `131M`, `1.9G`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "K", "M", "G", "T"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit > 0 && value < 9.95 {
        format!("{value:.1}{}", UNITS[unit])
    } else {
        format!("{value:.0}{}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sizes_have_at_most_three_figures() {
        let ages = [0, 59, 60, 3_599, 4_320, 86_399, 90_000].map(|s| age(Duration::from_secs(s)));
        assert_eq!(ages, ["0s", "59s", "1m", "59m", "1h12", "23h59", "1d"]);
        let sizes = [0, 999, 1_000, 131 << 20, 2_040_109_466, 1 << 40].map(size);
        assert_eq!(sizes, ["0B", "999B", "1.0K", "131M", "1.9G", "1.0T"]);
    }

    #[test]
    fn without_colour_nothing_is_added() {
        let out = Output::plain(80);
        assert_eq!(out.paint(Meaning::Strong, "x"), "x");
        assert_eq!(Output { colour: true, ..out }.paint(Meaning::Strong, "x"), "\x1b[1mx\x1b[0m");
    }
}
