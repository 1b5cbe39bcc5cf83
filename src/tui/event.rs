//! What happened, as the loop tells it to [`super::app::App`].

use std::sync::Arc;

use ratatui::crossterm::event::{KeyEvent, MouseEvent};

use super::hands::Preflight;
use crate::{
    domain::{
        board::Board,
        insights::{Insights, Progress},
    },
    engine::{actor::Told, reader, searcher},
};

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed (releases are dropped before this).
    Key(KeyEvent),
    /// The mouse did something (only while it is switched on).
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has a new size (columns, rows).
    Resize(u16, u16),
    /// A new picture of the world.
    Board(Arc<Board>),
    /// Time passed; ages may have changed their text.
    Tick,
    /// The terminal was handed back after a suspension: everything must be drawn anew.
    Resumed,
    /// Something happened to a run.
    Run(Told),
    /// Something of a conversation was read.
    Read(reader::Told),
    /// Something happened to a search of all conversations.
    Searched(searcher::Told),
    /// What resuming would do, as asked for.
    Preflight(Box<Preflight>),
    /// Insights were read, or a sentence why not.
    Insights(Result<Box<Insights>, String>),
    /// How far reading them is.
    InsightsProgress(Progress),
    /// An effect was carried out: one sentence for the status line.
    Said(String),
    /// An effect could not be carried out: one sentence for the status line.
    Failed(String),
}
