//! The hand-over as Markdown.

use std::fmt::Write as _;

use super::BundleDto;
use crate::{
    cli::{audit, explain, output::Output},
    domain::{board::SessionView, transcript::Message},
    render::{Amount, Story, markdown, secrets},
};

/// Columns of the explanation: what a ticket shows without scrolling.
const WIDTH: usize = 100;

/// The whole document.
pub fn render(bundle: &BundleDto, view: &SessionView, messages: &[Message]) -> String {
    let whole = Amount { full: true, ascii: false };
    let out = Output::plain(WIDTH);
    let session = &bundle.explanation.session;
    let mut page = format!(
        "# goose session {} {}\n\n",
        markdown::escaped(&session.id),
        markdown::escaped(&secrets::mask(&session.name))
    );
    let versions = &bundle.versions;
    let goose = versions.goose.as_deref().unwrap_or("unknown");
    for (label, words) in [
        ("host", bundle.host.as_str()),
        ("as of", &bundle.generated_at),
        ("goosetop", versions.goosetop),
        ("goose", goose),
        ("sqlite", versions.sqlite),
        ("system", &versions.system),
    ] {
        let _ = writeln!(page, "- {label}: {}", markdown::code(words));
    }
    for store in &bundle.databases {
        let schema = store.schema.map_or_else(|| "unknown".into(), |v| v.to_string());
        let detail = if store.detail.is_empty() { String::new() } else { format!(": {}", store.detail) };
        let words = format!("{} ({}, schema {schema}){detail}", store.path, store.state);
        let _ = writeln!(page, "- store: {}", markdown::code(&secrets::mask(&words)));
    }
    page += "\nKeys, tokens and passwords in known forms are masked; read it before you pass it on.\n\n## Verdict\n\n";
    page += &markdown::fenced(&secrets::mask(&explain::render(&out, view, &bundle.explanation)), whole);
    section(&mut page, "Not read", &bundle.not_read.join("\n"));
    let done: Vec<_> = bundle.actions.iter().map(|run| audit::words(&out, run)).collect();
    page += "\n## Actions\n\n";
    if done.is_empty() {
        page += "goosetop has done nothing to this session.\n";
    } else {
        page += &markdown::fenced(&secrets::mask(&done.join("\n")), whole);
    }
    let _ = writeln!(page, "\n## The newest {} messages", messages.len());
    if let Some(fault) = &bundle.transcript_fault {
        let _ = writeln!(page, "\nThe conversation cannot be read: {}", markdown::escaped(fault));
    }
    let mut story = Story::new(false);
    let mut entries: Vec<_> = messages.iter().cloned().flat_map(|message| story.push(message)).collect();
    entries.extend(story.flush());
    page + &entries.iter().map(|entry| markdown::entry(entry, Amount::default())).collect::<String>()
}

fn section(page: &mut String, title: &str, words: &str) {
    if !words.is_empty() {
        let words = markdown::fenced(&secrets::mask(words), Amount { full: true, ascii: false });
        let _ = write!(page, "\n## {title}\n\n{words}");
    }
}
