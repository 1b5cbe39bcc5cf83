//! Finding words in a conversation: one meaning for whoever searches and whoever marks what was found.
//!
//! ```text
//!  Wanted ─► Finder ─► find, ranges, is_in    in a cleaned text
//!               ├────► texts ─► is_in_part, fits    in what a message says
//!               └────► needles    what every text that fits must hold, for a cheap test before
//! ```
//!
//! Upper and lower case are the same, by Unicode's simple folding (`É` is `é`, `ß` is not `ss`), unless
//! a pattern says `(?-i)`. In a pattern `^` and `$` are a line's ends. A space between words is any one
//! white space of a cleaned text: an excerpt has it as a space, wherever the line was broken.
//!
//! Invariant: all of these agree; a text without any of the needles does not fit.
//!
//! To search one more kind of text: an arm in `texts::any`.

mod needles;
mod texts;

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::{
    session::Role,
    text,
    transcript::{Message, Part, ReadError, Wanted},
};

pub use self::texts::any as any_text;

/// A compiled pattern may take this many bytes: enough for a person, too little to hurt.
const PATTERN_LIMIT: usize = 4 << 20;
/// What a pattern may remember while it runs, bytes.
const MEMORY_LIMIT: usize = 1 << 20;

/// What a space between words stands for.
const WHITE: &str = r"[ \t\n]";

/// Knows what is looked for. A clone has its own working memory: threads do well to have one each.
#[derive(Clone, Debug)]
pub struct Finder {
    regex: Regex,
    role: Option<Role>,
    /// Tools' results fit: goose stores them as their user's, who said nothing of it.
    results: bool,
    /// Nothing in particular is looked for: every text fits.
    everything: bool,
    needles: Vec<String>,
}

impl Finder {
    /// Reads words or a pattern. Of the other wishes the role counts here: what somebody said is no tool's
    /// result, unless a tool is named too.
    ///
    /// # Errors
    /// [`ReadError::Pattern`] where the pattern cannot be read.
    pub fn new(wanted: &Wanted) -> Result<Self, ReadError> {
        let words = || regex::escape(&text::block(&wanted.words)).replace([' ', '\t', '\n'], WHITE);
        let pattern = if wanted.regex { wanted.words.clone() } else { words() };
        let regex = RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .multi_line(true)
            .size_limit(PATTERN_LIMIT)
            .dfa_size_limit(MEMORY_LIMIT)
            .build()
            .map_err(|error| ReadError::Pattern(last_line(&error.to_string())))?;
        let (role, everything) = (wanted.role.clone(), wanted.words.is_empty());
        let results = wanted.role.is_none() || wanted.tool.is_some();
        Ok(Self { needles: needles::of(&pattern), regex, role, results, everything })
    }

    /// Every text that fits holds one of these, case aside; none where that is not known.
    pub fn needles(&self) -> &[String] {
        &self.needles
    }

    /// The first place in a cleaned text, in bytes; a match of nothing does not count, unless nothing
    /// in particular is looked for.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        if self.everything { Some(0..0) } else { self.ranges(text).next() }
    }

    /// Where in a text it is, in bytes; matches of nothing do not count.
    pub fn ranges<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty())
    }

    /// It is in this text.
    pub fn is_in(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// It is somewhere in this message.
    pub fn fits(&self, message: &Message) -> bool {
        self.role.as_ref().is_none_or(|role| *role == message.role)
            && message.parts.iter().any(|part| self.is_in_part(part))
    }

    /// Tools' results are looked at.
    pub fn takes_results(&self) -> bool {
        self.results
    }

    /// Parts like this are looked at.
    pub fn takes(&self, part: &Part) -> bool {
        self.takes_results() || !matches!(part, Part::ToolResponse { .. })
    }

    /// It is somewhere in this part.
    pub fn is_in_part(&self, part: &Part) -> bool {
        self.takes(part) && texts::any(part, &mut |text| self.is_in(text))
    }
}

/// The sentence of a parser that also draws.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    text::line(line.trim().trim_start_matches("error: ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder(words: &str, regex: bool) -> Result<Finder, ReadError> {
        Finder::new(&Wanted { words: words.into(), regex, ..Wanted::default() })
    }

    #[test]
    fn words_are_words_and_patterns_patterns() {
        assert!(finder("a.c", false).unwrap().is_in("xA.Cx"));
        assert!(!finder("a.c", false).unwrap().is_in("abc"));
        assert!(finder("a.c", true).unwrap().is_in("ABC"));
        assert!(!finder("x*", true).unwrap().is_in("abc"));
        assert!(finder("", false).unwrap().is_in("abc"));
        assert!(finder("one two three", false).unwrap().is_in("one two\nthree"));
        assert!(finder("one\ttwo", false).unwrap().is_in("one two"));
        assert!(!finder("one two", false).unwrap().is_in("one  two"));
        let error = finder("a(", true).unwrap_err().to_string();
        assert!(error.contains("unclosed group"), "{error}");
        assert!(finder("(\\w{999}){999}", true).is_err());
    }
}
