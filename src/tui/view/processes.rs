//! A process as a row of the tree.

use ratatui::text::{Line, Span};

use super::{
    App, Role,
    list::{Look, lead},
};
use crate::{
    domain::{
        board::{ProcRole, ProcView},
        process::ProcState,
    },
    tui::{
        format::{self, Cut},
        widget::columns::{Column, fit},
    },
};

const LEAD: u16 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Pid,
    Role,
    Session,
    State,
    Evidence,
    Cpu,
    Memory,
    Age,
}

const fn column(width: u16, rank: u8, beside: u16) -> Column {
    Column { width, rank, beside }
}

/// The command stands after the number and takes what is left.
const COLUMNS: [(Col, &str, Column); 8] = [
    (Col::Pid, "pid", column(7, 0, 0)),
    (Col::Role, "role", column(11, 3, 24)),
    (Col::Session, "session", column(11, 4, 24)),
    (Col::State, "state", column(10, 5, 30)),
    (Col::Evidence, "evidence", column(34, 6, 40)),
    (Col::Cpu, "cpu", column(4, 2, 16)),
    (Col::Memory, "mem", column(5, 1, 14)),
    (Col::Age, "age", column(5, 0, 0)),
];

/// Which columns a width has room for.
pub(super) struct Table {
    shown: Vec<bool>,
    command: usize,
}

impl Table {
    pub(super) fn new(width: u16) -> Self {
        let (shown, command) = fit(width.saturating_sub(LEAD), &COLUMNS.map(|(_, _, column)| column));
        Self { shown, command: usize::from(command.saturating_sub(1)) }
    }

    pub(super) fn heads(&self, app: &App) -> Line<'static> {
        let mut text = " ".repeat(usize::from(LEAD));
        self.each(|col, width| match col {
            None => text += &(format::left("command", width, Cut::End) + " "),
            Some(col) => {
                let head = COLUMNS.iter().find(|(c, ..)| *c == col).map_or("", |(_, head, _)| head);
                text += &(align(col, head, width) + " ");
            }
        });
        Line::from(app.span(Role::Muted, text))
    }

    pub(super) fn row(&self, app: &App, view: &ProcView, look: Look) -> Line<'static> {
        let (sign, role) = sign(view);
        let mut spans = lead(app, look, sign, role);
        let proc = &view.proc;
        self.each(|col, width| {
            let Some(col) = col else {
                let branch = if view.depth > 0 { "└ " } else { "" };
                let indent = "  ".repeat(view.depth.saturating_sub(1).min(12));
                let command = format!("{indent}{branch}{}", proc.command());
                spans.push(Span::raw(format::left(&command, width, Cut::End) + " "));
                return;
            };
            let text = match col {
                Col::Pid => proc.id.pid.to_string(),
                Col::Role => view
                    .agent
                    .filter(|_| view.role == ProcRole::Owner)
                    .map_or_else(|| view.role.to_string(), |agent| format!("goose {agent}")),
                Col::Session => match (&view.session, &view.stray_id) {
                    (Some(key), _) => key.id.to_string(),
                    (None, Some(id)) => id.clone(),
                    (None, None) => String::new(),
                },
                Col::State => proc.state.word().to_owned(),
                Col::Evidence => view
                    .evidence
                    .first()
                    .map_or_else(String::new, |e| format!("{}: {}", e.strength, e.detail)),
                Col::Cpu => proc.cpu.percent.map_or_else(|| "?".into(), format::percent),
                Col::Memory => proc.rss_bytes.map_or_else(|| "?".into(), format::bytes),
                Col::Age => format::age(view.age),
            };
            let role = match col {
                Col::State if matches!(proc.state, ProcState::Unkillable | ProcState::Zombie) => Role::Stuck,
                Col::Role | Col::State | Col::Evidence => Role::Muted,
                _ => Role::Text,
            };
            spans.push(app.span(role, align(col, &text, width) + " "));
        });
        Line::from(spans)
    }

    fn each(&self, mut cell: impl FnMut(Option<Col>, usize)) {
        for (index, (col, _, column)) in COLUMNS.iter().enumerate() {
            if self.shown[index] {
                cell(Some(*col), usize::from(column.width));
            }
            if *col == Col::Pid {
                cell(None, self.command);
            }
        }
    }
}

fn sign(view: &ProcView) -> (&'static str, Role) {
    match view.role {
        ProcRole::Leaked | ProcRole::Untracked => ("✖", Role::Orphaned),
        ProcRole::Rival => ("▲", Role::Stuck),
        ProcRole::Unconfirmed => ("?", Role::Unknown),
        _ => (" ", Role::Text),
    }
}

fn align(col: Col, text: &str, width: usize) -> String {
    match col {
        Col::Pid | Col::Cpu | Col::Memory | Col::Age => format::right(text, width),
        _ => format::left(text, width, Cut::End),
    }
}
