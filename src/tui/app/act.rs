//! What each command does to the screen.

use chrono::{DateTime, Utc};
use strum::{EnumCount, IntoEnumIterator};
use tui_input::Input;

use super::{App, Dialog, RowId, ScreenKind, Target, Why, list::Motion};
use crate::{
    domain::{board::ProcRole, health::Health, query::Sort},
    tui::{command::Command, effect::Effect},
};

impl App {
    pub(super) fn act(&mut self, command: Command, now: DateTime<Utc>) -> Vec<Effect> {
        self.dirty = true;
        if let Some(motion) = self.motion(command) {
            if !self.read_on(command) {
                self.travel(motion);
            }
            return Vec::new();
        }
        match command {
            Command::Quit => return self.quit(now),
            Command::Suspend if self.run.is_some() => {
                self.say("not suspended: what is being ended would be left half ended", now);
            }
            Command::Suspend => return vec![Effect::Suspend],
            Command::Refresh if self.results_in_front().is_some() => {
                return self.search_again(now).unwrap_or_default();
            }
            Command::Refresh => {
                self.say("looking at everything again", now);
                return self.want_insights(true, now).into_iter().chain([Effect::Refresh]).collect();
            }
            Command::Pause => {
                self.paused = !self.paused;
                return vec![Effect::Pause(self.paused)];
            }
            Command::Mouse => {
                self.mouse = !self.mouse;
                let said = if self.mouse { "mouse on: click selects, the wheel moves" } else { "mouse off" };
                self.say(said, now);
                return vec![Effect::Mouse(self.mouse)];
            }
            Command::CopyId => return self.copy_ids(now),
            Command::CopyResume => return self.copy_resume(now),
            Command::Accept => return self.accept(now),
            Command::Complete => self.complete(),
            Command::Back => self.back(),
            Command::Freeze => self.freeze(now),
            Command::Dashboard => self.go_to(ScreenKind::Dashboard),
            Command::Sessions => self.go_to(ScreenKind::Sessions),
            Command::Processes => self.go_to(ScreenKind::Processes),
            Command::Events => self.go_to(ScreenKind::Events),
            Command::Insights => self.go_to(ScreenKind::Insights),
            Command::NextMeasure => self.next_measure(),
            Command::NextScreen => self.turn(1),
            Command::PreviousScreen => self.turn(ScreenKind::COUNT - 1),
            Command::NextPane | Command::PreviousPane => {
                self.list_mut().go_pane(command == Command::NextPane);
            }
            Command::NextAlert => self.next_alert(now),
            Command::Fold => self.fold(now),
            Command::UnfoldAll => {
                self.unfold_all = !self.unfold_all;
                self.rebuild();
            }
            Command::Sort => {
                let at = Sort::iter().position(|s| s == self.sort).unwrap_or(0);
                self.open(Dialog::Sort { at });
            }
            Command::SortReverse => {
                self.reverse = !self.reverse;
                self.rebuild();
            }
            Command::Filter => self.open_filter(),
            Command::Search => self.open_search(),
            Command::Palette => self.open(Dialog::Palette { input: Input::default(), at: 0 }),
            Command::Help if matches!(self.dialog, Some(Dialog::Help)) => self.back(),
            Command::Help => self.open(Dialog::Help),
            Command::Open => {
                self.full = self.target().is_some();
                self.scroll = 0;
            }
            Command::Why => self.why(now),
            Command::Acknowledge => self.hush(false, now),
            Command::Snooze => self.hush(true, now),
            Command::Tag => self.tag(),
            Command::UntagAll => self.tags.clear(),
            Command::Demo => self.say("try it with a demo world: run `goosetop demo`", now),
            other if self.act_on_reader(other, now) => {}
            Command::CopyPart => return self.copy_part(now),
            other => return self.act_on_world(other, now),
        }
        Vec::new()
    }

    /// The movement a command means, in rows or lines of whatever is in front.
    fn motion(&self, command: Command) -> Option<Motion> {
        let texts = match &self.dialog {
            Some(dialog) => dialog.scrolls(),
            None => self.is_text(),
        };
        let page = if texts { self.hits.page } else { usize::from(self.hits.list.height) };
        let page = page.max(2) as isize;
        Some(match command {
            Command::Next => Motion::By(1),
            Command::Previous => Motion::By(-1),
            Command::PageDown => Motion::By(page - 1),
            Command::PageUp => Motion::By(1 - page),
            Command::HalfDown => Motion::By(page / 2),
            Command::HalfUp => Motion::By(-page / 2),
            Command::First => Motion::First,
            Command::Last => Motion::Last,
            _ => return None,
        })
    }

    fn travel(&mut self, motion: Motion) {
        let clamp = |at: usize, count: usize| match motion {
            Motion::First => 0,
            Motion::Last => count.saturating_sub(1),
            Motion::By(step) => at.saturating_add_signed(step).min(count.saturating_sub(1)),
        };
        let is_text = self.is_text();
        match &mut self.dialog {
            Some(Dialog::Sort { at }) => *at = clamp(*at, Sort::COUNT),
            Some(Dialog::Palette { input, at }) => *at = clamp(*at, Self::palette(input.value()).len()),
            Some(Dialog::Filter { .. } | Dialog::Find { .. } | Dialog::Search { .. }) => self.go(motion),
            Some(_) => self.scroll_to(motion),
            None if is_text => self.scroll_to(motion),
            None => self.go(motion),
        }
    }

    /// Moves in the list in front.
    pub(super) fn go(&mut self, motion: Motion) {
        match &mut self.results {
            Some(results) => results.go(motion),
            None => self.list_mut().go(motion),
        }
    }

    fn scroll_to(&mut self, motion: Motion) {
        match motion {
            Motion::First => self.scroll = 0,
            Motion::Last => self.scroll = self.hits.scroll_max,
            Motion::By(step) => self.scroll_by(step),
        }
    }

    pub(super) fn scroll_by(&mut self, step: isize) {
        self.scroll = self.scroll.saturating_add_signed(step).min(self.hits.scroll_max);
    }

    /// The body of the screen is a text, not a list.
    pub(super) fn is_text(&self) -> bool {
        let texts = matches!(self.screen, ScreenKind::Events | ScreenKind::Insights);
        self.full || (texts && self.results.is_none())
    }

    pub(super) fn open(&mut self, dialog: Dialog) {
        self.dialog = Some(dialog);
        self.scroll = 0;
    }

    fn go_to(&mut self, screen: ScreenKind) {
        self.dialog = None;
        self.close_readers();
        self.close_results();
        self.full = false;
        if self.screen != screen {
            // A row that is on both screens stays under the cursor.
            let selected = self.selected().cloned();
            self.screen = screen;
            self.scroll = 0;
            self.rebuild();
            if let Some(at) = selected.and_then(|id| self.list().find(&id)) {
                self.list_mut().select(at);
            }
        }
    }

    fn turn(&mut self, steps: usize) {
        let all: Vec<ScreenKind> = ScreenKind::iter().collect();
        self.go_to(all[(self.screen as usize + steps) % all.len()]);
    }

    fn back(&mut self) {
        match self.dialog.take() {
            Some(Dialog::Filter { .. }) => self.set_filter(""),
            Some(_) => {}
            None if self.full => self.full = false,
            // Its matches are left first; those that a hit brought along lead back to the other hits.
            None if self.results.is_none() && self.has_matches() => self.find("", false),
            None if self.reader.is_some() => self.close_reader(),
            None if self.results.is_some() => self.leave_results(),
            None => self.set_filter(""),
        }
    }

    fn accept(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        match self.dialog.take() {
            // Only what asks to be run runs.
            asking @ Some(Dialog::Asking(_)) => self.dialog = asking,
            // What cannot be read stays in its line, with the reason beside it.
            typing @ Some(Dialog::Filter { .. }) if self.filter.error.is_some() => self.dialog = typing,
            Some(Dialog::Find { input, regex }) => self.find(input.value(), regex),
            Some(Dialog::Search { input, .. }) => return self.search(input.value(), now),
            Some(Dialog::Project { input, status }) => self.ask_cleanup(input.value(), status, now),
            Some(Dialog::Resume(preflight)) => return self.resume(preflight, now),
            Some(Dialog::Sort { at }) => {
                self.sort = Sort::iter().nth(at).unwrap_or_default();
                self.rebuild();
            }
            Some(Dialog::Palette { input, at }) => {
                let Some(command) = Self::palette(input.value()).get(at).copied() else {
                    self.say(format!("there is no command `{}`", input.value().trim()), now);
                    return Vec::new();
                };
                return self.act(command, now);
            }
            _ => {}
        }
        Vec::new()
    }

    fn complete(&mut self) {
        if let Some(Dialog::Palette { input, at }) = &mut self.dialog
            && let Some(command) = Self::palette(input.value()).get(*at)
        {
            *input = Input::new(command.to_string());
            *at = 0;
        }
    }

    fn freeze(&mut self, now: DateTime<Utc>) {
        self.frozen = !self.frozen;
        if !self.frozen
            && let Some(board) = self.held.take()
        {
            self.show(board, now);
        }
    }

    fn why(&mut self, now: DateTime<Utc>) {
        let board = self.board.as_deref();
        let target = self.target();
        if let Some(view) = target.zip(board).and_then(|(target, board)| target.view(board)) {
            let view = view.into_owned();
            let why = Why { id: RowId::Session(view.key().clone()), view, gone: false };
            return self.open(Dialog::Why(Box::new(why)));
        }
        if let Some(Target::Process(view)) = target {
            let finding = self.board.as_ref().and_then(|b| b.findings.get(&view.proc.id.pid));
            let said = finding.map(|f| f.message.clone());
            let said = said.or_else(|| view.evidence.first().map(|e| e.detail.clone()));
            self.say(said.unwrap_or_else(|| format!("{}, without further evidence", view.role)), now);
        }
    }

    fn tag(&mut self) {
        let Some(id) = self.selected().cloned() else { return };
        if !self.tags.remove(&id) {
            self.tags.insert(id);
        }
        self.list_mut().go(Motion::By(1));
    }

    fn fold(&mut self, now: DateTime<Utc>) {
        let Some(Target::Live(view)) = self.target() else { return };
        if view.sub_agents.is_empty() {
            self.say("it has no sub-agents", now);
            return;
        }
        let key = view.key().clone();
        if !self.unfolded.remove(&key) {
            self.unfolded.insert(key);
        }
        self.rebuild();
    }

    fn next_alert(&mut self, now: DateTime<Utc>) {
        let Some(board) = self.board.clone() else { return };
        let (changed, hushed) = (self.changed.clone(), self.hushed.clone());
        let found = self.list_mut().go_where(|row, id| match row.target(&board) {
            Some(Target::Live(view)) if hushed.contains_key(view.key()) => false,
            Some(Target::Live(view)) => {
                !matches!(view.health, Health::Healthy | Health::Ended)
                    || view.is_marked()
                    || id.session().is_some_and(|key| changed.contains(key))
            }
            Some(Target::Process(view)) => {
                matches!(view.role, ProcRole::Leaked | ProcRole::Untracked | ProcRole::Rival)
            }
            _ => false,
        });
        if !found {
            self.say("nothing here needs attention", now);
        }
    }
}
