//! The answer as text: charts people would rather look at than read.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::{
    cli::{
        blind,
        output::{Meaning, Output, age, size},
    },
    domain::{
        bars,
        insights::{Insights, Share, Sum},
        words::{Cut, count, cut},
    },
};

/// Lines of each list.
const LINES: usize = 8;
/// Columns of a name.
const NAME: usize = 28;
/// Columns of a bar.
const BAR: usize = 24;

/// The whole answer.
pub fn render(out: &Output, told: &Insights) -> String {
    let mut parts = vec![head(told) + &uncounted(out, told), days(out, told)];
    let lists = [("Models", &told.models), ("Providers", &told.providers), ("Projects", &told.projects)];
    parts.extend(lists.map(|(title, list)| shares(out, title, list)));
    parts.extend([time(out, told), tools(out, told), slow(out, told), hours(out, told), disk(out, told)]);
    parts.push(blind::lines(told.faults.iter().map(|fault| format!("! {fault}"))));
    parts.retain(|part| !part.is_empty());
    // Charts end in spaces that nobody sees.
    let text: String = blind::lines(parts.join("\n").lines().map(|line| line.trim_end().to_owned()));
    if out.ascii { ascii(&text) } else { text }
}

fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match bars::twin(c) {
            '·' | '–' => '-',
            '…' => '~',
            other => other,
        })
        .collect()
}

fn known<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "–".into(), show)
}

fn dollars(cost: f64) -> String {
    format!("${cost:.2}")
}

fn words(sum: Sum) -> String {
    format!(
        "{} sessions · {} messages · {} tokens · {}",
        count(sum.sessions),
        known(sum.messages, count),
        known(sum.tokens, count),
        known(sum.cost_usd, dollars)
    )
}

fn head(told: &Insights) -> String {
    let total = told.total;
    format!(
        "Last {} days  {}\nEver          {} sessions · {} tokens · {}\n",
        told.days.len(),
        words(told.period()),
        count(total.sessions),
        known(total.tokens, count),
        known(total.cost_usd, dollars),
    )
}

/// What is in none of the numbers.
fn uncounted(out: &Output, told: &Insights) -> String {
    if told.legacy == 0 {
        return String::new();
    }
    let said = format!("{} in legacy .jsonl files, not counted here", sessions(told.legacy));
    format!("  {}\n", out.paint(Meaning::Quiet, &said))
}

fn sessions(n: u64) -> String {
    if n == 1 { "1 session".into() } else { format!("{} sessions", count(n)) }
}

fn title(out: &Output, text: &str) -> String {
    format!("{}\n", out.paint(Meaning::Strong, text))
}

fn days(out: &Output, told: &Insights) -> String {
    let (Some(first), Some(last)) = (told.days.first(), told.days.last()) else { return String::new() };
    let mut text = title(out, "By day");
    let sums = || told.days.iter().map(|day| day.sum);
    let rows: [(&str, Vec<Option<f64>>, String); 4] = [
        (
            "tokens",
            sums().map(|s| s.tokens.map(|n| n as f64)).collect(),
            most(sums().filter_map(|s| s.tokens)),
        ),
        (
            "cost",
            sums().map(|s| s.cost_usd).collect(),
            known(sums().filter_map(|s| s.cost_usd).reduce(f64::max), dollars),
        ),
        ("sessions", sums().map(|s| Some(s.sessions as f64)).collect(), most(sums().map(|s| s.sessions))),
        (
            "messages",
            sums().map(|s| s.messages.map(|n| n as f64)).collect(),
            most(sums().filter_map(|s| s.messages)),
        ),
    ];
    for (name, values, most) in rows {
        let lines = bars::columns(&values, 2);
        let _ = writeln!(text, "  {:9} {}  most {most}", name, lines[0]);
        let _ = writeln!(text, "  {:9} {}", "", lines[1]);
    }
    let dates = format!("{}{:>25}", first.date.format("%m-%d"), last.date.format("%m-%d"));
    let _ = writeln!(text, "  {:9} {}", "", out.paint(Meaning::Quiet, &dates));
    if told.lumped > 0 {
        let said =
            format!("use that {} did not record call by call stands on one day", sessions(told.lumped));
        let _ = writeln!(text, "  {}", out.paint(Meaning::Quiet, &said));
    }
    text
}

fn most(values: impl Iterator<Item = u64>) -> String {
    known(values.max(), count)
}

fn padded(text: &str, width: usize, how: Cut) -> String {
    let text = cut(text, width, how, "…");
    let fill = width.saturating_sub(text.width());
    text + &" ".repeat(fill)
}

fn shares(out: &Output, name: &str, list: &[Share]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let mut text = title(out, name);
    let weight = |share: &Share| share.sum.tokens.unwrap_or(0) as f64;
    let most = list.iter().map(weight).fold(0.0, f64::max);
    for share in list.iter().take(LINES) {
        let name = padded(share.name.as_deref().unwrap_or("unknown"), NAME, Cut::Start);
        let bar = if most > 0.0 { bars::across(weight(share) / most, BAR) } else { String::new() };
        let _ = writeln!(
            text,
            "  {name}  {}  {:>6} tokens  {:>8}  {:>5} sessions",
            padded(&bar, BAR, Cut::End),
            known(share.sum.tokens, count),
            known(share.sum.cost_usd, dollars),
            count(share.sum.sessions),
        );
    }
    rest(&mut text, list.len());
    text
}

fn rest(text: &mut String, all: usize) {
    if all > LINES {
        let _ = writeln!(text, "  … and {} more", all - LINES);
    }
}

fn window(told: &Insights) -> String {
    let span = (told.taken_at - told.since).to_std().map(age).unwrap_or_default();
    let reach = told.reach;
    if reach.is_complete() {
        return format!("last {span}");
    }
    let (read, all) = (count(reach.sessions_read as u64), count(reach.sessions as u64));
    format!("last {span}, the newest {read} of {all} conversations: time was up, ask for less with --since")
}

fn time(out: &Output, told: &Insights) -> String {
    let split = told.split;
    let mut text = title(out, &format!("Where the time went, {}", window(told)));
    let parts = [("model", split.model), ("tools", split.tool), ("waiting for you", split.waiting)];
    let total = split.total().as_secs_f64();
    if total <= 0.0 {
        text.push_str("  no exchange in that time\n");
        return text + &open(out, told);
    }
    let shares = parts.map(|(_, spent)| spent.as_secs_f64());
    let widths = bars::split(&shares, 60);
    let bar: String =
        bars::PARTS.iter().zip(&widths).map(|(sign, width)| sign.to_string().repeat(*width)).collect();
    let _ = writeln!(text, "  {bar}");
    let legend = parts.iter().zip(bars::PARTS).map(|((name, spent), sign)| {
        format!("{sign} {name} {} ({:.0}%)", age(*spent), spent.as_secs_f64() / total * 100.0)
    });
    let _ = writeln!(text, "  {}", legend.collect::<Vec<_>>().join("  "));
    if told.failed_turns > 0 {
        let _ = writeln!(text, "  {} turns ended in an error", count(told.failed_turns));
    }
    text + &open(out, told)
}

/// A model that is silent for an hour must not look like no time at all.
fn open(out: &Output, told: &Insights) -> String {
    if told.open_turns == 0 {
        return String::new();
    }
    let whose = if told.open_turns == 1 { "ends" } else { "end" };
    let said = format!(
        "{} {whose} in an open turn: the wait since the last message is not counted",
        sessions(told.open_turns)
    );
    format!("  {}\n", out.paint(Meaning::Quiet, &said))
}

fn tools(out: &Output, told: &Insights) -> String {
    if told.tools.is_empty() {
        return String::new();
    }
    let mut text = title(out, "Tools");
    let most = told.tools.iter().map(|t| t.calls).max().unwrap_or(1) as f64;
    for tool in told.tools.iter().take(LINES) {
        let failed = match tool.failed {
            0 => String::new(),
            failed => format!("{:.0}% failed", failed as f64 / tool.calls.max(1) as f64 * 100.0),
        };
        let line = format!(
            "  {}  {}  {:>5} calls  {:>6}  longest {:>6}  {failed}",
            padded(&tool.name, NAME, Cut::Start),
            padded(&bars::across(tool.calls as f64 / most, BAR), BAR, Cut::End),
            count(tool.calls),
            age(tool.time),
            age(tool.slowest),
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    rest(&mut text, told.tools.len());
    text
}

fn slow(out: &Output, told: &Insights) -> String {
    if told.slow_calls.is_empty() {
        return String::new();
    }
    let mut text = title(out, "Slowest model calls");
    for call in told.slow_calls.iter().take(LINES) {
        let _ = writeln!(
            text,
            "  {:>7}  {}  {:14}  {}  {}",
            format!("{}{}", if call.measured { "" } else { "~" }, age(call.took)),
            call.at.with_timezone(&told.offset).format("%m-%d %H:%M"),
            call.key.id,
            padded(call.model.as_deref().unwrap_or("–"), 20, Cut::End),
            cut(&call.name, NAME, Cut::Middle, "…"),
        );
    }
    if told.slow_calls.iter().any(|c| !c.measured) {
        let said = "~ taken from the gap before the answer";
        let _ = writeln!(text, "  {}", out.paint(Meaning::Quiet, said));
    }
    text
}

fn hours(out: &Output, told: &Insights) -> String {
    if told.hours.iter().all(|n| *n == 0) {
        return String::new();
    }
    let values: Vec<Option<f64>> = told.hours.iter().flat_map(|n| [Some(*n as f64); 2]).collect();
    let lines = bars::columns(&values, 2);
    let mut text = title(out, "Messages by hour");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    let _ = writeln!(text, "  {}", out.paint(Meaning::Quiet, "00          06          12          18"));
    text
}

fn disk(out: &Output, told: &Insights) -> String {
    let mut text = title(out, "Disk");
    for store in &told.disk.stores {
        let wal = store.wal.map(|bytes| format!(", log {}", size(bytes))).unwrap_or_default();
        let _ = writeln!(text, "  {:>6}{wal}  {}", known(store.bytes, size), store.path);
    }
    if let Some(logs) = told.disk.logs {
        let _ = writeln!(text, "  {:>6}  {} log files", size(logs.bytes), count(logs.count));
    }
    if let Some(requests) = told.disk.requests.filter(|r| r.count > 0) {
        let said = "request files of calls in flight or cut off";
        let _ = writeln!(text, "  {:>6}  {} {said}", size(requests.bytes), count(requests.count));
    }
    text
}
