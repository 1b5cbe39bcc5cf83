//! Secrets by the shapes they have, and their masking.
//!
//! A mask may hide too much, never too little: what goes into a ticket cannot be taken back. What a
//! pattern finds is replaced by `[masked-NAME]`; where the pattern has a group, only the group is.
//!
//! To add one: a row in [`PATTERNS`], and its examples in the tests below, which insist on them.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// A shape.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Its name, part of the mask.
    pub name: &'static str,
    /// A regular expression.
    pub shape: &'static str,
}

/// Every shape, the most specific first: what is masked keeps its first name.
pub const PATTERNS: &[Pattern] = &[
    Pattern {
        name: "private-key",
        shape: r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    },
    Pattern { name: "anthropic", shape: r"\bsk-ant-[A-Za-z0-9_-]{16,}" },
    Pattern { name: "openai", shape: r"\bsk-[A-Za-z0-9_-]{20,}" },
    Pattern { name: "google", shape: r"\b(?:AIza[0-9A-Za-z_-]{35,}|ya29\.[0-9A-Za-z_-]{20,})" },
    Pattern { name: "aws", shape: r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b" },
    Pattern { name: "github", shape: r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})" },
    Pattern { name: "gitlab", shape: r"\bgl[a-z]{2,6}-[A-Za-z0-9_.-]{20,}" },
    Pattern {
        name: "slack",
        shape: r"\b(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|hooks\.slack\.com/[A-Za-z0-9/_-]{20,})",
    },
    Pattern {
        name: "stripe",
        shape: r"\b(?:(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,})",
    },
    Pattern { name: "npm", shape: r"\bnpm_[A-Za-z0-9]{36,}" },
    Pattern { name: "pypi", shape: r"\bpypi-[A-Za-z0-9_-]{16,}" },
    Pattern { name: "huggingface", shape: r"\bhf_[A-Za-z0-9]{30,}" },
    Pattern { name: "jwt", shape: r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){1,3}" },
    Pattern {
        name: "authorization",
        shape: r#"(?i)\b(?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?(?:[a-z]+\s+)?([^\s"']{4,})"#,
    },
    Pattern { name: "bearer", shape: r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{16,})" },
    Pattern {
        name: "header",
        shape: r#"(?i)\bx-(?:[a-z0-9]+-)*(?:key|token|secret|auth)\\*["']?\s*[:=]\s*\\*["']?([^\s"']+)"#,
    },
    Pattern { name: "url-password", shape: r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/"'<>]+)@"# },
    // KEY=value, KEY="value" and 'KEY': "value", as in environments, settings and JSON.
    Pattern {
        name: "assignment",
        shape: r#"(?i)(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|(?:API|ACCESS|AUTH|SECRET|PRIVATE|ENCRYPTION)[_-]?KEY)(?:[_-][A-Z0-9_-]+)?\\*["']?\s*[:=]\s*(\\*"(?:[^"\\\n]|\\.)*|\\*'(?:[^'\\\n]|\\.)*)"#,
    },
    Pattern {
        name: "assignment",
        shape: r#"(?i)(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|(?:API|ACCESS|AUTH|SECRET|PRIVATE|ENCRYPTION)[_-]?KEY)(?:[_-][A-Z0-9_-]+)?=([^\s"'&;]+)"#,
    },
    Pattern {
        name: "argument",
        shape: r#"(?i)(?:^|\s)--?(?:[a-z0-9]+-)*(?:password|passwd|passphrase|token|secret|(?:api|access|auth|secret|private)-?key)(?:\s+|=)["']?([^\s"'-][^\s"']*)"#,
    },
];

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|p| Some((p.name, Regex::new(p.shape).ok()?))).collect());

/// Names whose value is a secret whatever it looks like.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"(?i)(?:secret|token|password|passwd|passphrase|authorization|credentials?|(?:api|access|auth|secret|private|encryption)[_-]?key)$";
    Regex::new(name).ok()
});

/// The text without secrets.
pub fn mask(words: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(words);
    for (name, shape) in COMPILED.iter() {
        if let Cow::Owned(next) = shape.replace_all(&masked, |found: &Captures<'_>| hide(name, found)) {
            masked = Cow::Owned(next);
        }
    }
    masked
}

/// True for a name like `api_key`: what is called so is masked whole.
pub fn is_secret_name(name: &str) -> bool {
    NAME.as_ref().is_some_and(|shape| shape.is_match(name.trim()))
}

/// What stands in a secret's place.
pub fn masked(name: &str) -> String {
    format!("[masked-{name}]")
}

fn hide(name: &str, found: &Captures<'_>) -> String {
    let whole = &found[0];
    let Some(part) = found.get(1) else { return masked(name) };
    let start = part.start() - found.get(0).map_or(0, |whole| whole.start());
    let (before, after) = (&whole[..start], &whole[start + part.len()..]);
    // Quotes stay, so that what follows them is still read as it was.
    let secret = part.as_str();
    let quote = secret.len() - secret.trim_start_matches(['\\', '"', '\'']).len();
    let (quote, secret) = secret.split_at(quote);
    if secret.is_empty() || is_mask(secret) {
        return whole.to_owned();
    }
    format!("{before}{quote}{}{after}", masked(name))
}

/// Exactly one of our own masks.
fn is_mask(words: &str) -> bool {
    let name = words.strip_prefix("[masked-").and_then(|rest| rest.strip_suffix(']'));
    name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
