//! The quickest of the tests: the least usual letters of a needle, whatever their case.

use memchr::{memchr_iter, memchr2_iter};

/// Letters from the most usual on, roughly: in English, and in code.
const USUAL: &[u8] = b" etaoinrlhducmpfg0w1by2v._-3546789xjqz";

/// Some ASCII characters in a row.
#[derive(Clone, Debug)]
pub struct Rare {
    /// In lower case.
    word: Vec<u8>,
    /// Which of them is looked for first.
    at: usize,
}

impl Rare {
    /// The best part of a needle; `None` where all of it may be spelled in other bytes: `s` is also `ſ`,
    /// and `k` the sign of Kelvin.
    pub fn of(needle: &str) -> Option<Self> {
        let fixed = |c: char| c.is_ascii_alphanumeric() && !matches!(c.to_ascii_lowercase(), 's' | 'k');
        let parts = needle.split(|c| !fixed(c)).filter(|part| !part.is_empty());
        let rare = |b: &u8| USUAL.iter().position(|usual| usual == b).unwrap_or(USUAL.len());
        parts
            .filter_map(|part| {
                let word = part.to_ascii_lowercase().into_bytes();
                let at = (0..word.len()).max_by_key(|at| rare(&word[*at]))?;
                Some((word.len() * 4 + rare(&word[at]), Self { word, at }))
            })
            .max_by_key(|(worth, _)| *worth)
            .map(|(_, best)| best)
    }

    /// It is in these bytes.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let (lower, upper) = (self.word[self.at], self.word[self.at].to_ascii_uppercase());
        let here = |at: usize| {
            let start = at.checked_sub(self.at);
            let there = start.and_then(|start| bytes.get(start..start + self.word.len()));
            there.is_some_and(|there| there.eq_ignore_ascii_case(&self.word))
        };
        if lower == upper {
            memchr_iter(lower, bytes).any(here)
        } else {
            memchr2_iter(lower, upper, bytes).any(here)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_what_is_spelled_in_one_way() {
        let of = |needle| Rare::of(needle).map(|rare| String::from_utf8(rare.word).unwrap());
        assert_eq!(of("Zebra crossing").as_deref(), Some("zebra"));
        assert_eq!(of("lorem quart").as_deref(), Some("quart"));
        assert_eq!(of("sky é").as_deref(), Some("y"));
        assert_eq!((of("ssk"), of("é")), (None, None));
        let rare = Rare::of("quartz").unwrap();
        for (bytes, is) in
            [(&b"a QuArTz"[..], true), (b"quart", false), (b"z", false), (b"qqquartz", true), (b"", false)]
        {
            assert_eq!(rare.is_in(bytes), is, "{bytes:?}");
        }
    }
}
