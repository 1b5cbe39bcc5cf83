//! The commonest messages, read without making values of them: a text, and what a tool printed.
//!
//! Only what goose writes today is read here, to the letter; everything else is left to the parser,
//! which is the one that knows what odd rows mean.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};
use serde::Deserialize;
use serde_json::Value;

use super::rare::Rare;
use crate::domain::{text, transcript::Printed};

/// The byte that C1 controls begin with, among other characters.
pub const C1: u8 = 0xC2;

/// Begins a control sequence.
const ESCAPE: u8 = 0x1B;

/// How a message begins whose first block is a text.
pub const ONE_TEXT: &[u8] = br#"[{"type":"text","text":"#;

/// True where `yes` says so of some text of this message, and of whether a tool printed it; `None` where it
/// has to be parsed.
pub fn any(json: &[u8], yes: &mut dyn FnMut(&str, bool) -> bool) -> Option<bool> {
    if let Some(words) = only_text(json) {
        return Some(yes(&words, false));
    }
    let printed = only_printed(json)?;
    Some(printed.into_iter().any(|printed| yes(&printed.plain(), true)))
}

/// A tool's response, as goose has written it since 2025-12.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow, rename = "type")]
    _kind: Cow<'a, str>,
    #[serde(borrow, rename = "id")]
    _id: Cow<'a, str>,
    #[serde(borrow)]
    tool_result: Outcome<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    value: Given<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Given<'a> {
    #[serde(borrow)]
    content: Vec<Item<'a>>,
    #[serde(rename = "structuredContent")]
    _structured: Option<Value>,
    #[serde(rename = "isError")]
    _is_error: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(rename = "annotations")]
    _annotations: Option<Value>,
}

fn only_printed(json: &[u8]) -> Option<Vec<Printed>> {
    if !json.starts_with(br#"[{"type":"toolResponse","#) {
        return None;
    }
    let [response]: [Response<'_>; 1] = serde_json::from_slice(json).ok()?;
    let Outcome { status, value } = response.tool_result;
    let all =
        status == "success" && !value.content.is_empty() && value.content.iter().all(|i| i.kind == "text");
    all.then(|| value.content.into_iter().map(|item| Printed::new(item.text)).collect())
}

/// The words of a message that is one block of plain text, as goose writes it.
pub fn plain_text(json: &[u8]) -> Option<&str> {
    let words = only_token(json)?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    is_plain(words).then(|| std::str::from_utf8(words).ok())?
}

/// The words of a message that is one block of text as goose writes it, cleaned; `None` for any other.
fn only_text(json: &[u8]) -> Option<Cow<'_, str>> {
    if let Some(words) = plain_text(json) {
        return Some(Cow::Borrowed(words));
    }
    // Whatever else the block holds is no part of a string, and an error here.
    let words: String = serde_json::from_slice(only_token(json)?).ok()?;
    Some(match text::block(&words) {
        Cow::Owned(cleaned) => Cow::Owned(cleaned),
        Cow::Borrowed(_) => Cow::Owned(words),
    })
}

fn only_token(json: &[u8]) -> Option<&[u8]> {
    json.strip_prefix(ONE_TEXT)?.strip_suffix(b"}]")
}

/// Says in JSON, and on a terminal, what it is: printable ASCII without `"` and `\`.
fn is_plain(words: &[u8]) -> bool {
    let (eights, rest) = words.as_chunks::<8>();
    eights.iter().all(|eight| all_plain(u64::from_ne_bytes(*eight)))
        && rest.iter().all(|b| all_plain(u64::from_ne_bytes([*b; 8])))
}

/// The same of eight at once: in a build for size a loop over single bytes takes as long as all the rest.
fn all_plain(eight: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    // The top bit of a byte below `limit`; where one of them borrows from its neighbour, it was below.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let is = |letter: u8| below(eight ^ (ONES * u64::from(letter)), 1);
    let odd = eight | below(eight, b' ') | is(b'"') | is(b'\\') | is(0x7F);
    odd & HIGH == 0
}

/// True where a message surely says these words: in its first text, with nothing before them that could
/// hide them. What it does not say yes to has to be read.
pub fn surely_says(json: &[u8], words: &Rare) -> bool {
    let Some(text) = json.strip_prefix(ONE_TEXT).and_then(|text| text.strip_prefix(b"\"")) else {
        return false;
    };
    let Some(found) = words.find(text) else { return false };
    let (before, said) = (&text[..found.start], &text[found.clone()]);
    memchr2(b'"', b'\\', said).is_none()
        && memchr(ESCAPE, before).is_none()
        && hides_nothing(before)
        && ends_block(&text[found.end..])
}

/// Escapes that stand for one visible character, or none, and end before the end.
fn hides_nothing(before: &[u8]) -> bool {
    let mut rest = before;
    while let Some(at) = memchr3(b'\\', b'"', C1, rest) {
        match &rest[at..] {
            [b'\\', b'n' | b't' | b'r' | b'"' | b'\\' | b'/', after @ ..] => rest = after,
            _ => return false,
        }
    }
    true
}

/// The text ends in there, and its block with it: it has no second text.
fn ends_block(after: &[u8]) -> bool {
    let mut rest = after;
    while let Some(at) = memchr2(b'\\', b'"', rest) {
        match &rest[at..] {
            [b'\\', _, after @ ..] => rest = after,
            [b'"', after @ ..] => return after.starts_with(b"}"),
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{find::any_text, transcript::Part},
        sources::transcript::parse,
    };

    #[test]
    fn what_a_tool_printed_reads_as_the_parser_has_it() {
        let said = |json: &str| {
            let mut all = Vec::new();
            for part in parse::content(json.as_bytes()).0 {
                any_text(&part, &mut |text| {
                    all.push(text.to_owned());
                    false
                });
            }
            all
        };
        let response = |value: &str| {
            format!(
                r#"[{{"type":"toolResponse","id":"c","toolResult":{{"status":"success","value":{value}}}}}]"#
            )
        };
        let text = r#"{"type":"text","text":"\u001b[1ma\u001b[0m\n\"b\" é"}"#;
        for value in [
            format!(r#"{{"content":[{text}],"isError":true}}"#),
            format!(r#"{{"content":[{text},{text}],"structuredContent":{{"exit_code":1,"text":"x"}}}}"#),
        ] {
            let mut all = Vec::new();
            let quick = any(response(&value).as_bytes(), &mut |text, in_tool| {
                all.push(text.to_owned());
                !in_tool
            });
            assert_eq!((quick, all), (Some(false), said(&response(&value))));
        }
        for value in [
            format!("[{text}]"),
            format!(r#"{{"content":[{text},{{"type":"image","data":"","mimeType":""}}]}}"#),
            r#"{"content":[]}"#.to_owned(),
            format!(r#"{{"content":[{text}],"content":[]}}"#),
            format!(r#"{{"content":[{text}],"structuredContent":1e999}}"#),
            format!(r#"{{"content":[{text}]}}}},{{"type":"text","text":"a"#),
        ] {
            assert_eq!(any(response(&value).as_bytes(), &mut |_, _| true), None, "{value}");
        }
    }

    #[test]
    fn every_byte_is_plain_or_not_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let plain = (0x20..0x7F).contains(&byte) && !b"\"\\".contains(&byte);
            for (at, length) in (0..11).flat_map(|length| (0..length).map(move |at| (at, length))) {
                let mut words = vec![b'a'; length];
                words[at] = byte;
                assert_eq!(is_plain(&words), plain, "{words:?}");
                // A neighbour must not answer for it.
                words.iter_mut().skip(at + 1).for_each(|b| *b = b' ');
                assert_eq!(is_plain(&words), plain, "{words:?}");
            }
        }
    }

    #[test]
    fn it_is_sure_of_what_the_parser_finds() {
        let says = |words: &str, json: &str| surely_says(json.as_bytes(), &Rare::whole(words).unwrap());
        for json in [
            r#"[{"type":"text","text":"the Login"}]"#,
            r#"[{"type":"text","text":"a \"form\"\nlogin \"b\"\u001b[1m"},{"type":"toolRequest"}]"#,
        ] {
            assert!(says("login", json), "{json}");
        }
        for (words, json) in [
            ("login", r#"[{"type":"text","text":"log"}]"#),
            ("new", r#"[{"type":"text","text":"a\new"}]"#),
            ("mad", r#"[{"type":"text","text":"\u001b[1mad"}]"#),
            ("a", r#"[{"type":"text","text":"a","text":"b"}]"#),
            ("a", r#"[{"type":"text","text":"a"#),
            ("a", r#"[{"type":"text","text":"a\"#),
            ("a\"}", r#"[{"type":"text","text":"a"}]"#),
            ("mad", "[{\"type\":\"text\",\"text\":\"\u{1b}[1mad\"}]"),
            ("mad", "[{\"type\":\"text\",\"text\":\"\u{9b}1mad\"}]"),
        ] {
            assert!(!says(words, json), "{json}");
        }
    }

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
