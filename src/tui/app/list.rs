//! A list with a cursor that follows who it is on, not where.

use super::{Heading, Row, RowId};

/// Where the cursor is asked to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    By(isize),
    First,
    Last,
}

/// Rows, and the one under the cursor.
#[derive(Clone, Debug, Default)]
pub struct List {
    rows: Vec<Row>,
    ids: Vec<Option<RowId>>,
    selected: Option<RowId>,
    at: usize,
    /// The row in the first line when it was last drawn.
    pub(in crate::tui) first: usize,
}

impl List {
    /// All rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The identity of a row; `None` for headings.
    pub fn id(&self, index: usize) -> Option<&RowId> {
        self.ids.get(index)?.as_ref()
    }

    /// Who is under the cursor.
    pub fn selected(&self) -> Option<&RowId> {
        self.selected.as_ref()
    }

    /// Where the cursor is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Takes new rows. The cursor stays on who it was on; where that one is gone, on its nearest
    /// neighbour.
    pub(super) fn replace(&mut self, rows: Vec<(Row, Option<RowId>)>) {
        (self.rows, self.ids) = rows.into_iter().unzip();
        let found = self.selected.as_ref().and_then(|id| self.find(id));
        let at = found.or_else(|| self.nearest(self.at));
        self.at = at.unwrap_or(0);
        self.selected = at.and_then(|at| self.ids[at].clone());
    }

    /// Where somebody is.
    pub(super) fn find(&self, id: &RowId) -> Option<usize> {
        if self.ids.get(self.at).is_some_and(|here| here.as_ref() == Some(id)) {
            return Some(self.at);
        }
        self.ids.iter().position(|other| other.as_ref() == Some(id))
    }

    /// Puts the cursor on a row; headings do not take it.
    pub(super) fn select(&mut self, index: usize) -> bool {
        let Some(Some(id)) = self.ids.get(index) else { return false };
        self.selected = Some(id.clone());
        self.at = index;
        true
    }

    pub(super) fn go(&mut self, motion: Motion) {
        let last = self.rows.len().saturating_sub(1);
        let target = match motion {
            Motion::First => self.next_from(0),
            Motion::Last => self.previous_from(last),
            Motion::By(step) if step >= 0 => {
                let wanted = self.at.saturating_add_signed(step).min(last);
                self.next_from(wanted).or_else(|| self.previous_from(last))
            }
            Motion::By(step) => {
                let wanted = self.at.saturating_add_signed(step);
                self.previous_from(wanted).or_else(|| self.next_from(0))
            }
        };
        if let Some(target) = target {
            self.select(target);
        }
    }

    /// To the first row of the next pane that has one, round the end.
    pub(super) fn go_pane(&mut self, forward: bool) {
        let starts: Vec<usize> = (0..self.rows.len())
            .filter(|i| matches!(self.rows[*i], Row::Heading(_)))
            .map(|i| i + 1)
            .filter(|i| self.ids.get(*i).is_some_and(Option::is_some))
            .collect();
        let next = if forward {
            starts.iter().find(|s| **s > self.at).or(starts.first())
        } else {
            let here = starts.iter().rposition(|s| *s <= self.at).unwrap_or(0);
            starts.get(here.wrapping_sub(1)).or(starts.last())
        };
        if let Some(next) = next.copied() {
            self.select(next);
        }
    }

    /// To the next row after the cursor that is wanted, round the end.
    pub(super) fn go_where(&mut self, wanted: impl Fn(&Row, &RowId) -> bool) -> bool {
        let count = self.rows.len();
        let found = (1..=count).map(|step| (self.at + step) % count).find(|i| {
            let id = self.ids[*i].as_ref();
            id.is_some_and(|id| wanted(&self.rows[*i], id))
        });
        found.is_some_and(|index| self.select(index))
    }

    /// The first line's row for drawing: a pane's first row shows its heading too.
    pub(in crate::tui) fn first_for(&self, height: usize) -> usize {
        let above = self.at.checked_sub(1).and_then(|i| self.rows.get(i));
        let top = if matches!(above, Some(Row::Heading(Heading::Pane { .. } | _))) && height > 1 {
            self.at - 1
        } else {
            self.at
        };
        let first = self.first.min(top);
        crate::tui::layout::first_row(first, self.at, self.rows.len(), height)
    }

    fn next_from(&self, index: usize) -> Option<usize> {
        (index..self.ids.len()).find(|i| self.ids[*i].is_some())
    }

    fn previous_from(&self, index: usize) -> Option<usize> {
        (0..=index).rev().find(|i| self.id(*i).is_some())
    }

    fn nearest(&self, index: usize) -> Option<usize> {
        let index = index.min(self.ids.len().saturating_sub(1));
        match (self.next_from(index), self.previous_from(index)) {
            (Some(after), Some(before)) if index - before < after - index => Some(before),
            (after, before) => after.or(before),
        }
    }
}
