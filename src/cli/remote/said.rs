//! An answer of a server that is a goosetop, cleaned.

use std::{fmt::Write as _, process::ExitCode};

use serde_json::Value;

use super::Form;
use crate::{
    cli::{failure::Failure, output},
    client::{Answer, words},
    domain::text,
    wire::UNREAD,
};

/// The largest exit code of an answer that saw everything: a failure has a status of its own.
const LAST_CODE: u8 = 4;

/// What it said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit code of the verb.
    pub exit: u8,
    /// The plan that it shows, to be run by this name.
    pub plan: Option<String>,
    /// The words, or the document.
    pub body: Body,
}

/// The one or the other, as was asked for.
#[derive(Clone, Debug)]
pub enum Body {
    /// For a person.
    Words(String),
    /// For a program.
    Json(Value),
}

impl Said {
    /// What an answer says; `None` where no goosetop wrote it.
    pub fn read(answer: &Answer, form: Form, colour: bool) -> Option<Self> {
        let exit = answer
            .header("goosetop-exit")?
            .parse()
            .ok()
            .filter(|code| matches!(*code, 0..=LAST_CODE | UNREAD))?;
        let plan = match answer.header("goosetop-plan") {
            None => None,
            Some(id) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Some(id.to_owned())
            }
            Some(_) => return None,
        };
        let kind = answer.header("content-type")?.split(';').next().unwrap_or_default().trim();
        let body = match (form, kind) {
            (Form::Words, "text/plain") => {
                Body::Words(words::clean(&String::from_utf8_lossy(&answer.body), colour))
            }
            (Form::Json, "application/json") => Body::Json(serde_json::from_slice(&answer.body).ok()?),
            _ => return None,
        };
        Some(Self { exit, plan, body })
    }

    /// As it goes to standard output.
    ///
    /// # Errors
    /// JSON that cannot be written.
    pub fn text(&self) -> Result<String, Failure> {
        match &self.body {
            Body::Words(words) => Ok(words.clone()),
            Body::Json(value) => Ok(escaped(&serde_json::to_string_pretty(value)?) + "\n"),
        }
    }

    /// The document; `null` where words were asked for.
    pub fn json(&self) -> &Value {
        match &self.body {
            Body::Words(_) => &Value::Null,
            Body::Json(value) => value,
        }
    }

    /// The same with another document or other words.
    #[must_use]
    pub fn with(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// Prints it, and gives the exit code.
    ///
    /// # Errors
    /// Output that cannot be written.
    pub fn print(&self) -> Result<ExitCode, Failure> {
        output::write(&self.text()?)?;
        Ok(ExitCode::from(self.exit))
    }
}

/// JSON with what could act on a terminal written as JSON writes it: the same value to whoever parses it.
pub fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && text::is_hostile(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unread_store_has_the_code_of_what_is_not_there() {
        assert_eq!(UNREAD, crate::cli::failure::Kind::Unavailable.code());
    }

    #[test]
    fn what_is_escaped_is_the_same_value() {
        let value = serde_json::json!({ "a\u{9b}": ["\u{1b}]0;x\u{7}", "\u{202e}\u{e0041}é"] });
        let shown = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!shown.chars().any(|c| c != '\n' && text::is_hostile(c)), "{shown}");
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
    }
}
