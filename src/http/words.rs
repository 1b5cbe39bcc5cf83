//! The same answers as words: `Accept: text/plain` gives what the command prints.

use axum::http::{HeaderMap, header};

use crate::{
    domain::{
        board::{Board, SessionView},
        plan::Plan,
    },
    effects::Report,
    render::{Entry, Title},
    wire::ExplainDto,
};

/// The header in which a client describes its terminal: `width=120, colour, ascii`.
pub const TERMINAL: &str = "goosetop-terminal";

/// Columns where nobody says.
const WIDTH: usize = 100;
/// No terminal is wider; a table as wide as somebody wishes would be a way to fill memory.
const WIDEST: usize = 1000;

/// How the words are to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// SGR sequences are welcome.
    pub colour: bool,
    /// Signs from ASCII only.
    pub ascii: bool,
}

impl Look {
    /// What a request wants; `None` where it wants JSON.
    pub fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
        let mut kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
        if !kinds.any(|kind| kind == "text/plain") {
            return None;
        }
        let mut look = Self { width: WIDTH, colour: false, ascii: false };
        let words = headers.get(TERMINAL).and_then(|v| v.to_str().ok()).unwrap_or_default();
        for word in words.split(',').map(str::trim) {
            match word.split_once('=') {
                Some(("width", n)) => look.width = n.parse().unwrap_or(WIDTH).clamp(40, WIDEST),
                _ if word == "colour" => look.colour = true,
                _ if word == "ascii" => look.ascii = true,
                // What a newer client says besides is no reason to refuse it.
                _ => {}
            }
        }
        Some(look)
    }
}

/// Whoever knows the words: the command line.
pub trait Words: Send + Sync {
    /// `list`.
    fn list(&self, look: Look, board: &Board, rows: &[&SessionView]) -> String;
    /// `health-check`.
    fn health(&self, look: Look, board: &Board, rows: &[&SessionView]) -> String;
    /// `explain`.
    fn explain(&self, look: Look, view: &SessionView, told: &ExplainDto) -> String;
    /// `show`.
    fn transcript(&self, look: Look, title: &Title, entries: &[Entry]) -> String;
    /// What an action shows before it asks.
    fn plan(&self, look: Look, plan: &Plan) -> String;
    /// What it says in the end.
    fn report(&self, look: Look, report: &Report) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(accept: &str, terminal: &str) -> Option<Look> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().ok()?);
        headers.insert(TERMINAL, terminal.parse().ok()?);
        Look::wanted(&headers)
    }

    #[test]
    fn a_terminal_is_described_in_a_header() {
        assert_eq!(look("application/json", "width=80"), None);
        assert_eq!(look("*/*", ""), None);
        let all = Some(Look { width: 132, colour: true, ascii: true });
        assert_eq!(look("text/plain;q=0.9, */*", "width=132, colour,ascii, sixel"), all);
        let odd = Some(Look { width: WIDEST, colour: false, ascii: false });
        assert_eq!(look("text/plain", "width=99999999"), odd);
        assert_eq!(look("text/plain", "width=-1").map(|l| l.width), Some(WIDTH));
    }
}
