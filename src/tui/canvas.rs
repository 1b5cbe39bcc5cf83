//! Where frames become bytes: ratatui's differences, written by crossterm's backend into memory.
//!
//! Three things are ours. Nothing is said when nothing differs (the plain backend sends 25 bytes of
//! resets then); the terminal is never asked anything: ratatui asks for the cursor when it clears, and a
//! terminal without an answer would make that fail; and no sign is sent whose width it may count
//! otherwise (`tame`).

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};

use ratatui::{
    Frame, Terminal,
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::{codes, tame::tame};

/// Draws into memory.
pub struct Canvas {
    terminal: Terminal<Recorder>,
    outbox: Vec<u8>,
}

impl Canvas {
    /// A canvas of this size, of which the terminal shows nothing yet.
    pub fn new(size: Size) -> io::Result<Self> {
        Ok(Self { terminal: Terminal::new(Recorder::new(size))?, outbox: Vec::new() })
    }

    /// The size of the next frame.
    pub fn resize(&mut self, size: Size) {
        self.terminal.backend_mut().size = size;
    }

    /// The next frame will be a full one, onto an empty screen.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().forget();
        self.terminal.clear()
    }

    /// Sends this before the next frame.
    pub fn push(&mut self, bytes: &[u8]) {
        self.outbox.extend_from_slice(bytes);
    }

    /// Sends this before everything else.
    pub fn push_first(&mut self, bytes: &[u8]) {
        self.outbox.splice(0..0, bytes.iter().copied());
    }

    /// Something was pushed.
    pub fn has_pushed(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// The bytes that turn what the terminal shows into this; empty when it shows it already.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<Vec<u8>> {
        self.terminal.draw(|frame| {
            render(frame);
            tame(frame.buffer_mut());
        })?;
        let mut bytes = std::mem::take(&mut self.outbox);
        let backend = self.terminal.backend_mut();
        let frame = backend.written.take();
        // A change within one line cannot tear.
        if std::mem::take(&mut backend.rows).is_several() {
            bytes.extend_from_slice(codes::FRAME_BEGIN);
            bytes.extend_from_slice(&frame);
            bytes.extend_from_slice(codes::FRAME_END);
        } else {
            bytes.extend_from_slice(&frame);
        }
        Ok(bytes)
    }
}

/// Which rows a frame touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rows {
    #[default]
    None,
    One(u16),
    Several,
}

impl Rows {
    fn add(&mut self, row: u16) {
        *self = match *self {
            Self::None => Self::One(row),
            Self::One(only) if only == row => return,
            _ => Self::Several,
        };
    }

    fn is_several(self) -> bool {
        self == Self::Several
    }
}

/// Bytes shared with the backend that writes them, which keeps its writer to itself.
#[derive(Clone, Debug, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Bytes {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A backend that knows what it said last and does not say it twice.
struct Recorder {
    inner: CrosstermBackend<Bytes>,
    written: Bytes,
    size: Size,
    rows: Rows,
    cursor_shown: bool,
    cursor_at: Option<Position>,
}

impl Recorder {
    fn new(size: Size) -> Self {
        let written = Bytes::default();
        Self {
            inner: CrosstermBackend::new(written.clone()),
            written,
            size,
            rows: Rows::None,
            cursor_shown: false,
            cursor_at: None,
        }
    }

    /// The screen was just entered: cursor hidden, nothing drawn, nothing left to send.
    fn forget(&mut self) {
        self.written.take();
        self.cursor_shown = false;
        self.cursor_at = None;
    }
}

impl Backend for Recorder {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cursor_at = None;
        let rows = &mut self.rows;
        self.inner.draw(content.inspect(|(_, row, _)| rows.add(*row)))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, false) { self.inner.hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, true) { Ok(()) } else { self.inner.show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor_at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor_at.replace(position) == Some(position) {
            return Ok(());
        }
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.rows = Rows::Several;
        self.inner.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::text::Line;

    use super::*;

    fn lines(canvas: &mut Canvas, lines: &[&str]) -> String {
        let bytes = canvas
            .draw(|frame| {
                for (row, line) in (0..).zip(lines) {
                    let area = ratatui::layout::Rect { y: row, height: 1, ..frame.area() };
                    frame.render_widget(Line::from(*line), area);
                }
            })
            .unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn canvas() -> Canvas {
        Canvas::new(Size::new(20, 4)).unwrap()
    }

    #[test]
    fn what_is_shown_already_costs_nothing() {
        let mut canvas = canvas();
        assert!(!lines(&mut canvas, &["goose", "top"]).is_empty());
        assert_eq!(lines(&mut canvas, &["goose", "top"]), "");
        canvas.repaint().unwrap();
        assert!(lines(&mut canvas, &["goose", "top"]).contains("goose"));
    }

    #[test]
    fn several_lines_change_together_and_one_needs_no_frame() {
        let mut canvas = canvas();
        let first = lines(&mut canvas, &["a", "b"]);
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l"), "{first:?}");
        let second = lines(&mut canvas, &["a", "c"]);
        assert!(second.contains('c') && !second.contains("2026"), "{second:?}");
    }

    #[test]
    fn the_cursor_is_mentioned_only_when_it_moves() {
        let mut canvas = canvas();
        let show = |canvas: &mut Canvas| canvas.draw(|f| f.set_cursor_position((2, 1))).unwrap();
        assert_eq!(show(&mut canvas), b"\x1b[?25h\x1b[2;3H");
        assert_eq!(show(&mut canvas), b"");
        assert_eq!(canvas.draw(|_| ()).unwrap(), b"\x1b[?25l");
    }

    #[test]
    fn a_new_size_is_drawn_in_full_without_a_question() {
        let mut canvas = canvas();
        lines(&mut canvas, &["goose"]);
        canvas.resize(Size::new(30, 5));
        let bytes = lines(&mut canvas, &["goose"]);
        assert!(bytes.contains("goose") && !bytes.contains("\x1b[6n"), "{bytes:?}");
    }

    #[test]
    fn a_flag_is_sent_as_its_letters() {
        let mut canvas = canvas();
        let bytes = lines(&mut canvas, &["🇩🇪 goose"]);
        assert!(bytes.contains("DE") && !bytes.contains('🇩'), "{bytes:?}");
        let bytes = lines(&mut canvas, &["   goose"]);
        assert!(!bytes.contains("goose"), "{bytes:?}");
    }

    #[test]
    fn what_was_pushed_comes_first() {
        let mut canvas = canvas();
        canvas.push(b"two");
        canvas.push_first(b"one");
        assert!(lines(&mut canvas, &["x"]).starts_with("onetwo"));
        assert!(!canvas.has_pushed());
    }
}
