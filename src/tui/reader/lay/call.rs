//! A tool call: one line, and what was asked and given below it.

use std::{fmt::Write as _, time::Duration};

use chrono::TimeDelta;
use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{OPEN_LINES, Paper, WHOLE_LINES, words::said};
use crate::{
    domain::{
        beat::Beat,
        transcript::{Message, Part, ToolContent},
    },
    tui::{
        format::{self, Cut},
        reader::{
            block::{Block, Outcome, exact},
            fold::Fold,
            tool,
        },
        theme::Role,
        widget::{
            ansi,
            styled::{Break, wrap},
        },
    },
};

impl Paper<'_> {
    pub(super) fn call(&mut self, block: &Block, message: &Message, outcome: Outcome) {
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
                Some((*failed, *exit_code, content, Beat::of(by).tool_took(&Beat::of(message), next)))
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
        let usage = message.usage.as_ref().filter(|_| block.head).map(said);
        if let Some(usage) = usage.filter(|usage| !usage.is_empty()) {
            self.detail(&[(usage, self.style(Role::Muted))], Break::Words);
        }
        if let Some(why) = invalid {
            let why = format!("goose could not read the call: {why}");
            self.detail(&[(why, self.style(Role::Failed))], Break::Words);
        }
        let full = tool::full(arguments, &self.reader.look.theme);
        self.detail(&full, Break::Anywhere);
        self.limit();
        if let Some((_, _, content, _)) = content {
            self.output(content);
        }
    }

    /// `✓ 41s  1.2k lines`, `✖ exit 2`.
    pub(super) fn outcome(
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
            let _ = write!(words, " {}", exact(took));
        }
        let lines: usize = content.iter().map(lines_in).sum();
        let lines = match lines {
            0 | 1 => String::new(),
            lines => format!("  {} lines", format::count(lines as u64)),
        };
        vec![self.span(if bad { Role::Failed } else { Role::Healthy }, words), self.span(Role::Muted, lines)]
    }

    /// One line, its end at the right edge; what does not fit is cut from the first half.
    pub(super) fn spread(&mut self, left: Vec<Span<'static>>, right: Vec<Span<'static>>) {
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

    /// What a tool gave back, with its colours.
    pub(super) fn output(&mut self, content: &[ToolContent]) {
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
                for mut row in wrap(&runs, room, Break::Anywhere) {
                    row.put_before(vec![Span::raw(" ".repeat(indent)), Span::styled("│ ", muted)]);
                    self.put(row);
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

    pub(super) fn more(&mut self, lines: usize) {
        let how = if self.fold == Fold::Whole { "too many to be shown here" } else { "Enter shows all" };
        self.cut |= self.fold != Fold::Whole;
        let lines = (lines > 0).then(|| format!("{} more lines", format::count(lines as u64)));
        let left_out = std::mem::take(&mut self.left_out);
        let left_out = (left_out > 0).then(|| format!("{} more", format::bytes(left_out as u64)));
        let what: Vec<String> = lines.into_iter().chain(left_out).collect();
        let text = format!("… {}: {how}", what.join(" and "));
        self.detail(&[(text, self.style(Role::Mark))], Break::Words);
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

pub(super) fn picture(mime: &str, bytes: u64) -> String {
    let what = if mime.starts_with("audio/") { "audio" } else { "picture" };
    format!("[{what} {mime}, {}]", format::bytes(bytes))
}
