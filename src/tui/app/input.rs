//! Keys, mouse and pasted text.

use chrono::{DateTime, Utc};
use ratatui::crossterm::event::{
    Event as TermEvent, KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind,
};
use strum::IntoEnumIterator;
use tui_input::{Input, InputRequest, backend::crossterm::to_input_request};

use super::{App, Dialog, Target, list::Motion};
use crate::{
    domain::{search::SearchLine, text},
    tui::{command::Command, effect::Effect, keymap::Scope},
};

/// Rows per notch of the wheel.
const WHEEL: isize = 3;

/// A filter or command line longer than this is a paste gone wrong.
const LINE_LIMIT: usize = 200;

/// What is done to the session that the why dialog is about.
const ABOUT_ONE: &[Command] = &[
    Command::Terminate,
    Command::Resume,
    Command::Attach,
    Command::Bundle,
    Command::Acknowledge,
    Command::Snooze,
    Command::CopyId,
    Command::Read,
];

impl App {
    pub(super) fn on_key(&mut self, key: KeyEvent, now: DateTime<Utc>) -> Vec<Effect> {
        self.touched = true;
        if self.notice.take().is_some() {
            self.dirty = true;
        }
        let scopes = self.scopes();
        if self.options.keys.command(key, scopes) != Some(Command::Quit) {
            self.leaving = false;
        }
        if self.line().is_none() {
            let command = self.options.keys.command(key, scopes).or_else(|| self.leaves_why(key));
            return command.map_or_else(Vec::new, |command| self.act(command, now));
        }
        if let KeyCode::Char(c) = key.code
            && self.continues_the_word(c)
        {
            self.type_in([InputRequest::InsertChar(c)]);
            return Vec::new();
        }
        // While a line is typed, letters are letters: only this scope's own keys come before them.
        if let Some(command) = self.options.keys.command(key, &scopes[..1]) {
            return self.act(command, now);
        }
        if let Some(request) = to_input_request(&TermEvent::Key(key)) {
            self.type_in([request]);
            return Vec::new();
        }
        let command = self.options.keys.command(key, &[Scope::Global]);
        command.map_or_else(Vec::new, |command| self.act(command, now))
    }

    /// What the why dialog says to do is done from there: the dialog makes way for it.
    fn leaves_why(&mut self, key: KeyEvent) -> Option<Command> {
        let Some(Dialog::Why(why)) = &self.dialog else { return None };
        let command = self.options.keys.command(key, self.scopes_below());
        let command = command.filter(|command| ABOUT_ONE.contains(command))?;
        // Tagged rows would come before it, and the cursor may have been moved off a row that went away.
        let is_it = self.tags.is_empty()
            && self.target().and_then(Target::session).is_some_and(|s| s.key == *why.view.key());
        is_it.then(|| {
            self.dialog = None;
            self.dirty = true;
            command
        })
    }

    /// The word to be typed can be typed, whatever keys a person has bound.
    fn continues_the_word(&self, c: char) -> bool {
        let Some(Dialog::Asking(asking)) = &self.dialog else { return false };
        asking.word.as_ref().is_some_and(|word| {
            let rest = word.wanted.strip_prefix(word.input.value());
            word.input.cursor() == word.input.value().chars().count()
                && rest.is_some_and(|rest| rest.starts_with(c))
        })
    }

    pub(super) fn on_paste(&mut self, pasted: &str) -> Vec<Effect> {
        // A word that confirms is typed by a person.
        if matches!(self.dialog, Some(Dialog::Asking(_))) {
            return Vec::new();
        }
        let clean = text::line(pasted);
        self.type_in(clean.trim().chars().take(LINE_LIMIT).map(InputRequest::InsertChar));
        Vec::new()
    }

    pub(super) fn on_mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let scrolls = self.is_text() || self.dialog.is_some() || self.reader.is_some();
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => WHEEL,
            MouseEventKind::ScrollUp => -WHEEL,
            MouseEventKind::Down(MouseButton::Left) if !scrolls => {
                if let Some(index) = self.hits.row_at(mouse.column, mouse.row) {
                    self.dirty |= match &mut self.results {
                        Some(results) => results.select(index),
                        None => self.list_mut().select(index),
                    };
                }
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        if let Some(reader) = self.reader.as_mut().filter(|_| self.dialog.is_none() && !self.full) {
            reader.scroll_by(wheel);
        } else if scrolls {
            self.scroll_by(wheel);
        } else {
            self.go(Motion::By(wheel));
        }
        self.dirty = true;
        Vec::new()
    }

    /// The line being typed.
    fn line(&mut self) -> Option<&mut Input> {
        self.dialog.as_mut()?.line()
    }

    fn type_in(&mut self, requests: impl IntoIterator<Item = InputRequest>) {
        let Some(line) = self.line() else { return };
        for request in requests {
            let full = line.value().chars().count() >= LINE_LIMIT;
            if !(full && matches!(request, InputRequest::InsertChar(_))) {
                line.handle(request);
            }
        }
        self.dirty = true;
        match &mut self.dialog {
            Some(Dialog::Filter { input }) => {
                let text = input.value().to_owned();
                self.set_filter(&text);
            }
            Some(Dialog::Search { input, error }) => *error = SearchLine::fault(input.value()),
            Some(Dialog::Palette { at, .. }) => *at = 0,
            _ => {}
        }
    }

    pub(super) fn set_filter(&mut self, text: &str) {
        if self.filter.text != text {
            self.filter.set(text);
            self.rebuild();
        }
    }

    /// The commands that the words typed so far can mean, best first.
    pub(in crate::tui) fn palette(typed: &str) -> Vec<Command> {
        let typed = typed.trim().to_lowercase();
        let rank = |command: Command| {
            let name: &'static str = command.into();
            match name.find(&typed) {
                Some(0) => Some(0),
                Some(_) => Some(1),
                None if command.sentence().contains(&typed) => Some(2),
                None => None,
            }
        };
        let mut found: Vec<(u8, Command)> = Command::iter()
            .filter(|c| !c.is_dialog_only())
            .filter_map(|c| rank(c).map(|rank| (rank, c)))
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, command)| command).collect()
    }
}
