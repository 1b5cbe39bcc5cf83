//! "Since when" as people write it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::query;

/// Reads `3d` (back from `now`), `2026-11-01` (midnight, UTC) or a full time; `None` for anything else,
/// a bare number too: it says no unit.
pub fn since(words: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let words = words.trim();
    if let Ok(day) = words.parse::<NaiveDate>() {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(words) {
        return Some(at.to_utc());
    }
    let seconds = query::span(words).filter(|_| !words.ends_with(|c: char| c.is_ascii_digit()))?;
    now.checked_sub_signed(TimeDelta::try_milliseconds((seconds * 1000.0) as i64)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_days_and_moments_are_read() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        assert_eq!(since("3d", now), Some(now - TimeDelta::days(3)));
        assert_eq!(since(" 1h30m ", now), Some(now - TimeDelta::minutes(90)));
        assert_eq!(since("2026-11-01", now).unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
        let elsewhere = since("2026-11-01T13:00:00+01:00", now).unwrap();
        assert_eq!(elsewhere.to_rfc3339(), "2026-11-01T12:00:00+00:00");
        for wrong in ["", "soon", "2026-13-01", "-3d", "30", "3d.", "99999999999999d"] {
            assert!(since(wrong, now).is_none(), "{wrong}");
        }
    }
}
