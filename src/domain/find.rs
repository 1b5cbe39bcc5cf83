//! Finding words in a conversation: one meaning for whoever searches and whoever marks what was found.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::{
    session::Role,
    text,
    transcript::{Message, Part, Printed, ReadError, ToolContent, Wanted},
};

/// A compiled pattern may take this many bytes: enough for a person, too little to hurt.
const PATTERN_LIMIT: usize = 1 << 20;

/// Knows what is looked for. Case makes no difference.
#[derive(Clone, Debug)]
pub struct Finder {
    regex: Regex,
    role: Option<Role>,
}

impl Finder {
    /// Reads words or a pattern; of the other wishes only the role counts here.
    ///
    /// # Errors
    /// [`ReadError::Pattern`] where the pattern cannot be read.
    pub fn new(wanted: &Wanted) -> Result<Self, ReadError> {
        let cleaned = text::block(&wanted.words);
        let pattern = if wanted.regex { wanted.words.clone() } else { regex::escape(&cleaned) };
        let regex = RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .multi_line(true)
            .size_limit(PATTERN_LIMIT)
            .dfa_size_limit(PATTERN_LIMIT)
            .build()
            .map_err(|error| ReadError::Pattern(last_line(&error.to_string())))?;
        Ok(Self { regex, role: wanted.role.clone() })
    }

    /// Where in a text it is, in bytes; matches of nothing do not count.
    pub fn ranges<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty())
    }

    /// It is in this text.
    pub fn is_in(&self, text: &str) -> bool {
        self.ranges(text).next().is_some()
    }

    /// It is somewhere in this message.
    pub fn fits(&self, message: &Message) -> bool {
        self.role.as_ref().is_none_or(|role| *role == message.role)
            && message.parts.iter().any(|part| self.is_in_part(part))
    }

    /// It is somewhere in this part.
    pub fn is_in_part(&self, part: &Part) -> bool {
        match part {
            Part::Text(text) | Part::Thinking(Some(text)) => self.is_in(text),
            Part::Thinking(None) | Part::Image { .. } | Part::Oversized { .. } => false,
            Part::ToolRequest { tool, arguments, invalid, .. } => {
                self.is_in(tool)
                    || self.is_in_value(arguments)
                    || invalid.as_ref().is_some_and(|why| self.is_in(why))
            }
            Part::ToolResponse { content, .. } => content.iter().any(|content| match content {
                ToolContent::Text(printed) => self.is_in_printed(printed),
                ToolContent::Resource { uri, text } => {
                    self.is_in(uri) || text.as_ref().is_some_and(|text| self.is_in_printed(text))
                }
                ToolContent::Raw { json, .. } => self.is_in(json),
                ToolContent::Image { .. } => false,
            }),
            Part::Error { kind, message } | Part::Notice { kind, message } => {
                self.is_in(kind) || self.is_in(message)
            }
            Part::Asked { prompt, .. } => self.is_in(prompt),
            Part::Answered { answer, .. } => self.is_in(answer),
            Part::Raw { json, .. } => self.is_in(json),
        }
    }

    fn is_in_printed(&self, printed: &Printed) -> bool {
        self.is_in(&printed.plain())
    }

    fn is_in_value(&self, value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => self.is_in(text),
            serde_json::Value::Array(items) => items.iter().any(|item| self.is_in_value(item)),
            serde_json::Value::Object(fields) => fields.values().any(|item| self.is_in_value(item)),
            other => self.is_in(&other.to_string()),
        }
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
        let error = finder("a(", true).unwrap_err().to_string();
        assert!(error.contains("unclosed group"), "{error}");
        assert!(finder("(\\w{999}){999}", true).is_err());
    }
}
