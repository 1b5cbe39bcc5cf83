//! What every text that fits a pattern must hold.
//!
//! The longest run of characters that a match cannot do without, or one such run for each of its
//! alternatives. Case is left open, whatever the pattern says of it.

use regex_syntax::{
    ParserBuilder,
    hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind},
};

/// Most alternatives: more of them find too much.
const MOST: usize = 16;
/// Characters that cleaning puts in the place of others: what was stored there is not known.
const OPEN: [char; 2] = ['\u{FFFD}', '…'];

/// One of these is in every text that fits; none where that is not known.
pub fn of(pattern: &str) -> Vec<String> {
    let parsed = ParserBuilder::new().case_insensitive(true).multi_line(true).build().parse(pattern);
    parsed.ok().and_then(|hir| required(&hir)).unwrap_or_default()
}

fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Concat(parts) => longest(parts),
        HirKind::Literal(_) | HirKind::Class(_) => longest(std::slice::from_ref(hir)),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(arms) => {
            let all: Vec<_> = arms.iter().map(required).collect::<Option<Vec<_>>>()?.concat();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Look(_) => None,
    }
}

/// The best of what these parts, one after the other, cannot do without.
fn longest(parts: &[Hir]) -> Option<Vec<String>> {
    let (mut runs, mut others) = (vec![String::new()], Vec::new());
    for part in parts {
        let Some(words) = plain(part) else {
            runs.push(String::new());
            if !matches!(part.kind(), HirKind::Class(_)) {
                others.extend(required(part));
            }
            continue;
        };
        for c in words.chars() {
            match runs.last_mut() {
                Some(run) if !OPEN.contains(&c) => run.push(c),
                _ => runs.push(String::new()),
            }
        }
    }
    let runs = runs.into_iter().filter(|run| !run.is_empty()).map(|run| vec![run]);
    runs.chain(others).max_by_key(|needles| needles.iter().map(String::len).min())
}

/// The characters that stand here, case aside; `None` where it may be one or another. White space that
/// words may have between them is a space.
fn plain(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok(),
        HirKind::Class(Class::Unicode(class)) => {
            let is = |c| class.ranges().iter().any(|range| range.start() <= c && c <= range.end());
            if is(' ')
                && class.iter().all(|range| matches!((range.start(), range.end()), ('\t', '\n') | (' ', ' ')))
            {
                return Some(" ".into());
            }
            let c = class.ranges().first()?.start();
            let mut one = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            one.try_case_fold_simple().ok()?;
            (one == *class).then(|| c.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_a_match_cannot_do_without() {
        let of = |pattern: &str| of(pattern).iter().map(|n| n.to_lowercase()).collect::<Vec<_>>().join("|");
        for (pattern, needles) in [
            ("needle", "needle"),
            ("a \"b\"\\.c", "a \"b\".c"),
            ("log[io]n is \\w+", "n is "),
            ("^(?:fix|mend)(ed)? +it$", "fix|mend"),
            ("(?-i)Needle", "needle"),
            ("k[kK]+", "k"),
            ("éÉß", "ééß"),
            ("x*", ""),
            ("a|b*", ""),
            (".", ""),
            ("(?i-u:abc)x", "x"),
            ("ab\u{FFFD}cde…f", "cde"),
            ("(?:abc){2,}d", "abc"),
            ("", ""),
        ] {
            assert_eq!(of(pattern), needles, "{pattern}");
        }
    }
}
