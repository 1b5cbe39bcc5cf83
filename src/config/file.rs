//! The file's twin: the keys it sets, each with its line. What it does not set is simply not here.

use std::path::Path;

use toml::de::DeTable;

use super::{
    error::ConfigError,
    fields::Raw,
    keys::{self, Key},
};
use crate::domain::text;

/// One line of the file that sets a key.
#[derive(Clone)]
pub struct Setting {
    /// Which.
    pub key: &'static Key,
    /// To what.
    pub value: Raw,
    /// Where, from 1.
    pub line: usize,
}

/// Reads the text of a configuration file.
///
/// # Errors
/// Text that is no TOML, unknown sections and unknown keys: each with its line, and the nearest known name.
pub fn parse(content: &str, path: &Path) -> Result<Vec<Setting>, ConfigError> {
    let place = |at: usize| format!("{}, line {}", text::path(path, None), line_of(content, at));
    let table = DeTable::parse(content).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        ConfigError::new(format!("not TOML: {}", text::line(e.message())), place(at))
    })?;
    let mut settings = Vec::new();
    for (section, body) in table.get_ref() {
        let (name, at) = (section.get_ref().as_ref(), section.span().start);
        if !keys::sections().any(|known| known == name) {
            return Err(unknown_top(name, place(at)));
        }
        let Some(body) = body.get_ref().as_table() else {
            let what = format!("`{name}` is a section and needs a line `[{name}]` of its own");
            return Err(ConfigError::new(what, place(at)));
        };
        for (key, value) in body {
            let (word, at) = (key.get_ref().as_ref(), key.span().start);
            let Some(known) = keys::find(&format!("{name}.{word}")) else {
                let names = keys::KEYS.iter().filter(|k| k.section == name).map(|k| k.name.to_owned());
                let near = keys::nearest(word, names).or_else(|| elsewhere(word));
                let error = ConfigError::unknown("key", word, place(at), near);
                return Err(ConfigError { what: format!("{} in [{name}]", error.what), ..error });
            };
            let value = Raw::of_toml(value.get_ref());
            settings.push(Setting { key: known, value, line: line_of(content, at) });
        }
    }
    settings.sort_by_key(|setting| setting.line);
    Ok(settings)
}

/// A name at the top of the file: a section misspelt, or a key that lost its section.
fn unknown_top(name: &str, place: String) -> ConfigError {
    let near = keys::nearest(name, keys::sections().map(str::to_owned));
    match elsewhere(name) {
        Some(path) if near.is_none() => ConfigError::unknown("section", name, place, Some(path)),
        _ => ConfigError::unknown("section", name, place, near),
    }
}

/// The full path of a key of this very name in any section.
fn elsewhere(name: &str) -> Option<String> {
    keys::KEYS.iter().find(|key| key.name == name).map(Key::path)
}

fn line_of(content: &str, at: usize) -> usize {
    let read = &content.as_bytes()[..at.min(content.len())];
    read.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(content: &str) -> String {
        let error = parse(content, Path::new("/c.toml")).map(|_| ()).unwrap_err();
        format!("{} | {} | {}", error.what, error.place, error.hint)
    }

    #[test]
    fn an_unknown_name_is_refused_with_line_and_suggestion() {
        assert_eq!(
            refusal("[poll]\ninterval = \"2s\"\n\n[health]\nstuck_afer = \"5m\"\n"),
            "unknown key `stuck_afer` in [health] | /c.toml, line 5 | did you mean `stuck_after`?"
        );
        assert!(refusal("[heatlh]\n").contains("did you mean `health`?"));
        assert!(refusal("stuck_after = \"5m\"\n").contains("did you mean `health.stuck_after`?"));
        assert!(refusal("[ui]\nread_only = true\n").contains("did you mean `actions.read_only`?"));
        assert!(refusal("health = 3\n").contains("needs a line `[health]`"));
        assert!(refusal("a = \n").starts_with("not TOML"));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(content in "(\\PC|\n)*") {
            let _ = parse(&content, Path::new("c"));
        }
    }
}
