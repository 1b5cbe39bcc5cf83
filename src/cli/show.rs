//! `show ID`: the conversation, for a person, a pipe or a program.

mod far;
mod form;

use std::{ops::ControlFlow, process::ExitCode, time::Duration};

use super::{
    Context,
    conversation::{self, Conversation},
    failure::Failure,
    goose::Target,
    output,
    sink::Sink,
    stop::Stop,
};
use crate::domain::{board::SessionView, transcript::Place};
pub use far::far;
use form::Form;
pub use form::render;

/// Between two looks for new messages.
const POLL: Duration = Duration::from_secs(1);

/// Between two looks at whether somebody asked for the end.
const TICK: Duration = Duration::from_millis(100);

/// Looks for new messages between two looks at the process table, which costs more.
const OWNER_EVERY: u32 = 5;

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
    follow(&mut showing, &mut talk, place, context)
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
            let mut words = String::new();
            for message in page {
                words += &self.form.push(message, talk)?;
            }
            if self.sink.write(&words)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
}

/// New messages as they come.
fn follow(
    showing: &mut Showing,
    talk: &mut Conversation,
    mut place: Option<Place>,
    context: &Context,
) -> Result<ExitCode, Failure> {
    if !may_go_on(&talk.view) {
        output::talk("goosetop: nobody drives this session; nothing will follow\n");
        return Ok(ExitCode::SUCCESS);
    }
    let stop = Stop::catch()?;
    let (mut first, _) = talk.ends()?;
    for look in 1u32.. {
        for _ in 0..POLL.as_millis() / TICK.as_millis() {
            if stop.is_asked() {
                return Ok(stop.code(ExitCode::SUCCESS));
            }
            std::thread::sleep(TICK);
        }
        let (now_first, now_last) = talk.ends()?;
        if now_first != first {
            // Compaction gives every message a new place: going on from the old one would repeat them.
            output::talk("goosetop: the conversation was rewritten; going on from its end\n");
            (first, place) = (now_first, now_last);
        }
        let over = look % OWNER_EVERY == 0 && ended(context, talk);
        if showing.all(talk, &mut place)?.is_break() {
            return Ok(ExitCode::SUCCESS);
        }
        let rest = showing.form.flush();
        if showing.sink.write(&rest)?.is_break() {
            return Ok(ExitCode::SUCCESS);
        }
        if over {
            output::talk("goosetop: the session's owner has ended\n");
            return Ok(ExitCode::SUCCESS);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Somebody drives the session, or nobody can tell.
fn may_go_on(view: &SessionView) -> bool {
    view.owner.is_some() || view.doubt.is_some()
}

fn ended(context: &Context, talk: &Conversation) -> bool {
    let board = context.world().board(false);
    super::explain::find(&board, talk.view.key().id.raw()).is_ok_and(|view| !may_go_on(&view))
}
