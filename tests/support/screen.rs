//! Draws an app into memory and presses its keys.

use std::{path::PathBuf, sync::Arc};

use goosetop::{
    domain::board::Board,
    tui::{
        app::{App, RowId},
        effect::Effect,
        event::Event,
        options::UiOptions,
        screen::Screen,
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
};

use crate::sample_board::{now, sample};

pub fn options() -> UiOptions {
    UiOptions { home: Some(PathBuf::from("/home/ann")), ..UiOptions::default() }
}

pub fn app_with(options: UiOptions, board: Board) -> App {
    let mut app = App::new(options);
    app.update(Event::Board(Arc::new(board)), now());
    app
}

pub fn app() -> App {
    app_with(options(), sample())
}

pub fn buffer(app: &mut App, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| Screen::draw(app, frame, now())).unwrap();
    terminal.backend().buffer().clone()
}

pub fn text(app: &mut App, width: u16, height: u16) -> String {
    let buffer = buffer(app, width, height);
    let mut out = String::new();
    for y in 0..height {
        let mut line = String::new();
        for x in 0..width {
            line.push_str(buffer[(x, y)].symbol());
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

pub fn key_event(name: &str) -> KeyEvent {
    let (code, modifiers) = match name {
        "enter" => (KeyCode::Enter, KeyModifiers::NONE),
        "esc" => (KeyCode::Esc, KeyModifiers::NONE),
        "tab" => (KeyCode::Tab, KeyModifiers::NONE),
        "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
        "down" => (KeyCode::Down, KeyModifiers::NONE),
        "shift-tab" => (KeyCode::BackTab, KeyModifiers::NONE),
        "ctrl-u" => (KeyCode::Char('u'), KeyModifiers::CONTROL),
        "ctrl-g" => (KeyCode::Char('g'), KeyModifiers::CONTROL),
        "ctrl-r" => (KeyCode::Char('r'), KeyModifiers::CONTROL),
        "pageup" => (KeyCode::PageUp, KeyModifiers::NONE),
        "pagedown" => (KeyCode::PageDown, KeyModifiers::NONE),
        "ctrl-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
        "ctrl-z" => (KeyCode::Char('z'), KeyModifiers::CONTROL),
        other => (KeyCode::Char(other.chars().next().unwrap_or(' ')), KeyModifiers::NONE),
    };
    KeyEvent::new(code, modifiers)
}

pub fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.split(' ').flat_map(|k| app.update(Event::Key(key_event(k)), now())).collect()
}

pub fn type_in(app: &mut App, text: &str) {
    for c in text.chars() {
        app.update(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)), now());
    }
}

pub fn selected(app: &App) -> String {
    app.selected().map(RowId::word).unwrap_or_default()
}
