//! The quickest of the tests: letters whatever their case, by the least usual of them.

use std::ops::Range;

use memchr::{memchr_iter, memchr2_iter};

/// Letters from the most usual on, roughly: in English, and in code.
const USUAL: &[u8] = b" etaoinsrlhducmpfg0w1by2vk._-3546789xjqz";

fn rarity(letter: u8) -> usize {
    USUAL.iter().position(|usual| *usual == letter).unwrap_or(USUAL.len())
}

/// Some ASCII characters in a row.
#[derive(Clone, Debug)]
pub struct Rare {
    /// In lower case.
    word: Vec<u8>,
    /// Which of them is looked for first.
    at: usize,
    /// Which of the others is asked next: of those that stand for another letter, the least usual.
    next: usize,
}

impl Rare {
    /// The best part of a needle; `None` where all of it may be spelled in other bytes: `s` is also `ſ`,
    /// and `k` the sign of Kelvin.
    pub fn of(needle: &str) -> Option<Self> {
        let fixed = |c: char| c.is_ascii_alphanumeric() && !matches!(c.to_ascii_lowercase(), 's' | 'k');
        let parts = needle.split(|c| !fixed(c)).filter(|part| !part.is_empty());
        let worth = |rare: &Self| rare.word.len() * 4 + rarity(rare.word[rare.at]);
        parts.filter_map(Self::new).max_by_key(worth)
    }

    /// All of these words, where they are printable ASCII.
    pub fn whole(words: &str) -> Option<Self> {
        words.bytes().all(|b| (0x20..0x7F).contains(&b)).then(|| Self::new(words))?
    }

    fn new(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase().into_bytes();
        let rarest = |wanted: &dyn Fn(u8) -> bool| {
            (0..word.len()).filter(|at| wanted(word[*at])).max_by_key(|at| rarity(word[*at]))
        };
        let at = rarest(&|_| true)?;
        let next = rarest(&|letter| letter != word[at]).unwrap_or(at);
        Some(Self { word, at, next })
    }

    /// It is in these bytes.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.find(bytes).is_some()
    }

    /// Where it is first.
    pub fn find(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let (lower, upper) = (self.word[self.at], self.word[self.at].to_ascii_uppercase());
        let here = |at: usize| {
            let start = at.checked_sub(self.at)?;
            let range = start..start + self.word.len();
            let there = bytes.get(range.clone())?;
            let fits = there[self.next].eq_ignore_ascii_case(&self.word[self.next])
                && there.eq_ignore_ascii_case(&self.word);
            fits.then_some(range)
        };
        if lower == upper {
            memchr_iter(lower, bytes).find_map(here)
        } else {
            memchr2_iter(lower, upper, bytes).find_map(here)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_are_first() {
        let find = |words: &str, text: &str| Rare::whole(words).unwrap().find(text.as_bytes());
        assert_eq!(find("So Sky", "so so sky, SO SKY"), Some(3..9));
        assert_eq!(find("a(b", "xa(B"), Some(1..4));
        assert_eq!((find("ab", "a b"), find("ab", "b"), find("ab", "")), (None, None, None));
        assert!(Rare::whole("").is_none() && Rare::whole("é").is_none() && Rare::whole("a\tb").is_none());
    }

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
