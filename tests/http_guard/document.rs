//! `assets/openapi.json` says what is served, and what is served is as it says.

use std::{collections::BTreeSet, path::Path, process::Command};

use goosetop::http::route::ROUTES;
use serde_json::Value;

use crate::{
    Gate,
    api::{Answer, Api},
    schema::{faults, resolve},
    served::Stage,
};

/// Streams and numbers have no JSON to hold against a schema.
const NOT_JSON: &[&str] = &["/api/events", "/metrics"];

fn document() -> Value {
    serde_json::from_str(include_str!("../../assets/openapi.json")).unwrap()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let served: BTreeSet<String> = ROUTES.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    let document = document();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |m| format!("{} {path}", m.to_uppercase()))
        })
        .collect();
    let missing: Vec<_> = served.difference(&described).collect();
    let surplus: Vec<_> = described.difference(&served).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not described: {missing:?}; not served: {surplus:?}");
}

/// Asks, and holds the answer against the document.
struct Teller<'a> {
    api: &'a Api,
    document: Value,
    told: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Teller<'_> {
    /// `template` is the path in the document, `path` what is asked.
    fn ask(&mut self, method: &str, template: &str, path: &str, body: &str) -> Answer {
        let answer = if method == "GET" { self.api.get(path) } else { self.api.post(path, body) };
        self.hold(method, template, &answer);
        answer
    }

    fn hold(&mut self, method: &str, template: &str, answer: &Answer) {
        let status = answer.status.to_string();
        let operation = &self.document["paths"][template][method.to_lowercase()];
        let described = operation["responses"].get(&status);
        let Some(described) = described else {
            return self
                .wrong
                .push(format!("{method} {template}: {status} is not described: {}", answer.body));
        };
        let described = resolve(&self.document, described);
        let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        let Some(content) = described["content"].get(kind) else {
            return self.wrong.push(format!("{method} {template}: {status} as `{kind}` is not described"));
        };
        if kind == "application/json" {
            let faults = faults(&self.document, &content["schema"], &answer.json());
            self.wrong.extend(faults.iter().map(|fault| format!("{method} {template}: {status}: {fault}")));
        }
        if status == "200" {
            self.told.insert(format!("{method} {template}"));
        }
    }
}

#[test]
fn what_is_answered_is_as_described() {
    let stage = Stage::new(&[]);
    let api = &stage.api;
    let mut teller = Teller { api, document: document(), told: BTreeSet::new(), wrong: Vec::new() };
    teller.ask("GET", "/healthz", "/healthz", "");
    for choice in
        ["", "?all=true", "?state=stuck,orphaned&sort=name&limit=2", "?sort=purple", "?limit=-1", "?x=1"]
    {
        for path in ["/api/health-check", "/api/active-sessions", "/api/sessions"] {
            teller.ask("GET", path, &format!("{path}{choice}"), "");
        }
    }
    let list = api.get("/api/sessions?all=true").json();
    let ids: Vec<_> =
        list["sessions"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert!(ids.len() > 5, "{ids:?}");
    for id in ids.iter().copied().chain(["none"]) {
        teller.ask("GET", "/api/sessions/{id}", &format!("/api/sessions/{id}"), "");
        let read = "/api/sessions/{id}/transcript";
        let page = teller.ask("GET", read, &format!("/api/sessions/{id}/transcript?tail=1000"), "");
        if page.status == 200 {
            let after = page.json()["after"].as_str().map(str::to_owned);
            let path = format!("/api/sessions/{id}/transcript?tail=1&after={}", after.unwrap_or_default());
            teller.ask("GET", read, &path, "");
        }
    }
    let words = api.get_text("/api/sessions");
    teller.hold("GET", "/api/sessions", &words);

    let first = list["sessions"].as_array().unwrap().iter().find(|s| s["owner"].is_object()).unwrap();
    let first = first["id"].as_str().unwrap();
    for wish in [
        r#"{"action":"terminate","sessions":["none"]}"#,
        r#"{"action":"terminate","sessions":[]}"#,
        r#"{"action":"dance"}"#,
        r#"{"action":"cleanup-project","project":"nowhere","status":"completed"}"#,
    ] {
        teller.ask("POST", "/api/plans", "/api/plans", wish);
    }
    let wish = r#"{"action":"emergency-cleanup","scope":"leaked"}"#;
    let plan = teller.ask("POST", "/api/plans", "/api/plans", wish).json();
    let plan = format!("/api/plans/{}", plan["plan_id"].as_str().unwrap());
    teller.ask("GET", "/api/plans/{id}", &plan, "");
    teller.ask("POST", "/api/plans/{id}/run", &format!("{plan}/run"), "{}");
    teller.ask("POST", "/api/plans/{id}/run", &format!("{plan}/run"), "{}");
    teller.ask("GET", "/api/plans/{id}", &plan, "");
    let end = format!("/api/sessions/{first}/terminate");
    teller.ask("POST", "/api/sessions/{id}/terminate", &end, r#"{"dry_run":true}"#);
    teller.ask("POST", "/api/sessions/{id}/terminate", &end, r#"{"reason":"test"}"#);
    let project = r#"{"status":"failed","dry_run":true}"#;
    teller.ask("POST", "/api/projects/{id}/cleanup", "/api/projects/a/cleanup", project);
    teller.ask(
        "POST",
        "/api/emergency-cleanup",
        "/api/emergency-cleanup",
        r#"{"scope":"stuck","dry_run":true}"#,
    );
    teller.ask("POST", "/api/close-all-sessions", "/api/close-all-sessions", r#"{"reason":"end of day"}"#);
    teller.ask("GET", "/api/audit", "/api/audit", "");
    let audit = teller.ask("GET", "/api/audit", "/api/audit?tail=1", "").json();
    assert_eq!(audit["runs"].as_array().map(Vec::len), Some(1), "{audit:#}");
    assert_eq!(audit["runs"][0]["reason"], "end of day");
    teller.ask("GET", "/api/audit", "/api/audit?tail=x", "");
    assert_eq!(api.get("/api/openapi.json").json(), teller.document);

    assert!(teller.wrong.is_empty(), "{}", teller.wrong.join("\n"));
    let not_asked: Vec<_> = ROUTES
        .iter()
        .filter(|r| !NOT_JSON.contains(&r.path) && r.path != "/api/openapi.json")
        .map(|r| format!("{} {}", r.method, r.path))
        .filter(|route| !teller.told.contains(route))
        .collect();
    assert!(not_asked.is_empty(), "never answered with 200: {not_asked:?}");
}

#[test]
fn refusals_are_as_described() {
    let gate = Gate::open(&["--set", "serve.requests=1000000"]);
    let mut teller =
        Teller { api: &gate.api, document: document(), told: BTreeSet::new(), wrong: Vec::new() };
    for route in ROUTES.iter().filter(|r| !NOT_JSON.contains(&r.path)) {
        let path = route.path.replace("{id}", "a");
        let host = format!("Host: 127.0.0.1:{}", gate.api.port);
        let ask = |host: &str, more: &str| {
            gate.api.raw(&format!(
                "{} {path} HTTP/1.1\r\n{host}\r\n{more}Connection: close\r\n\r\n",
                route.method
            ))
        };
        let answers = [ask("Host: evil.example", ""), ask(&host, "Origin: null\r\n"), ask(&host, "")];
        let known = gate.known(&format!("{} {path}", route.method), "Content-Type: text/plain\r\n\r\n");
        for answer in answers.iter().chain([&known]) {
            // The document itself is free of a schema; so is what it is made of.
            if (route.path, answer.status) != ("/api/openapi.json", 200) {
                teller.hold(route.method, route.path, answer);
            }
        }
    }
    assert!(teller.wrong.is_empty(), "{}", teller.wrong.join("\n"));
}

/// Runs schemathesis against a server that is given to it.
fn schemathesis(api: &Api, home: &Path, more: &[&str]) {
    let program =
        std::env::var_os("GOOSETOP_TEST_SCHEMATHESIS").expect("GOOSETOP_TEST_SCHEMATHESIS names it");
    let document = home.join("openapi.json");
    std::fs::write(&document, include_str!("../../assets/openapi.json")).unwrap();
    let out = Command::new(program)
        .current_dir(home)
        .arg("run")
        .arg(&document)
        .args(["--url", &format!("http://127.0.0.1:{}", api.port)])
        .args(["-H", &format!("Authorization: Bearer {}", api.token)])
        // A stream has no end to wait for.
        .args(["--exclude-path", "/api/events", "--no-color", "--request-timeout", "30"])
        // No schema can say what the filter's language is, nor that two parameters exclude each other.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args(["--generation-deterministic", "--continue-on-failure"])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    println!("{said}");
    assert!(out.status.success(), "{said}\n{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(api.get("/healthz").status, 200, "the server lives");
}

#[test]
#[ignore = "needs schemathesis: .ci/run installs it"]
fn a_machine_that_reads_the_document_finds_nothing() {
    let stage = Stage::new(&["--read-only", "--set", "serve.requests=100000"]);
    schemathesis(&stage.api, stage.home.path(), &["--max-examples", "50"]);
}

#[test]
#[ignore = "needs schemathesis: .ci/run installs it"]
fn nor_does_it_where_it_may_act() {
    let stage = Stage::new(&["--set", "serve.requests=100000"]);
    schemathesis(&stage.api, stage.home.path(), &["--max-examples", "25"]);
    drop(stage.world);
}
