//! What one text became: lines taken away and added, with a little around them.

/// Lines shown on each side of a change.
const AROUND: usize = 2;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// It is in both.
    Same(&'a str),
    /// It was taken away.
    Gone(&'a str),
    /// It was added.
    New(&'a str),
}

/// The change between what both texts begin and end with. Larger changes are shown as one; that is what
/// an edit of one place is.
pub fn lines<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let mut out: Vec<Line<'a>> = Vec::new();
    out.extend(old[head.saturating_sub(AROUND)..head].iter().map(|line| Line::Same(line)));
    out.extend(old[head..old.len() - tail].iter().map(|line| Line::Gone(line)));
    out.extend(new[head..new.len() - tail].iter().map(|line| Line::New(line)));
    let end = old.len() - tail;
    out.extend(old[end..(end + AROUND).min(old.len())].iter().map(|line| Line::Same(line)));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_common_stays_short() {
        let found = lines("a\nb\nc\nold\nd\ne\nf", "a\nb\nc\nnew\nlines\nd\ne\nf");
        let want = [
            Line::Same("b"),
            Line::Same("c"),
            Line::Gone("old"),
            Line::New("new"),
            Line::New("lines"),
            Line::Same("d"),
            Line::Same("e"),
        ];
        assert_eq!(found, want);
        assert_eq!(lines("", "x"), [Line::New("x")]);
    }

    proptest! {
        #[test]
        fn never_more_than_there_is(a in "[ab\n]{0,20}", b in "[ab\n]{0,20}") {
            prop_assert!(lines(&a, &b).len() <= a.lines().count() + b.lines().count());
        }
    }
}
