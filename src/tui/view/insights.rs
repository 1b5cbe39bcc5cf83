//! What the last days held: charts first, words where a chart says less.

mod lists;

use chrono::{DateTime, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{App, Role, below_rule, draw_rule};
use crate::{
    domain::{
        bars,
        insights::{Insights, Sum},
    },
    tui::{app::Measure, format, widget::doc::Doc},
};

/// From this width on the lists stand in two columns.
const TWO_FROM: u16 = 110;
/// Lines of the chart, and where there is room for more.
const CHART: (usize, usize) = (4, 7);
/// Columns before the chart.
const MARGIN: usize = 9;

/// Returns lines in sight and how far it can be scrolled.
pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer) -> (usize, usize) {
    let past = app.insights();
    let mut title = vec![app.span(Role::Title, "Insights")];
    if past.told.is_some() {
        title.push(app.span(Role::Muted, format!(" {} by day", past.measure)));
    }
    if let Some(progress) = past.progress {
        let far = match progress.of {
            0 => String::new(),
            of => format!(" {} of {of} conversations", progress.done),
        };
        title.push(app.span(Role::Notice, format!(" reading…{far}")));
    }
    draw_rule(app, title, Rect { height: area.height.min(1), ..area }, buffer);
    let body = below_rule(area);
    let mut doc = Doc::new(body.width);
    if let Some(why) = &past.failed {
        doc.wrap(vec![app.span(Role::Banner, "! ")], why, app.style(Role::Banner));
    }
    match past.told.as_deref() {
        Some(told) => page(app, told, body, &mut doc),
        None if past.failed.is_none() => {
            doc.push(Line::from(app.span(Role::Muted, "reading the stores…")));
        }
        None => {}
    }
    (usize::from(body.height), doc.draw(app.scroll, body, buffer))
}

fn page(app: &App, told: &Insights, body: Rect, doc: &mut Doc) {
    for fault in &told.faults {
        doc.wrap(vec![app.span(Role::Banner, "! ")], fault, app.style(Role::Banner));
    }
    head(app, told, doc);
    chart(app, told, if body.height >= 30 { CHART.1 } else { CHART.0 }, doc);
    doc.gap();
    time(app, told, doc);
    doc.gap();
    if body.width < TWO_FROM {
        lists::left(app, told, doc);
        doc.gap();
        lists::right(app, told, doc);
        return;
    }
    let width = (body.width - 3) / 2;
    let (mut left, mut right) = (Doc::new(width), Doc::new(width));
    lists::left(app, told, &mut left);
    lists::right(app, told, &mut right);
    for row in 0..left.lines().len().max(right.lines().len()) {
        let mut line = left.lines().get(row).cloned().unwrap_or_default();
        let fill = usize::from(width + 3).saturating_sub(line.width());
        line.push_span(Span::raw(" ".repeat(fill)));
        line.spans.extend(right.lines().get(row).cloned().unwrap_or_default().spans);
        doc.push(line);
    }
}

/// Nothing is claimed where nothing is known.
fn known<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "–".into(), show)
}

fn sums(sum: Sum) -> String {
    let messages = sum.messages.map(|n| format!(" · {} messages", format::count(n))).unwrap_or_default();
    format!(
        "{} sessions{messages} · {} tokens · {}",
        format::count(sum.sessions),
        known(sum.tokens, format::count),
        known(sum.cost_usd, format::cost)
    )
}

fn head(app: &App, told: &Insights, doc: &mut Doc) {
    let lead = |text: String| vec![app.span(Role::Muted, format!("{text:9}"))];
    doc.wrap(lead(format!("{} days", told.days.len())), &sums(told.period()), app.style(Role::Strong));
    doc.wrap(lead("ever".into()), &sums(told.total), app.style(Role::Text));
    if told.legacy > 0 {
        let s = if told.legacy == 1 { "" } else { "s" };
        let said =
            format!("{} session{s} in legacy .jsonl files, not counted here", format::count(told.legacy));
        doc.wrap(lead(String::new()), &said, app.style(Role::Muted));
    }
    doc.gap();
}

fn chart(app: &App, told: &Insights, height: usize, doc: &mut Doc) {
    let measure = app.insights().measure;
    let days = told.days.len();
    let room = doc.width().saturating_sub(MARGIN);
    // Columns of a day, the gap after it included; the newest days where not all fit.
    let step = (room / days.max(1)).clamp(1, 6);
    let shown = days.min(room / step);
    let days = &told.days[days - shown..];
    let values: Vec<Option<f64>> = days.iter().map(|day| measure.of(day.sum)).collect();
    let most = values.iter().flatten().copied().reduce(f64::max);
    let width = if step > 1 { step - 1 } else { 1 };
    let gap = " ".repeat(step - width);
    for (row, line) in bars::columns(&values, height).into_iter().enumerate() {
        let label = if row == 0 { known(most, |most| amount(measure, most)) } else { String::new() };
        let label = format!("{} ", format::right(&label, MARGIN - 1));
        let cells = line.chars().map(|c| format!("{}{gap}", c.to_string().repeat(width)));
        doc.push(Line::from(vec![
            app.span(Role::Muted, label),
            app.span(Role::Key, cells.collect::<String>()),
        ]));
    }
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return };
    let (first, last) = (first.date.format("%b %d").to_string(), last.date.format("%b %d").to_string());
    let between = (shown * step).saturating_sub(step - width + first.len() + last.len());
    let text = format!("{}{first}{}{last}", " ".repeat(MARGIN), " ".repeat(between));
    doc.push(Line::from(app.span(Role::Muted, text)));
    if told.lumped > 0 && matches!(measure, Measure::Tokens | Measure::Cost) {
        let said = format!(
            "use that {} did not record call by call stands on one day",
            if told.lumped == 1 {
                "1 session".into()
            } else {
                format!("{} sessions", format::count(told.lumped))
            }
        );
        doc.wrap(vec![Span::raw(" ".repeat(MARGIN))], &said, app.style(Role::Muted));
    }
}

fn amount(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Cost => format::cost(value),
        _ => format::count(value as u64),
    }
}

/// `last 7d`, and how much of it was read.
fn window(told: &Insights) -> String {
    let span = format::limit(format::span(told.since, told.taken_at));
    let reach = told.reach;
    if reach.is_complete() {
        return format!("last {span}");
    }
    let count = |n: usize| format::count(n as u64);
    format!(
        "last {span}: the newest {} of {} conversations",
        count(reach.sessions_read),
        count(reach.sessions)
    )
}

fn time(app: &App, told: &Insights, doc: &mut Doc) {
    let split = told.split;
    doc.push(Line::from(vec![
        app.span(Role::Title, "Where the time went"),
        app.span(Role::Muted, format!("  {}", window(told))),
    ]));
    let parts = [
        ("model", split.model, Role::Key),
        ("tools", split.tool, Role::Mark),
        ("waiting for you", split.waiting, Role::Muted),
    ];
    let total = split.total().as_secs_f64();
    if total <= 0.0 {
        doc.push(Line::from(app.span(Role::Muted, "no exchange in that time")));
        return;
    }
    let shares = parts.map(|(_, spent, _)| spent.as_secs_f64());
    let widths = bars::split(&shares, doc.width());
    let (mut bar, mut legend) = (Line::default(), Line::default());
    for (((name, spent, role), sign), width) in parts.into_iter().zip(bars::PARTS).zip(widths) {
        bar.push_span(app.span(role, sign.to_string().repeat(width)));
        let percent = format::percent((spent.as_secs_f64() / total * 100.0) as f32);
        legend.push_span(app.span(role, sign.to_string()));
        legend.push_span(Span::raw(format!(" {name} {} {percent}   ", format::limit(spent))));
    }
    doc.push(bar);
    doc.push(legend);
    if told.failed_turns > 0 {
        let plural = if told.failed_turns == 1 { "" } else { "s" };
        let said = format!("{} turn{plural} ended in an error", format::count(told.failed_turns));
        doc.push(Line::from(app.span(Role::Stuck, said)));
    }
}

/// A moment of the window, in local time.
fn moment(told: &Insights, at: DateTime<Utc>) -> String {
    at.with_timezone(&told.offset).format("%b %d %H:%M").to_string()
}
