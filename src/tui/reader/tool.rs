//! What a tool was asked, in short and in full.

use ratatui::style::Style;
use serde_json::Value;

use crate::{
    domain::text,
    tui::{
        theme::{Role, Theme},
        widget::{diff, styled::Run},
    },
};

/// Arguments that say what it is about, the most telling first.
const TELLING: &[&str] =
    &["command", "path", "file_path", "uri", "url", "query", "pattern", "name", "instructions"];
/// Pairs of what was there and what came instead.
const CHANGES: &[(&str, &str)] =
    &[("old_str", "new_str"), ("old_string", "new_string"), ("before", "after"), ("old_text", "new_text")];
/// Arguments longer than this are not said in one line.
const SHORT: usize = 400;

/// A shell tool's command, raw.
pub(super) fn command(arguments: &Value) -> Option<&str> {
    let command = arguments.get("command")?.as_str()?;
    // An editor's `command` is a verb, and what it edits stands beside it.
    arguments.get("path").is_none().then_some(command)
}

/// The arguments in one line, cleaned.
pub(super) fn short(arguments: &Value) -> String {
    if let Some(command) = command(arguments) {
        let mut lines = command.trim().lines();
        let first = cut(lines.next().unwrap_or_default());
        return if lines.next().is_some() { format!("{first} …") } else { first };
    }
    let Value::Object(fields) = arguments else { return cut(&word(arguments)) };
    let telling: Vec<String> =
        TELLING.iter().filter_map(|name| fields.get(*name)).map(|v| cut(&word(v))).collect();
    if !telling.is_empty() {
        return telling.join(" ");
    }
    let all: Vec<String> = fields
        .iter()
        .take(8)
        .map(|(name, value)| format!("{}={}", text::line(name), cut(&word(value))))
        .collect();
    all.join(" ")
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cut(raw: &str) -> String {
    let end = raw.char_indices().nth(SHORT).map_or(raw.len(), |(at, _)| at);
    let line = text::line(&raw[..end]);
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The arguments in full, as lines in styles: changes as a diff, long texts as they are.
pub(super) fn full(arguments: &Value, theme: &Theme) -> Vec<Run> {
    let style = |role| theme.style(role);
    let Value::Object(fields) = arguments else {
        return vec![(text::block(&word(arguments)).into_owned(), style(Role::Text))];
    };
    let mut runs: Vec<Run> = Vec::new();
    let change = CHANGES.iter().find_map(|(old, new)| {
        let (before, after) = (fields.get(*old)?.as_str()?, fields.get(*new)?.as_str()?);
        Some((*old, *new, before, after))
    });
    let say = |runs: &mut Vec<Run>, text: String, style: Style| {
        if !runs.is_empty() {
            runs.push(("\n".into(), style));
        }
        runs.push((text, style));
    };
    let only = fields.len() == 1;
    for (name, value) in fields {
        if change.is_some_and(|(old, new, ..)| name == old || name == new) {
            continue;
        }
        let shown = match value {
            Value::String(words) => words.clone(),
            other => serde_json::to_string_pretty(other).unwrap_or_default(),
        };
        let shown = text::block(shown.trim_end()).into_owned();
        let several = shown.contains('\n');
        if only && name == "command" {
            say(&mut runs, shown, style(Role::Code));
            continue;
        }
        say(&mut runs, format!("{}:", text::line(name)), style(Role::Muted));
        if several {
            say(&mut runs, shown, style(Role::Code));
        } else {
            runs.push((format!(" {shown}"), style(Role::Text)));
        }
    }
    if let Some((_, _, before, after)) = change {
        for line in diff::lines(before, after) {
            let (sign, line, role) = match line {
                diff::Line::Same(line) => (' ', line, Role::Muted),
                diff::Line::Gone(line) => ('-', line, Role::Removed),
                diff::Line::New(line) => ('+', line, Role::Added),
            };
            say(&mut runs, format!("{sign} {}", text::block(line)), style(role));
        }
    }
    runs
}
