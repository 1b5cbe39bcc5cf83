use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// So many letters and digits: no example looks like a secret to those who search sources for some.
fn body(length: usize) -> String {
    "a1B2c3D4e5F6g7H8i9".chars().cycle().take(length).collect()
}

/// Name, text, and the secret in it.
fn examples() -> Vec<(&'static str, String, String)> {
    let whole = |name, secret: String| (name, format!("use {secret} now"), secret);
    let upper = body(16).to_uppercase();
    let key =
        format!("-----BEGIN {0} KEY-----\n{1}\n{1}\n-----END {0} KEY-----", "OPENSSH PRIVATE", body(60));
    let within =
        |name, before: &str, secret: String, after: &str| (name, format!("{before}{secret}{after}"), secret);
    vec![
        (("private-key"), format!("cat id\n{key}\nend"), body(60)),
        (("private-key"), format!("-----BEGIN {} KEY-----\n{}", "RSA PRIVATE", body(40)), body(40)),
        whole("anthropic", format!("sk-{}-api03-{}", "ant", body(40))),
        whole("openai", format!("sk-{}", body(48))),
        whole("openai", format!("sk-{}-{}", "proj", body(60))),
        whole("google", format!("AIza{}", body(35))),
        whole("aws", format!("AKIA{upper}")),
        whole("github", format!("ghp_{}", body(36))),
        whole("github", format!("github_pat_{}", body(60))),
        whole("gitlab", format!("glpat-{}", body(20))),
        whole("slack", format!("xoxb-{}-{}", 123_456, body(20))),
        whole("slack", format!("hooks.slack.com/services/T0/{}", body(24))),
        whole("stripe", format!("sk_{}_{}", "live", body(24))),
        whole("npm", format!("npm_{}", body(36))),
        whole("pypi", format!("pypi-{}", body(60))),
        whole("huggingface", format!("hf_{}", body(34))),
        whole("jwt", format!("eyJ{}.eyJ{}.{}", body(20), body(30), body(20))),
        within("authorization", "Authorization: Basic ", body(12), "\n"),
        within("authorization", "-H 'authorization: ", body(12), "'"),
        within("bearer", "got bearer ", body(20), "."),
        within("header", "X-Secret-Key: ", "hunter2!".into(), ""),
        within("header", "\"x-api-key\": \"", "hunter2!".into(), "\""),
        within("url-password", "postgres://app:", "hun:ter2".into(), "@db:5432/x"),
        within("assignment", "export DB_PASSWORD=", "hunter2".into(), " && run"),
        within("assignment", "AWS_SECRET_ACCESS_KEY=", body(40), ""),
        within("assignment", "OPENAI_API_KEY=\"", "two words".into(), "\""),
        within("assignment", "{\"api_key\": \"", "x\\\"y z".into(), "\"}"),
        within("assignment", "{\\\"password\\\":\\\"", "hunter2".into(), "\\\"}"),
        within("assignment", "GITHUB_TOKEN='", "hunter2".into(), "'"),
        within("argument", "mysql --password ", "hunter2".into(), " db"),
    ]
}

#[test]
fn every_pattern_hides_its_examples() {
    for (name, words, secret) in examples() {
        let out = mask(&words);
        assert!(!out.contains(&secret), "{name}: {out}");
        assert!(out.contains(&masked(name)), "{name}: {out}");
    }
    let shown: BTreeSet<_> = examples().iter().map(|e| e.0).collect();
    let known: BTreeSet<_> = PATTERNS.iter().map(|p| p.name).collect();
    assert_eq!(shown, known, "every pattern has an example");
    assert_eq!(COMPILED.len(), PATTERNS.len(), "every pattern compiles");
    assert!(NAME.is_some());
}

#[test]
fn what_only_looks_alike_stays() {
    for words in [
        "task-based and desk-organisation-of-the-whole-office",
        "max_tokens: 4096, total_tokens=12",
        "AKIA is a prefix",
        "ghp_ is a prefix too, npm_config_registry as well",
        "glimpse-of-something",
        "https://example.com:8080/path@here",
        "git@github.com:goose/goose.git",
        "the secret of good tea: patience",
        "password: see the vault",
        "bearer of bad news",
        "eyJhbGciOi",
        "an authorization is needed",
        "-----BEGIN CERTIFICATE-----",
        "hf_hub_download(repo)",
        "pypi-mirror",
        "x-ray key",
        "whsec_",
        "--token-file",
        "xoxo-",
    ] {
        assert_eq!(mask(words), words);
    }
}

#[test]
fn names_of_secrets_are_known() {
    for name in ["api_key", "apiKey", "OPENAI_API_KEY", "password", "client_secret", "access-token"] {
        assert!(is_secret_name(name), "{name}");
    }
    for name in ["key", "max_tokens", "path", "secretary", "tokens"] {
        assert!(!is_secret_name(name), "{name}");
    }
}

proptest! {
    #[test]
    fn whatever_surrounds_a_secret_it_is_hidden(before in "\\PC{0,40}", after in "\\PC{0,40}", which in 0usize..30) {
        let all = examples();
        let (_, words, secret) = &all[which % all.len()];
        let out = mask(&format!("{before}\n {words}\n{after}")).into_owned();
        prop_assert!(!out.contains(secret.as_str()), "{out}");
    }

    #[test]
    fn masking_twice_changes_nothing(words in "\\PC*", which in 0usize..30) {
        let all = examples();
        let once = mask(&format!("{words} {}", all[which % all.len()].1)).into_owned();
        prop_assert_eq!(mask(&once).into_owned(), once);
    }
}
