//! Words or a pattern, against stored bytes and against what they say.
//!
//! Upper and lower case are the same, by Unicode's simple folding: `É` is `é`, `ß` is not `ss`. Words
//! are matched as they stand in a cleaned text: a tab there is a space.
//!
//! Most rows hold nothing of what is looked for; parsing them would be the price of the search. So the
//! stored JSON is asked first, for the words in every spelling that JSON has for them. It may say yes
//! wrongly, never no: a row with a `\u` escape (which may spell any character, or begin a colour that
//! splits a word) always counts.

use std::{fmt::Write as _, ops::Range};

use regex::{Regex, RegexBuilder, bytes};

use crate::domain::{
    text,
    transcript::{Message, ReadError},
};

use super::texts;

/// Largest compiled pattern, bytes.
const PATTERN: usize = 4 << 20;

/// What is looked for.
pub struct Matcher {
    words: Regex,
    worth: Option<Worth>,
}

struct Worth {
    spelled: bytes::Regex,
    escaped: bytes::Regex,
}

impl Matcher {
    /// Words, or a regular expression (in which `^` and `$` are a line's ends, and `(?-i)` tells upper
    /// from lower case).
    ///
    /// # Errors
    /// [`ReadError::Pattern`] where the expression cannot be read.
    pub fn new(words: &str, regex: bool) -> Result<Self, ReadError> {
        let error =
            |error: regex::Error| ReadError::Pattern(text::cut(&text::block(&error.to_string()), 400));
        let cleaned = text::block(words);
        let pattern = if regex { words.to_owned() } else { regex::escape(&cleaned) };
        let mut builder = RegexBuilder::new(&pattern);
        let builder = builder.case_insensitive(true).multi_line(true).size_limit(PATTERN);
        let worth = if regex || cleaned.is_empty() || cleaned.contains('\u{FFFD}') {
            None
        } else {
            let spelled = bytes::RegexBuilder::new(&spelled(&cleaned))
                .case_insensitive(true)
                .size_limit(PATTERN)
                .build()
                .map_err(error)?;
            // Sequences may begin with a C1 control, too.
            let escaped = bytes::Regex::new(r"(?-u)\\u|\xC2[\x90\x9B\x9D]").map_err(error)?;
            Some(Worth { spelled, escaped })
        };
        Ok(Self { words: builder.build().map_err(error)?, worth })
    }

    /// False where this JSON cannot say what is looked for.
    pub fn worth(&self, json: &[u8]) -> bool {
        self.worth.as_ref().is_none_or(|w| w.spelled.is_match(json) || w.escaped.is_match(json))
    }

    /// The first place in a cleaned text.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        self.words.find(text).map(|found| found.range())
    }

    /// Every place in a cleaned text, for marking them.
    pub fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.words.find_iter(text).map(|found| found.range())
    }

    /// Some text of the message says it.
    pub fn fits(&self, message: &Message) -> bool {
        message.parts.iter().any(|part| texts::any(part, &mut |text| self.words.is_match(text)))
    }
}

/// The words as JSON may spell them, as a pattern. A raw block is shown as it is stored, so what JSON
/// escapes may also stand there plain.
fn spelled(words: &str) -> String {
    let mut pattern = String::new();
    for c in words.chars() {
        let _ = match c {
            '"' => write!(pattern, r#"\\?""#),
            '\\' => write!(pattern, r"\\{{1,2}}"),
            '/' => write!(pattern, r"\\?/"),
            ' ' => write!(pattern, r"(?: |\\?\t|\\t)"),
            '\n' => write!(pattern, r"(?:(?:\r|\\r)?(?:\n|\\n))"),
            c => write!(pattern, "{}", regex::escape(c.encode_utf8(&mut [0; 4]))),
        };
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(words: &str, json: &str) -> bool {
        Matcher::new(words, false).unwrap().worth(json.as_bytes())
    }

    #[test]
    fn every_spelling_is_worth_a_look() {
        for json in [r#""say \"hi\" now""#, r#"{"hi": 1} say "hi" now"#] {
            assert!(worth("say \"hi\" now", json), "{json}");
        }
        assert!(worth(r"C:\Users", r#""c:\\users""#));
        assert!(worth("a b", r#""a\tb""#) && worth("a b", "a\tb"));
        assert!(worth("a\nb", r#""a\r\nb""#) && worth("a\nb", r#""a\nb""#));
        assert!(worth("a/b", r#""a\/b""#));
        assert!(worth("ÉTÉ", "\"été\""));
        assert!(worth("red", r#""\u0072ed""#) && worth("red", "r\u{9b}1med"));
        assert!(!worth("red", r#""green\n""#));
    }

    #[test]
    fn a_bad_pattern_says_why() {
        assert!(matches!(Matcher::new("(", true), Err(ReadError::Pattern(why)) if why.contains("unclosed")));
        assert!(Matcher::new("(", false).is_ok());
        assert!(matches!(Matcher::new(r"\w{1000}{1000}", true), Err(ReadError::Pattern(_))));
    }
}
