//! A conversation on the screen: snapshots, and how it behaves.

#![expect(dead_code, reason = "the samples serve other tests too")]

#[path = "support/conversation.rs"]
mod conversation;
#[path = "support/sample_board.rs"]
mod sample_board;
#[path = "support/screen.rs"]
mod screen;

use std::sync::Arc;

use conversation::{Reading, goose, long, sample};
use goosetop::tui::{app::App, event::Event, options::UiOptions};
use sample_board::key;
use screen::{app, app_with, options, text};

macro_rules! snapshot {
    ($name:expr, $app:expr, $width:expr, $height:expr) => {
        insta::assert_snapshot!($name, text($app, $width, $height))
    };
}

/// The stuck session, read at this size.
fn reading(app: App, width: u16, height: u16) -> Reading {
    reading_of(app, sample(), width, height)
}

fn reading_of(
    app: App,
    messages: Vec<goosetop::domain::transcript::Message>,
    width: u16,
    height: u16,
) -> Reading {
    let mut reading = Reading::new(app, messages);
    text(&mut reading.app, width, height);
    reading.open(key("20261120_7"), None);
    text(&mut reading.app, width, height);
    reading
}

fn shown(reading: &mut Reading) -> String {
    text(&mut reading.app, 80, 24)
}

/// The line under the cursor.
fn cursor(reading: &mut Reading) -> String {
    let all = shown(reading);
    all.lines().find(|l| l.starts_with('›')).unwrap_or_default().to_owned()
}

#[test]
fn a_conversation_at_two_sizes() {
    let mut small = reading(app(), 80, 24);
    snapshot!("end_80x24", &mut small.app, 80, 24);
    small.press("g");
    snapshot!("start_80x24", &mut small.app, 80, 24);
    let mut wide = reading(app(), 120, 40);
    snapshot!("end_120x40", &mut wide.app, 120, 40);
    wide.press("Z g");
    snapshot!("unfolded_120x60", &mut wide.app, 120, 60);
}
