//! For a ticket: Markdown that stays whole whatever a message holds.

use std::fmt::Write as _;

use super::{Amount, Answer, Entry, Title, words};
use crate::domain::{
    text,
    transcript::Part,
    words::{counted, spoken},
};

/// Lines of a tool's output, when it is not shown in full.
const LINES: usize = 40;

/// What stands above a conversation.
pub fn title(title: &Title) -> String {
    let mut page = format!("# {} {}\n\n", escaped(&title.id), escaped(&title.name));
    for (label, words) in &title.facts {
        let _ = writeln!(page, "- {label}: {}", code(words));
    }
    page
}

/// One entry, with an empty line before it.
pub fn entry(entry: &Entry, amount: Amount) -> String {
    let message = &entry.message;
    let mut page = String::new();
    if let Some(gap) = entry.gap.filter(|gap| *gap >= words::GAP) {
        let _ = writeln!(page, "\n*{} later*", spoken(gap));
    }
    if entry.compacted {
        let _ = writeln!(page, "\n---\n\n*{}*", words::COMPACTED);
    }
    let marks: String = words::marks(entry).into_iter().flat_map(|mark| [" · ", mark]).collect();
    let _ = write!(page, "\n### {} · {}{marks}\n", escaped(&message.role.word()), words::moment(entry.at()));
    if let Some(fault) = &message.fault {
        let _ = writeln!(page, "\n**Not as goose writes it:** {}", escaped(fault));
    }
    for (place, shown) in message.parts.iter().enumerate() {
        page.push('\n');
        page += &part(shown, entry.answers.get(&place), amount);
    }
    if let Some(usage) = message.usage.as_ref().map(words::usage).filter(|u| !u.is_empty()) {
        let _ = writeln!(page, "\n<sub>{}</sub>", escaped(&usage));
    }
    text::block(&page).into_owned()
}

fn part(part: &Part, answer: Option<&Answer>, amount: Amount) -> String {
    match part {
        Part::Text(words) => closed(words),
        Part::Thinking(Some(words)) => details("Thinking", &quoted(words)),
        Part::Thinking(None) => "*thinking, kept by the provider*\n".into(),
        Part::ToolRequest { tool, arguments, invalid, .. } => {
            let outcome = [Some(words::outcome(answer)), words::took(answer)];
            let outcome = outcome.into_iter().flatten().collect::<Vec<_>>().join(", ");
            let mut page = format!("**Tool** {} · {outcome}\n", code(&words::call(tool, arguments)));
            if let Some(why) = invalid {
                let _ = writeln!(page, "\ngoose could not read the call: {}", escaped(why));
            }
            let mut inner = String::new();
            if !arguments.is_null() {
                let _ = writeln!(inner, "{}", fenced(&words::arguments(arguments), amount));
            }
            if let Some(answer) = answer {
                inner += &fenced(&words::contents(&answer.content), amount);
            }
            if !inner.is_empty() {
                let _ = write!(page, "\n{}", details("Arguments and output", &inner));
            }
            page
        }
        Part::ToolResponse { id, failed, content, .. } => {
            let word = if *failed { "failed" } else { "ok" };
            format!("**Answer** to {} · {word}\n\n{}", code(id), fenced(&words::contents(content), amount))
        }
        Part::Image { mime, bytes } => format!("*{}*\n", escaped(&words::image(mime, *bytes))),
        Part::Error { kind, message } => format!("**Error** ({}): {}\n", escaped(kind), escaped(message)),
        Part::Asked { prompt, .. } => format!("**Asked:** {}\n", escaped(prompt)),
        Part::Answered { answer, .. } => format!("**Answered:** {}\n", escaped(answer)),
        Part::Notice { message, .. } => format!("*goose: {}*\n", escaped(message)),
        Part::Raw { kind, json } => format!("{}:\n\n{}", code(kind), fenced(json, amount)),
        Part::Oversized { bytes } => format!("*{}*\n", escaped(&words::oversized(*bytes))),
    }
}

fn details(summary: &str, inner: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{inner}\n</details>\n")
}

fn quoted(words: &str) -> String {
    closed(words).lines().flat_map(|line| ["> ", line, "\n"]).map(str::to_owned).collect()
}

/// The words as they are, with a fence closed that they leave open: else the rest of the document
/// would be code.
fn closed(words: &str) -> String {
    let mut open: Option<String> = None;
    for line in words.lines() {
        let line = line.trim_start();
        let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'));
        let Some(sign) = sign else { continue };
        let fence: String = line.chars().take_while(|c| *c == sign).collect();
        if fence.len() < 3 {
            continue;
        }
        match &open {
            None => open = Some(fence),
            Some(begun)
                if begun.starts_with(sign) && fence.len() >= begun.len() && line.trim_end() == fence =>
            {
                open = None;
            }
            Some(_) => {}
        }
    }
    let end = open.map(|fence| format!("\n{fence}")).unwrap_or_default();
    format!("{}{end}\n", words.trim_end())
}

/// A block of code, with a fence longer than any run of backticks in it.
pub fn fenced(words: &str, amount: Amount) -> String {
    let words = words.trim_end();
    let lines = words.lines().count();
    let cut = if amount.full { 0 } else { lines.saturating_sub(LINES) };
    let shown: Vec<&str> = words.lines().take(lines - cut).collect();
    let fence = "`".repeat(longest_run(words).max(2) + 1);
    let more =
        if cut > 0 { format!("\n*{}*\n", counted(cut, "more line", "more lines")) } else { String::new() };
    format!("{fence}\n{}\n{fence}\n{more}", text::block(&shown.join("\n")))
}

/// A code span of one line.
pub fn code(words: &str) -> String {
    let words = text::line(words);
    let fence = "`".repeat(longest_run(&words) + 1);
    let pad = if words.starts_with('`') || words.ends_with('`') { " " } else { "" };
    if words.is_empty() { String::new() } else { format!("{fence}{pad}{words}{pad}{fence}") }
}

fn longest_run(words: &str) -> usize {
    words.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Words in which nothing is Markdown or HTML, on one line.
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in text::line(words).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
