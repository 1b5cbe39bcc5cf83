//! The forms `show` knows: for a person, a message a line, and the rows as they are.

use std::fmt::Write as _;

use super::Args;
use crate::{
    cli::{
        Context,
        conversation::Conversation,
        failure::Failure,
        output::{Meaning, Output},
    },
    domain::{text, transcript::Message},
    render::{
        Amount, Entry, Story, Title,
        plain::{self, Line, Tone},
    },
    wire::MessageDto,
};

/// How messages become text.
pub enum Form {
    /// For a person.
    Text {
        /// Ties answers to calls.
        story: Box<Story>,
        /// How much.
        amount: Amount,
        /// Colours.
        out: Output,
    },
    /// A message a line.
    Lines {
        /// What people do not see in goose, too.
        hidden: bool,
    },
    /// As stored.
    Raw {
        /// What people do not see in goose, too.
        hidden: bool,
    },
}

impl Form {
    /// As the flags say.
    pub fn of(args: &Args, context: &Context) -> Self {
        let hidden = args.hidden;
        if args.raw {
            return Self::Raw { hidden };
        }
        if context.common.json {
            return Self::Lines { hidden };
        }
        let amount = Amount { full: args.full, ascii: context.out.ascii };
        Self::Text { story: Box::new(Story::new(hidden)), amount, out: context.out }
    }

    /// What stands above.
    pub fn title(&self, title: &Title) -> String {
        match self {
            Self::Text { out, .. } => painted(out, &plain::title(title)),
            Self::Lines { .. } | Self::Raw { .. } => String::new(),
        }
    }

    /// Large messages are wanted as they are.
    pub fn wants_all(&self) -> bool {
        match self {
            Self::Text { amount, .. } => amount.full,
            Self::Lines { .. } => true,
            Self::Raw { .. } => false,
        }
    }

    /// The next message; what can be said by now.
    ///
    /// # Errors
    /// As the reader's.
    pub fn push(&mut self, message: Message, talk: &mut Conversation) -> Result<String, Failure> {
        match self {
            Self::Text { story, amount, out } => Ok(entries(&story.push(message), *amount, out)),
            Self::Lines { hidden } if *hidden || message.user_visible => {
                Ok(serde_json::to_string(&MessageDto::from(&message))? + "\n")
            }
            Self::Raw { hidden } if *hidden || message.user_visible => {
                Ok(escaped(&talk.stored(message.place)?) + "\n")
            }
            Self::Lines { .. } | Self::Raw { .. } => Ok(String::new()),
        }
    }

    /// What was held back.
    pub fn flush(&mut self) -> String {
        match self {
            Self::Text { story, amount, out } => entries(&story.flush(), *amount, out),
            Self::Lines { .. } | Self::Raw { .. } => String::new(),
        }
    }
}

/// A conversation, or a page of it, with its title.
pub fn render(out: &Output, title: &Title, page: &[Entry]) -> String {
    painted(out, &plain::title(title)) + &entries(page, Amount { full: false, ascii: out.ascii }, out)
}

fn entries(entries: &[Entry], amount: Amount, out: &Output) -> String {
    entries.iter().map(|entry| painted(out, &plain::entry(entry, amount))).collect()
}

fn painted(out: &Output, lines: &[Line]) -> String {
    let painted = lines.iter().map(|line| match line.tone {
        Tone::Said => line.text.clone(),
        Tone::Head => out.paint(Meaning::Strong, &line.text),
        Tone::Quiet => out.paint(Meaning::Quiet, &line.text),
        Tone::Call => out.paint(Meaning::Call, &line.text),
        Tone::Bad => out.paint(Meaning::Bad, &line.text),
    });
    painted.flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// JSON on one line, with what could act on a terminal written as JSON writes it: the same value to
/// whoever parses it.
fn escaped(json: &[u8]) -> String {
    let json = String::from_utf8_lossy(json);
    let mut line = String::with_capacity(json.len());
    for c in json.trim_end().chars() {
        match c {
            // Between values; within a string JSON forbids them.
            '\n' | '\r' | '\t' => line.push(' '),
            c if text::is_hostile(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_the_same_value() {
        let text = "a\u{202e}\u{9b}\u{e0041}\u{7f}é👩\u{200d}💻";
        let stored = format!("[\n{{\"text\":\"{text}\"}}\n]\n");
        let line = escaped(stored.as_bytes());
        assert!(!line.chars().any(text::is_hostile), "{line}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value[0]["text"], text);
    }
}
