//! The commonest messages, read without making values of them: a text, and what a tool printed.
//!
//! Only what goose writes today is read here, to the letter; everything else is left to the parser,
//! which is the one that knows what odd rows mean.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{text, transcript::Printed};

/// True where `yes` says so of some text of this message; `None` where it has to be parsed.
pub fn any(json: &[u8], yes: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
    if let Some(words) = only_text(json) {
        return Some(yes(&words));
    }
    let printed = only_printed(json)?;
    Some(printed.into_iter().any(|printed| yes(&printed.plain())))
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

/// The words of a message that is one block of text as goose writes it, cleaned; `None` for any other.
fn only_text(json: &[u8]) -> Option<Cow<'_, str>> {
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
            let quick = any(response(&value).as_bytes(), &mut |text| {
                all.push(text.to_owned());
                false
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
            assert_eq!(any(response(&value).as_bytes(), &mut |_| true), None, "{value}");
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
