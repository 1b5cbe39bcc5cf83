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
    let mut line = String::with_capacity(BEFORE + found.len().min(FOUND) + after.len().min(AFTER) + 9);
    let start = last(before, BEFORE);
    if start > 0 {
        line.push('…');
    }
    line += text::line(&before[start..]).trim_start();
    let begin = line.len();
    push(&mut line, found, FOUND);
    let end = line.len();
    push(&mut line, after.trim_end(), AFTER);
    (line, begin..end)
}

/// Cleans before the sign of the cut is added: what is plain ASCII is cleaned at once.
fn push(line: &mut String, words: &str, limit: usize) {
    let end = first(words, limit);
    *line += &text::line(&words[..end]);
    if end < words.len() {
        line.push('…');
    }
}

/// Where the first `limit` characters end.
fn first(words: &str, limit: usize) -> usize {
    match words.as_bytes().get(..limit) {
        None => words.len(),
        // As many bytes as characters: the usual case, and counted at once.
        Some(bytes) if bytes.is_ascii() => limit,
        Some(_) => words.char_indices().nth(limit).map_or(words.len(), |(at, _)| at),
    }
}

/// Where the last `limit` characters begin.
fn last(words: &str, limit: usize) -> usize {
    match words.len().checked_sub(limit) {
        None => 0,
        Some(start) if words.as_bytes()[start..].is_ascii() => start,
        Some(_) => words.char_indices().rev().nth(limit).map_or(0, |(at, c)| at + c.len_utf8()),
    }
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
        for words in ["é".repeat(9), "e".repeat(9), "é".repeat(5), format!("é{}é", "e".repeat(7))] {
            for limit in 0..12 {
                let (all, count) = (words.chars().collect::<Vec<_>>(), words.chars().count());
                let cut = limit.min(count);
                assert_eq!(words[..first(&words, limit)], all[..cut].iter().collect::<String>());
                assert_eq!(words[last(&words, limit)..], all[count - cut..].iter().collect::<String>());
            }
        }
    }
}
