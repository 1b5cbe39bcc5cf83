//! The word that a server on TCP wants to see.

use hyper::header::HeaderValue;

/// A bearer token, ready for its header. Its `Debug` says nothing.
#[derive(Clone)]
pub struct Secret(HeaderValue);

impl Secret {
    /// From a variable or a file.
    ///
    /// # Errors
    /// It is empty, or no header can carry it; as a sentence that does not repeat it.
    pub fn new(word: &str) -> Result<Self, &'static str> {
        let word = word.trim();
        if word.is_empty() {
            return Err("the token is empty");
        }
        if !word.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the token has characters that no header can carry");
        }
        let value = HeaderValue::try_from(format!("Bearer {word}"));
        let mut value = value.map_err(|_| "the token is one that no header can carry")?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_shown() {
        let secret = Secret::new(" abcdef\n").unwrap();
        assert_eq!(
            (format!("{secret:?}"), format!("{:?}", secret.header())),
            ("Secret(…)".into(), "Sensitive".into())
        );
        assert!(Secret::new(" \n").is_err() && Secret::new("a\r\nX: y").is_err());
    }
}
