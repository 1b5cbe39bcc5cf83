//! A block as lines.
//!
//! ```text
//!  13:18:40 you      words                                     parts: a time and a speaker, or
//!  13:18:52   ▸ tool  arguments            ✓ 41s  1.2k lines   a time and a sign
//! ```

mod call;
mod marks;
mod words;

use std::{borrow::Cow, collections::BTreeMap};

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{
    Reader,
    block::{Block, Kind},
    fold::Fold,
};
use crate::{
    domain::{beat::is_hidden, session::Role as Speaker, text, transcript::Message},
    tui::{
        format::{self, Cut},
        theme::Role,
        widget::styled::{Break, Row, Run, Seam, wrap},
    },
};

/// From this width on time and speaker stand beside the text.
const BESIDE_FROM: usize = 60;
/// Lines of an unfolded block before it is asked for whole.
const OPEN_LINES: usize = 200;
/// Lines of the largest block that is shown at all.
const WHOLE_LINES: usize = 60_000;
/// Bytes of words laid out before they are asked for whole.
const OPEN_BYTES: usize = 64 << 10;
/// And at most.
const WHOLE_BYTES: usize = 6 << 20;

/// What a layout depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub kind: Kind,
    pub fold: Fold,
    pub flags: (bool, bool, bool),
    /// The conversation begins before what is loaded.
    pub more_before: bool,
}

/// A block, laid out.
#[derive(Debug)]
pub(super) struct Laid {
    pub stamp: Stamp,
    pub lines: Vec<Line<'static>>,
    /// The lines that go on where the one before was broken.
    pub seams: BTreeMap<usize, Seam>,
    /// Something is left out that can be asked for.
    pub cut: bool,
}

/// Lines being written.
struct Paper<'a> {
    reader: &'a Reader,
    width: usize,
    fold: Fold,
    lines: Vec<Line<'static>>,
    seams: BTreeMap<usize, Seam>,
    cut: bool,
    /// Bytes of words that were not laid out and of which nothing is said yet.
    left_out: usize,
}

impl Reader {
    pub(super) fn lay(&self, at: usize, stamp: Stamp) -> Laid {
        let (lines, seams) = (Vec::new(), BTreeMap::new());
        let mut paper = Paper {
            reader: self,
            width: self.size.0,
            fold: stamp.fold,
            lines,
            seams,
            cut: false,
            left_out: 0,
        };
        if let Some(block) = self.blocks.get(at) {
            paper.block(block);
        }
        // Prose is clean, and so is what a terminal drew; arguments and odd fields are made sure of here.
        for span in paper.lines.iter_mut().flat_map(|line| &mut line.spans) {
            if let Cow::Owned(clean) = text::line(&span.content) {
                span.content = clean.into();
            }
        }
        if paper.lines.is_empty() {
            paper.lines.push(Line::default());
        }
        Laid { stamp, lines: paper.lines, seams: paper.seams, cut: paper.cut }
    }
}

impl Paper<'_> {
    fn style(&self, role: Role) -> Style {
        self.reader.look.theme.style(role)
    }

    fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }

    fn block(&mut self, block: &Block) {
        let Some(message) = self.reader.window.messages().get(block.message) else { return };
        match &block.kind {
            Kind::Begin(text) | Kind::Gap { text, .. } => self.rule(text, Role::Muted),
            Kind::OpenEnd(text) => self.rule(text, Role::Notice),
            Kind::Compacted(count) => {
                let plural = if *count == 1 { "message" } else { "messages" };
                self.rule(&format!("compacted here: {count} {plural} put away"), Role::Mark);
            }
            Kind::Fault => {
                let fault = message.fault.clone().unwrap_or_default();
                let sign = self.sign(message, block.head, "! ", Role::Banner);
                let text = format!("this row is not what goose writes: {fault}");
                self.words(sign, &[(text, self.style(Role::Banner))], Break::Words);
            }
            Kind::Call(outcome) => self.call(block, message, *outcome),
            Kind::Part => self.part(block, message),
        }
        if is_hidden(message) || !message.agent_visible {
            let muted = self.style(Role::Muted);
            for span in self.lines.iter_mut().flat_map(|line| &mut line.spans) {
                span.style = span.style.patch(muted);
            }
        }
    }

    /// A line across with words in its middle.
    fn rule(&mut self, text: &str, role: Role) {
        let text = format::cut(text, self.width.saturating_sub(6), Cut::End);
        let room = self.width.saturating_sub(Span::raw(text.as_str()).width() + 3);
        let (left, right) = (room / 2, room - room / 2);
        let bar = |width| self.span(Role::Border, "─".repeat(width));
        let line = vec![Span::raw(" "), bar(left), self.span(role, format!(" {text} ")), bar(right)];
        self.lines.push(Line::from(line));
    }

    fn time(&self, message: &Message, head: bool) -> Span<'static> {
        let wide = self.width >= BESIDE_FROM;
        let text = match message.created_at.filter(|_| head) {
            Some(at) if wide => format::time(at, self.reader.look.utc_offset),
            Some(at) => format::clock(at, self.reader.look.utc_offset),
            None => String::new(),
        };
        let width = if wide { 8 } else { 5 };
        self.span(Role::Muted, format!(" {text:<width$}"))
    }

    /// A time and a sign: what is no speech.
    fn sign(&self, message: &Message, head: bool, sign: &str, role: Role) -> Vec<Span<'static>> {
        let gap = if self.width >= BESIDE_FROM { "   " } else { " " };
        vec![self.time(message, head), Span::raw(gap), self.span(role, sign.to_owned())]
    }

    fn speaker(&self, message: &Message) -> Span<'static> {
        let (word, role) = match &message.role {
            // A summary is stored in another's name, as all is that goose tells the model by itself.
            _ if is_hidden(message) => ("context", Role::Muted),
            Speaker::User => ("you", Role::You),
            Speaker::Assistant => ("goose", Role::Goose),
            Speaker::Other(word) => (word.as_str(), Role::Muted),
        };
        self.span(role, format!("{} ", format::left(word, 8, Cut::End)))
    }

    /// Runs after a lead, with a hanging indent.
    fn words(&mut self, lead: Vec<Span<'static>>, runs: &[Run], at: Break) {
        let indent = lead.iter().map(Span::width).sum::<usize>().min(self.width / 2);
        let lines = wrap(runs, self.width.saturating_sub(indent), at);
        self.hang(lead, indent, lines);
    }

    fn hang(&mut self, lead: Vec<Span<'static>>, indent: usize, rows: Vec<Row>) {
        let mut lead = Some(lead);
        for mut row in rows {
            row.put_before(lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]));
            self.put(row);
        }
    }

    fn put(&mut self, row: Row) {
        if let Some(seam) = row.seam {
            self.seams.insert(self.lines.len(), seam);
        }
        self.lines.push(Line::from(row.spans));
    }

    fn fold_sign(&self, message: &Message, head: bool, role: Role) -> Vec<Span<'static>> {
        self.sign(message, head, if self.fold == Fold::Folded { "▸ " } else { "▾ " }, role)
    }

    /// Dim words at the right edge of the last line, or below it where there is no room.
    fn at_right(&mut self, words: &str) {
        let span = self.span(Role::Muted, words.to_owned());
        let last = self.lines.last().map_or(0, Line::width);
        let fill = |used: usize| " ".repeat(self.width.saturating_sub(used + span.width() + 1));
        if last + span.width() + 3 <= self.width && self.lines.len() > usize::from(self.width < BESIDE_FROM) {
            let gap = Span::raw(fill(last));
            if let Some(line) = self.lines.last_mut() {
                line.spans.extend([gap, span]);
            }
        } else {
            self.lines.push(Line::from(vec![Span::raw(fill(0)), span]));
        }
    }

    fn indent(&self) -> usize {
        if self.width >= BESIDE_FROM { 14 } else { 4 }
    }

    /// What is unfolded, indented.
    fn detail(&mut self, runs: &[Run], at: Break) {
        if runs.is_empty() {
            return;
        }
        let indent = self.indent();
        let lines = wrap(runs, self.width.saturating_sub(indent), at);
        self.hang(vec![Span::raw(" ".repeat(indent))], indent, lines);
    }

    /// No block is longer than what is asked for.
    fn limit(&mut self) {
        let most = if self.fold == Fold::Whole { 2 * WHOLE_LINES } else { 2 * OPEN_LINES };
        let more = self.lines.len().saturating_sub(most);
        if more > 0 {
            self.lines.truncate(most);
            self.seams.split_off(&most);
        }
        if more > 0 || self.left_out > 0 {
            self.more(more);
        }
    }

    /// As much of a text as is laid out.
    fn head_of<'t>(&mut self, text: &'t str) -> &'t str {
        let most = if self.fold == Fold::Whole { WHOLE_BYTES } else { OPEN_BYTES };
        if text.len() <= most {
            return text;
        }
        self.cut |= self.fold != Fold::Whole;
        let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= most).last().unwrap_or(0);
        self.left_out += text.len() - end;
        &text[..end]
    }
}
