//! A session (or a stray process among them) as a row of columns.

use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use super::{
    App, Role,
    list::{Look, lead},
    reason, theme,
};
use crate::{
    domain::{
        board::{Board, ProcRole, ProcView, SessionView},
        health::Health,
        query::Subject,
        turn::TurnState,
    },
    tui::{
        app::{Ghost, Target},
        format::{self, Cut},
        widget::columns::{Column, fit},
    },
};

/// Cursor, state and mark.
const LEAD: u16 = 3;

/// A column's place in [`COLUMNS`], in the order on the screen. The reason stands after the name and
/// takes what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Id,
    Name,
    Turn,
    Tokens,
    Cost,
    Cpu,
    Memory,
    Pid,
    Dir,
    Model,
    Age,
}

const fn column(width: u16, rank: u8, beside: u16) -> Column {
    Column { width, rank, beside }
}

/// Widths, and the order in which columns come as the screen widens.
const COLUMNS: [(Col, &str, Column); 11] = [
    (Col::Id, "session", column(11, 0, 0)),
    (Col::Name, "name", column(20, 1, 24)),
    (Col::Turn, "turn", column(11, 2, 34)),
    (Col::Tokens, "token", column(5, 3, 34)),
    (Col::Cost, "cost", column(5, 4, 34)),
    (Col::Cpu, "cpu", column(4, 5, 34)),
    (Col::Memory, "mem", column(5, 6, 34)),
    (Col::Pid, "pid", column(7, 7, 34)),
    (Col::Dir, "directory", column(22, 8, 34)),
    (Col::Model, "model", column(16, 9, 34)),
    (Col::Age, "idle", column(5, 0, 0)),
];

/// Which columns a width has room for.
pub(super) struct Table {
    shown: Vec<bool>,
    reason: usize,
}

impl Table {
    pub(super) fn new(width: u16) -> Self {
        let columns = COLUMNS.map(|(_, _, column)| column);
        let (shown, reason) = fit(width.saturating_sub(LEAD), &columns);
        // The space after the reason.
        Self { shown, reason: usize::from(reason.saturating_sub(1)) }
    }

    /// The line above the rows.
    pub(super) fn heads(&self, app: &App) -> Line<'static> {
        let sorted = format!(" · by {}{}", app.sort, if app.reverse { ", turned" } else { "" });
        let mut spans = vec![Span::raw(" ".repeat(usize::from(LEAD)))];
        self.each(|col, width| {
            let text = match col {
                None => format::left(&format!("reason{sorted}"), width, Cut::End),
                Some(col) => {
                    let head = COLUMNS.iter().find(|(c, ..)| *c == col).map_or("", |(_, head, _)| head);
                    align(col, head, width)
                }
            };
            spans.push(app.span(Role::Muted, text));
        });
        Line::from(spans)
    }

    pub(super) fn row(&self, app: &App, target: Target<'_>, look: Look, board: &Board) -> Line<'static> {
        match target {
            Target::Live(view) => self.live(app, view, look, board),
            Target::Ended(session) => self.ended(app, &board.past(session), look),
            Target::Process(view) => self.process(app, view, look, board),
        }
    }

    fn live(&self, app: &App, view: &SessionView, look: Look, board: &Board) -> Line<'static> {
        // A mark inside healthy: its reason says what, the colour only draws the eye to it.
        let role = if view.is_marked() { Role::Stuck } else { view.health.into() };
        let mut spans = lead(app, look, theme::sign(view.health), role);
        let indent = "  ".repeat(look.depth.saturating_sub(1).min(4));
        let folded = match (view.sub_agents.len(), look.depth) {
            (0, 0) => String::new(),
            (0, _) => "sub-agent: ".into(),
            (1, _) => "▸1 sub-agent · ".into(),
            (n, _) => format!("▸{n} sub-agents · "),
        };
        self.each(|col, width| {
            let span = match col {
                None => {
                    let text = format!("{folded}{}", reason::of(view, board.taken_at));
                    Span::raw(format::left(&text, width, Cut::End))
                }
                Some(Col::Age) => {
                    let age = view.inactive.map_or_else(|| "?".into(), format::age);
                    app.span(Role::Text, format::right(&age, width))
                }
                Some(Col::Name) if look.depth > 0 => {
                    let name = format!("{indent}└ {}", view.session.name);
                    Span::raw(format::left(&name, width, Cut::End))
                }
                Some(col) => Self::cell(app, view.into(), col, width),
            };
            spans.push(bold_name(span, col, look));
        });
        Line::from(spans)
    }

    fn ended(&self, app: &App, view: &SessionView, look: Look) -> Line<'static> {
        let mut spans = lead(app, look, theme::sign(Health::Ended), Role::Ended);
        self.each(|col, width| {
            let text = match col {
                None => format::left(&past_reason(view), width, Cut::End),
                Some(Col::Age) => {
                    let age = view.inactive.map_or_else(|| "?".into(), format::age);
                    format::right(&age, width)
                }
                // The reason says it; a column of one word would say it twice.
                Some(Col::Turn) => " ".repeat(width),
                Some(col) => Self::cell(app, view.into(), col, width).content.into_owned(),
            };
            spans.push(bold_name(app.span(Role::Ended, text), col, look));
        });
        Line::from(spans)
    }

    /// A session that ended just now.
    pub(super) fn ghost(&self, app: &App, ghost: &Ghost) -> Line<'static> {
        let mut spans = lead(app, Look::default(), theme::sign(Health::Ended), Role::Ended);
        self.each(|col, width| {
            let text = match col {
                None => format::left("ended", width, Cut::End),
                Some(Col::Id) => format::left(&ghost.word, width, Cut::Middle),
                Some(Col::Name) => format::left(&ghost.name, width, Cut::Middle),
                Some(_) => " ".repeat(width),
            };
            spans.push(app.span(Role::Ended, text + " "));
        });
        Line::from(spans)
    }

    fn process(&self, app: &App, view: &ProcView, look: Look, board: &Board) -> Line<'static> {
        let role = match view.role {
            ProcRole::Leaked | ProcRole::Untracked => Role::Orphaned,
            _ => Role::Unknown,
        };
        let health = if role == Role::Orphaned { Health::Orphaned } else { Health::Unknown };
        let mut spans = lead(app, look, theme::sign(health), role);
        let finding = board.findings.get(&view.proc.id.pid);
        let reason = finding.map_or_else(|| reason::of_process(view), |f| f.message.clone());
        let has_name = self.shown[Col::Name as usize];
        self.each(|col, width| {
            let text = match col {
                None if has_name || reason.starts_with(&view.proc.name) => {
                    format::left(&reason, width, Cut::End)
                }
                None => format::left(&format!("{} {reason}", view.proc.name), width, Cut::End),
                Some(Col::Id) => format::left(&format!("pid {}", view.proc.id.pid), width, Cut::End),
                Some(Col::Name) => format::left(&view.proc.command(), width, Cut::End),
                Some(Col::Age) => format::right(&format::age(view.age), width),
                Some(Col::Cpu) => {
                    format::right(&view.proc.cpu.percent.map_or_else(String::new, format::percent), width)
                }
                Some(Col::Memory) => {
                    format::right(&view.proc.rss_bytes.map_or_else(String::new, format::bytes), width)
                }
                Some(Col::Pid) => format::right(&view.proc.id.pid.to_string(), width),
                Some(_) => " ".repeat(width),
            };
            spans.push(bold_name(Span::raw(text), col, look));
        });
        Line::from(spans)
    }

    fn cell(app: &App, subject: Subject<'_>, col: Col, width: usize) -> Span<'static> {
        let session = subject.session;
        let text = match col {
            Col::Id => session.key.id.to_string(),
            Col::Name => session.name.clone(),
            Col::Turn => subject.view.map_or_else(String::new, |v| reason::turn_word(&v.turn)),
            Col::Tokens => subject.tokens().map_or_else(String::new, format::count),
            Col::Cost => session.cost_usd.map_or_else(String::new, format::cost),
            Col::Cpu => subject.cpu().map_or_else(String::new, format::percent),
            Col::Memory => {
                subject.view.and_then(SessionView::rss_bytes).map_or_else(String::new, format::bytes)
            }
            Col::Pid => {
                let owner = subject.view.and_then(|v| v.owner.as_ref());
                owner.map_or_else(String::new, |o| o.proc.id.pid.to_string())
            }
            Col::Dir => format::cut_path(&app.path(&session.working_dir), width),
            Col::Model => session.model.clone().unwrap_or_default(),
            Col::Age => String::new(),
        };
        let role = if matches!(col, Col::Dir | Col::Model | Col::Turn) { Role::Muted } else { Role::Text };
        app.span(role, align(col, &text, width))
    }

    /// Every shown column with its width (the gap not included); `None` is the reason.
    fn each(&self, mut cell: impl FnMut(Option<Col>, usize)) {
        let mut spaced = |col: Option<Col>, width: usize| cell(col, width);
        for (index, (col, _, column)) in COLUMNS.iter().enumerate() {
            if *col == Col::Turn {
                spaced(None, self.reason);
            }
            if self.shown[index] {
                spaced(Some(*col), usize::from(column.width));
            }
        }
    }
}

/// How it ended, and where all went well its last words. What was not read yet says nothing: the rows in
/// sight are read within a look.
fn past_reason(view: &SessionView) -> String {
    let reason = reason::of_past(view).unwrap_or_default();
    let words = view.session.tail.as_ref().and_then(|tail| tail.last_words());
    match words.filter(|_| view.turn.state == TurnState::Finished && view.worst().is_none()) {
        Some(words) => format!("{reason} · “{words}”"),
        None => reason,
    }
}

fn align(col: Col, text: &str, width: usize) -> String {
    match col {
        Col::Tokens | Col::Cost | Col::Cpu | Col::Memory | Col::Pid | Col::Age => format::right(text, width),
        Col::Name | Col::Id => format::left(text, width, Cut::Middle),
        Col::Turn | Col::Dir | Col::Model => format::left(text, width, Cut::End),
    }
}

fn bold_name(span: Span<'static>, col: Option<Col>, look: Look) -> Span<'static> {
    let span = if look.selected && col == Some(Col::Name) {
        let style = span.style.add_modifier(Modifier::BOLD);
        span.style(style)
    } else {
        span
    };
    let style = span.style;
    Span::styled(format!("{} ", span.content), style)
}
