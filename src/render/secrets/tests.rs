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
        within("netrc", "machine host login ann password ", "xyz".into(), "\n"),
        within("cookie", "Cookie: ", "session=abc; theme=dark".into(), "\n"),
        whole("sendgrid", format!("SG.{}.{}", body(22), body(43))),
    ]
}

/// What a secret stands in, with `@` for it: files, commands and headers as people have them.
const FORMS: &[&str] = &[
    "[default]\naws_access_key_id = x\naws_secret_access_key = @\nregion = eu",
    "password: @",
    "  password:   @\n  user: ann",
    "api_key: @",
    "api_key = @",
    "api-key:@",
    "password = @",
    "passphrase = two @ words",
    "client_secret: @",
    "POSTGRES_PASSWORD: @",
    "- POSTGRES_PASSWORD=@",
    "token: @",
    "token: @, user: ann",
    "{password: @}",
    "password: @ # the old one",
    "login with password: @ failed",
    "DB_PASS=@",
    "dbPass: @",
    "auth: { user: 'x', pass: '@' }",
    "MYSQL_PWD=@ mysql -u root",
    "Server=db;Uid=x;Pwd=@;",
    "secret_key_base: @",
    "password: |\n  @\n",
    "password => @",
    "password := \"@\"",
    "password := `@`",
    "const token: string = '@'",
    "let token: &'static str = \"@\";",
    "if password == \"@\" {",
    "- **Password:** @",
    "`password`: `@`",
    "PASSWORD=a&@",
    "password: it's@",
    "https://x/?token=@&page=2",
    "AccountName=x;AccountKey=@==;EndpointSuffix=core",
    "SharedAccessKey=@",
    "{\"text\":\"password: @\"}",
    "{\"text\":\"[default]\\naws_secret_access_key = @\\nregion = eu\"}",
    "{\"text\":\"a: 1\\npassword: @\\nb: 2\"}",
    "machine x\n  login ann\n  password @\n",
    "default\npassword @",
    "login ann\\npassword @\\n",
    "curl -u admin:@ https://x",
    "curl -su 'admin:@' https://x",
    "curl https://x \\\n  --user=admin:@",
    "mysql -p@ db",
    "mysqldump -h db -uroot -p'@' shop",
    "sshpass -p '@' ssh x",
    "sshpass -p@ ssh x",
    "docker login -u x -p @ registry",
    "podman login --password '@' registry",
    "psql --password 'a @ b' x",
    "[\"--password\", \"@\"]",
    "--api_key @",
    "redis-cli -h x -a @ ping",
    "openssl rsa -passin pass:@",
    "Cookie: session=@",
    "-H 'Cookie: a=b; session=@'",
    "Set-Cookie: session=@; HttpOnly",
    "{\"cookie\": \"session=@\"}",
    "curl -b session=@ x",
];

#[test]
fn every_form_hides_its_secret() {
    for form in FORMS {
        for secret in ["hunter2pw", "k1k2k3k4", "abcdEFGHijklMNOP0123/+x"] {
            let out = mask(&form.replace('@', secret)).into_owned();
            assert!(!out.contains(secret), "{out}");
            assert!(out.contains("[masked-"), "{out}");
            assert_eq!(mask(&out), out);
        }
    }
    let out = mask("api_key: k1\\napi_secret = k2 k3\nuser: ann");
    assert_eq!(out, "api_key: [masked-assignment]\\napi_secret = [masked-assignment]\nuser: ann");
    let out = mask("https://x/?token=abc&page=2");
    assert_eq!(out, "https://x/?token=[masked-assignment]&page=2");
}

#[test]
fn a_name_and_an_option_hide_their_value() {
    let mut json = serde_json::json!({
        "password": 123_456, "tokens": 3, "argv": ["x", "--token", "abc", "-v"], "secret_key_base": "y",
    });
    crate::render::mask::value(&mut json);
    assert_eq!(
        json,
        serde_json::json!({
            "password": "[masked-assignment]", "tokens": 3,
            "argv": ["x", "--token", "[masked-argument]", "-v"], "secret_key_base": "[masked-assignment]",
        })
    );
}

#[test]
fn much_that_looks_like_a_secret_is_read_once() {
    for piece in [
        "token:",
        "token: f(",
        "token=\\n",
        "password&",
        "PASS_",
        "curl -u ",
        "login ",
        "cookie: a=",
        "\"--token\", \"",
    ] {
        let many = piece.repeat(200_000 / piece.len());
        assert!(!mask(&many).is_empty(), "{piece}");
    }
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
        "the password: it was lost",
        "token: string",
        "token: string;",
        "tokens: 123",
        "    password: String,",
        "    token: Option<String>,",
        "token: &'a str,",
        "fn new(token: CancellationToken) {}",
        "let token = lexer.next_token();",
        "token: self.token.clone(),",
        "secret = None",
        "token::Kind",
        "if token == other {",
        "token_limit = 4096",
        "PWD=/home/ann",
        "PASS: it works",
        "# pass 3",
        "pass: 12, fail: 0",
        "<input type=\"password\" name=\"x\">",
        "docker run -p 80:80 -u 1000:1000 x",
        "mysql -P 3306 -p shop",
        "the cookie: it was good",
        "password resets are slow",
        "mkdir -p a/b",
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
