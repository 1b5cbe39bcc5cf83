//! Secrets by the shapes they have, and their masking.
//!
//! A mask may hide too much, never too little: what goes into a ticket cannot be taken back. What a
//! pattern finds is replaced by `[masked-NAME]`; where the pattern has a group, only the group is.
//!
//! To add one: a row in [`PATTERNS`], and its examples in the tests, which insist on them.
//!
//! | file       | knows                                                                          |
//! |------------|--------------------------------------------------------------------------------|
//! | `assigned` | what stands without quotes after a secret's name: settings, YAML, INI, queries |

/// What is called so is a secret: a part of a name, without regard to case.
macro_rules! called {
    () => {
        concat!(
            r"(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|[_-]PASS|[_-]PWD|(?-i:[a-z]P(?:ass|wd)|\bpass)|\bPWD",
            r"|(?:API|ACCESS|ACCOUNT|AUTH|SECRET|PRIVATE|ENCRYPTION|SIGNING|MASTER|SHARED)[_-]?KEY)",
            r"(?:[_-][A-Z0-9_-]+)?"
        )
    };
}

/// Words in quotes, as a group without the last of them; the quotes may be escaped.
macro_rules! quoted {
    () => {
        r#"(\\*"(?:[^"\\\n]|\\.)*|\\*'(?:[^'\\\n]|\\.)*|`[^`\n]*)"#
    };
}

mod assigned;

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
    Pattern { name: "sendgrid", shape: r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}" },
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
    // KEY="value", 'KEY': "value" and `key: str = "value"`; what stands without quotes is `assigned`'s.
    Pattern {
        name: "assignment",
        shape: concat!(
            r"(?i)",
            called!(),
            r#"\\*["'`]?(?:\s*:\s*&?(?:'[a-z]+\s+)?(?:str|string)\b)?\s*(?::=|=>|={1,3}|:)\s*"#,
            quoted!()
        ),
    },
    Pattern {
        name: "argument",
        shape: concat!(
            r#"(?i)(?:^|[\s"'])--?(?:[a-z0-9]+[-_])*(?:password|passwd|passphrase|pass|token|secret|(?:api|access|account|auth|secret|private)[-_]?key)(?:\s+|=|\\*["'],\s*)"#,
            r#"(?:"#,
            quoted!(),
            r#"|([^\s"'-][^\s"']*))"#
        ),
    },
    // Options that are a password to one program, and something else to the next.
    Pattern {
        name: "argument",
        shape: concat!(
            r#"(?:\bcurl\b(?:[^\n]|\\\n)*?\s(?:-[A-Za-z]*[uU]|--(?:proxy-)?user)[\s=]*\\*["']?[^\s:"'\\]+:([^\s"']+)"#,
            r#"|(?:\b(?:mysql|mariadb)[a-z_-]*(?:\s[^\n]*?)?\s-p|\bsshpass\s+(?:-[a-z]+\s+)*-p\s*"#,
            r#"|\blogin\b[^\n]*?\s-p[\s=]+|\bmongo[a-z]*\s[^\n]*?-p[\s=]*|\bredis-cli\b[^\n]*?\s-a\s*"#,
            r#"|\bpass:)"#,
            r#"(?:"#,
            quoted!(),
            r#"|([^\s"'-][^\s"']*)))"#
        ),
    },
    Pattern {
        name: "netrc",
        shape: concat!(
            r#"(?m)\b(?:machine|login|account)(?:\s|\\[nt])+[^\s"'\\]+(?:\s|\\[nt])+password(?:[ \t]|\\t)+([^\s"'\\:=][^\s"'\\]*)"#,
            r#"|(?:^|\\n)[ \t]*password(?:[ \t]|\\t)+([^\s"'\\:=][^\s"'\\]*)(?:[ \t]*\r?$|\\n)"#,
        ),
    },
    Pattern {
        name: "cookie",
        shape: r#"(?i)(?:\b(?:set-)?cookie\\*["']?\s*[:=]|\s--cookie[\s=]|\bcurl\b[^\n]*?\s-b)\s*\\*["']?([^\s=;,"':\\]+=(?:\\*"[^"\\\n]*\\*";|[^\r\n"'\\])*)"#,
    },
];

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|p| Some((p.name, Regex::new(p.shape).ok()?))).collect());

/// Names whose value is a secret whatever it looks like.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let others = r"(?i)(?:authorization|credentials?|cookie|\bsecret[_-]key[_-]base)$|(?i)";
    Regex::new(&[others, called!(), "$"].concat()).ok()
});

/// The text without secrets.
pub fn mask(words: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(words);
    for (name, shape) in COMPILED.iter() {
        if let Cow::Owned(next) = shape.replace_all(&masked, |found: &Captures<'_>| hide(name, found)) {
            masked = Cow::Owned(next);
        }
    }
    match assigned::mask(&masked) {
        Some(next) => Cow::Owned(next),
        None => masked,
    }
}

/// True for a name like `api_key`: what is called so is masked whole.
pub fn is_secret_name(name: &str) -> bool {
    NAME.as_ref().is_some_and(|shape| shape.is_match(name.trim()))
}

/// True for an option like `--password`, whose value may be the argument after it.
pub fn is_secret_option(argument: &str) -> bool {
    argument.starts_with("--") && is_secret_name(argument)
}

/// What stands in a secret's place.
pub fn masked(name: &str) -> String {
    format!("[masked-{name}]")
}

fn hide(name: &str, found: &Captures<'_>) -> String {
    let whole = &found[0];
    let Some(part) = found.iter().skip(1).flatten().next() else { return masked(name) };
    let start = part.start() - found.get(0).map_or(0, |whole| whole.start());
    let (before, after) = (&whole[..start], &whole[start + part.len()..]);
    // Quotes stay, so that what follows them is still read as it was.
    let secret = part.as_str();
    let quote = secret.len() - secret.trim_start_matches(['\\', '"', '\'', '`']).len();
    let (quote, secret) = secret.split_at(quote);
    if secret.is_empty() || is_mask(secret) {
        return whole.to_owned();
    }
    format!("{before}{quote}{}{after}", masked(name))
}

/// Exactly one of our own masks, and what may end a phrase after it.
fn is_mask(words: &str) -> bool {
    let words = words.trim_end_matches([',', ';', ')', '}', '\\']);
    let name = words.strip_prefix("[masked-").and_then(|rest| rest.strip_suffix(']'));
    name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

#[cfg(test)]
mod tests;
