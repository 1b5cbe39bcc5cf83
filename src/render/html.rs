//! For a browser: one page that needs nothing else. No script, nothing loaded, everything escaped; what
//! the model wrote is drawn as the Markdown it is (`prose`).
//!
//! The page forbids itself all loading and running (Content-Security-Policy), so that a mistake in
//! escaping would still reach nothing. Calls fold with `<details>`; every message has an anchor.

mod prose;

use std::fmt::Write as _;

use super::{Answer, Entry, Title, words};
use crate::domain::{session::Role, text, transcript::Part, words::spoken};

const STYLE: &str = include_str!("page.css");

/// Everything before the first entry.
pub fn head(title: &Title) -> String {
    let name = escaped(&format!("{} {}", title.id, title.name));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n<dl>\n"
    );
    for (label, words) in &title.facts {
        let _ = writeln!(page, "<dt>{}</dt><dd>{}</dd>", escaped(label), escaped(words));
    }
    page + "</dl>\n<main>\n"
}

/// Everything after the last entry.
pub fn foot() -> &'static str {
    "</main>\n</body>\n</html>\n"
}

/// One entry.
pub fn entry(entry: &Entry) -> String {
    let message = &entry.message;
    let mut page = String::new();
    if let Some(gap) = entry.gap.filter(|gap| *gap >= words::GAP) {
        let _ = writeln!(page, "<p class=\"gap\">{} later</p>", spoken(gap));
    }
    if entry.compacted {
        let _ = writeln!(page, "<p class=\"gap\">{}</p>", words::COMPACTED);
    }
    let role = message.role.word();
    let known = if role == "user" || role == "assistant" { &role } else { "other" };
    let away = if message.agent_visible { "" } else { " away" };
    let row = message.place.row;
    let _ = writeln!(
        page,
        "<article id=\"m{row}\" class=\"{known}{away}\">\n<header><b>{}</b><a href=\"#m{row}\">{}</a>{}</header>",
        escaped(&role),
        words::moment(entry.at()),
        words::marks(entry).into_iter().flat_map(|mark| ["<span>", mark, "</span>"]).collect::<String>(),
    );
    if let Some(fault) = &message.fault {
        let _ = writeln!(page, "<p class=\"bad\">Not as goose writes it: {}</p>", escaped(fault));
    }
    for (place, shown) in message.parts.iter().enumerate() {
        page += &part(shown, entry.answers.get(&place), message.role == Role::User);
    }
    if let Some(usage) = message.usage.as_ref().map(words::usage).filter(|u| !u.is_empty()) {
        let _ = writeln!(page, "<p class=\"usage\">{}</p>", escaped(&usage));
    }
    page + "</article>\n"
}

fn part(part: &Part, answer: Option<&Answer>, is_person: bool) -> String {
    match part {
        Part::Text(words) if is_person => prose::typed(words),
        Part::Text(words) => prose::markdown(words),
        Part::Thinking(Some(words)) => details("quiet", "thinking", &prose::markdown(words)),
        Part::Thinking(None) => paragraph("quiet", "thinking, kept by the provider"),
        Part::ToolRequest { tool, arguments, invalid, .. } => {
            let bad = words::is_bad(answer) || invalid.is_some();
            let outcome = [Some(words::outcome(answer)), words::took(answer)];
            let outcome = outcome.into_iter().flatten().collect::<Vec<_>>().join(", ");
            let line = format!("<code>{}</code> · {outcome}", escaped(&words::call(tool, arguments)));
            let mut inner = String::new();
            if let Some(why) = invalid {
                inner += &paragraph("bad", &format!("goose could not read the call: {why}"));
            }
            if !arguments.is_null() {
                inner += &pre(&words::arguments(arguments));
            }
            if let Some(answer) = answer {
                inner += &pre(&words::contents(&answer.content));
            }
            details(if bad { "bad" } else { "call" }, &line, &inner)
        }
        Part::ToolResponse { id, failed, content, .. } => {
            let (class, word) = if *failed { ("bad", "failed") } else { ("call", "ok") };
            let line = format!("an answer to <code>{}</code> · {word}", escaped(id));
            details(class, &line, &pre(&words::contents(content)))
        }
        Part::Image { mime, bytes } => paragraph("quiet", &words::image(mime, *bytes)),
        Part::Error { kind, message } => paragraph("bad", &format!("error ({kind}): {message}")),
        Part::Asked { prompt, .. } => paragraph("asked", &format!("asked: {prompt}")),
        Part::Answered { answer, .. } => paragraph("asked", &format!("answered: {answer}")),
        Part::Notice { message, .. } => paragraph("quiet", &format!("goose: {message}")),
        Part::Raw { kind, json } => details("quiet", &format!("<code>{}</code>", escaped(kind)), &pre(json)),
        Part::Oversized { bytes } => paragraph("bad", &words::oversized(*bytes)),
    }
}

/// `summary` is HTML; its words are escaped already.
fn details(class: &str, summary: &str, inner: &str) -> String {
    format!("<details class=\"{class}\"><summary>{summary}</summary>\n{inner}</details>\n")
}

fn paragraph(class: &str, words: &str) -> String {
    format!("<p class=\"{class}\">{}</p>\n", escaped(words))
}

fn pre(words: &str) -> String {
    format!("<pre>{}</pre>\n", escaped(words))
}

/// Words that are nothing but words, in an element and in an attribute.
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in text::block(words).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
