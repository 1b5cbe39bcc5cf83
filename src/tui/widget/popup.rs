//! A box over the screen.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, Clear},
};

/// Clears the area, draws a thin border with a title in it, and returns what is inside.
pub fn popup(frame: &mut Frame<'_>, area: Rect, title: Vec<Span<'_>>, border: Style) -> Rect {
    let area = area.intersection(frame.area());
    let mut title = Line::from(title);
    title.spans.insert(0, Span::raw(" "));
    title.spans.push(Span::raw(" "));
    let block = Block::bordered().border_style(border).title(title);
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    // A column of air on each side, where there is room.
    if inner.width > 4 { Rect { x: inner.x + 1, width: inner.width - 2, ..inner } } else { inner }
}
