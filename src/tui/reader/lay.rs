//! A block as lines.
//!
//! ```text
//!  13:18:40 you      words                                     parts: a time and a speaker, or
//!  13:18:52   ▸ tool  arguments            ✓ 41s  1.2k lines   a time and a sign
//! ```

use std::time::Duration;

use chrono::TimeDelta;
use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{
    Reader,
    block::{Block, Kind, Outcome, exact},
    fold::Fold,
    tool,
};
use crate::{
    domain::{
        beat::{Beat, is_hidden},
        session::Role as Speaker,
        transcript::{Message, Part, ToolContent, Usage},
    },
    tui::{
        format::{self, Cut},
        theme::Role,
        widget::{
            ansi, markdown,
            styled::{Break, Run, wrap},
        },
    },
};

/// From this width on time and speaker stand beside the text.
const BESIDE_FROM: usize = 60;
/// Lines of an unfolded block before it is asked for whole.
const OPEN_LINES: usize = 200;
/// Lines of the largest block that is shown at all.
const WHOLE_LINES: usize = 5_000;
/// Bytes of words laid out before they are asked for whole.
const OPEN_BYTES: usize = 64 << 10;
/// And at most.
const WHOLE_BYTES: usize = 1 << 20;

/// What a layout depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub kind: Kind,
    pub fold: Fold,
    pub flags: (bool, bool),
}

/// A block, laid out.
#[derive(Debug)]
pub(super) struct Laid {
    pub stamp: Stamp,
    pub lines: Vec<Line<'static>>,
    /// Something is left out that can be asked for.
    pub cut: bool,
}

/// Lines being written.
struct Paper<'a> {
    reader: &'a Reader,
    width: usize,
    fold: Fold,
    lines: Vec<Line<'static>>,
    cut: bool,
}

impl Reader {
    pub(super) fn lay(&self, at: usize) -> (Vec<Line<'static>>, bool) {
        let fold = self.fold_of(at);
        let mut paper = Paper { reader: self, width: self.size.0, fold, lines: Vec::new(), cut: false };
        if let Some(block) = self.blocks.get(at) {
            paper.block(block);
        }
        if paper.lines.is_empty() {
            paper.lines.push(Line::default());
        }
        (paper.lines, paper.cut)
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
            _ if message.turn_context => ("context", Role::Muted),
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

    fn hang(&mut self, lead: Vec<Span<'static>>, indent: usize, lines: Vec<Vec<Span<'static>>>) {
        let mut lead = Some(lead);
        for line in lines {
            let mut spans = lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]);
            spans.extend(line);
            self.lines.push(Line::from(spans));
        }
    }

    fn part(&mut self, block: &Block, message: &Message) {
        let Some(part) = message.parts.get(block.part) else { return };
        let head = block.head;
        let muted = self.style(Role::Muted);
        match part {
            Part::Text(text) => {
                self.text(block, message, text);
                if let Some(usage) = message.usage.as_ref().filter(|_| block.with_usage) {
                    self.at_right(&said(usage));
                }
            }
            Part::Thinking(None) => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[("thinking, hidden by the provider".into(), muted)], Break::Words);
            }
            Part::Thinking(Some(text)) => {
                let sign = self.fold_sign(message, head, Role::Muted);
                let words = text.split_whitespace().count();
                self.words(
                    sign,
                    &[(format!("thinking, {} words", format::count(words as u64)), muted)],
                    Break::Words,
                );
                if self.fold != Fold::Folded {
                    let text = self.head_of(text).to_owned();
                    self.detail(&[(text, muted)], Break::Words);
                }
            }
            Part::ToolResponse { failed, exit_code, content, .. } => {
                let mut line = self.fold_sign(message, head, Role::Tool);
                line.push(self.span(Role::Muted, "answer to a call further up"));
                let outcome = self.outcome(*failed, *exit_code, content, None);
                self.spread(line, outcome);
                if self.fold != Fold::Folded {
                    self.output(content);
                }
            }
            Part::Image { mime, bytes } => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[(picture(mime, *bytes), muted)], Break::Words);
            }
            Part::Error { kind, message: words } => {
                let sign = self.sign(message, head, "✖ ", Role::Failed);
                let style = self.style(Role::Failed);
                self.words(sign, &[(format!("{kind}: {words}"), style)], Break::Words);
            }
            Part::Asked { prompt, .. } => {
                let sign = self.sign(message, head, "? ", Role::Notice);
                self.words(sign, &[(format!("asks: {prompt}"), self.style(Role::Notice))], Break::Words);
            }
            Part::Answered { answer, .. } => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[(format!("answered: {answer}"), self.style(Role::Text))], Break::Words);
            }
            Part::Notice { kind, message: words } => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[(format!("{kind}: {words}"), self.style(Role::Notice))], Break::Words);
            }
            Part::Raw { kind, json } => {
                let sign = self.fold_sign(message, head, Role::Mark);
                let note = format!("a block `{kind}` that goosetop does not know, as it is stored");
                self.words(sign, &[(note, muted)], Break::Words);
                if self.fold != Fold::Folded {
                    let json = self.head_of(json).to_owned();
                    self.detail(&[(json, self.style(Role::Code))], Break::Anywhere);
                }
            }
            Part::Oversized { bytes } => {
                let sign = self.sign(message, head, "! ", Role::Mark);
                let what = if self.reader.too_large.contains(&message.place) {
                    "too large to be read here"
                } else {
                    "not read because of its size: Enter reads it"
                };
                let text = format!("a message of {}, {what}", format::bytes(*bytes));
                self.words(sign, &[(text, self.style(Role::Notice))], Break::Words);
            }
            // Drawn as calls.
            Part::ToolRequest { .. } => {}
        }
        self.limit();
    }

    fn text(&mut self, block: &Block, message: &Message, text: &str) {
        let mut lead = vec![self.time(message, block.head), Span::raw(" ")];
        let speaker = if block.speaks { self.speaker(message) } else { Span::raw(" ".repeat(9)) };
        let beside = self.width >= BESIDE_FROM;
        lead.push(speaker);
        let indent = if beside { 19 } else { 2 };
        if !beside {
            if block.speaks {
                self.lines.push(Line::from(std::mem::take(&mut lead)));
            }
            lead = vec![Span::raw("  ")];
        }
        let text = self.head_of(text).to_owned();
        let room = self.width.saturating_sub(indent);
        let lines = if message.role == Speaker::Assistant {
            let theme = &self.reader.look.theme;
            let styles = markdown::Styles {
                text: theme.style(Role::Text),
                strong: theme.style(Role::Strong),
                code: theme.style(Role::Code),
                muted: theme.style(Role::Muted),
                link: theme.style(Role::Link),
            };
            markdown::render(&text, room, &styles).into_iter().map(|line| line.spans).collect()
        } else {
            // A person's words stand as they were typed: underscores and stars are theirs.
            wrap(&[(text.trim_end().to_owned(), self.style(Role::Text))], room, Break::Words)
        };
        self.hang(lead, indent, lines);
    }

    fn call(&mut self, block: &Block, message: &Message, outcome: Outcome) {
        let Some(Part::ToolRequest { tool, arguments, invalid, .. }) = message.parts.get(block.part) else {
            return;
        };
        let messages = self.reader.window.messages();
        let answer = match outcome {
            Outcome::Answer { message, part } => messages.get(message).zip(Some((message, part))),
            _ => None,
        };
        let content = answer.and_then(|(by, (at, part))| match by.parts.get(part) {
            Some(Part::ToolResponse { failed, exit_code, content, .. }) => {
                let next = messages.get(at + 1).and_then(|m| m.created_at);
                Some((*failed, *exit_code, content, Beat::of(by).tool_took(next)))
            }
            _ => None,
        });
        let right = match (&content, outcome) {
            _ if invalid.is_some() => vec![self.span(Role::Failed, "✖ not understood")],
            (Some((failed, code, content, took)), _) => self.outcome(*failed, *code, content, *took),
            (None, Outcome::Running) => vec![self.span(Role::Notice, "running")],
            (None, Outcome::Elsewhere) => vec![self.span(Role::Muted, "…")],
            (None, _) => vec![self.span(Role::Failed, "✖ no answer")],
        };
        let mut line = self.fold_sign(message, block.head, Role::Tool);
        line.push(self.span(Role::Tool, format!("{tool}  ")));
        line.push(self.span(Role::Text, tool::short(arguments)));
        self.spread(line, right);
        if self.fold == Fold::Folded {
            return;
        }
        if let Some(usage) = message.usage.as_ref().filter(|_| block.head) {
            self.detail(&[(said(usage), self.style(Role::Muted))], Break::Words);
        }
        if let Some(why) = invalid {
            self.detail(&[(why.clone(), self.style(Role::Failed))], Break::Words);
        }
        let full = tool::full(arguments, &self.reader.look.theme);
        self.detail(&full, Break::Anywhere);
        self.limit();
        if let Some((_, _, content, _)) = content {
            self.output(content);
        }
    }

    fn fold_sign(&self, message: &Message, head: bool, role: Role) -> Vec<Span<'static>> {
        self.sign(message, head, if self.fold == Fold::Folded { "▸ " } else { "▾ " }, role)
    }

    /// `✓ 41s  1.2k lines`, `✖ exit 2`.
    fn outcome(
        &self,
        failed: bool,
        code: Option<i64>,
        content: &[ToolContent],
        took: Option<Duration>,
    ) -> Vec<Span<'static>> {
        let bad = failed || code.is_some_and(|code| code != 0);
        let mut words = match code.filter(|code| *code != 0) {
            Some(code) => format!("✖ exit {code}"),
            None if bad => "✖ failed".into(),
            None => "✓".into(),
        };
        if let Some(took) = took.and_then(|took| TimeDelta::from_std(took).ok()) {
            words += &format!(" {}", exact(took));
        }
        let lines: usize = content.iter().map(lines_in).sum();
        let lines = match lines {
            0 | 1 => String::new(),
            lines => format!("  {} lines", format::count(lines as u64)),
        };
        vec![self.span(if bad { Role::Failed } else { Role::Healthy }, words), self.span(Role::Muted, lines)]
    }

    /// One line, its end at the right edge; what does not fit is cut from the first half.
    fn spread(&mut self, left: Vec<Span<'static>>, right: Vec<Span<'static>>) {
        let ends: usize = right.iter().map(Span::width).sum();
        let room = self.width.saturating_sub(ends + 3);
        let mut line: Vec<Span<'static>> = Vec::new();
        let mut used = 0;
        for span in left {
            let text = format::cut(&span.content, room.saturating_sub(used), Cut::End);
            let span = Span::styled(text, span.style);
            used += span.width();
            line.push(span);
        }
        line.push(Span::raw(" ".repeat(self.width.saturating_sub(used + ends + 1))));
        line.extend(right);
        self.lines.push(Line::from(line));
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

    /// What a tool gave back, with its colours.
    fn output(&mut self, content: &[ToolContent]) {
        let most = if self.fold == Fold::Whole { WHOLE_LINES } else { OPEN_LINES };
        let (mut shown, mut all) = (0, 0);
        let muted = self.style(Role::Muted);
        for content in content {
            let text = match content {
                ToolContent::Text(printed) => Some(printed),
                ToolContent::Resource { uri, text } => {
                    self.detail(&[(uri.clone(), muted)], Break::Anywhere);
                    text.as_ref()
                }
                ToolContent::Image { mime, bytes } => {
                    self.detail(&[(picture(mime, *bytes), muted)], Break::Words);
                    None
                }
                ToolContent::Raw { kind, json } => {
                    let json = self.head_of(json).to_owned();
                    self.detail(&[(format!("{kind} {json}"), muted)], Break::Anywhere);
                    None
                }
            };
            let Some(text) = text else { continue };
            let (lines, count) = ansi::lines(text.for_interpreter(), most - shown);
            (shown, all) = (shown + lines.len(), all + count);
            let indent = self.indent();
            for mut runs in lines {
                if self.reader.look.no_color {
                    for run in &mut runs {
                        run.1 = Style { fg: None, bg: None, ..run.1 };
                    }
                }
                let room = self.width.saturating_sub(indent + 2);
                for line in wrap(&runs, room, Break::Anywhere) {
                    let mut spans = vec![Span::raw(" ".repeat(indent)), Span::styled("│ ", muted)];
                    spans.extend(line);
                    self.lines.push(Line::from(spans));
                }
            }
        }
        if all > shown {
            self.more(all - shown);
        } else if content.is_empty() {
            self.detail(&[("no output".into(), muted)], Break::Words);
        }
        self.limit();
    }

    fn more(&mut self, lines: usize) {
        let how = if self.fold == Fold::Whole { "too many to be shown here" } else { "Enter shows all" };
        self.cut |= self.fold != Fold::Whole;
        let text = format!("… {} more lines: {how}", format::count(lines as u64));
        self.detail(&[(text, self.style(Role::Mark))], Break::Words);
    }

    /// No block is longer than what is asked for.
    fn limit(&mut self) {
        let most = if self.fold == Fold::Whole { 2 * WHOLE_LINES } else { 2 * OPEN_LINES };
        if self.lines.len() > most {
            let more = self.lines.len() - most;
            self.lines.truncate(most);
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
        &text[..end]
    }
}

fn lines_in(content: &ToolContent) -> usize {
    let count = |text: &str| text.trim_end().lines().count();
    match content {
        ToolContent::Text(printed) | ToolContent::Resource { text: Some(printed), .. } => {
            count(printed.for_interpreter())
        }
        _ => 0,
    }
}

fn picture(mime: &str, bytes: u64) -> String {
    let what = if mime.starts_with("audio/") { "audio" } else { "picture" };
    format!("[{what} {mime}, {}]", format::bytes(bytes))
}

/// What a model call took: `1.2k in · 340 out · $0.01 · 8s`.
fn said(usage: &Usage) -> String {
    let took = |took: Duration| TimeDelta::from_std(took).map(exact).unwrap_or_default();
    let parts = [
        usage.compaction.then(|| "made by compaction".into()),
        usage.input.map(|n| format!("{} in", format::count(n))),
        usage.output.map(|n| format!("{} out", format::count(n))),
        usage.cost_usd.map(format::cost),
        usage.elapsed.map(took),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
