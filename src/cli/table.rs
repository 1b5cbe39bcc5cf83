//! A table that fits its width: columns shrink where they may, and disappear whole before they would
//! be cut to nothing. A column without any content is not drawn at all.

use unicode_width::UnicodeWidthStr;

use super::output::{Meaning, Output};
use crate::domain::words;

/// Where a text may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Never: an id cut is another id.
    Never,
    /// In the middle, because the end tells it apart.
    Middle,
    /// At the end.
    End,
    /// At the start: paths.
    Start,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// Numbers stand right.
    pub right: bool,
    /// How its texts are cut.
    pub cut: Cut,
    /// Columns it needs at least when it is cut.
    pub least: usize,
    /// The lowest goes first when there is no room; 9 stays.
    pub rank: u8,
}

/// A cell: text and what it means.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Cleaned text.
    pub text: String,
    /// Its meaning.
    pub meaning: Option<Meaning>,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), meaning: None }
    }
}

/// Room between two columns.
const GAP: usize = 2;

/// Draws the rows under their titles; nothing where there are no rows.
pub fn draw(out: &Output, columns: &[Column], rows: &[Vec<Cell>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let natural = |i: usize| {
        let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.text.width());
        cells.max().unwrap_or(0).max(columns[i].title.width())
    };
    let blank = |i: &usize| rows.iter().all(|row| row.get(*i).is_none_or(|cell| cell.text.is_empty()));
    let told = (0..columns.len()).filter(|i| !blank(i));
    let mut shown: Vec<(usize, usize)> = told.map(|i| (i, natural(i))).collect();
    fit(columns, &mut shown, out.width);
    let title = shown.iter().map(|&(i, width)| {
        let cell = Cell { text: columns[i].title.into(), meaning: Some(Meaning::Quiet) };
        aligned(out, &columns[i], &cell, width)
    });
    let mut text = line(&title.collect::<Vec<_>>());
    let nothing = Cell::default();
    for row in rows {
        let cells =
            shown.iter().map(|&(i, width)| aligned(out, &columns[i], row.get(i).unwrap_or(&nothing), width));
        text.push_str(&line(&cells.collect::<Vec<_>>()));
    }
    text
}

fn line(cells: &[String]) -> String {
    let line = cells.join(&" ".repeat(GAP));
    format!("{}\n", line.trim_end())
}

/// Shrinks and drops until the sum fits.
fn fit(columns: &[Column], shown: &mut Vec<(usize, usize)>, width: usize) {
    let total = |s: &[(usize, usize)]| s.iter().map(|c| c.1).sum::<usize>() + GAP * s.len().saturating_sub(1);
    let least = |&(i, natural): &(usize, usize)| {
        let column = &columns[i];
        if column.cut == Cut::Never { natural } else { natural.min(column.least) }
    };
    loop {
        let needed = shown.iter().map(least).sum::<usize>() + GAP * shown.len().saturating_sub(1);
        let droppable = (0..shown.len()).filter(|&s| columns[shown[s].0].rank < 9);
        match droppable.min_by_key(|&s| columns[shown[s].0].rank) {
            Some(s) if needed > width => drop(shown.remove(s)),
            _ => break,
        }
    }
    // What matters least gives way first, so that the reason is read whole as long as possible.
    while total(shown) > width {
        let room = |c: &(usize, usize)| c.1.saturating_sub(least(c));
        let spare = (0..shown.len()).filter(|&s| room(&shown[s]) > 0);
        let Some(s) = spare.min_by_key(|&s| columns[shown[s].0].rank) else { break };
        shown[s].1 -= room(&shown[s]).min(total(shown) - width);
    }
}

fn aligned(out: &Output, column: &Column, cell: &Cell, width: usize) -> String {
    let text = cut(&cell.text, width, column.cut, out.ellipsis());
    let pad = " ".repeat(width.saturating_sub(text.width()));
    let painted = cell.meaning.map_or_else(|| text.clone(), |meaning| out.paint(meaning, &text));
    if column.right { pad + &painted } else { painted + &pad }
}

/// Cuts a text to a width, at graphemes.
pub fn cut(text: &str, width: usize, how: Cut, ellipsis: &str) -> String {
    if how == Cut::Never || text.width() <= width {
        return text.to_owned();
    }
    let how = match how {
        Cut::Start => words::Cut::Start,
        Cut::Middle => words::Cut::Middle,
        Cut::End | Cut::Never => words::Cut::End,
    };
    words::cut(text, width, how, ellipsis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column; 3] = [
        Column { title: "ID", right: false, cut: Cut::Never, least: 0, rank: 9 },
        Column { title: "NAME", right: false, cut: Cut::Middle, least: 6, rank: 9 },
        Column { title: "PID", right: true, cut: Cut::Never, least: 0, rank: 1 },
    ];

    #[test]
    fn columns_shrink_and_then_disappear_whole() {
        let rows = [vec!["20261120_7".into(), "frontend-CreateLoginForm".into(), "12346".into()]];
        let at = |width| draw(&Output::plain(width), &COLUMNS, &rows);
        assert_eq!(
            at(80),
            "ID          NAME                        PID\n20261120_7  frontend-CreateLoginForm  12346\n"
        );
        assert_eq!(at(30), "ID          NAME           PID\n20261120_7  front…nForm  12346\n");
        assert_eq!(at(20), "ID          NAME\n20261120_7  fron…orm\n");
    }

    proptest! {
        #[test]
        fn what_is_cut_fits(text in "\\PC*", width in 1usize..40) {
            for how in [Cut::End, Cut::Middle, Cut::Start] {
                prop_assert!(cut(&text, width, how, "…").width() <= width.max(text.width().min(width)));
            }
        }
    }
}
