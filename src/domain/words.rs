//! Numbers, spans of time and cut texts as every screen says them.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A duration as people say it, two units at most: `45s`, `17m`, `1h12`, `3d4h`.
pub fn spoken(duration: Duration) -> String {
    let s = duration.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m", s / 60),
        3_600..86_400 if s % 3_600 < 60 => format!("{}h", s / 3_600),
        3_600..86_400 => format!("{}h{:02}", s / 3_600, s % 3_600 / 60),
        _ if s % 86_400 < 3_600 => format!("{}d", s / 86_400),
        _ => format!("{}d{}h", s / 86_400, s % 86_400 / 3_600),
    }
}

/// `3 processes`, `1 process`.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The first of many and how many more there are: `20261120_9 +2 more`; nothing for none.
pub fn named(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first, more @ ..] => format!("{first} +{} more", more.len()),
    }
}

/// `131M`, `1.9G`: three figures and a unit, steps of 1024.
pub fn bytes(bytes: u64) -> String {
    scaled(bytes as f64, 1024.0, &["B", "K", "M", "G", "T", "P"])
}

/// `999`, `1.2k`, `12k`, `1.2M`.
pub fn count(count: u64) -> String {
    scaled(count as f64, 1000.0, &["", "k", "M", "G", "T"])
}

/// What one model call cost, US dollars: `$0.0036`. Most cost less than a cent.
pub fn call_cost(dollars: f64) -> Option<String> {
    dollars.is_finite().then(|| format!("${dollars:.4}"))
}

/// Three figures and a unit.
pub fn scaled(value: f64, base: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut unit = 0;
    // 999.5 would print as four figures.
    while value >= 999.5 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    if unit > 0 && value < 9.95 {
        format!("{value:.1}{}", units[unit])
    } else {
        format!("{value:.0}{}", units[unit])
    }
}

/// Where a text that is too long loses its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Paths: the end tells them apart.
    Start,
    /// Names: both ends do.
    Middle,
    /// Commands and sentences.
    End,
}

/// The text in at most `width` columns, cut at graphemes, with `mark` where something was cut.
pub fn cut(text: &str, width: usize, cut: Cut, mark: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(mark.width()) else { return String::new() };
    let (head, tail) = match cut {
        Cut::Start => (0, room),
        Cut::Middle => (room.div_ceil(2), room / 2),
        Cut::End => (room, 0),
    };
    format!("{}{mark}{}", take(text.graphemes(true), head).concat(), {
        let mut end = take(text.graphemes(true).rev(), tail);
        end.reverse();
        end.concat()
    })
}

fn take<'a>(graphemes: impl Iterator<Item = &'a str>, width: usize) -> Vec<&'a str> {
    let mut used = 0;
    graphemes
        .take_while(|g| {
            used += g.width();
            used <= width
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_two_units() {
        let say = |s| spoken(Duration::from_secs(s));
        assert_eq!(
            [say(0), say(59), say(61), say(3_600), say(4_320), say(90_000)],
            ["0s", "59s", "1m", "1h", "1h12", "1d1h"]
        );
    }

    #[test]
    fn bytes_have_three_figures() {
        assert_eq!([bytes(812 << 20), bytes(1_990 << 20), bytes(0)], ["812M", "1.9G", "0B"]);
        assert_eq!(bytes(1_023 << 20), "1.0G");
    }
}
