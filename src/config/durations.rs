//! Durations and sizes as people write them: `45s`, `30m`, `1h30m`, `2GiB`; a bare number is seconds
//! or bytes.

use std::{str::FromStr, time::Duration};

use bytesize::ByteSize;

/// Longest duration accepted. Anything longer is a slip, and would overflow when added to a time.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Units of a duration from the largest, for writing.
const UNITS: &[(&str, u64)] = &[("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Units of a size from the largest, for writing.
const SIZES: &[(&str, u64)] = &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Reads a duration.
///
/// # Errors
/// One sentence with an example when the text is none.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let parsed = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok().map(Duration::from_secs)
    } else {
        humantime::parse_duration(text).ok()
    };
    let duration =
        parsed.ok_or_else(|| format!("`{text}` is not a duration; write for example 45s, 30m or 1h30m"))?;
    if duration > LONGEST {
        return Err(format!("`{text}` is longer than ten years"));
    }
    Ok(duration)
}

/// Writes a duration so that [`parse_duration`] reads it back.
pub fn show_duration(duration: Duration) -> String {
    if duration.subsec_nanos() != 0 {
        return humantime::format_duration(duration).to_string().replace(' ', "");
    }
    let mut left = duration.as_secs();
    if left == 0 {
        return "0s".into();
    }
    let mut out = String::new();
    for (unit, seconds) in UNITS {
        if left >= *seconds {
            out.extend([(left / seconds).to_string(), (*unit).to_owned()]);
            left %= seconds;
        }
    }
    out
}

/// Reads a size in bytes.
///
/// # Errors
/// One sentence with an example when the text is none.
pub fn parse_size(text: &str) -> Result<u64, String> {
    ByteSize::from_str(text.trim())
        .map(|size| size.as_u64())
        .map_err(|_| format!("`{text}` is not a size; write for example 512MiB or 2GiB"))
}

/// Writes a size so that [`parse_size`] reads it back exactly.
pub fn show_size(bytes: u64) -> String {
    let unit = SIZES.iter().find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size));
    unit.map_or_else(|| format!("{bytes}B"), |(name, size)| format!("{}{name}", bytes / size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_write_durations_in_many_ways() {
        for (text, seconds) in [("45s", 45), ("30m", 1800), ("1h30m", 5400), ("1h 30m", 5400), ("90", 90)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "soon", "-3s", "99999999y", "184467440737095516150s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn people_write_sizes_in_many_ways() {
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        assert_eq!(parse_size("1500"), Ok(1500));
        assert!(parse_size("much").is_err());
        assert_eq!(show_size(2 << 30), "2GiB");
        assert_eq!(show_size(0), "0B");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 0u64..10_000_000_000, bytes in 0u64..1 << 52) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse_duration(&show_duration(duration)), Ok(duration));
            prop_assert_eq!(parse_size(&show_size(bytes)), Ok(bytes));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            let _ = (parse_duration(&text), parse_size(&text));
        }
    }
}
