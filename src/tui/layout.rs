//! Where things go, from the size alone.
//!
//! ```text
//!  header                         header
//!  banner (while needed)          banner
//!  list                           list          │ detail
//!  detail (from 18 rows)                        │ (from 120 columns)
//!  rule, footer                   rule, footer
//! ```

use ratatui::layout::Rect;

/// From this width on the detail stands on the right.
const SIDE_FROM: u16 = 120;
/// From this height of the body on the detail stands below.
const BELOW_FROM: u16 = 16;
/// From this height on a rule sets the footer off.
const RULE_FROM: u16 = 20;
/// The list keeps at least this many lines when banners push.
const LIST_MIN: u16 = 4;

/// The parts of the screen; any may be empty on a tiny terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// One line.
    pub header: Rect,
    /// As many lines as there are banners and room.
    pub banner: Rect,
    /// The rows.
    pub list: Rect,
    /// Details of the selected row.
    pub detail: Option<Detail>,
    /// A line above the footer.
    pub rule: Option<Rect>,
    /// Keys, notices, input.
    pub footer: Rect,
}

/// Where the detail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Below the list; the first line is its title.
    Below(Rect),
    /// On the right; the first column is the line between.
    Side(Rect),
}

impl Areas {
    /// Cuts the screen up. `banners` lines are wanted for banners; `detail` says whether one is shown.
    pub fn of(screen: Rect, banners: u16, detail: bool) -> Self {
        let mut rest = screen;
        let header = take_top(&mut rest, 1);
        let footer = if rest.height >= 2 { take_bottom(&mut rest, 1) } else { Rect::default() };
        let rule = (screen.height >= RULE_FROM).then(|| take_bottom(&mut rest, 1));
        let banner = banners.min(rest.height.saturating_sub(LIST_MIN));
        let banner = take_top(&mut rest, banner);
        let detail = if !detail {
            None
        } else if screen.width >= SIDE_FROM && rest.height >= LIST_MIN {
            let width = (rest.width * 2 / 5).clamp(48, 84);
            Some(Detail::Side(take_right(&mut rest, width)))
        } else if rest.height >= BELOW_FROM {
            let height = (rest.height / 3).clamp(6, 14);
            Some(Detail::Below(take_bottom(&mut rest, height)))
        } else {
            None
        };
        Self { header, banner, list: rest, detail, rule, footer }
    }
}

/// What drawing learned, for the mouse and for paging.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitMap {
    /// Where the rows are.
    pub list: Rect,
    /// The row in the list's first line.
    pub first: usize,
    /// Lines of a scrolled text that are in sight.
    pub page: usize,
    /// How far a scrolled text can be scrolled.
    pub scroll_max: usize,
    /// Where the terminal's cursor stands while a line is typed.
    pub cursor: Option<(u16, u16)>,
}

impl HitMap {
    /// The row at a place on the screen.
    pub fn row_at(&self, x: u16, y: u16) -> Option<usize> {
        self.list.contains((x, y).into()).then(|| self.first + usize::from(y - self.list.y))
    }
}

/// A box of at most this size in the middle.
pub fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    }
}

/// The first row to draw so that `at` is in sight, moving as little as possible.
pub fn first_row(before: usize, at: usize, rows: usize, height: usize) -> usize {
    if height == 0 {
        return at;
    }
    before.min(at).max((at + 1).saturating_sub(height)).min(rows.saturating_sub(height))
}

fn take_top(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    let taken = Rect { height, ..*rest };
    rest.y += height;
    rest.height -= height;
    taken
}

fn take_bottom(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    rest.height -= height;
    Rect { y: rest.y + rest.height, height, ..*rest }
}

fn take_right(rest: &mut Rect, width: u16) -> Rect {
    let width = width.min(rest.width);
    rest.width -= width;
    Rect { x: rest.x + rest.width, width, ..*rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(width: u16, height: u16) -> Areas {
        Areas::of(Rect::new(0, 0, width, height), 1, true)
    }

    #[test]
    fn the_four_sizes() {
        let small = areas(40, 12);
        assert_eq!((small.list.height, small.detail), (9, None));
        let classic = areas(80, 24);
        assert!(matches!(classic.detail, Some(Detail::Below(r)) if r.height == 6), "{classic:?}");
        assert_eq!(classic.list.height, 14);
        let wide = areas(120, 40);
        assert!(matches!(wide.detail, Some(Detail::Side(r)) if r.width == 48));
        assert!(matches!(areas(200, 60).detail, Some(Detail::Side(r)) if r.width == 80));
    }

    #[test]
    fn parts_never_leave_the_screen_nor_overlap() {
        for width in [0, 1, 2, 5, 40, 119, 120, 500] {
            for height in [0, 1, 2, 3, 5, 12, 24, 60] {
                let screen = Rect::new(0, 0, width, height);
                let a = areas(width, height);
                let detail = a.detail.map_or(Rect::default(), |d| match d {
                    Detail::Below(r) | Detail::Side(r) => r,
                });
                let parts = [a.header, a.banner, a.list, detail, a.rule.unwrap_or_default(), a.footer];
                for part in parts.iter().filter(|p| !p.is_empty()) {
                    assert_eq!(part.intersection(screen), *part);
                    assert_eq!(parts.iter().filter(|p| p.intersects(*part)).count(), 1);
                }
            }
        }
    }

    #[test]
    fn scrolling_moves_as_little_as_possible() {
        assert_eq!(first_row(0, 3, 100, 10), 0);
        assert_eq!(first_row(0, 10, 100, 10), 1);
        assert_eq!(first_row(50, 20, 100, 10), 20);
        assert_eq!(first_row(99, 99, 100, 10), 90);
        assert_eq!(first_row(5, 0, 0, 0), 0);
    }
}
