//! A part that is no call: words, thinking, pictures, errors, questions.

use std::time::Duration;

use chrono::TimeDelta;
use ratatui::text::{Line, Span};

use super::{BESIDE_FROM, Paper, call::picture};
use crate::{
    domain::{
        session::Role as Speaker,
        transcript::{Message, Part, Usage},
        words::call_cost,
    },
    tui::{
        format,
        reader::{
            block::{Block, exact},
            fold::Fold,
        },
        theme::Role,
        widget::{
            markdown,
            styled::{Break, wrap},
        },
    },
};

impl Paper<'_> {
    pub(super) fn part(&mut self, block: &Block, message: &Message) {
        let Some(part) = message.parts.get(block.part) else { return };
        let head = block.head;
        let muted = self.style(Role::Muted);
        match part {
            Part::Text(text) => {
                self.text(block, message, text);
                let usage = message.usage.as_ref().filter(|_| block.with_usage).map(said);
                if let Some(usage) = usage.filter(|usage| !usage.is_empty()) {
                    self.at_right(&usage);
                }
            }
            Part::Thinking(None) => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[("thinking, kept by the provider".into(), muted)], Break::Words);
            }
            Part::Thinking(Some(text)) => {
                let sign = self.fold_sign(message, head, Role::Muted);
                let lines = text.lines().count();
                let plural = if lines == 1 { "line" } else { "lines" };
                let note = format!("thinking, {} {plural}", format::count(lines as u64));
                self.words(sign, &[(note, muted)], Break::Words);
                if self.fold != Fold::Folded {
                    let text = self.head_of(text).to_owned();
                    self.detail(&[(text, muted)], Break::Words);
                }
            }
            Part::ToolResponse { failed, exit_code, content, .. } => {
                let mut line = self.fold_sign(message, head, Role::Tool);
                let further_up = self.reader.window.more_before;
                let to = if further_up { "a call further up" } else { "a call that is not stored" };
                line.push(self.span(Role::Muted, format!("answer to {to}")));
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
                self.words(sign, &[(format!("error ({kind}): {words}"), style)], Break::Words);
            }
            Part::Asked { prompt, .. } => {
                let sign = self.sign(message, head, "? ", Role::Notice);
                self.words(sign, &[(format!("asked: {prompt}"), self.style(Role::Notice))], Break::Words);
            }
            Part::Answered { answer, .. } => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[(format!("answered: {answer}"), self.style(Role::Text))], Break::Words);
            }
            Part::Notice { message: words, .. } => {
                let sign = self.sign(message, head, "· ", Role::Muted);
                self.words(sign, &[(format!("goose: {words}"), self.style(Role::Notice))], Break::Words);
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
            markdown::render(&text, room, &styles)
        } else {
            // A person's words stand as they were typed: underscores and stars are theirs.
            wrap(&[(text.trim_end().to_owned(), self.style(Role::Text))], room, Break::Words)
        };
        self.hang(lead, indent, lines);
    }
}

/// What a model call took: `1.2k in · 340 out · $0.0123 · 8s`.
pub(super) fn said(usage: &Usage) -> String {
    let took = |took: Duration| TimeDelta::from_std(took).map(exact).unwrap_or_default();
    let parts = [
        usage.compaction.then(|| "made by compaction".into()),
        usage.input.map(|n| format!("{} in", format::count(n))),
        usage.output.map(|n| format!("{} out", format::count(n))),
        usage.cost_usd.and_then(call_cost),
        usage.elapsed.map(took),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
