//! Whether one message is wanted, and the hit it makes.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Matcher, excerpt, quick, rare::Rare};
use crate::domain::{
    find::any_text,
    session::{Role, SessionId},
    transcript::{Hit, Part, Place, ReadError, Wanted},
};

/// [`Wanted`], ready for use.
#[derive(Clone)]
pub struct Query {
    /// The words.
    pub matcher: Matcher,
    /// Hits that are told at most.
    pub most: Option<usize>,
    /// Messages that people are not shown are wanted too.
    pub hidden: bool,
    role: Option<Role>,
    tool: Option<String>,
    since: Option<DateTime<Utc>>,
}

/// A message as the search sees it.
pub struct Seen<'a> {
    /// Whose.
    pub session: &'a SessionId,
    /// Where.
    pub place: Place,
    /// Who said it.
    pub role: &'a Role,
    /// People are not shown it.
    pub hidden: bool,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// What.
    pub parts: &'a [Part],
}

/// What a quick look says.
pub enum Quick {
    /// Nothing: it has to be parsed.
    Parse,
    /// It does not fit.
    No,
    /// It fits.
    Fits,
    /// It fits, and says this.
    Hit(Words),
}

/// What a message says that fits.
pub struct Words {
    /// As [`Hit::excerpt`].
    pub excerpt: String,
    /// As [`Hit::fits`].
    pub fits: Range<usize>,
    /// As [`Hit::in_tool`].
    pub in_tool: bool,
}

impl Words {
    fn around(text: &str, fits: Range<usize>, in_tool: bool) -> Self {
        let (excerpt, fits) = excerpt::around(text, fits);
        Self { excerpt, fits, in_tool }
    }
}

impl Query {
    /// Fails where the pattern cannot be read.
    pub fn new(wanted: &Wanted) -> Result<Self, ReadError> {
        Ok(Self {
            matcher: Matcher::of(wanted)?,
            most: wanted.most,
            hidden: wanted.hidden,
            role: wanted.role.clone(),
            tool: wanted.tool.as_ref().map(|tool| tool.to_lowercase()),
            since: wanted.since,
        })
    }

    /// What can be said without reading the content. A message without a time is not known to be new.
    pub fn may_fit(&self, at: Option<DateTime<Utc>>, role: impl FnOnce() -> Role) -> bool {
        self.since.is_none_or(|since| at.is_some_and(|at| at >= since))
            && self.role.as_ref().is_none_or(|wanted| role() == *wanted)
    }

    /// What can be said of a stored message at once; [`Quick::Parse`] where it is worth [`Self::quick`].
    pub fn glance(&self, json: &[u8], keep: bool) -> Quick {
        let literal = self.matcher.literal().filter(|_| self.tool.is_none());
        literal
            .and_then(|words| in_plain_words(words, json, keep))
            .unwrap_or_else(|| if self.matcher.worth(json) { Quick::Parse } else { Quick::No })
    }

    /// What can be said of a stored message without parsing it.
    pub fn quick(&self, json: &[u8], keep: bool) -> Quick {
        if self.tool.is_some() {
            return Quick::Parse;
        }
        let mut found = None;
        let fits = quick::any(json, &mut |words, in_tool| {
            if in_tool && !self.matcher.takes_results() {
                return false;
            }
            let range = self.matcher.find(words);
            let fits = range.is_some();
            found = range.filter(|_| keep).map(|range| Words::around(words, range, in_tool));
            fits
        });
        match (fits, found) {
            (None, _) => Quick::Parse,
            (Some(false), _) => Quick::No,
            (Some(true), None) => Quick::Fits,
            (Some(true), Some(words)) => Quick::Hit(words),
        }
    }

    /// The message's first text that fits. `tool_of` knows the tool of a call, by its id: a response
    /// does not name it.
    pub fn hit(&self, seen: &Seen<'_>, tool_of: &mut dyn FnMut(&str) -> Option<String>) -> Option<Hit> {
        let found = seen.parts.iter().find_map(|part| {
            let found = self.find(part)?;
            self.tool_fits(part, tool_of).then_some(found)
        });
        let Words { excerpt, fits, in_tool } = found?;
        let (session, role) = (seen.session.clone(), seen.role.clone());
        let (place, at, hidden) = (seen.place, seen.at, seen.hidden);
        Some(Hit { session, place, role, in_tool, hidden, at, excerpt, fits })
    }

    fn find(&self, part: &Part) -> Option<Words> {
        if !self.matcher.takes(part) {
            return None;
        }
        let in_tool = matches!(part, Part::ToolRequest { .. } | Part::ToolResponse { .. });
        let mut found = None;
        any_text(part, &mut |text| {
            found = self.matcher.find(text).map(|range| Words::around(text, range, in_tool));
            found.is_some()
        });
        found
    }

    fn tool_fits(&self, part: &Part, tool_of: &mut dyn FnMut(&str) -> Option<String>) -> bool {
        let Some(wanted) = &self.tool else { return true };
        let fits = |tool: &str| tool.to_lowercase().contains(wanted);
        match part {
            Part::ToolRequest { tool, .. } => fits(tool),
            Part::ToolResponse { id, .. } => tool_of(id).is_some_and(|tool| fits(&tool)),
            _ => false,
        }
    }
}

/// `None` where the message is not of plain words, or not surely.
fn in_plain_words(words: &Rare, json: &[u8], keep: bool) -> Option<Quick> {
    if !keep && quick::surely_says(json, words) {
        return Some(Quick::Fits);
    }
    let text = quick::plain_text(json)?;
    Some(match words.find(text.as_bytes()) {
        Some(range) if keep => Quick::Hit(Words::around(text, range, false)),
        Some(_) => Quick::Fits,
        None => Quick::No,
    })
}

/// The tool that these parts ask for under an id.
pub fn tool_in(parts: &[Part], wanted: &str) -> Option<String> {
    parts.iter().find_map(|part| match part {
        Part::ToolRequest { id, tool, .. } if id == wanted => Some(tool.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sources::transcript::parse;

    /// What is hard to search: escapes, letters of one fold, names of blocks.
    const PIECES: [&str; 21] = [
        "a",
        "B",
        "k",
        "S",
        "ſ",
        "\u{212A}",
        "é",
        "É",
        " ",
        "\n",
        "\\",
        "u",
        "\"",
        "/",
        "\u{1b}[1m",
        "\u{9b}1m",
        "\u{7}",
        "type",
        "audio",
        "n",
        "\u{200b}",
    ];

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8).prop_map(|all| all.concat())
    }

    fn stored() -> impl Strategy<Value = String> {
        let block = (text(), 0..4_u8).prop_map(|(text, kind)| match kind {
            0 => serde_json::json!({ "type": "toolResponse", "id": "c", "toolResult": { "status": "success",
                "value": { "content": [{ "type": "text", "text": text }], "isError": false } } }),
            1 => serde_json::json!({ "type": "audio", "mimeType": text }),
            _ => serde_json::json!({ "type": "text", "text": text }),
        });
        let odd = (any::<bool>(), prop::option::weighted(0.1, any::<prop::sample::Index>()));
        (prop::collection::vec(block, 1..3), odd).prop_map(|(blocks, (spelled, torn))| {
            let mut json = serde_json::to_string(&blocks).unwrap();
            if spelled {
                // An `a` as nobody needs to write it.
                json = json.replacen("\"text\":\"", "\"text\":\"\\u0061", 1);
            }
            if let Some(at) = torn.map(|index| json.floor_char_boundary(index.index(json.len()))) {
                json.truncate(at);
            }
            json
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_said_without_parsing_is_what_parsing_says(words in text(), json in stored(), said: bool) {
            let wanted = Wanted { words, role: said.then_some(Role::User), ..Wanted::default() };
            let (query, parts) = (Query::new(&wanted).unwrap(), parse::content(json.as_bytes()).0);
            let (session, role) = (SessionId::new("s"), Role::User);
            let place = Place { at: 0, row: 0 };
            let seen = Seen { session: &session, place, role: &role, hidden: false, at: None, parts: &parts };
            let hit = query.hit(&seen, &mut |_| None).map(|hit| (hit.excerpt, hit.fits, hit.in_tool));
            let json = json.as_bytes();
            for quick in [query.glance(json, true), query.quick(json, true)] {
                match quick {
                    Quick::Hit(Words { excerpt, fits, in_tool }) => {
                        prop_assert_eq!(Some((excerpt, fits, in_tool)), hit.clone());
                    }
                    Quick::No => prop_assert_eq!(None, hit.clone()),
                    Quick::Fits => prop_assert!(false, "it was to be kept"),
                    Quick::Parse => {}
                }
            }
            match query.glance(json, false) {
                Quick::Fits => prop_assert!(hit.is_some()),
                Quick::No => prop_assert!(hit.is_none()),
                _ => {}
            }
        }
    }
}
