//! The open conversation: opening and closing it, its keys, and what the board says of its session.

use chrono::{DateTime, TimeDelta, Utc};
use tui_input::Input;

use super::{App, Dialog, Target};
use crate::{
    domain::{
        board::{Board, SessionView},
        session::{Session, SessionKey},
        transcript::{Place, Wanted},
        turn::TurnState,
    },
    engine::reader::{Request, Told, Want},
    tui::{
        command::Command,
        effect::Effect,
        reader::{Live, Look, Reader, jump::Jump},
    },
};

/// A sub-agent is made within this time of the call that asks for it; stored times are whole seconds.
const SUB_AGENT_EARLY: TimeDelta = TimeDelta::seconds(2);

impl App {
    /// Opens a conversation at its end, or around a place.
    pub fn open_reader(&mut self, key: SessionKey, at: Option<Place>, now: DateTime<Utc>) -> Vec<Effect> {
        self.close_readers();
        self.start_reader(key, at, now);
        self.take_reads().map(Effect::Read).collect()
    }

    /// The open conversation.
    pub fn reader(&self) -> Option<&Reader> {
        self.reader.as_deref()
    }

    pub(super) fn start_reader(&mut self, key: SessionKey, at: Option<Place>, now: DateTime<Utc>) {
        let look = Look {
            theme: self.theme.clone(),
            utc_offset: self.options.utc_offset,
            no_color: self.options.no_color,
        };
        let parent = self.reader.take();
        let mut reader = Box::new(Reader::new(key, at, look, self.next_read));
        reader.parent = parent;
        self.reader = Some(reader);
        self.dialog = None;
        self.full = false;
        self.dirty = true;
        self.show_reader(now);
    }

    /// Back to where it was opened from.
    pub(super) fn close_reader(&mut self) {
        let Some(mut reader) = self.reader.take() else { return };
        self.keep_asked(&mut reader);
        if let Some(mut parent) = reader.parent.take() {
            parent.resume(self.next_read);
            self.reader = Some(parent);
        } else {
            self.reads.push(Request { key: reader.key().clone(), id: 0, want: Want::Rest });
        }
        self.dirty = true;
    }

    pub(super) fn close_readers(&mut self) {
        while self.reader.is_some() {
            self.close_reader();
        }
    }

    fn keep_asked(&mut self, reader: &mut Reader) {
        self.reads.extend(reader.take_asked());
        self.next_read = self.next_read.max(reader.next_id());
    }

    pub(super) fn take_reads(&mut self) -> impl Iterator<Item = Request> + use<> {
        if let Some(mut reader) = self.reader.take() {
            self.keep_asked(&mut reader);
            self.reader = Some(reader);
        }
        std::mem::take(&mut self.reads).into_iter()
    }

    pub(super) fn on_read(&mut self, told: Told) {
        if let Some(reader) = &mut self.reader {
            reader.on_told(told);
            self.dirty = true;
        }
    }

    /// Tells the conversation what the board says.
    pub(super) fn show_reader(&mut self, now: DateTime<Utc>) {
        let Some(board) = self.board.clone() else { return };
        if let Some(reader) = &mut self.reader {
            reader.on_board(live(&board, reader.key()), now);
        }
    }

    /// A movement in the conversation; false where something else is in front.
    pub(super) fn read_on(&mut self, command: Command) -> bool {
        let in_front = matches!(self.dialog, None | Some(Dialog::Find { .. })) && !self.full;
        let Some(reader) = self.reader.as_mut().filter(|_| in_front) else { return false };
        let page = reader.height() as isize;
        match command {
            Command::Next => reader.move_by(1),
            Command::Previous => reader.move_by(-1),
            Command::PageDown => reader.scroll_by((page - 1).max(1)),
            Command::PageUp => reader.scroll_by((1 - page).min(-1)),
            Command::HalfDown => reader.scroll_by((page / 2).max(1)),
            Command::HalfUp => reader.scroll_by((-page / 2).min(-1)),
            Command::First => reader.to_start(),
            Command::Last => reader.to_end(),
            _ => return false,
        }
        true
    }

    /// What only makes sense in a conversation; false for all else.
    pub(super) fn act_on_reader(&mut self, command: Command, now: DateTime<Utc>) -> bool {
        match command {
            Command::Read if self.read_hit(now) => {}
            Command::Read => self.read(now),
            Command::FindPattern => {
                if let Some(Dialog::Find { regex, .. }) = &mut self.dialog {
                    *regex = !*regex;
                }
            }
            Command::Find if self.reader.is_some() => {
                let wanted = self.reader.as_ref().and_then(|r| r.search()).map(|s| s.wanted().clone());
                let wanted = wanted.unwrap_or_default();
                self.open(Dialog::Find { input: Input::new(wanted.words), regex: wanted.regex });
            }
            Command::SubAgent => self.read_sub_agent(now),
            _ if !is_for_reader(command) => return false,
            _ => {
                let said = match &mut self.reader {
                    Some(reader) => act(reader, command),
                    None => Some("open a conversation first".into()),
                };
                if let Some(said) = said {
                    self.say(said, now);
                }
            }
        }
        true
    }

    fn read(&mut self, now: DateTime<Utc>) {
        match self.target() {
            Some(Target::Process(_)) => {
                self.full = true;
                self.scroll = 0;
            }
            Some(target) => {
                if let Some(key) = target.session().map(|session| session.key.clone()) {
                    self.close_readers();
                    self.start_reader(key, None, now);
                }
            }
            None => {}
        }
    }

    /// A search of the open conversation is in force.
    pub(super) fn has_matches(&self) -> bool {
        self.reader().is_some_and(|reader| reader.search().is_some())
    }

    pub(super) fn find(&mut self, words: &str, regex: bool) {
        if let Some(reader) = &mut self.reader {
            reader.find(Wanted { words: words.to_owned(), regex, ..Wanted::default() });
        }
    }

    pub(super) fn copy_part(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        let Some(reader) = &self.reader else {
            self.say("open a conversation first", now);
            return Vec::new();
        };
        let (what, text) = reader.copy();
        self.say(format!("copied {what}"), now);
        vec![Effect::Copy(text)]
    }

    /// Opens the conversation that the call under the cursor began.
    fn read_sub_agent(&mut self, now: DateTime<Utc>) {
        let (Some(reader), Some(board)) = (&self.reader, &self.board) else { return };
        let key = match reader.sub_agent_under_cursor() {
            Some(id) => SessionKey { store: reader.key().store, id },
            None => match begun(board, reader) {
                Ok(key) => key,
                Err(why) => return self.say(why, now),
            },
        };
        self.start_reader(key, None, now);
    }
}

/// The sub-agent that the call under the cursor began, where goose does not name it: the first made since,
/// and of calls in one message each its own, in their order.
fn begun(board: &Board, reader: &Reader) -> Result<SessionKey, &'static str> {
    let children = children(board, reader.key());
    match (&children[..], reader.call_under_cursor()) {
        ([], _) => Err("it has no sub-agent that is still known"),
        ([only], _) => Ok(only.key.clone()),
        (_, None) => Err("put the cursor on the call that began the sub-agent"),
        (several, Some((at, calls_before))) => {
            let since = |s: &&&Session| s.created_at.is_some_and(|made| made >= at - SUB_AGENT_EARLY);
            let mut since: Vec<_> = several.iter().filter(since).collect();
            // goose counts the sessions of a day: of two ids the longer is the later.
            since.sort_by_key(|s| (s.created_at, s.key.id.raw().len(), s.key.id.raw()));
            let found = since.get(calls_before).map(|session| session.key.clone());
            found.ok_or("no sub-agent was made by this call")
        }
    }
}

fn is_for_reader(command: Command) -> bool {
    use Command as C;
    jump(command).is_some()
        || matches!(command, C::FoldPart | C::FoldParts | C::Whole | C::Find | C::Follow | C::ShowHidden)
}

fn jump(command: Command) -> Option<(Jump, bool)> {
    Some(match command {
        Command::NextUser => (Jump::User, true),
        Command::PreviousUser => (Jump::User, false),
        Command::NextTool => (Jump::Tool, true),
        Command::PreviousTool => (Jump::Tool, false),
        Command::NextError => (Jump::Error, true),
        Command::PreviousError => (Jump::Error, false),
        Command::NextGap => (Jump::Gap, true),
        Command::PreviousGap => (Jump::Gap, false),
        Command::FindNext => (Jump::Hit, true),
        Command::FindPrevious => (Jump::Hit, false),
        _ => return None,
    })
}

/// Does it; a sentence where there is something to say.
fn act(reader: &mut Reader, command: Command) -> Option<String> {
    if let Some((jump, forward)) = jump(command) {
        return reader.jump(jump, forward).err();
    }
    match command {
        Command::FoldPart => (!reader.toggle_fold()).then(|| "there is nothing to fold here".into()),
        Command::FoldParts => {
            reader.toggle_all();
            None
        }
        Command::Whole => (!reader.whole()).then(|| "all of it is shown".into()),
        Command::Follow => {
            let on = reader.toggle_follow();
            Some(if on { "new messages are followed" } else { "new messages are not followed" }.into())
        }
        Command::ShowHidden => {
            let on = reader.toggle_hidden();
            Some(
                if on { "what only the model sees is shown" } else { "what only the model sees is hidden" }
                    .into(),
            )
        }
        _ => None,
    }
}

/// What the board says of a session that is read.
fn live(board: &Board, key: &SessionKey) -> Live {
    let Some(target) = Target::of(board, key) else { return Live::default() };
    let stamp = target.session().map_or_else(Default::default, |session| {
        let row = session.tail.as_ref().and_then(|tail| tail.messages.last()).map(|m| m.row);
        (session.messages, session.updated_at, row)
    });
    let Target::Live(view) = target else { return Live { stamp, ..Live::default() } };
    let owned = view.owner.is_some();
    let what = match view.turn.state {
        TurnState::WaitingForUser => Some("waiting for you".to_owned()),
        TurnState::WaitingForModel => Some("waiting for the model".into()),
        TurnState::WaitingForApproval => Some("waiting for your approval".into()),
        TurnState::RunningTool => {
            let what = view.turn.command.as_deref().or(view.turn.tool.as_deref());
            Some(format!("running {}", what.unwrap_or("a tool")))
        }
        _ => None,
    };
    let waiting = what.filter(|_| owned).zip(view.turn.since);
    Live { owned, in_tool: view.turn.state == TurnState::RunningTool, waiting, stamp }
}

/// The sub-agents of a session, living and past.
fn children<'a>(board: &'a Board, key: &SessionKey) -> Vec<&'a Session> {
    let parent = board.families().find(|view| view.key() == key);
    let living = parent.into_iter().flat_map(|view| &view.sub_agents).map(|v: &SessionView| &*v.session);
    let past = board.ended.iter().chain(&board.unlisted).map(|session| &**session);
    let past = past.filter(|s| s.key.store == key.store && s.parent.as_ref() == Some(&key.id));
    living.chain(past).collect()
}
