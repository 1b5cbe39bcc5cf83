//! The verbs on a running server: the same words and exit codes as at home, over the socket and over TCP;
//! and whatever answers there, nothing happens to whoever asks.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[expect(dead_code, reason = "each test file uses its part of the client")]
#[path = "support/api.rs"]
mod api;
#[path = "http_client/hostile.rs"]
mod hostile;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "support/served.rs"]
mod served;
#[path = "support/terminal.rs"]
mod terminal;

use std::{
    ops::Deref,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use regex::Regex;
use serde_json::Value;
use terminal::on_a_terminal;

/// A world, a home and a server, and the verbs at home and from afar.
struct Stage(served::Stage);

impl Deref for Stage {
    type Target = served::Stage;

    fn deref(&self) -> &served::Stage {
        &self.0
    }
}

#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

fn run(home: &Path, args: &[&str], vars: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
    command.env_clear().env("HOME", home).envs(vars.iter().copied()).current_dir(home);
    let output = command.args(args).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

impl Stage {
    fn new(args: &[&str]) -> Self {
        Self(served::Stage::new(args))
    }

    fn home(&self, args: &[&str]) -> Said {
        let db = self.world.db_path();
        run(self.home.path(), &[args, &["--db", db.to_str().unwrap()]].concat(), &[])
    }

    fn far(&self, args: &[&str]) -> Said {
        run(self.home.path(), &[args, &["--server", "unix"]].concat(), &[])
    }

    fn tcp(&self) -> String {
        format!("http://127.0.0.1:{}", self.api.port)
    }

    /// Over TCP, with this machine's token file.
    fn far_tcp(&self, args: &[&str]) -> Said {
        run(self.home.path(), &[args, &["--server", &self.tcp()]].concat(), &[])
    }

    fn id(&self, name: &str) -> String {
        let list = self.home(&["list", "--json"]).json();
        let all = list["sessions"].as_array().unwrap();
        all.iter().find(|s| s["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }
}

/// Two that should be the same. A look may fall between two states of the world: then they look again.
fn same(what: &[&str], view: impl Fn(&Said) -> String, far: impl Fn() -> Said, home: impl Fn() -> Said) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (there, here) = (far(), home());
        let both = ((there.code, view(&there)), (here.code, view(&here)));
        if both.0 == both.1 {
            return;
        }
        assert!(Instant::now() < deadline, "{what:?}\nthere: {there:?}\nhere: {here:?}\n{both:#?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Without what differs from one look to the next: ages, memory, shares of a processor, the room that they
/// take; and without processes that stand alone, of which other tests have some.
fn steady(words: &str) -> String {
    let differs = [
        (r"(?m)^(Untracked|Unconfirmed) processes \d+\n(.+\n)*", ""),
        (r"(?m)^Left alone \d+\n(  .+\n)*", ""),
        (r"  \d+ untracked processes", ""),
        (r"(?m)^.*untracked.*\n", ""),
        // A server counts hidden history too.
        (r"\d+ ended", "N ended"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
        (r"\d+(\.\d+)? ?(ms|[smhd]\d*|[KMG]i?B?|kB|B|%)(\b|\s)", "N "),
        (r" +", " "),
    ];
    differs.iter().fold(words.to_owned(), |words, (pattern, to)| {
        Regex::new(pattern).unwrap().replace_all(&words, *to).into_owned()
    })
}

/// The names of a document's keys, all the way down, and how many entries its lists have.
fn shape(value: &Value) -> String {
    // Other tests have such processes too.
    let others = ["untracked", "unconfirmed", "left_alone", "recommendations"];
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| !others.contains(&key.as_str()));
            let all: Vec<_> = kept.map(|(key, value)| format!("{key}:{}", shape(value))).collect();
            format!("{{{}}}", all.join(","))
        }
        Value::Array(all) => format!("[{} {}]", all.len(), all.first().map(shape).unwrap_or_default()),
        _ => "_".into(),
    }
}

#[test]
fn looking_says_the_same_as_at_home() {
    let stage = Stage::new(&[]);
    let id = stage.id("mobile-OfflineSync");
    for args in [
        &["list"][..],
        &["list", "--all", "--ascii", "--limit", "20"],
        &["list", "--state", "stuck,orphaned", "--limit", "1"],
        &["list", "--filter", "idle>1s -nothing"],
        &["list", "--sort", "name", "-w", "/no/such/place"],
        &["health-check"],
        &["health-check", "--filter", "mobile"],
        &["health-check", "--state", "stuck", "--project", "search"],
        &["explain", &id],
        &["explain", "mobile-OfflineSync"],
        &["show", &id],
    ] {
        same(args, |said| steady(&said.out), || stage.far(args), || stage.home(args));
        same(args, |said| steady(&said.out), || stage.far_tcp(args), || stage.home(args));
    }
    assert_eq!(stage.far(&["health-check"]).code, 2);
    assert_eq!(stage.far(&["health-check", "--filter", "name:nobody"]).code, 0);
    let clean = ["cleanup-project", "nosuch", "--status", "stopped", "--json"];
    assert_eq!(stage.far(&[&clean[..], &["--yes"]].concat()).json()["dry_run"], false);
    assert_eq!(stage.far(&[&clean[..], &["--dry-run"]].concat()).json()["dry_run"], true);
    for args in [
        &["list", "--json"][..],
        &["list", "-f", "json"],
        &["health-check", "--json"],
        &["explain", &id, "--json"],
    ] {
        same(args, |said| shape(&said.json()), || stage.far_tcp(args), || stage.home(args));
        assert!(stage.far(args).out.starts_with("{\n  \"schema_version\""));
    }
    let whole = stage.far(&["show", &id, "--json"]);
    assert_eq!(whole.out, stage.home(&["show", &id, "--json"]).out);
    let tail = stage.far(&["show", &id, "--json", "--tail", "1"]);
    assert!(whole.out.ends_with(&tail.out) && tail.out.lines().count() == 1, "{tail:?}");
    assert!(stage.far(&["show", &id, "--tail", "1"]).out.starts_with(&format!("{id}  mobile-OfflineSync\n")));
    // What goose hides from people uses up nothing of the number.
    let conn = rusqlite::Connection::open(stage.world.db_path()).unwrap();
    let hidden = "INSERT INTO messages (session_id, role, content_json, created_timestamp, timestamp, metadata_json) \
                  SELECT ?1, 'user', '[{\"type\":\"text\",\"text\":\"for the model\"}]', max(created_timestamp), \
                  max(timestamp), '{\"userVisible\":false,\"agentVisible\":true}' FROM messages WHERE session_id = ?1";
    (0..3).for_each(|_| assert_eq!(conn.execute(hidden, [&id]).unwrap(), 1));
    for tail in ["1", "2", "1000"] {
        let args = ["show", &id, "--tail", tail];
        same(&args, |said| steady(&said.out), || stage.far(&args), || stage.home(&args));
        for more in [&["--json"][..], &["--json", "--hidden"]] {
            let args = [&args, more].concat();
            assert_eq!(stage.far(&args).out, stage.home(&args).out, "{args:?}");
        }
    }
    assert_eq!(stage.far(&["show", &id, "--tail", "1", "--json"]).out, tail.out);
    let over = stage.far(&["show", "data-ImportCustomers", "--follow"]);
    assert!(over.code == 0 && over.err.contains("nobody drives"), "{over:?}");
}

#[test]
fn what_is_wrong_is_wrong_in_the_same_words() {
    let stage = Stage::new(&[]);
    for args in [
        &["explain", "no-such-session"][..],
        &["show", "no-such-session"],
        &["list", "--filter", "state:purple"],
        &["terminate", "no-such-session", "--yes"],
        &["terminate", "--pid", "1", "--yes"],
        &["terminate", "x"],
        &["close-all", "--json"],
        &["close-all", "--project", "x", "--yes"],
        &["emergency-cleanup", "--read-only", "--yes"],
    ] {
        for json in [false, true] {
            let args = if json { [args, &["--json"]].concat() } else { args.to_vec() };
            let (home, far) = (stage.home(&args), stage.far(&args));
            assert_eq!((far.code, &far.out), (home.code, &home.out), "{args:?}: {far:?}");
            assert_eq!(steady(&far.err), steady(&home.err), "{args:?}");
        }
    }
}

#[test]
fn acting_says_the_same_as_at_home() {
    let stage = Stage::new(&[]);
    let id = stage.id("mobile-OfflineSync");
    for args in [
        &["terminate", &id, "--dry-run"][..],
        &["close-all", "--dry-run"],
        &["emergency-cleanup", "--dry-run", "--scope", "leaked", "--reason", "a test"],
        &["emergency-cleanup", "--dry-run", "--include-attached"],
        &["cleanup-project", "no-such-project", "--status", "completed", "--yes"],
    ] {
        same(args, |said| steady(&said.out), || stage.far_tcp(args), || stage.home(args));
        let args = [args, &["--json"]].concat();
        same(&args, |said| shape(&said.json()), || stage.far(&args), || stage.home(&args));
    }
    let leaked = stage.api.get("/api/active-sessions").json()["leaked"][0]["pid"].to_string();
    let dry = stage.far(&["terminate", "--pid", &leaked, "--dry-run"]);
    assert!(dry.out.contains(&leaked), "{dry:?}");

    let done = stage.far(&["emergency-cleanup", "--scope", "leaked", "--yes", "--reason", "over there"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains("emergency") && done.err.contains("the report follows"), "{done:?}");
    assert!(done.out.contains("exited") || done.out.contains("killed"), "{done:?}");
    let report = stage.far_tcp(&["terminate", &id, "--yes", "--json"]).json();
    assert_eq!(
        (&report["action"], &report["failed"], &report["sessions_closed"]),
        (&"terminate".into(), &0.into(), &1.into())
    );
    let audit = stage.home(&["audit"]);
    assert!(audit.out.contains("over there"), "{audit:?}");
}

#[test]
fn on_a_terminal_a_person_is_asked_and_sees_colours() {
    let stage = Stage::new(&[]);
    let command = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.env_clear().env("HOME", stage.home.path()).current_dir(stage.home.path());
        command.args(args).args(["--server", "unix"]);
        command
    };
    let leaked = || stage.api.get("/api/active-sessions").json()["leaked"].as_array().unwrap().len();
    let args = ["emergency-cleanup", "--scope", "leaked"];
    let (code, shown) = on_a_terminal(command(&args), "yes\n");
    assert!(code == 75 && shown.contains("Type `clean`") && shown.contains("nothing was done"), "{shown}");
    assert!(shown.contains("\x1b[1memergency-cleanup"), "{shown}");
    assert_eq!(leaked(), 2);
    let (code, shown) = on_a_terminal(command(&args), "clean\n");
    assert!(
        code == 0 && shown.contains("the report follows") && shown.contains("2 processes ended"),
        "{shown}"
    );
    let (code, shown) = on_a_terminal(command(&["list", "--no-color"]), "");
    assert!(code == 0 && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn a_failed_project_gets_its_second_clean_there() {
    let stage = Stage::new(&[]);
    let args = ["cleanup-project", "mobile", "--status", "failed", "--yes", "--json"];
    let report = stage.far(&args).json();
    assert_eq!((&report["status"], &report["sessions_closed"]), (&"failed".into(), &1.into()), "{report:#}");
    // Nothing is left of it: a second time there is nothing to run, and the second clean is asked for.
    let nothing = stage.far(&args);
    let report = nothing.json();
    assert_eq!((nothing.code, &report["steps"]), (0, &Value::Array(Vec::new())), "{report:#}");
    assert_eq!(report["follow_up"]["status"], "emergency", "{report:#}");
}

#[test]
fn flags_that_cannot_travel_are_refused_by_name() {
    let stage = Stage::new(&[]);
    for (args, flag) in [
        (&["list", "--db", "x.db"][..], "--db"),
        (&["list", "--stuck-after", "1m"], "--stuck-after"),
        (&["list", "--orphaned-after", "90m"], "--orphaned-after"),
        (&["list", "--interval", "1s"], "--interval"),
        (&["list", "--set", "health.model_stuck=16m"], "--set"),
        (&["close-all", "--yes", "--grace", "1s"], "--grace"),
        (&["show", "x", "--raw"], "--raw"),
        (&["show", "x", "--full"], "--full"),
    ] {
        let said = stage.far(args);
        assert!(
            said.code == 64 && said.err.contains(flag) && said.err.contains("server"),
            "{args:?}: {said:?}"
        );
    }
    let over_tcp = stage.far_tcp(&["list", "-w", "."]);
    assert!(over_tcp.code == 64 && over_tcp.err.contains("relative"), "{over_tcp:?}");
    assert_eq!(stage.far(&["list", "-w", "."]).code, 0, "the socket is of this machine");
    assert_eq!(stage.far(&["list", "--set", "ui.ascii=true"]).code, 0);
}

#[test]
fn variables_lead_there_and_say_so() {
    let stage = Stage::new(&[]);
    let port = stage.api.port.to_string();
    let vars = [("SERVER_PORT", port.as_str())];
    let said = run(stage.home.path(), &["list"], &vars);
    assert!(said.code == 0 && said.out.contains("Leaked processes"), "{said:?}");
    assert!(said.err.contains(&format!("asking http://127.0.0.1:{port} (SERVER_PORT)")), "{said:?}");
    assert_eq!(run(stage.home.path(), &["list", "--json"], &vars).err, "");
    let here = run(stage.home.path(), &["list", "--db", "x.db"], &vars);
    assert!(here.code == 64 && here.err.contains("unset SERVER_PORT"), "{here:?}");
    let gone =
        run(stage.home.path(), &["list", "--json"], &[("SERVER_HOST", "127.0.0.1"), ("SERVER_PORT", "1")]);
    assert!(gone.code == 69 && gone.err.contains("unset SERVER_HOST and SERVER_PORT"), "{gone:?}");
    // A verb that stays at home does not mind.
    let stays = run(stage.home.path(), &["config", "path"], &vars);
    assert_eq!((stays.code, stays.err.as_str()), (0, ""));
}

#[test]
fn the_token_comes_from_a_file_or_the_environment_and_is_never_shown() {
    let stage = Stage::new(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let server = stage.tcp();
    let ask = |args: &[&str], vars: &[(&str, &str)]| {
        run(elsewhere.path(), &[&["list", "--server", &server], args].concat(), vars)
    };
    let none = ask(&[], &[]);
    assert!(none.code == 69 && none.err.contains("--print-token"), "{none:?}");
    let wrong = "f".repeat(64);
    let refused = ask(&["--json"], &[("GOOSETOP_TOKEN", &wrong)]);
    assert!(
        refused.code == 69 && refused.err.contains("not the token") && !refused.err.contains(&wrong),
        "{refused:?}"
    );
    let error: Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!(
        (&error["error"]["kind"], &error["error"]["retryable"]),
        (&"unavailable".into(), &false.into())
    );

    assert_eq!(ask(&[], &[("GOOSETOP_TOKEN", &stage.api.token)]).code, 0);
    let file = stage.home.path().join(".local/state/goosetop/api-token");
    let file = file.to_str().unwrap();
    assert_eq!(ask(&["--token-file", file], &[]).code, 0);
    let absent = ask(&["--token-file", "/no/such/file"], &[]);
    assert!(absent.code == 69 && absent.err.contains("/no/such/file"), "{absent:?}");
    assert_eq!(ask(&[], &[("GOOSETOP_TOKEN", "a\nb")]).code, 64);
}

#[test]
fn a_server_that_is_read_only_acts_for_nobody() {
    let stage = Stage::new(&["--read-only"]);
    let said = stage.far(&["close-all", "--yes"]);
    assert!(said.code == 77 && said.err.contains("there"), "{said:?}");
}

#[test]
fn where_a_store_cannot_be_read_nobody_says_that_all_is_done() {
    let stage = Stage::new(&[]);
    let db = stage.world.db_path();
    let garbage = db.with_extension("garbage");
    std::fs::write(&garbage, "this is no database ".repeat(1000)).unwrap();
    std::fs::rename(&garbage, &db).unwrap();
    stage.until("the store is damaged", |list| list["databases"][0]["state"] != "ok");
    let told = |said: &Said| {
        assert_eq!(said.code, 69, "{said:?}");
        said.out.contains("Not read") && said.out.contains(db.to_str().unwrap())
    };
    let idle = stage.home(&["close-all", "--yes"]);
    assert!(told(&idle) && idle.out.starts_with("Nothing to end.\n"), "{idle:?}");
    for args in [&["close-all", "--dry-run"][..], &["emergency-cleanup", "--dry-run"]] {
        for json in [&[][..], &["--json"]] {
            let args = [args, json].concat();
            for said in [stage.home(&args), stage.far(&args)] {
                let named = told(&said);
                assert!(named || said.json()["faults"][0]["source"].is_string(), "{args:?} {said:?}");
            }
        }
    }
    let answer = stage.api.post("/api/close-all-sessions", r#"{"dry_run":true}"#);
    assert_eq!((answer.status, answer.header("goosetop-exit")), (200, Some("69")));
    assert_eq!(answer.json()["faults"].as_array().unwrap().len(), 1);
    // Whom somebody names is there, or is not: that needs no look at all the others.
    let named = stage.home(&["terminate", "no-such-session", "--dry-run"]);
    assert_eq!(named.code, 66, "{named:?}");
}
