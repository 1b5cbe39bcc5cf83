//! Lenient readings of SQLite values: any type may stand in any column, and one odd value must not
//! cost the row, nor one odd row the list.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rusqlite::{Row, types::ValueRef};

use crate::domain::text;

/// Longest single-line value that is kept, characters: more is no name.
const LINE_LIMIT: usize = 500;

/// goose's own rule: a larger number of seconds is a number of milliseconds (facts 1.2).
pub const MILLIS_FROM: i64 = 10_000_000_000;

/// The value at `at`, or NULL where the row has no such column or cannot give it.
pub fn at<'a>(row: &'a Row<'_>, at: usize) -> ValueRef<'a> {
    row.get_ref(at).unwrap_or(ValueRef::Null)
}

/// As text, raw; numbers in their usual spelling.
pub fn string(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n.to_string()),
        ValueRef::Real(n) => Some(n.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// As one cleaned line; `None` where it is empty.
pub fn line(value: ValueRef<'_>) -> Option<String> {
    let raw = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
        other => string(other)?.into(),
    };
    clean_line(&raw)
}

/// Cleans and cuts text for one line; `None` where it is empty.
pub fn clean_line(raw: &str) -> Option<String> {
    let end = raw.char_indices().nth(LINE_LIMIT + 1).map_or(raw.len(), |(at, _)| at);
    let cleaned = text::line(&raw[..end]);
    (!cleaned.is_empty()).then(|| text::cut(&cleaned, LINE_LIMIT))
}

/// As a whole number.
pub fn int(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(n) => Some(n),
        ValueRef::Real(n) if n.is_finite() && n.abs() < 9e18 => Some(n as i64),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
        _ => None,
    }
}

/// As a count; a negative one is no count.
pub fn count(value: ValueRef<'_>) -> Option<u64> {
    int(value).and_then(|n| u64::try_from(n).ok())
}

/// As a finite number.
pub fn real(value: ValueRef<'_>) -> Option<f64> {
    let number = match value {
        ValueRef::Integer(n) => n as f64,
        ValueRef::Real(n) => n,
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// As a moment: one of goose's text forms, or Unix seconds or milliseconds.
pub fn time(value: ValueRef<'_>) -> Option<DateTime<Utc>> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => time_from_text(std::str::from_utf8(bytes).ok()?),
        other => int(other).and_then(unix_time),
    }
}

/// Unix seconds, or milliseconds where goose's rule says so.
pub fn unix_time(number: i64) -> Option<DateTime<Utc>> {
    if number > MILLIS_FROM {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp(number, 0)
    }
}

/// `YYYY-MM-DD HH:MM:SS` (SQLite's, UTC), RFC 3339 (rows bound from Rust), with or without a
/// fraction, or without seconds (facts 1.2).
pub fn time_from_text(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    plain_time(text).or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|t| t.to_utc())).or_else(|| {
        ["%F %T%.f", "%FT%T%.f", "%F %R", "%FT%R"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .map(|t| t.and_utc())
    })
}

/// The usual form, by hand: a list of 10,000 rows has 20,000 of them.
fn plain_time(text: &str) -> Option<DateTime<Utc>> {
    let b: &[u8; 19] = text.as_bytes().try_into().ok()?;
    if [b[4], b[7], b[10], b[13], b[16]] != *b"-- ::" {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        b[range].iter().try_fold(0u32, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(number(0..4)? as i32, number(5..7)?, number(8..10)?)?;
    Some(date.and_hms_opt(number(11..13)?, number(14..16)?, number(17..19)?)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goose_writes_time_in_three_ways() {
        let expected = DateTime::from_timestamp(1_758_888_000, 0);
        for text in [
            "2025-09-26 12:00:00",
            "2025-09-26T12:00:00+00:00",
            "2025-09-26T12:00:00Z",
            "2025-09-26T14:00:00.000+02:00",
            "2025-09-26 12:00:00.000",
            "2025-09-26 12:00",
        ] {
            assert_eq!(time_from_text(text), expected, "{text}");
        }
        assert_eq!(unix_time(1_758_888_000), expected);
        assert_eq!(unix_time(1_758_888_000_000), expected);
        for text in ["", "yesterday", "2025-13-26 12:00:00", "2025-09-26 12:00:6x"] {
            assert_eq!(time_from_text(text), None, "{text}");
        }
        assert_eq!(unix_time(i64::MAX), None);
        assert_eq!(unix_time(i64::MIN), None);
    }

    #[test]
    fn odd_values_are_read_or_unknown() {
        assert_eq!(int(ValueRef::Text(b" 12 ")), Some(12));
        assert_eq!(int(ValueRef::Real(f64::NAN)), None);
        assert_eq!(count(ValueRef::Integer(-1)), None);
        assert_eq!(real(ValueRef::Text(b"0.5")), Some(0.5));
        assert_eq!(real(ValueRef::Real(f64::INFINITY)), None);
        assert_eq!(string(ValueRef::Blob(b"\xff")).as_deref(), Some("\u{FFFD}"));
        assert_eq!(line(ValueRef::Text(b"a\nb\x1b")).as_deref(), Some("a b\u{FFFD}"));
    }
}
