//! /metrics: the same numbers as every other answer, and what is kept beside it (alerts, a dashboard)
//! names nothing that is not there. With the real Prometheus: `cargo test --test http_metrics -- --ignored`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/api.rs"]
mod api;

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use api::{Answer, Api};
use chrono::{DateTime, Utc};
use goosetop::demo::World;
use serde_json::Value;
use tempfile::TempDir;

struct Stage {
    _world: World,
    home: TempDir,
    api: Api,
}

#[expect(clippy::disallowed_methods, reason = "a test begins in the present; stand-ins cannot be back-dated")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Stage {
    fn new() -> Self {
        let world = World::build(now(), Path::new(env!("CARGO_BIN_EXE_goosetop"))).unwrap();
        let home = tempfile::tempdir().unwrap();
        let db = world.db_path().to_str().unwrap().to_owned();
        let api =
            Api::start(home.path(), &["--db", &db, "--interval", "200ms", "--set", "actions.grace=500ms"]);
        let stage = Self { _world: world, home, api };
        until("something leaked", || stage.sample("goosetop_leaked_processes").is_some_and(|n| n > 0.0));
        stage
    }

    fn metrics(&self) -> Answer {
        self.api.get("/metrics")
    }

    fn sample(&self, name: &str) -> Option<f64> {
        let text = self.metrics().body;
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

/// `goosetop_…` words in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    let words = text.split(|c| !is_name(c)).filter(|w| w.starts_with("goosetop_"));
    words.map(str::to_owned).collect()
}

#[test]
fn the_numbers_are_those_of_the_list() {
    let stage = Stage::new();
    // Two answers in a row may be of two boards; soon two are of one.
    until("both agree", || {
        let list = stage.api.get("/api/active-sessions").json();
        let of = |state: &str| stage.sample(&format!("goosetop_sessions{{state=\"{state}\"}}"));
        let said = |state: &str| list["summary"][state].as_f64();
        let store = &list["databases"][0];
        let size = |what: &str| {
            stage.sample(&format!("goosetop_store_{what}_bytes{{path=\"{}\"}}", store["path"].as_str()?))
        };
        assert!(store["wal_bytes"].is_u64(), "{store}");
        (size("size"), size("wal_size")) == (store["bytes"].as_f64(), store["wal_bytes"].as_f64())
            && ["healthy", "stuck", "orphaned", "ended", "unknown"]
                .iter()
                .all(|state| of(state) == said(state))
            && stage.sample("goosetop_leaked_processes") == list["summary"]["leaked_processes"].as_f64()
    });
    assert!(stage.sample("goosetop_look_duration_seconds_count").unwrap() > 0.0);
    stage.api.post("/api/emergency-cleanup", r#"{"scope":"leaked"}"#);
    let counted = stage.sample("goosetop_actions_total{action=\"emergency-cleanup\",outcome=\"done\"}");
    assert_eq!(counted, Some(1.0), "{}", stage.metrics().body);
}

#[test]
fn alerts_and_dashboard_name_what_is_there() {
    let stage = Stage::new();
    stage.api.post("/api/emergency-cleanup", r#"{"scope":"leaked"}"#);
    let there = names(&stage.metrics().body);
    for file in ["prometheus-rules.yml", "grafana-dashboard.json"] {
        let text = fs::read_to_string(asset(file)).unwrap();
        let missing: Vec<_> = names(&text).into_iter().filter(|name| !there.contains(name)).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}");
    }
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(asset("grafana-dashboard.json")).unwrap()).unwrap();
    let ids: BTreeSet<_> = dashboard["panels"].as_array().unwrap().iter().map(|p| p["id"].as_u64()).collect();
    assert_eq!(ids.len(), dashboard["panels"].as_array().unwrap().len());
}

/// Ends its program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn promtool(args: &[&str], input: &str) -> (bool, String) {
    let mut child = Command::new("promtool")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is here: apt-get install prometheus");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (out.status.success(), said)
}

#[test]
#[ignore = "needs promtool"]
fn promtool_has_nothing_to_say() {
    let stage = Stage::new();
    stage.api.post("/api/emergency-cleanup", r#"{"scope":"leaked"}"#);
    assert_eq!(promtool(&["check", "metrics"], &stage.metrics().body), (true, String::new()));
    let (fine, said) = promtool(&["check", "rules", asset("prometheus-rules.yml").to_str().unwrap()], "");
    assert!(fine, "{said}");
    let when = fs::read_to_string(asset("prometheus-rules.yml")).unwrap();
    let alerts = when.matches("- alert:").count();
    assert!(said.contains(&format!("{alerts} rules found")), "{said}");
}

#[test]
#[ignore = "needs prometheus"]
fn the_real_prometheus_scrapes_and_alerts() {
    let stage = Stage::new();
    let (token, rules) =
        (stage.home.path().join(".local/state/goosetop/api-token"), asset("prometheus-rules.yml"));
    // The alerts as they are, but without their patience.
    let eager: String = fs::read_to_string(rules)
        .unwrap()
        .lines()
        .filter(|l| !l.trim().starts_with("for:"))
        .fold(String::new(), |text, line| text + line + "\n");
    fs::write(stage.home.path().join("rules.yml"), eager).unwrap();
    let config = format!(
        "global: {{ scrape_interval: 500ms, evaluation_interval: 500ms }}\nrule_files: [rules.yml]\nscrape_configs:\n\
         - job_name: goosetop\n  authorization: {{ credentials_file: {} }}\n  static_configs: [{{ targets: ['127.0.0.1:{}'] }}]\n",
        token.display(),
        stage.api.port
    );
    let path = stage.home.path().join("prometheus.yml");
    fs::write(&path, config).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let log = fs::File::create(stage.home.path().join("prometheus.log")).unwrap();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", path.display()))
        .arg(format!("--storage.tsdb.path={}", stage.home.path().join("tsdb").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .expect("prometheus is here: apt-get install prometheus");
    let _running = Running(child);
    let ask = |path: &str| -> Option<Value> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
        serde_json::from_str(&api::read(&mut stream).body).ok()
    };
    until("prometheus has the sessions", || {
        let Some(answer) = ask("/api/v1/query?query=goosetop_sessions") else { return false };
        let list = stage.api.get("/api/active-sessions").json();
        let result = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        result.len() == 5
            && result.iter().all(|one| {
                let class = one["metric"]["state"].as_str().unwrap();
                one["value"][1].as_str().unwrap().parse::<f64>().ok() == list["summary"][class].as_f64()
            })
    });
    let kind = ask("/api/v1/metadata?metric=goosetop_sessions_closed").unwrap();
    assert_eq!(
        kind["data"]["goosetop_sessions_closed"][0]["type"], "counter",
        "it asked for OpenMetrics: {kind}"
    );
    until("prometheus alerts", || {
        let Some(answer) = ask("/api/v1/alerts") else { return false };
        let alerts = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        let fires =
            |name: &str| alerts.iter().any(|a| a["labels"]["alertname"] == name && a["state"] == "firing");
        fires("GooseProcessesLeaked") && fires("GooseSessionOrphaned") && fires("GooseSessionStuck")
    });
}
