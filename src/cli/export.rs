//! `export ID`: the whole conversation as one document.

use std::{ops::ControlFlow, process::ExitCode};

use clap::ValueEnum;
use serde_json::Value;

use super::{
    Context,
    conversation::{self, Conversation},
    failure::Failure,
    goose::Target,
    sink::{Destination, Sink},
    stop::Stop,
};
use crate::{
    domain::{text, transcript::Message},
    render::{Amount, Entry, Story, Title, html, markdown, mask, secrets},
    wire::{MessageDto, SCHEMA_VERSION, SessionDto, time},
};

/// The document's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a ticket or a wiki
    Markdown,
    /// For programs
    Json,
    /// One page for a browser that needs nothing else
    Html,
}

/// Write the whole conversation of a session as one document
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// The form; json is the same as --json
    #[arg(short, long, value_name = "FORMAT", default_value = "markdown")]
    format: Format,
    #[command(flatten)]
    destination: Destination,
    /// Messages that goose hides from people too: turn contexts, summaries
    #[arg(long)]
    hidden: bool,
    /// Keys, tokens and passwords in known forms made unreadable
    #[arg(long)]
    mask: bool,
}

/// Writes it.
///
/// # Errors
/// No such session, a store that cannot be read, or a file that is there already.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let format = if context.common.json { Format::Json } else { args.format };
    let mut talk = conversation::open(context, args.target.wanted())?;
    let mut sink = args.destination.open()?;
    let stop = Stop::catch()?;
    let mut page = Document::new(format, args);
    if write(&mut page, &mut talk, &mut sink, &stop)?.is_break() {
        return Ok(stop.code(ExitCode::SUCCESS));
    }
    args.destination.publish(sink, "")?;
    Ok(ExitCode::SUCCESS)
}

fn write(
    page: &mut Document,
    talk: &mut Conversation,
    sink: &mut Sink,
    stop: &Stop,
) -> Result<ControlFlow<()>, Failure> {
    if sink.write(&page.head(talk)?)?.is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let mut place = None;
    loop {
        let messages = talk.after(place, true)?;
        let Some(last) = messages.last() else { break };
        place = Some(last.place);
        let mut words = String::new();
        for message in messages {
            words += &page.push(message)?;
        }
        if stop.is_asked() || sink.write(&words)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    sink.write(&page.foot())
}

/// A document being written.
struct Document {
    format: Format,
    hidden: bool,
    mask: bool,
    story: Story,
    /// JSON messages so far.
    count: usize,
}

impl Document {
    fn new(format: Format, args: &Args) -> Self {
        Self { format, hidden: args.hidden, mask: args.mask, story: Story::new(args.hidden), count: 0 }
    }

    fn head(&self, talk: &Conversation) -> Result<String, Failure> {
        let mut title = talk.title();
        if self.mask {
            masked(&mut title);
        }
        Ok(match self.format {
            Format::Markdown => markdown::title(&title),
            Format::Html => html::head(&title),
            Format::Json => {
                let mut session = serde_json::to_value(SessionDto::new(&talk.view, &talk.board))?;
                if self.mask {
                    mask::value(&mut session);
                }
                let at = Value::String(time(talk.board.taken_at));
                let host = Value::String(text::line(&talk.board.host).into_owned());
                format!(
                    "{{\n\"schema_version\": {SCHEMA_VERSION},\n\"generated_at\": {at},\n\"host\": {host},\n\
                     \"masked\": {},\n\"session\": {session},\n\"messages\": [",
                    self.mask
                )
            }
        })
    }

    fn push(&mut self, mut message: Message) -> Result<String, Failure> {
        if self.mask {
            mask::message(&mut message);
        }
        if self.format != Format::Json {
            let entries = self.story.push(message);
            return Ok(self.entries(&entries));
        }
        if !(self.hidden || message.user_visible) {
            return Ok(String::new());
        }
        let comma = if self.count == 0 { "\n" } else { ",\n" };
        self.count += 1;
        Ok(format!("{comma}{}", serde_json::to_string(&MessageDto::from(&message))?))
    }

    fn entries(&self, entries: &[Entry]) -> String {
        let amount = Amount { full: true, ascii: false };
        let one = |entry| match self.format {
            Format::Html => html::entry(entry),
            Format::Markdown | Format::Json => markdown::entry(entry, amount),
        };
        entries.iter().map(one).collect()
    }

    fn foot(&mut self) -> String {
        let rest = self.story.flush();
        match self.format {
            Format::Markdown => self.entries(&rest),
            Format::Html => self.entries(&rest) + html::foot(),
            Format::Json => "\n]\n}\n".into(),
        }
    }
}

/// A name may hold a secret too: goose makes it of the first words.
pub fn masked(title: &mut Title) {
    title.name = secrets::mask(&title.name).into_owned();
    for (_, words) in &mut title.facts {
        *words = secrets::mask(words).into_owned();
    }
}
