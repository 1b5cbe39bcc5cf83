//! What stands without quotes after a secret's name: `KEY=value`, `key: value`, `key = value`.
//!
//! ```text
//!  name  sign ─► value: to where it ends ─► mask, or stays: a type, a call, prose
//! ```
//!
//! Between a mask and a leak, the mask: only what is surely no secret stays. An environment's
//! `KEY=value` is masked whatever the value looks like. Every byte is looked at a bounded number of times.

use std::sync::LazyLock;

use regex::Regex;

use super::{is_mask, masked};

/// A name and its sign; `line`: only white space stands before the name.
static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let line = r"(?im)(?P<line>(?:^|\\n)[ \t]*(?:export[ \t]+)?[A-Za-z0-9_.-]*?)?(?P<name>";
    let sign = r#")\\*["'`*]{0,3}[ \t]*(?P<sign>:=|=>|={1,3}|:)(?P<gap>\*{0,2}[ \t]*)(?:[|>][+-]?[ \t]*\r?\n[ \t]+)?"#;
    Regex::new(&[line, called!(), sign].concat()).ok()
});

/// What is no secret after a colon or a spaced sign: types, and values that everybody has.
const KNOWN: &[&str] = &[
    "any",
    "bool",
    "boolean",
    "bytes",
    "char",
    "false",
    "i32",
    "i64",
    "int",
    "integer",
    "nil",
    "none",
    "null",
    "number",
    "object",
    "optional",
    "required",
    "self",
    "str",
    "string",
    "text",
    "true",
    "u32",
    "u64",
    "undefined",
    "unknown",
    "uuid",
    "varchar",
    "void",
];

/// The name, its sign, and what follows.
struct Head<'a> {
    name: &'a str,
    sign: &'a str,
    /// There is no space around the sign: `KEY=value`.
    tight: bool,
    /// It begins its line.
    line: bool,
}

/// The text with its assigned secrets masked, if it holds any.
pub fn mask(words: &str) -> Option<String> {
    let shape = HEAD.as_ref()?;
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = shape.captures_at(words, at) {
        let end = found.get(0)?.end();
        let group = |name| found.name(name).map_or("", |part| part.as_str());
        let head = Head {
            name: group("name"),
            sign: group("sign"),
            tight: group("gap").is_empty() && !found[0].ends_with([' ', '\t']),
            line: found.name("line").is_some(),
        };
        let length = match value(&head, &words[end..]) {
            Value::Secret(length) => {
                out.push_str(&words[copied..end]);
                out.push_str(&masked("assignment"));
                copied = end + length;
                length
            }
            Value::Other(length) => length,
        };
        at = end + length;
    }
    out.push_str(&words[copied..]);
    (copied > 0).then_some(out)
}

/// What follows a sign, and how many bytes of it were looked at.
enum Value {
    Secret(usize),
    Other(usize),
}

fn value(head: &Head<'_>, rest: &str) -> Value {
    let path =
        rest.find(|c: char| !(c.is_ascii_alphabetic() || "_.:&*!?->".contains(c))).unwrap_or(rest.len());
    let is_environment = head.sign == "=" && head.tight;
    // `token::Kind`, `token == other`.
    if rest.starts_with(':') && head.sign == ":" || head.sign.starts_with("==") {
        return Value::Other(path);
    }
    // `Option<String>`, `next_token()`, `argv[1]`, `&'a str`.
    if !is_environment && path > 0 && rest[path..].starts_with(['(', '[', '<', '{']) || rest.starts_with("&'")
    {
        return Value::Other(path);
    }
    let length = reach(rest, head.line && !head.tight && head.sign == "=");
    let value = &rest[..length];
    if is_mask(value) || value.trim_matches(|c: char| c.is_ascii_punctuation()).is_empty() {
        return Value::Other(length);
    }
    let is_other = is_place(head.name, value)
        || is_count(head.name, value)
        || !is_environment && (is_known(value) || head.sign == ":" && is_prose(value, &rest[length..]));
    if is_other { Value::Other(length) } else { Value::Secret(length) }
}

/// Where a value without quotes ends: at white space (`whole`: of a line), or where what surrounds it goes
/// on. A quote, `&` or `;` may also be in the middle of a password.
fn reach(rest: &str, whole: bool) -> usize {
    let ends = |at: usize, c: char| {
        let after = &rest[at + c.len_utf8()..];
        match c {
            '\n' | '\r' => true,
            ' ' | '\t' => !whole,
            '"' | '\'' | '`' => {
                after.is_empty()
                    || after.starts_with([',', '}', ']', ')', ':', ';', '&', '|', '>', '<', '\\'])
                    || after.starts_with(char::is_whitespace)
                    || at == 0
            }
            '\\' => after.starts_with(['n', 'r', 't', '"', '\'', '\\', '\n']),
            '&' | ';' => {
                after.is_empty() || after.starts_with(char::is_whitespace) || {
                    let name = after
                        .bytes()
                        .take(64)
                        .take_while(|b| b.is_ascii_alphanumeric() || b"_-.;%[]".contains(b));
                    after[name.count()..].starts_with('=')
                }
            }
            _ => false,
        }
    };
    let end = rest.char_indices().find(|(at, c)| ends(*at, *c)).map_or(rest.len(), |(at, _)| at);
    rest[..end].trim_end().len()
}

/// `PWD=/home/ann` is a folder.
fn is_place(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("pwd")
        && (value.starts_with(['/', '~', '$']) || value.get(1..).is_some_and(|rest| rest.starts_with(":\\")))
}

/// `token_limit = 4096`, `pass: 12`: a number of them.
fn is_count(name: &str, value: &str) -> bool {
    let ends =
        ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "PWD", "_PASS", "-PASS"];
    let upper = name.to_ascii_uppercase();
    !ends.iter().any(|end| upper.ends_with(end))
        && value.trim_end_matches([',', ';', '}', ')']).bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A type, or a word that says there is none.
fn is_known(value: &str) -> bool {
    let word = value.trim_start_matches('&').trim_end_matches(|c: char| c.is_ascii_punctuation());
    KNOWN.contains(&word.to_ascii_lowercase().as_str())
        || word.bytes().all(|b| b.is_ascii_alphabetic())
            && (word.ends_with("Token") || word.ends_with("String"))
}

/// `the password: it was lost`: a word, and more of them.
fn is_prose(value: &str, after: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '’');
    let next = after.trim_start_matches([' ', '\t']);
    let next = &next[..next.find(char::is_whitespace).unwrap_or(next.len())];
    is_word(value.trim_end_matches([',', '.', '!', '?', ';']))
        && after.starts_with([' ', '\t'])
        && is_word(next.trim_end_matches([',', '.', '!', '?', ';', ')', '"']))
}
