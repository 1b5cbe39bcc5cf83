//! Numbers and texts as people say them: never more than three figures, cut where it hurts least.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use unicode_width::UnicodeWidthStr;

pub use crate::domain::words::{Cut, bytes, count, counted};
use crate::domain::{
    health::case,
    words::{self, scaled},
};

/// Below a minute an age moves in steps of this many seconds, so that an idle screen stays still.
const AGE_STEP: u64 = 5;

/// An age: `now`, `45s`, `4m`, `1h12`, `12h`, `3d`, `2y`.
pub fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..AGE_STEP => "now".into(),
        AGE_STEP..60 => format!("{}s", seconds / AGE_STEP * AGE_STEP),
        60..3600 => format!("{minutes}m"),
        3600..36_000 => format!("{hours}h{:02}", minutes % 60),
        36_000..86_400 => format!("{hours}h"),
        _ if days < 1000 => format!("{days}d"),
        _ => format!("{}y", (days / 365).min(999)),
    }
}

/// An age between two moments; a moment in the future (a skewed clock) is `now`.
pub fn since(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    age(span(then, now))
}

/// The time between two moments, never negative.
pub fn span(then: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    case::since(now, then)
}

/// A limit, which never needs a "now": `15m`, `90s`, `1h30`.
pub fn limit(limit: Duration) -> String {
    match limit.as_secs() {
        s @ 0..120 => format!("{s}s"),
        s if s % 3600 == 0 && s < 72 * 3600 => format!("{}h", s / 3600),
        _ => age(limit),
    }
}

/// `$0.81`, `$12.3`, `$123`, `$1.2k`.
pub fn cost(dollars: f64) -> String {
    match dollars {
        d if !d.is_finite() => "?".into(),
        d if d < 9.995 => format!("${d:.2}"),
        d if d < 99.95 => format!("${d:.1}"),
        d => format!("${}", scaled(d, 1000.0, &["", "k", "M", "G", "T"])),
    }
}

/// `0%`, `4%`, `312%`; from 1000 % on in cores: `64c`.
pub fn percent(percent: f32) -> String {
    if percent < 999.5 { format!("{percent:.0}%") } else { format!("{:.0}c", percent / 100.0) }
}

/// The clock of the header: `13:37`.
pub fn clock(at: DateTime<Utc>, offset: FixedOffset) -> String {
    at.with_timezone(&offset).format("%H:%M").to_string()
}

/// A moment today: `13:36:02`.
pub fn time(at: DateTime<Utc>, offset: FixedOffset) -> String {
    at.with_timezone(&offset).format("%H:%M:%S").to_string()
}

/// A moment of any day: `2026-11-20 13:36`.
pub fn date(at: DateTime<Utc>, offset: FixedOffset) -> String {
    at.with_timezone(&offset).format("%Y-%m-%d %H:%M").to_string()
}

/// The text in at most `width` columns, with `…` where something was cut.
pub fn cut(text: &str, width: usize, cut: Cut) -> String {
    words::cut(text, width, cut, "…")
}

/// A path cut at its start, keeping the `~` in sight where there is one.
pub fn cut_path(path: &str, width: usize) -> String {
    match path.strip_prefix("~/") {
        Some(rest) if path.width() > width && width > 4 => format!("~/{}", cut(rest, width - 2, Cut::Start)),
        _ => cut(path, width, Cut::Start),
    }
}

/// Cut and filled up with spaces to exactly `width` columns.
pub fn left(text: &str, width: usize, how: Cut) -> String {
    let text = cut(text, width, how);
    let fill = width.saturating_sub(text.width());
    text + &" ".repeat(fill)
}

/// Cut and set against the right edge of `width` columns.
pub fn right(text: &str, width: usize) -> String {
    let text = cut(text, width, Cut::End);
    " ".repeat(width.saturating_sub(text.width())) + &text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ages_say_no_more_than_needed() {
        let said = |s| age(Duration::from_secs(s));
        let want = [
            (0, "now"),
            (4, "now"),
            (5, "5s"),
            (12, "10s"),
            (59, "55s"),
            (60, "1m"),
            (3599, "59m"),
            (3600, "1h00"),
            (4320, "1h12"),
            (35_999, "9h59"),
            (36_000, "10h"),
            (86_400, "1d"),
            (86_400 * 800, "800d"),
            (86_400 * 1500, "4y"),
        ];
        for (seconds, text) in want {
            assert_eq!(said(seconds), text);
        }
        assert_eq!(age(Duration::MAX), "999y");
        assert_eq!(limit(Duration::from_secs(90)), "90s");
        assert_eq!(limit(Duration::from_secs(900)), "15m");
    }

    #[test]
    fn numbers_have_three_figures_at_most() {
        assert_eq!(bytes(0), "0B");
        assert_eq!(bytes(131 << 20), "131M");
        assert_eq!(bytes(1023), "1.0K");
        assert_eq!(bytes((19 << 30) / 10), "1.9G");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234), "1.2k");
        assert_eq!(count(999_600), "1.0M");
        assert_eq!(cost(0.806), "$0.81");
        assert_eq!(cost(12.34), "$12.3");
        assert_eq!(cost(123.4), "$123");
        assert_eq!(cost(1234.0), "$1.2k");
        assert_eq!(percent(0.4), "0%");
        assert_eq!(percent(6400.0), "64c");
    }

    #[test]
    fn cuts_keep_what_tells_apart() {
        assert_eq!(cut("frontend-CreateLoginForm", 16, Cut::Middle), "frontend…ginForm");
        assert_eq!(cut("cargo test --all", 8, Cut::End), "cargo t…");
        assert_eq!(cut_path("~/src/backend/api", 12), "~/…ckend/api");
        assert_eq!(cut_path("~/src", 12), "~/src");
        assert_eq!(cut("漢字漢字", 4, Cut::End), "漢…");
        assert_eq!(left("漢字漢字", 4, Cut::End), "漢… ");
        assert_eq!(right("35m", 5), "  35m");
    }

    proptest! {
        #[test]
        fn a_cut_text_fits(text in "\\PC{0,30}", width in 0usize..20) {
            for how in [Cut::Start, Cut::Middle, Cut::End] {
                prop_assert!(cut(&text, width, how).width() <= width);
            }
            prop_assert!(cut_path(&text, width).width() <= width);
        }

        #[test]
        fn no_number_is_wide(n in any::<u64>(), d in 0.0f64..1e9) {
            prop_assert!(count(n).len() <= 10 && bytes(n).len() <= 10);
            prop_assert!(cost(d).len() <= 6);
        }
    }
}
