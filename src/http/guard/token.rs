//! The word that TCP clients must show.

use std::fmt;

use subtle::ConstantTimeEq;

/// Shortest token that is accepted from a file: below it guessing would be a plan.
const SHORTEST: usize = 32;

/// A bearer token. Never printed by accident: its `Debug` says nothing.
#[derive(Clone)]
pub struct Token(Vec<u8>);

impl Token {
    /// From what a file holds.
    ///
    /// # Errors
    /// Too short, or with characters that no header can carry, as a sentence.
    pub fn new(word: &str) -> Result<Self, String> {
        let word = word.trim();
        if word.len() < SHORTEST {
            return Err(format!("the token has {} characters; {SHORTEST} are the least", word.len()));
        }
        if !word.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the token has characters that no header can carry".into());
        }
        Ok(Self(word.as_bytes().to_vec()))
    }

    /// The same word, compared in a time that does not tell where they differ.
    pub fn is(&self, shown: &[u8]) -> bool {
        self.0.ct_eq(shown).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_is_it() {
        let word = "0123456789abcdef0123456789abcdef";
        let token = Token::new(&format!("{word}\n")).unwrap();
        assert!(token.is(word.as_bytes()));
        for other in ["", &word[1..], &format!("{word}0"), &word.to_uppercase()] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert!(Token::new("").is_err() && Token::new(&"ä".repeat(40)).is_err());
    }
}
