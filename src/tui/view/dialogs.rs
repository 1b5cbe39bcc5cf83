//! Choosing an order, naming a command.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use strum::IntoEnumIterator;
use tui_input::Input;

use super::{App, Role, put};
use crate::{
    domain::query::Sort,
    tui::{
        format::{self, Cut},
        layout::{centred, first_row},
        widget::popup::popup,
    },
};

pub(super) fn draw_sort(app: &App, at: usize, screen: Rect, frame: &mut Frame<'_>) {
    let area = centred(screen, 52, Sort::iter().count() as u16 + 2);
    let inner = popup(frame, area, vec![app.span(Role::Title, "Sort")], app.style(Role::Border));
    let first = first_row(0, at, Sort::iter().count(), usize::from(inner.height));
    for (row, (index, sort)) in (0..inner.height).zip(Sort::iter().enumerate().skip(first)) {
        let current = if sort == app.sort { "•" } else { " " };
        let name: &'static str = sort.into();
        let line = Line::from(vec![
            Span::raw(if index == at { "›" } else { " " }),
            app.span(Role::Mark, current),
            Span::raw(format!(" {name:<10}")),
            app.span(Role::Muted, sort.sentence()),
        ]);
        choice(app, &line, index == at, inner, row, frame);
    }
}

/// The commands that the line can mean, above the footer.
pub(super) fn draw_palette(app: &App, input: &Input, at: usize, screen: Rect, frame: &mut Frame<'_>) {
    let found = App::palette(input.value());
    let height = (found.len().min(10) as u16 + 2).min(screen.height.saturating_sub(2));
    if height < 3 {
        return;
    }
    let width = 70.min(screen.width);
    let area = Rect { x: screen.x, y: screen.bottom() - 1 - height, width, height };
    let inner = popup(frame, area, vec![app.span(Role::Title, "Commands")], app.style(Role::Border));
    let first = first_row(0, at, found.len(), usize::from(inner.height));
    for (row, (index, command)) in (0..inner.height).zip(found.into_iter().enumerate().skip(first)) {
        let name: &'static str = command.into();
        let key = app.options.keys.key_for(command, app.scopes_below()).unwrap_or_default();
        let line = Line::from(vec![
            Span::raw(if index == at { "› " } else { "  " }),
            Span::raw(format!("{name:<16} ")),
            app.span(Role::Key, format::left(&key, 9, Cut::End)),
            app.span(Role::Muted, command.sentence()),
        ]);
        choice(app, &line, index == at, inner, row, frame);
    }
}

fn choice(app: &App, line: &Line<'_>, chosen: bool, area: Rect, row: u16, frame: &mut Frame<'_>) {
    put(line, area, row, frame);
    if chosen && row < area.height {
        let line_area = Rect { y: area.y + row, height: 1, ..area };
        frame.buffer_mut().set_style(line_area, app.style(Role::Selected));
    }
}
