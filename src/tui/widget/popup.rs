//! A box over the screen.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, Clear, Widget},
};

/// Clears the area, draws a thin border with a title in it, and returns what is inside.
pub fn popup(buffer: &mut Buffer, area: Rect, title: Vec<Span<'_>>, border: Style) -> Rect {
    let area = area.intersection(buffer.area);
    let mut title = Line::from(title);
    title.spans.insert(0, Span::raw(" "));
    title.spans.push(Span::raw(" "));
    let block = Block::bordered().border_style(border).title(title);
    let inner = block.inner(area);
    Clear.render(area, buffer);
    block.render(area, buffer);
    // A column of air on each side, where there is room.
    if inner.width > 4 { Rect { x: inner.x + 1, width: inner.width - 2, ..inner } } else { inner }
}
