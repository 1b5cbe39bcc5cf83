//! `show ID`: the conversation, for a person, a pipe or a program.

mod far;
mod follow;
mod form;

use std::{ops::ControlFlow, process::ExitCode};

use super::{
    Context,
    conversation::{self, Conversation},
    failure::Failure,
    goose::Target,
    sink::Sink,
};
use crate::domain::transcript::{Message, Place};
pub use far::far;
use form::Form;
pub use form::render;

/// Show the conversation of a session
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Begin with the newest N messages
    #[arg(long, value_name = "N")]
    tail: Option<usize>,
    /// Go on with what is said from now on, until Ctrl-C or until the session's owner ends
    #[arg(short = 'F', long)]
    follow: bool,
    /// The messages' JSON as goose stored it, one a line; control characters escaped
    #[arg(long, conflicts_with_all = ["full", "json"])]
    raw: bool,
    /// Messages that goose hides from people too: turn contexts, summaries
    #[arg(long)]
    hidden: bool,
    /// All that tools printed, their arguments and the reasoning
    #[arg(long)]
    full: bool,
    /// Never through a pager
    #[arg(long)]
    no_pager: bool,
}

/// Shows it.
///
/// # Errors
/// No such session, or a store that cannot be read.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let mut talk = conversation::open(context, args.target.wanted())?;
    let form = Form::of(args, context);
    let for_person = !context.common.json && !args.raw;
    let sink = Sink::paged(context, for_person && !args.follow && !args.no_pager);
    let mut place = match args.tail {
        Some(count) => talk.before_newest(count, |m| args.hidden || m.user_visible)?,
        None => None,
    };
    let mut showing = Showing { form, sink };
    let title = showing.form.title(&talk.title());
    if showing.sink.write(&title)?.is_break() || showing.all(&mut talk, &mut place)?.is_break() {
        return Ok(ExitCode::SUCCESS);
    }
    let rest = showing.form.flush();
    if showing.sink.write(&rest)?.is_break() || !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    follow::follow(&mut showing, &mut talk, place, context)
}

struct Showing {
    form: Form,
    sink: Sink,
}

impl Showing {
    /// Everything after `place`, which moves on; `Break` where nobody reads any more.
    fn all(
        &mut self,
        talk: &mut Conversation,
        place: &mut Option<Place>,
    ) -> Result<ControlFlow<()>, Failure> {
        loop {
            let page = talk.after(*place, self.form.wants_all())?;
            let Some(last) = page.last() else { return Ok(ControlFlow::Continue(())) };
            *place = Some(last.place);
            if self.these(page, talk)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    fn these(&mut self, messages: Vec<Message>, talk: &mut Conversation) -> Result<ControlFlow<()>, Failure> {
        let mut words = String::new();
        for message in messages {
            words += &self.form.push(message, talk)?;
        }
        self.sink.write(&words)
    }
}
