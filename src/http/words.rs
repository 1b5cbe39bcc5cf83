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
        if !prefers_words(headers) {
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

/// Text is wanted above JSON: by its weight, and by its place where they weigh the same. What a name with
/// stars covers as well decides nothing.
fn prefers_words(headers: &HeaderMap) -> bool {
    let said = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let ranges: Vec<(&str, f32)> = said.flat_map(|line| line.split(',')).map(range).collect();
    let wish = |names: [&str; 3]| {
        let place =
            names.iter().find_map(|name| ranges.iter().position(|(kind, _)| kind.eq_ignore_ascii_case(name)));
        place.map(|place| (place, ranges[place].1)).filter(|(_, weight)| *weight > 0.0)
    };
    match (wish(["text/plain", "text/*", "*/*"]), wish(["application/json", "application/*", "*/*"])) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some((text, heavy)), Some((json, weight))) => heavy > weight || (heavy >= weight && text < json),
    }
}

/// A media range and its weight, which is 1 where it says none that can be read.
fn range(word: &str) -> (&str, f32) {
    let mut parts = word.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let weight =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let weight = weight.and_then(|(_, q)| q.trim().parse().ok()).filter(|q| (0.0..=1.0).contains(q));
    (kind, weight.unwrap_or(1.0))
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
    fn words_are_for_those_who_want_them_above_json() {
        for (accept, words) in [
            ("application/json, text/plain, */*", false),
            ("text/plain;q=0, application/json", false),
            ("application/json;q=1, text/plain;q=0.1", false),
            ("text/plain;q=0.1, application/json", false),
            ("text/plain;q=0.9, */*", false),
            ("text/plain;q=0", false),
            ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", false),
            ("*/*", false),
            ("", false),
            (";q=;,,=", false),
            ("text/plain", true),
            ("TEXT/PLAIN; charset=utf-8", true),
            ("text/plain;q=NaN", true),
            ("text/plain, */*", true),
            ("text/plain, application/json", true),
            ("application/json;q=0.1, text/plain; Q=0.2", true),
            ("application/json;q=0, */*", true),
            ("text/*, application/json;q=0.5", true),
        ] {
            assert_eq!(look(accept, "").is_some(), words, "{accept}");
        }
        assert_eq!(Look::wanted(&HeaderMap::new()), None);
    }

    #[test]
    fn a_terminal_is_described_in_a_header() {
        assert_eq!(look("application/json", "width=80"), None);
        assert_eq!(look("*/*", ""), None);
        let all = Some(Look { width: 132, colour: true, ascii: true });
        assert_eq!(look("text/plain, */*;q=0.9", "width=132, colour,ascii, sixel"), all);
        let odd = Some(Look { width: WIDEST, colour: false, ascii: false });
        assert_eq!(look("text/plain", "width=99999999"), odd);
        assert_eq!(look("text/plain", "width=-1").map(|l| l.width), Some(WIDTH));
    }
}
