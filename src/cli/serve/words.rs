//! The words of the command line, for clients that want them.

use crate::{
    cli::{actions, explain, health_check, list, output::Output, show},
    domain::{
        board::{Board, SessionView},
        plan::Plan,
    },
    effects::Report,
    http::{Look, Words},
    render::{Entry, Title},
    wire::ExplainDto,
};

/// What each command prints.
pub struct CommandLine;

impl From<Look> for Output {
    fn from(look: Look) -> Self {
        Self { width: look.width, colour: look.colour, ascii: look.ascii, terminal: true }
    }
}

impl Words for CommandLine {
    fn list(&self, look: Look, board: &Board, rows: &[&SessionView]) -> String {
        list::render(&look.into(), board, rows)
    }

    fn health(&self, look: Look, board: &Board, rows: &[&SessionView]) -> String {
        health_check::render(&look.into(), board, rows)
    }

    fn explain(&self, look: Look, view: &SessionView, told: &ExplainDto) -> String {
        explain::render(&look.into(), view, told)
    }

    fn transcript(&self, look: Look, title: &Title, entries: &[Entry]) -> String {
        show::render(&look.into(), title, entries)
    }

    fn plan(&self, look: Look, plan: &Plan) -> String {
        actions::shown_plan(&look.into(), plan)
    }

    fn report(&self, look: Look, report: &Report) -> String {
        actions::shown_report(&look.into(), report)
    }
}
