//! What is typed to search all conversations: words, and where to look for them.
//!
//! ```text
//!  login form role:user tool:shell project:shop since:2d    the words as they stand, and where
//!  re:log(in|out) form                                     a regular expression
//!  "role:user"                                             words; nothing is narrowed
//! ```
//!
//! Invariant: every text has a meaning or an error that says what to write instead; what is no key
//! known here is words, because conversations are full of `error:` and `std::vec`.
//!
//! To add a key: an entry of [`KEYS`] and an arm in `SearchLine::narrow`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use regex::Regex;

use super::{
    board::{Board, SessionView},
    find::Finder,
    plan::project,
    session::{Role, Session, SessionKey},
    since::since,
    transcript::{ReadError, Wanted},
};

/// What narrows a search, each with an example.
pub const KEYS: [(&str, &str); 4] =
    [("role:", "role:user"), ("tool:", "tool:shell"), ("project:", "project:shop"), ("since:", "since:2d")];
/// What makes the words a pattern.
const PATTERN: &str = "re:";

/// Why a line cannot be searched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// Nothing to look for.
    #[error("type the words to look for; role: tool: project: since: only say where")]
    NoWords,
    /// A key with nothing after it.
    #[error("{0} needs a value, for example {1}; in quotes it is words")]
    NoValue(&'static str, &'static str),
    /// Nobody of that kind speaks.
    #[error("role: has no `{0}`; it has user and assistant")]
    Role(String),
    /// Not a time.
    #[error("`{0}` is no time; write for example since:3d, since:12h or since:2026-11-01")]
    Since(String),
    /// Not a regular expression.
    #[error("{0}")]
    Pattern(String),
}

/// A search, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchLine {
    /// What is looked for in a message.
    pub wanted: Wanted,
    /// Only sessions whose project, folder, name or id has this.
    pub project: Option<String>,
}

impl SearchLine {
    /// Reads a line; `now` is what `since:2d` counts from.
    ///
    /// # Errors
    /// As [`SearchError`] says.
    pub fn parse(text: &str, now: DateTime<Utc>) -> Result<Self, SearchError> {
        let mut line = Self::default();
        let (mut rest, mut gap) = (text.trim(), "");
        while !rest.is_empty() {
            let (word, after) = rest.split_at(word_end(rest));
            rest = after.trim_start();
            match narrowing(word) {
                Some((key, example, value)) => line.narrow(key, example, value, now)?,
                None => line.add(gap, word),
            }
            // Spaces between two words are theirs: code is looked for as it stands.
            gap = &after[..after.len() - rest.len()];
        }
        // Words belong together anyhow, but people say so.
        if let Some(inside) = unquoted(&line.wanted.words).filter(|_| !line.wanted.regex) {
            line.wanted.words = inside.to_owned();
        }
        if line.wanted.words.is_empty() {
            return Err(SearchError::NoWords);
        }
        match Finder::new(&line.wanted) {
            Err(ReadError::Pattern(why)) => Err(SearchError::Pattern(where_wrong(&line.wanted.words, &why))),
            Err(other) => Err(SearchError::Pattern(other.to_string())),
            Ok(_) => Ok(line),
        }
    }

    /// Why a line that is being typed cannot be searched for; one without words is merely not done.
    pub fn fault(text: &str) -> Option<String> {
        match Self::parse(text, DateTime::UNIX_EPOCH) {
            Ok(_) | Err(SearchError::NoWords | SearchError::NoValue(..)) => None,
            Err(error) => Some(error.to_string()),
        }
    }

    /// The sessions it is narrowed to; `None` for all.
    pub fn only(&self, board: &Board) -> Option<HashSet<SessionKey>> {
        let wanted = self.project.as_deref()?;
        let living = board.families().map(|view: &SessionView| &*view.session);
        let past = board.ended.iter().map(|session| &**session);
        let fits = living.chain(past).filter(|session| belongs(session, wanted));
        Some(fits.map(|session| session.key.clone()).collect())
    }

    fn add(&mut self, gap: &str, word: &str) {
        let Wanted { words, regex, .. } = &mut self.wanted;
        if words.is_empty() {
            if let Some(pattern) = word.strip_prefix(PATTERN).filter(|_| !*regex) {
                *regex = true;
                words.push_str(pattern);
                return;
            }
        } else {
            words.push_str(gap);
        }
        // Quotes keep a key from narrowing; elsewhere they are what they are.
        let guarded = |word: &&str| narrowing(word).is_some() || word.starts_with(PATTERN);
        words.push_str(unquoted(word).filter(|_| !*regex).filter(guarded).unwrap_or(word));
    }

    fn narrow(
        &mut self,
        key: &'static str,
        example: &'static str,
        value: &str,
        now: DateTime<Utc>,
    ) -> Result<(), SearchError> {
        let value = value.trim_matches('"').trim();
        if value.is_empty() {
            return Err(SearchError::NoValue(key, example));
        }
        match key {
            "role:" => {
                self.wanted.role = Some(match value {
                    "user" | "you" => Role::User,
                    "assistant" | "goose" | "model" => Role::Assistant,
                    _ => return Err(SearchError::Role(value.to_owned())),
                });
            }
            "tool:" => self.wanted.tool = Some(value.to_owned()),
            "project:" => self.project = Some(value.to_owned()),
            _ => {
                let since = since(value, now);
                self.wanted.since = Some(since.ok_or_else(|| SearchError::Since(value.to_owned()))?);
            }
        }
        Ok(())
    }
}

/// At a space; quotes hold words together where they begin a word or a value.
fn word_end(text: &str) -> usize {
    let space = text.find(char::is_whitespace).unwrap_or(text.len());
    let key = narrowing(&text[..space]).map_or(0, |(key, ..)| key.len());
    let closes = |at: &usize| text[*at..].chars().next().is_none_or(char::is_whitespace);
    let quoted = text[key..].strip_prefix('"').and_then(|inside| {
        let ends = inside.match_indices('"').map(|(at, _)| key + 1 + at + 1);
        ends.into_iter().find(closes)
    });
    quoted.unwrap_or(space)
}

/// What stands in the only quotes, around all of it.
fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"').filter(|inside| !inside.contains('"'))
}

fn narrowing(word: &str) -> Option<(&'static str, &'static str, &str)> {
    KEYS.iter().find_map(|(key, example)| Some((*key, *example, word.strip_prefix(key)?)))
}

/// Generously: looking ends nothing.
fn belongs(session: &Session, wanted: &str) -> bool {
    let low = wanted.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&low);
    project::belongs(session, wanted)
        || session.project.as_deref().is_some_and(has)
        || has(&session.name)
        || has(&session.working_dir.to_string_lossy())
}

/// The parser draws an arrow under the place; one line has to say it.
fn where_wrong(pattern: &str, why: &str) -> String {
    let drawn = match Regex::new(pattern) {
        Err(error) => error.to_string(),
        Ok(_) => return format!("the pattern cannot be used: {why}"),
    };
    let arrow = drawn.lines().find(|l| l.contains('^') && l.chars().all(|c| matches!(c, ' ' | '^')));
    // The pattern stands four columns in.
    let at = arrow.and_then(|line| line.find('^')).and_then(|at| at.checked_sub(4));
    match at {
        Some(at) => {
            let rest: String = pattern.chars().skip(at).take(8).collect();
            let rest = if rest.is_empty() { "its end".into() } else { format!("`{rest}`") };
            format!("the pattern: {why} at {rest} (character {})", at + 1)
        }
        None => format!("the pattern cannot be read: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn line(text: &str) -> SearchLine {
        SearchLine::parse(text, now()).unwrap()
    }

    fn words(text: &str) -> String {
        line(text).wanted.words
    }

    #[test]
    fn words_stay_as_they_stand_and_keys_narrow() {
        let read = line("  login  form role:user tool:shell project:shop since:2d ");
        assert_eq!(read.wanted.words, "login  form");
        assert_eq!(read.wanted.role, Some(Role::User));
        assert_eq!(read.wanted.tool.as_deref(), Some("shell"));
        assert_eq!(read.wanted.since, Some(now() - TimeDelta::days(2)));
        assert_eq!(read.project.as_deref(), Some("shop"));
        assert!(!read.wanted.regex);
        assert_eq!(words("login role:goose form"), "login form");
        assert_eq!(line(r#"x project:"my shop""#).project.as_deref(), Some("my shop"));
    }

    #[test]
    fn what_is_no_key_is_words() {
        for text in [
            "error: no such file",
            "std::vec",
            "http://x",
            "type:acp",
            r#""name": "x""#,
            r#"say "hi"#,
            "a re:b",
        ] {
            assert_eq!(words(text), text);
        }
        assert_eq!(words(r#""role:user" is"#), "role:user is");
        assert_eq!(words(r#""two  words""#), "two  words");
    }

    #[test]
    fn a_pattern_is_said_to_be_one() {
        let read = line("re:log(in|out) \"form\" role:user");
        assert!(read.wanted.regex);
        assert_eq!(read.wanted.words, "log(in|out) \"form\"");
        assert_eq!(words("re: x"), "x");
        let error = SearchLine::parse("re:ab(c", now()).unwrap_err().to_string();
        assert_eq!(error, "the pattern: unclosed group at `(c` (character 3)");
        let error = SearchLine::parse(r"re:(\w{999}){999}", now()).unwrap_err().to_string();
        assert!(error.starts_with("the pattern"), "{error}");
    }

    #[test]
    fn errors_say_what_to_write() {
        let said = |text: &str| SearchLine::parse(text, now()).unwrap_err().to_string();
        assert!(said("role:user").contains("type the words"));
        assert!(said("").contains("type the words"));
        assert!(said("re:").contains("type the words"));
        assert!(said("x role:").contains("role:user"));
        assert!(said("x role:nobody").contains("user and assistant"));
        for wrong in ["soon", "3", "2026-13-01", "-3d"] {
            assert!(said(&format!("x since:{wrong}")).contains("since:3d"), "{wrong}");
        }
        assert_eq!(
            line("x since:2026-11-01").wanted.since.unwrap().to_rfc3339(),
            "2026-11-01T00:00:00+00:00"
        );
    }

    #[test]
    fn a_project_is_found_by_a_part_of_its_folder() {
        let mut session =
            Session::bare(SessionKey { store: 0, id: super::super::session::SessionId::new("1") });
        session.working_dir = "/home/ann/src/Shop".into();
        assert!(belongs(&session, "shop") && belongs(&session, "/home/ann") && !belongs(&session, "other"));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(text in "(role:|since:|re:|\"|\\PC| ){0,12}") {
            let _ = SearchLine::parse(&text, now());
        }
    }
}
