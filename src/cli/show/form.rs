//! The forms `show` knows: for a person, and a message a line.

use super::Args;
use crate::{
    cli::{
        Context,
        failure::Failure,
        output::{Meaning, Output},
    },
    domain::transcript::Message,
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
}

impl Form {
    /// As the flags say.
    pub fn of(args: &Args, context: &Context) -> Self {
        let hidden = args.hidden;
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
            Self::Lines { .. } => String::new(),
        }
    }

    /// The next message; what can be said by now.
    ///
    /// # Errors
    /// A message that is no JSON, which would be a defect.
    pub fn push(&mut self, message: Message) -> Result<String, Failure> {
        match self {
            Self::Text { story, amount, out } => Ok(entries(&story.push(message), *amount, out)),
            Self::Lines { hidden } if *hidden || message.user_visible => {
                Ok(serde_json::to_string(&MessageDto::from(&message))? + "\n")
            }
            Self::Lines { .. } => Ok(String::new()),
        }
    }

    /// What was held back.
    pub fn flush(&mut self) -> String {
        match self {
            Self::Text { story, amount, out } => entries(&story.flush(), *amount, out),
            Self::Lines { .. } => String::new(),
        }
    }
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
