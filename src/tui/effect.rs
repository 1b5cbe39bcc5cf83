//! What [`super::app::App`] wants done. The loop performs it; the app never touches the outside.

use std::sync::Arc;

use super::hands::Preflight;
use crate::{
    domain::{insights::Wish, session::SessionKey},
    effects::Report,
    engine::{actor::Job, reader::Request, searcher},
};

/// Something must be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Stop like any job (Ctrl-Z), and come back on `fg`.
    Suspend,
    /// Look at the world now, thoroughly.
    Refresh,
    /// Stop or resume polling.
    Pause(bool),
    /// Switch mouse reporting on or off.
    Mouse(bool),
    /// Put text on the clipboard (OSC 52).
    Copy(String),
    /// Read the conversation's end of these sessions too (selected history rows).
    Pin(Vec<SessionKey>),
    /// Read something of a conversation; [`super::event::Event::Read`] answers.
    Read(Request),
    /// Search all conversations, and stop a search before; [`super::event::Event::Searched`] answers.
    Search(searcher::Request),
    /// Stop searching.
    StopSearch,
    /// Run a plan that was shown and confirmed.
    Run(Box<Job>),
    /// End the grace of the run in progress.
    KillNow,
    /// Find out what resuming this session (or a copy of it) would do; [`super::event::Event::Preflight`]
    /// answers.
    AskResume {
        /// Which.
        key: SessionKey,
        /// As a copy.
        fork: bool,
    },
    /// Hand the terminal to goose, as the preflight said.
    Resume(Box<Preflight>),
    /// Go to the terminal that runs this session.
    Attach(SessionKey),
    /// Write the hand-over of this session as a file.
    Bundle(SessionKey),
    /// Read what the stores tell of the past; [`super::event::Event::Insights`] answers.
    ReadInsights(Wish),
    /// Ring the terminal's bell.
    Bell,
    /// Have the terminal show a notification (OSC 9).
    Notify(String),
    /// Write a report into the folder of reports.
    SaveReport(Arc<Report>),
}
