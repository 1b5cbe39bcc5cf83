//! The lists below the charts: who, what, how slow, how large.

use ratatui::text::{Line, Span};

use super::{App, Doc, Insights, Role, known, moment};
use crate::{
    domain::{bars, insights::Share},
    tui::format::{self, Cut},
};

/// Lines of each list.
const LINES: usize = 6;

pub(super) fn left(app: &App, told: &Insights, doc: &mut Doc) {
    shares(app, doc, "Models", &told.models);
    shares(app, doc, "Projects", &told.projects);
    if told.providers.len() > 1 {
        shares(app, doc, "Providers", &told.providers);
    }
    hours(app, told, doc);
}

pub(super) fn right(app: &App, told: &Insights, doc: &mut Doc) {
    tools(app, told, doc);
    slow(app, told, doc);
    disk(app, told, doc);
}

fn title(app: &App, doc: &mut Doc, text: &str) {
    doc.gap();
    doc.push(Line::from(app.span(Role::Title, text.to_owned())));
}

/// A name, a bar, and words set against the right edge.
fn row(app: &App, doc: &mut Doc, (name, cut): (&str, Cut), share: f64, words: &str, warn: &str) {
    let words_width = words.chars().count() + warn.chars().count();
    let room = doc.width().saturating_sub(words_width + 2);
    let name_width = (room * 3 / 5).min(36);
    let bar_width = room.saturating_sub(name_width + 1);
    let bar = format::left(&bars::across(share, bar_width), bar_width, Cut::End);
    doc.push(Line::from(vec![
        Span::raw(match cut {
            Cut::Start => {
                let name = format::cut_path(name, name_width);
                format::left(&name, name_width, Cut::Start)
            }
            cut => format::left(name, name_width, cut),
        }),
        Span::raw(" "),
        app.span(Role::Key, bar),
        Span::raw(format!("  {words}")),
        app.span(Role::Stuck, warn.to_owned()),
    ]));
}

fn more(app: &App, doc: &mut Doc, all: usize) {
    if all > LINES {
        doc.push(Line::from(app.span(Role::Muted, format!("… and {} more", all - LINES))));
    }
}

fn shares(app: &App, doc: &mut Doc, name: &str, list: &[Share]) {
    if list.is_empty() {
        return;
    }
    doc.gap();
    let heads = format::right("tokens   cost  sess", doc.width().saturating_sub(name.len()));
    doc.push(Line::from(vec![app.span(Role::Title, name.to_owned()), app.span(Role::Muted, heads)]));
    let measure = app.insights().measure;
    let weight = |share: &Share| measure.of(share.sum).unwrap_or(0.0);
    // In the order of what the days show.
    let mut list: Vec<&Share> = list.iter().collect();
    list.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let most = list.first().map_or(0.0, |share| weight(share));
    for share in list.iter().take(LINES) {
        let part = if most > 0.0 { weight(share) / most } else { 0.0 };
        let words = format!(
            "{} {} {}",
            format::right(&known(share.sum.tokens, format::count), 5),
            format::right(&known(share.sum.cost_usd, format::cost), 6),
            format::right(&format::count(share.sum.sessions), 5),
        );
        let name = share.name.as_deref().unwrap_or("unknown");
        let shown =
            if name.starts_with('/') { app.path(std::path::Path::new(name)) } else { name.to_owned() };
        row(app, doc, (&shown, Cut::Start), part, &words, "");
    }
    more(app, doc, list.len());
}

fn hours(app: &App, told: &Insights, doc: &mut Doc) {
    if told.hours.iter().all(|n| *n == 0) {
        return;
    }
    title(app, doc, "Messages by hour");
    let values: Vec<Option<f64>> = told.hours.iter().flat_map(|n| [Some(*n as f64); 2]).collect();
    for line in bars::columns(&values, 2) {
        doc.push(Line::from(app.span(Role::Key, line)));
    }
    doc.push(Line::from(app.span(Role::Muted, "00          06          12          18")));
}

fn tools(app: &App, told: &Insights, doc: &mut Doc) {
    if told.tools.is_empty() {
        return;
    }
    title(app, doc, "Tools");
    let most = told.tools.iter().map(|t| t.calls).max().unwrap_or(1).max(1) as f64;
    for tool in told.tools.iter().take(LINES) {
        let words = format!(
            "{} calls {}",
            format::right(&format::count(tool.calls), 5),
            format::right(&format::limit(tool.time), 5),
        );
        let warn = match tool.failed {
            0 => " ".repeat(10),
            n => format!(" {:>4} fail", format::percent(n as f32 / tool.calls.max(1) as f32 * 100.0)),
        };
        row(app, doc, (&tool.name, Cut::Start), tool.calls as f64 / most, &words, &warn);
    }
    more(app, doc, told.tools.len());
}

fn slow(app: &App, told: &Insights, doc: &mut Doc) {
    if told.slow_calls.is_empty() {
        return;
    }
    title(app, doc, "Slowest model calls");
    for call in told.slow_calls.iter().take(LINES) {
        // What is not measured is the gap before the answer.
        let mark = if call.measured { " " } else { "~" };
        let took = format!("{mark}{}", format::limit(call.took));
        let text = format!(
            "{}  {}  {}  {}  {}",
            format::right(&took, 6),
            moment(told, call.at),
            format::left(&call.key.id.to_string(), 12, Cut::Middle),
            format::left(call.model.as_deref().unwrap_or("–"), 14, Cut::End),
            call.name,
        );
        doc.push(Line::from(format::cut(&text, doc.width(), Cut::End)));
    }
    if told.slow_calls.iter().take(LINES).any(|c| !c.measured) {
        doc.push(Line::from(app.span(Role::Muted, "~ taken from the gap before the answer")));
    }
}

fn disk(app: &App, told: &Insights, doc: &mut Doc) {
    title(app, doc, "Disk");
    let mut line = |bytes: String, words: String| {
        doc.push(Line::from(vec![
            Span::raw(format::right(&bytes, 6)),
            app.span(Role::Muted, format!("  {words}")),
        ]));
    };
    for store in &told.disk.stores {
        line(known(store.bytes, format::bytes), app.path(std::path::Path::new(&store.path)));
        if let Some(wal) = store.wal.filter(|n| *n > 0) {
            line(format::bytes(wal), "its write-ahead log".into());
        }
    }
    if let Some(logs) = told.disk.logs {
        line(format::bytes(logs.bytes), format!("{} log files", format::count(logs.count)));
    }
    if let Some(requests) = told.disk.requests.filter(|r| r.count > 0) {
        let words = format!("{} request files of calls in flight or cut off", format::count(requests.count));
        line(format::bytes(requests.bytes), words);
    }
}
