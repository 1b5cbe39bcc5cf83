//! A key with its modifiers, in one spelling however the terminal sent it.

use std::{fmt, str::FromStr};

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key press. `G` and `shift-g` are one chord, and so are `shift-tab` and the back-tab that
/// terminals send for it: they report shift differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Chord {
    fn normal(mut code: KeyCode, mut modifiers: KeyModifiers) -> Self {
        modifiers &= KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER;
        let shift = modifiers.contains(KeyModifiers::SHIFT);
        match code {
            KeyCode::Char(c) => {
                if modifiers.contains(KeyModifiers::CONTROL) {
                    // Terminals without the newer protocols cannot tell Ctrl-d from Ctrl-D.
                    code = KeyCode::Char(c.to_ascii_lowercase());
                } else if shift {
                    code = KeyCode::Char(c.to_ascii_uppercase());
                }
                modifiers.remove(KeyModifiers::SHIFT);
            }
            KeyCode::Tab if shift => {
                code = KeyCode::BackTab;
                modifiers.remove(KeyModifiers::SHIFT);
            }
            KeyCode::BackTab => modifiers.remove(KeyModifiers::SHIFT),
            _ => {}
        }
        Self { code, modifiers }
    }
}

impl From<KeyEvent> for Chord {
    fn from(key: KeyEvent) -> Self {
        Self::normal(key.code, key.modifiers)
    }
}

impl FromStr for Chord {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // crokey lowers everything: a single capital letter means that letter with shift.
        let mut chars = text.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return Ok(Self::normal(KeyCode::Char(c), KeyModifiers::NONE));
        }
        let combination = crokey::parse(text).map_err(|_| ())?;
        match combination.codes {
            crokey::OneToThree::One(code) => Ok(Self::normal(code, combination.modifiers)),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Chord {
    /// As people write keys: `Enter`, `Ctrl-d`, `G`, `Shift-Tab`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.modifiers) {
            (KeyCode::BackTab, m) if m.is_empty() => f.write_str("Shift-Tab"),
            (KeyCode::Char(c), m) if m.is_empty() && c != ' ' => write!(f, "{c}"),
            (KeyCode::Char(c), KeyModifiers::CONTROL) if c != ' ' => write!(f, "Ctrl-{c}"),
            (KeyCode::PageDown, m) if m.is_empty() => f.write_str("PgDn"),
            (KeyCode::PageUp, m) if m.is_empty() => f.write_str("PgUp"),
            (code, modifiers) => {
                let combination = crokey::KeyCombination::new(code, modifiers);
                f.write_str(&crokey::KeyCombinationFormat::default().to_string(combination))
            }
        }
    }
}
