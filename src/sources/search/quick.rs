//! The commonest message, read without a parser.

use std::borrow::Cow;

use crate::domain::text;

/// The words of a message that is one block of text as goose writes it, cleaned; `None` for any other.
pub fn only_text(json: &[u8]) -> Option<Cow<'_, str>> {
    let token = json.strip_prefix(br#"[{"type":"text","text":"#)?.strip_suffix(b"}]")?;
    let words = token.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if is_plain(words) {
        return std::str::from_utf8(words).ok().map(Cow::Borrowed);
    }
    // Whatever else the block holds is no part of a string, and an error here.
    let words: String = serde_json::from_slice(token).ok()?;
    Some(match text::block(&words) {
        Cow::Owned(cleaned) => Cow::Owned(cleaned),
        Cow::Borrowed(_) => Cow::Owned(words),
    })
}

/// Says in JSON, and on a terminal, what it is. In pieces, because a loop without a way out is the
/// faster one.
fn is_plain(words: &[u8]) -> bool {
    let plain = |b: u8| (0x20..0x7F).contains(&b) && b != b'"' && b != b'\\';
    words.chunks(64).all(|piece| piece.iter().fold(true, |all, b| all & plain(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::transcript::Part, sources::transcript::parse};

    #[test]
    fn it_reads_as_the_parser_does_or_leaves_it() {
        let long = format!(r#"[{{"type":"text","text":"{}"}}]"#, "lorem ipsum ".repeat(50));
        for json in [
            &long,
            r#"[{"type":"text","text":""}]"#,
            r#"[{"type":"text","text":"a\tb \"c\" \u00e9\u001b[1m é"}]"#,
        ] {
            let parts = parse::content(json.as_bytes()).0;
            assert_eq!(only_text(json.as_bytes()).map(|t| vec![Part::Text(t.into_owned())]), Some(parts));
        }
        for json in [
            r#"[{"type":"text","text":"a","text":"b"}]"#,
            r#"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#,
            r#"[{"type":"text","text":"a","annotations":null}]"#,
            r#"[{"type":"text","text":"a\"}]"#,
            r#"[{"type":"text","text":"}]"#,
            r#"[{"type":"text","text":1}]"#,
            r#"[{"text":"a","type":"text"}]"#,
            "[{\"type\":\"text\",\"text\":\"\u{1}\"}]",
        ] {
            assert_eq!(only_text(json.as_bytes()), None, "{json}");
        }
        assert_eq!(only_text(b"[{\"type\":\"text\",\"text\":\"\xFF\"}]"), None);
    }
}
