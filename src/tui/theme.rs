//! Colours by meaning, and an ASCII twin for every sign. The only file that knows a colour.

use std::{collections::BTreeMap, str::FromStr};

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use crate::domain::health::Health;

const DEFAULT: &str = include_str!("../../assets/theme.toml");

/// What something means on the screen.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Role {
    Orphaned,
    Stuck,
    Unknown,
    Healthy,
    Ended,
    Text,
    Muted,
    Strong,
    Title,
    Border,
    Selected,
    Key,
    Banner,
    Notice,
    Mark,
    Tagged,
    Frozen,
    You,
    Goose,
    Tool,
    Code,
    Link,
    Added,
    Removed,
    Found,
    Failed,
}

impl From<Health> for Role {
    fn from(health: Health) -> Self {
        match health {
            Health::Orphaned => Self::Orphaned,
            Health::Stuck => Self::Stuck,
            Health::Unknown => Self::Unknown,
            Health::Healthy => Self::Healthy,
            Health::Ended => Self::Ended,
        }
    }
}

/// The sign of a class; a state is never colour alone.
pub fn sign(health: Health) -> &'static str {
    match health {
        Health::Orphaned => "✖",
        Health::Stuck => "▲",
        Health::Unknown => "?",
        Health::Healthy => "●",
        Health::Ended => "○",
    }
}

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, or values that are not text.
    #[error("the theme cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// No such meaning.
    #[error("the theme styles `{name}`, which does not exist; there are {known}")]
    Role {
        /// What was named.
        name: String,
        /// What there is.
        known: String,
    },
    /// Neither colour nor modifier.
    #[error(
        "the theme's `{role}` has the word `{word}`, which is no colour and none of bold, dim, italic, underlined, reversed, on"
    )]
    Word {
        /// Whose style.
        role: Role,
        /// What was given.
        word: String,
    },
}

/// A style for every meaning.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: BTreeMap<Role, Style>,
}

impl Default for Theme {
    /// The embedded theme; a test holds that it loads.
    fn default() -> Self {
        Self::load(None).unwrap_or(Self { styles: BTreeMap::new() })
    }
}

impl Theme {
    /// The embedded theme with a person's own over it.
    pub fn load(user: Option<&str>) -> Result<Self, ThemeError> {
        let mut styles = read(DEFAULT)?;
        if let Some(user) = user {
            styles.extend(read(user)?);
        }
        Ok(Self { styles })
    }

    /// The same without colours: signs, words and modifiers remain.
    #[must_use]
    pub fn without_colours(mut self) -> Self {
        for style in self.styles.values_mut() {
            style.fg = None;
            style.bg = None;
        }
        self
    }

    /// How a meaning looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}

fn read(text: &str) -> Result<BTreeMap<Role, Style>, ThemeError> {
    let table: BTreeMap<String, String> = toml::from_str(text)?;
    let mut styles = BTreeMap::new();
    for (name, words) in table {
        let role = Role::from_str(&name).map_err(|_| ThemeError::Role {
            known: Role::iter().map(Into::<&str>::into).collect::<Vec<_>>().join(" "),
            name,
        })?;
        styles.insert(role, style(role, &words)?);
    }
    Ok(styles)
}

fn style(role: Role, words: &str) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        let colour = |word: Option<&str>| {
            let word = word.unwrap_or("on");
            Color::from_str(word).map_err(|_| ThemeError::Word { role, word: word.to_owned() })
        };
        style = match word {
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            "on" => style.bg(colour(words.next())?),
            word => style.fg(colour(Some(word))?),
        };
    }
    Ok(style)
}

/// Every sign that the views draw, and what stands for it with `--ascii`.
const TWINS: &[(char, &str)] = &[
    ('●', "o"),
    ('▲', "!"),
    ('✖', "x"),
    ('○', "-"),
    ('•', "*"),
    ('›', ">"),
    ('·', "-"),
    ('…', "~"),
    ('─', "-"),
    ('│', "|"),
    ('┌', "+"),
    ('┐', "+"),
    ('└', "+"),
    ('┘', "+"),
    ('├', "|"),
    ('▸', ">"),
    ('▾', "v"),
    ('→', ">"),
    ('▏', "|"),
    ('×', "x"),
    ('“', "\""),
    ('”', "\""),
    ('’', "'"),
    ('▁', "_"),
    ('▂', "."),
    ('▃', "-"),
    ('▄', "="),
    ('▅', "+"),
    ('▆', "*"),
    ('▇', "#"),
    ('█', "@"),
    ('▓', "%"),
    ('░', "."),
    ('▌', ":"),
    ('✓', "v"),
    ('–', "-"),
    ('┼', "+"),
];

/// Turns every cell into ASCII: signs into their twins, anything else from outside into `?`. Done on
/// the finished picture, so that no view can forget it.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let first = symbol.chars().next().unwrap_or(' ');
        let twin = TWINS.iter().find(|(sign, _)| *sign == first).map_or("?", |(_, twin)| twin);
        cell.set_symbol(twin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_theme_styles_every_role() {
        let theme = Theme::load(None).unwrap();
        assert!(Role::iter().all(|role| theme.styles.contains_key(&role)));
    }

    #[test]
    fn own_styles_lie_over_and_mistakes_are_sentences() {
        let theme = Theme::load(Some("healthy = \"bold white on blue\"")).unwrap();
        let style = theme.style(Role::Healthy);
        assert_eq!((style.fg, style.bg), (Some(Color::White), Some(Color::Blue)));
        assert_eq!(theme.style(Role::Stuck).fg, Some(Color::Yellow));
        assert_eq!(theme.without_colours().style(Role::Healthy).fg, None);
        assert!(Theme::load(Some("helthy = \"\"")).unwrap_err().to_string().contains("`helthy`"));
        assert!(Theme::load(Some("healthy = \"greeen\"")).unwrap_err().to_string().contains("`greeen`"));
        assert!(Theme::load(Some("healthy = \"on\"")).is_err());
    }
}
