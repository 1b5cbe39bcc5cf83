//! Whether stored JSON can say what is looked for, before it is parsed.
//!
//! Most rows hold nothing of what is looked for; parsing them would be the price of the search. So the
//! stored bytes are asked for the needles, in every spelling that JSON has for them and that cleaning
//! reads as them. They may say yes wrongly, never no. What is composed while it is read may hold a
//! needle that is stored nowhere, so such rows always count: one with a `\u` escape (it may spell any
//! character, or begin a sequence that splits a word; plain colours are taken out first), a question
//! with the call it asks about, a sound's description. The one exception is a number with a fraction or
//! an exponent in a block of an unknown type: it is shown as it is read, and found as it is stored.

use std::fmt::Write as _;

use memchr::{memchr, memchr2, memmem};
use regex::bytes::{Regex, RegexBuilder};

use super::{
    quick::{C1, ONE_TEXT},
    rare::Rare,
};
use crate::{
    domain::{find::Finder, transcript::ReadError},
    sources::transcript::MANY_BLOCKS,
};

/// Largest compiled needles, bytes.
const LIMIT: usize = 4 << 20;
/// Blocks that are read as more than they hold.
const COMPOSED: &str = r#"toolConfirmation|actionRequired|"audio""#;
/// The same where the words for a missing tool may be meant.
const NAMELESS: &str = r#"toolConfirmation|actionRequired|"audio"|oolRequest""#;
/// What a request without a tool is read as.
const NO_TOOL: [&str; 2] = ["unknown", "the request names no tool"];
/// The end of a line, and what the next one says before it is written over.
const BREAK: &str = r"(?:\r|\\r)*(?:\n|\\n)(?:(?s-u:.)*?(?:\r|\\r))?";
/// What follows the number of blocks left out of a message.
const NOT_SHOWN: &str = " more blocks are not shown";

/// Asks stored JSON.
#[derive(Clone)]
pub struct Worth(Option<Tests>);

#[derive(Clone)]
struct Tests {
    /// Nothing to see for the others without one of these.
    rare: Option<Vec<Rare>>,
    spelled: Regex,
    composed: Regex,
    /// `"type"`: all that is composed has one.
    kind: memmem::Finder<'static>,
    /// How an escape begins that may hide words.
    hidden: memmem::Finder<'static>,
    /// Messages from this size on always count, bytes.
    long: usize,
}

impl Worth {
    /// The tests for what a finder looks for.
    ///
    /// # Errors
    /// [`ReadError::Pattern`] where it is too much of it.
    pub fn of(finder: &Finder) -> Result<Self, ReadError> {
        let needles = finder.needles();
        if needles.is_empty() {
            return Ok(Self(None));
        }
        let regex = |pattern: &str| {
            let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(LIMIT).build();
            built.map_err(|error| ReadError::Pattern(error.to_string()))
        };
        let plain = |pattern| Regex::new(pattern).map_err(|error| ReadError::Pattern(error.to_string()));
        let in_one = |words: &str| {
            needles.iter().any(|needle| {
                let needle = needle.to_lowercase();
                words.contains(&needle)
                    || words.contains(needle.trim_start_matches(|c: char| c.is_ascii_digit()))
            })
        };
        let nameless = NO_TOOL.into_iter().any(in_one);
        Ok(Self(Some(Tests {
            spelled: regex(&needles.iter().map(|n| spelled(n)).collect::<Vec<_>>().join("|"))?,
            rare: needles.iter().map(|needle| Rare::of(needle)).collect(),
            composed: plain(if nameless { NAMELESS } else { COMPOSED })?,
            kind: memmem::Finder::new(br#""type""#),
            hidden: memmem::Finder::new(br"\u"),
            // A block takes a byte, and another to part it from the next.
            long: if in_one(NOT_SHOWN) { MANY_BLOCKS * 2 } else { usize::MAX },
        })))
    }

    /// False where this JSON cannot say what is looked for.
    pub fn of_json(&self, json: &[u8]) -> bool {
        let Some(tests) = &self.0 else { return true };
        let spelled_or_composed = tests.spells(json) || json.len() >= tests.long || tests.composes(json);
        spelled_or_composed
            || match tests.escapes(json) {
                Escapes::None => false,
                Escapes::Colours(plain) => tests.spells(&plain),
                Escapes::Others => true,
            }
    }
}

impl Tests {
    fn spells(&self, json: &[u8]) -> bool {
        self.rare.as_ref().is_none_or(|rare| rare.iter().any(|rare| rare.is_in(json)))
            && self.spelled.is_match(json)
    }

    fn composes(&self, json: &[u8]) -> bool {
        // Most messages are one text.
        json.strip_prefix(ONE_TEXT).is_none_or(|rest| self.kind.find(rest).is_some())
            && self.composed.is_match(json)
    }

    fn escapes(&self, json: &[u8]) -> Escapes {
        if self.hidden.find(json).is_none() && memchr(C1, json).is_none() {
            return Escapes::None;
        }
        Escapes::of(json)
    }
}

/// What may hide words in JSON.
enum Escapes {
    None,
    /// Colours, which are left out where what a tool printed is read: the JSON without them.
    Colours(Vec<u8>),
    /// A `\u` escape of something else, or a C1 control that begins a sequence.
    Others,
}

impl Escapes {
    fn of(json: &[u8]) -> Self {
        let (mut plain, mut copied, mut at) = (Vec::new(), 0, 0);
        while let Some(found) = json.get(at..).and_then(|rest| memchr2(b'\\', C1, rest)) {
            at += found;
            let rest = &json[at..];
            if let Some(after) = colour(rest) {
                plain.extend_from_slice(&json[copied..at]);
                copied = json.len() - after.len();
                at = copied;
            } else if rest.starts_with(b"\\u") || matches!(rest, [C1, 0x90 | 0x9B | 0x9D, ..]) {
                return Self::Others;
            } else {
                // An escaped backslash escapes nothing; the other byte may stand alone.
                at += if json[at] == b'\\' { 2 } else { 1 };
            }
        }
        if copied == 0 {
            return Self::None;
        }
        plain.extend_from_slice(&json[copied..]);
        Self::Colours(plain)
    }
}

/// What follows a colour at the beginning of these bytes.
fn colour(json: &[u8]) -> Option<&[u8]> {
    let codes = json.strip_prefix(br"\u001b[").or_else(|| json.strip_prefix(br"\u001B["))?;
    let end = codes.iter().position(|b| !matches!(b, b'0'..=b'9' | b';'))?;
    codes[end..].strip_prefix(b"m")
}

/// The words as JSON may spell them, as a pattern. A raw block is shown as JSON, so what JSON escapes may
/// also stand there plain, and what is white space between its signs is left out there.
fn spelled(words: &str) -> String {
    let mut pattern = String::new();
    for c in words.chars() {
        let _ = match c {
            '"' => write!(pattern, r#"\s*\\?"\s*"#),
            '\\' => write!(pattern, r"\\{{1,2}}"),
            '/' => write!(pattern, r"\\?/"),
            ' ' => write!(pattern, r"(?: |\\?\t|\\t|{BREAK})"),
            '\t' => write!(pattern, r"(?:\\?\t|\\t)"),
            '\n' => write!(pattern, "(?:{BREAK})"),
            ':' | ',' | '{' | '}' | '[' | ']' => write!(pattern, r"\s*\{c}\s*"),
            c => write!(pattern, "{}", regex::escape(c.encode_utf8(&mut [0; 4]))),
        };
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::transcript::Wanted;

    fn worth(words: &str, json: &str) -> bool {
        let wanted = Wanted { words: words.into(), ..Wanted::default() };
        Worth::of(&Finder::new(&wanted).unwrap()).unwrap().of_json(json.as_bytes())
    }

    #[test]
    fn every_spelling_is_worth_a_look() {
        for json in [r#""say \"hi\" now""#, r#"{"hi": 1} say "hi" now"#] {
            assert!(worth("say \"hi\" now", json), "{json}");
        }
        assert!(worth(r"C:\Users", r#""c:\\users""#));
        assert!(worth("a b", r#""a\tb""#) && worth("a b", "a\tb") && worth("a b", r#""a\r\nb""#));
        assert!(worth("a\nb", r#""a\r\nb""#) && worth("a\nb", r#""a\nb""#));
        assert!(
            worth("a b", r#""a\r\r\nb""#) && worth("a b", r#""a\n10%\rb""#) && worth("a\tb", r#""a\tb""#)
        );
        assert!(worth("a/b", r#""a\/b""#));
        assert!(worth("ÉTÉ", "\"été\"") && worth("kind", "\"\u{212A}ind\""));
        assert!(worth("red", r#""r\u001b[1me\u001B[0md""#) && worth("red", r#""r\u001b]0;\u0007ed""#));
        assert!(worth(r"a\u001b[1mb", r#""\u001b[0ma\\u001b[1m\u001b[0mb""#));
        assert!(!worth("red", r#""\u001b[1mgreen\u001B[0m\n""#) && worth("red", r#""\u001b[1;3\u006ded""#));
        let torn =
            Worth::of(&Finder::new(&Wanted { words: "red".into(), ..Wanted::default() }).unwrap()).unwrap();
        assert!(torn.of_json(b"\"\xC2\\u0072ed\"") && !torn.of_json(b"\"\xC2\\n\\\\u0072ed\""));
        assert!(worth("red", r#""\u0072ed""#) && worth("red", "r\u{9b}1med"));
        assert!(worth(r#"{"a":[1,2]}"#, "{ \"a\" : [ 1,\n2 ] }") && worth("a: b", "a: b"));
        assert!(worth("go (shell ls", r#"{"type":"toolConfirmationRequest","prompt":"go"}"#));
        assert!(worth("names no", r#"{"type":"toolRequest"}"#) && worth("17 more", &"[".repeat(20_000)));
        assert!(!worth("red", r#""green\n""#) && !worth("needle", r#"{"type":"toolRequest"}"#));
    }
}
