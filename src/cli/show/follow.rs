//! `show --follow`: new messages as they come, each once, in order.

use std::{process::ExitCode, time::Duration};

use super::Showing;
use crate::{
    cli::{
        Context, conversation::Conversation, explain::find_to_read, failure::Failure, output, sink::Sink,
        stop::Stop,
    },
    domain::{board::SessionView, transcript::Place},
};

/// Between two looks for new messages.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// Between two looks at whether somebody asked for the end.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// Looks for new messages between two looks at the process table, which costs more.
const OWNER_EVERY: u32 = 5;

/// Goes on after `place` until somebody asks for the end, nobody reads any more, or the owner ends.
pub(super) fn follow(
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
    let mut same = same_moment(talk, place)?;
    for look in 1u32.. {
        for _ in 0..POLL.as_millis() / TICK.as_millis() {
            if stop.is_asked() {
                return Ok(stop.code(ExitCode::SUCCESS));
            }
            if !is_read(&showing.sink) {
                return Ok(ExitCode::SUCCESS);
            }
            std::thread::sleep(TICK);
        }
        // The owner first: what it said before it ended is then in the store.
        let over = look.is_multiple_of(OWNER_EVERY) && ended(context, talk);
        let (now_first, _) = talk.ends()?;
        if now_first != first {
            output::talk(
                "goosetop: the conversation was rewritten, as a compaction does; what follows is new\n",
            );
            first = now_first;
            place = place.map(|place| moved(talk, place, same)).transpose()?;
        }
        let before = place;
        let shown = showing.all(talk, &mut place)?;
        if place != before {
            same = same_moment(talk, place)?;
        }
        let rest = showing.form.flush();
        if shown.is_break() || showing.sink.write(&rest)?.is_break() {
            return Ok(ExitCode::SUCCESS);
        }
        if over {
            output::talk("goosetop: the session's owner has ended\n");
            return Ok(ExitCode::SUCCESS);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Just before everything that was said in that second.
fn before_moment(at: i64) -> Place {
    Place { at: at.saturating_sub(1), row: i64::MAX }
}

/// Messages of the same second up to this one: the only way to tell it from its neighbours when rows are
/// written anew, because that keeps their times and their order and nothing else.
fn same_moment(talk: &mut Conversation, place: Option<Place>) -> Result<usize, Failure> {
    let Some(place) = place else { return Ok(0) };
    let messages = talk.after(Some(before_moment(place.at)), false)?;
    Ok(messages.iter().take_while(|m| m.place.at == place.at && m.place.row <= place.row).count())
}

/// Where a message stands after the rows were written anew.
fn moved(talk: &mut Conversation, place: Place, same: usize) -> Result<Place, Failure> {
    let before = before_moment(place.at);
    let messages = talk.after(Some(before), false)?;
    let known = messages.iter().take_while(|m| m.place.at == place.at).take(same);
    Ok(known.last().map_or(before, |m| m.place))
}

/// Whoever reads standard output is still there. A pipe tells only whoever asks, or writes.
#[cfg(unix)]
fn is_read(sink: &Sink) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    if !matches!(sink, Sink::Stdout) {
        return true;
    }
    let stdout = std::io::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    let none = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&none)).is_err() || !asked[0].revents().contains(PollFlags::ERR)
}

#[cfg(not(unix))]
fn is_read(_: &Sink) -> bool {
    true
}

/// Somebody drives the session, or nobody can tell.
fn may_go_on(view: &SessionView) -> bool {
    view.owner.is_some() || view.doubt.is_some()
}

fn ended(context: &Context, talk: &Conversation) -> bool {
    let board = context.world().board(false);
    find_to_read(&board, talk.view.key().id.raw()).is_ok_and(|view| !may_go_on(&view))
}
