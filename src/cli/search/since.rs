//! "Since when" as people write it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::config::durations::parse_duration;

/// Reads `3d`, `2026-11-01` (midnight, UTC) or a full time.
///
/// # Errors
/// One sentence with examples.
pub fn parse(words: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let words = words.trim();
    if let Ok(day) = words.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(words) {
        return Ok(at.to_utc());
    }
    let span = parse_duration(words).ok().and_then(|span| TimeDelta::from_std(span).ok());
    span.and_then(|span| now.checked_sub_signed(span)).ok_or_else(|| {
        format!("`{words}` is no time; write for example 3d, 12h, 2026-11-01 or 2026-11-01T13:00:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_days_and_moments_are_read() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        assert_eq!(parse("3d", now), Ok(now - TimeDelta::days(3)));
        assert_eq!(parse("2026-11-01", now).unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
        assert_eq!(
            parse("2026-11-01T13:00:00+01:00", now).unwrap().to_rfc3339(),
            "2026-11-01T12:00:00+00:00"
        );
        for wrong in ["", "soon", "2026-13-01", "-3d"] {
            assert!(parse(wrong, now).is_err(), "{wrong}");
        }
    }
}
