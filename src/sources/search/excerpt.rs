//! The words around what was found, on one line.

use std::ops::Range;

use crate::domain::text;

/// Characters before what was found.
const BEFORE: usize = 50;
/// Characters of it.
const FOUND: usize = 120;
/// Characters after it.
const AFTER: usize = 110;

/// The excerpt, and which of its bytes fit.
pub fn around(words: &str, found: Range<usize>) -> (String, Range<usize>) {
    let (before, rest) = words.split_at(found.start);
    let (found, after) = rest.split_at(found.len());
    let start = before.char_indices().rev().nth(BEFORE).map(|(at, c)| at + c.len_utf8());
    let mut line = if start.is_some() { "…".to_owned() } else { String::new() };
    line += text::line(&before[start.unwrap_or(0)..]).trim_start();
    let begin = line.len();
    line += &text::line(&text::cut(found, FOUND));
    let end = line.len();
    line += text::line(&text::cut(after, AFTER)).trim_end();
    (line, begin..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_short_line() {
        let words = format!("{}\nfirst é\tneedle here\n{}", "x".repeat(500), "y".repeat(500));
        let at = words.find("needle").unwrap();
        let (line, fits) = around(&words, at..at + 6);
        assert_eq!(&line[fits], "needle");
        assert!(line.starts_with('…') && line.ends_with('…') && !line.contains('\n'));
        assert!(line.chars().count() <= BEFORE + FOUND + AFTER + 3);
        assert_eq!(around("é", 0..2), ("é".into(), 0..2));
        assert_eq!(around("", 0..0), (String::new(), 0..0));
    }
}
