//! The dialogs that end or resume something: the plan, the run, the report.
//!
//! ```text
//!  head   what it is about: scope, sums, what changed since, why it cannot run
//!  body   every step and everything left alone, scrolled
//!  foot   what will be sent, and how to confirm
//! ```
//!
//! Invariant: a process that is in the plan is in the body, whatever the size of the screen; head and
//! foot never push the last line of the body out.
//!
//! To add a dialog: a file here with a `draw`, a variant of [`crate::tui::app::Dialog`] with its scopes.

mod ask;
mod report;
mod resume;
mod running;
mod steps;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::{App, Role, put};
pub(super) use ask::{draw as draw_asking, draw_project};
pub(super) use report::draw as draw_report;
pub(super) use resume::draw as draw_resume;
pub(super) use running::draw as draw_running;

use crate::tui::{
    format::{self, Cut, counted},
    layout::centred,
    widget::{doc::Doc, popup::popup},
};

/// Wider lines are harder to read.
const WIDEST: u16 = 110;

/// Lines of the body that stay in sight: one, and how many more there are.
const BODY: u16 = 2;

/// What drawing a dialog learned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    pub page: usize,
    pub scroll_max: usize,
    pub cursor: Option<(u16, u16)>,
}

/// Head, body and foot of a dialog, for one width.
struct Pages {
    /// The first lines of the head that go where there is no room for all of it.
    spare: usize,
    head: Doc,
    body: Doc,
    foot: Doc,
}

impl Pages {
    fn new(screen: Rect) -> Self {
        let width = width(screen).saturating_sub(4);
        Self { spare: 0, head: Doc::new(width), body: Doc::new(width), foot: Doc::new(width) }
    }

    /// In the middle of the screen; a prompt is typed after the foot's last line.
    fn draw(
        &self,
        app: &App,
        title: Vec<Span<'static>>,
        prompt: Option<&Input>,
        screen: Rect,
        buffer: &mut Buffer,
    ) -> Drawn {
        let [head, body, foot] = [&self.head, &self.body, &self.foot].map(|doc| doc.lines().len() as u16);
        let wanted = head.saturating_add(body).saturating_add(foot).saturating_add(2);
        let height = wanted.min(screen.height.saturating_sub(2)).max(3);
        let area = centred(screen, width(screen), height);
        let inner = popup(buffer, area, title, app.style(Role::Border));
        // On a tiny screen what counts is how to confirm, what it is about, and of the rest a line and
        // how much more there is.
        let last = foot.min(1).min(inner.height);
        let kept = inner.height - last;
        let head = head.min(kept.saturating_sub(body.min(BODY)).max(1)).min(kept);
        let foot = foot.min((kept - head).saturating_sub(body.min(BODY)) + last);
        let rest = inner.height - head - foot;
        let missing = self.head.lines().len().saturating_sub(usize::from(head));
        self.head.draw(missing.min(self.spare), Rect { height: head, ..inner }, buffer);
        let middle = Rect { y: inner.y + head, height: rest, ..inner };
        let scroll_max = self.body.draw(app.scroll, middle, buffer);
        more(app, scroll_max.saturating_sub(app.scroll), middle, buffer);
        let bottom = Rect { y: inner.y + head + rest, height: foot, ..inner };
        let cut = self.foot.lines().len().saturating_sub(usize::from(foot));
        self.foot.draw(cut, bottom, buffer);
        let cursor = prompt.and_then(|input| type_after(&self.foot, input, bottom, buffer));
        Drawn { page: usize::from(rest), scroll_max, cursor }
    }
}

fn width(screen: Rect) -> u16 {
    WIDEST.min(screen.width.saturating_sub(2)).max(1)
}

/// Says that there is more below, in the body's last line.
fn more(app: &App, left: usize, area: Rect, buffer: &mut Buffer) {
    if left == 0 || area.height < 2 {
        return;
    }
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    let text = format!("… {} more lines", left + 1);
    put(
        &Line::from(app.span(Role::Key, format::left(&text, usize::from(area.width), Cut::End))),
        last,
        0,
        buffer,
    );
}

/// What is typed, after the prompt in the foot's last line. Returns where the cursor stands.
fn type_after(foot: &Doc, input: &Input, area: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let prompt = foot.lines().last()?.width() as u16;
    if area.is_empty() {
        return None;
    }
    let room = area.width.saturating_sub(prompt + 1);
    let place = Rect { x: area.x + prompt.min(area.width), y: area.bottom() - 1, width: room, height: 1 };
    let text = format::cut(input.value(), usize::from(room), Cut::Start);
    put(&Line::from(Span::raw(text.clone())), place, 0, buffer);
    // A line that is cut shows its end, and the cursor with it.
    let at = if text.width() < input.value().width() { text.width() } else { input.visual_cursor() };
    let x = place.x.saturating_add(at as u16).min(area.right().saturating_sub(1));
    Some((x, place.y))
}

/// A warning, wrapped.
fn warn(app: &App, doc: &mut Doc, text: &str) {
    doc.wrap(vec![app.span(Role::Banner, "! ")], text, app.style(Role::Banner));
}
