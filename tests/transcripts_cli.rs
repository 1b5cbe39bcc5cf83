//! `show`, `export`, `search` and `bundle`: the program against stores of every version, with every kind
//! of block, and against hostile ones.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/store.rs"]
mod store;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use goosetop::domain::text::is_hostile;
use rusqlite::Connection;
use serde_json::{Value, json};
use store::Build;
use tempfile::TempDir;

/// 2026-11-20 13:32:05 UTC.
const BEGIN: i64 = 1_795_181_525;
const ID: &str = "20261120_7";

struct World {
    home: TempDir,
    db: PathBuf,
}

struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

impl World {
    fn new(build: Build) -> (Self, Connection) {
        let home = tempfile::tempdir().unwrap();
        let db = home.path().join("sessions.db");
        let conn = store::create(&db, build);
        store::session(&conn, ID, "fix <login>", "/home/ada/src/web", "2026-11-20 13:32:05");
        (Self { home, db }, conn)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("goosetop"));
        command.env_clear().env("HOME", self.home.path()).env("PATH", self.home.path());
        command.current_dir(self.home.path()).arg("--db").arg(&self.db).args(args).stdin(Stdio::null());
        command
    }

    fn say(&self, args: &[&str]) -> Said {
        said(&self.command(args).output().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Said { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code() }
}

/// How lines begin that differ from run to run, and from day to day.
const DIFFERS: [&str; 9] =
    ["host ", "as of ", "state ", "<dt>host", "<dt>as of", "<dt>state", "- host", "- as of", "- state"];

/// Without these.
fn steady(words: &str) -> String {
    let differs = |line: &&str| !DIFFERS.iter().any(|w| line.trim_start().starts_with(w));
    words.lines().filter(differs).flat_map(|line| [line, "\n"]).collect()
}

fn add(conn: &Connection, at: i64, role: &str, content: &Value) -> i64 {
    store::content_row(conn, ID, role, &content.to_string(), BEGIN + at)
}

fn call(id: &str, name: &str, arguments: &Value) -> Value {
    json!({ "type": "toolRequest", "id": id,
        "toolCall": { "status": "success", "value": { "name": name, "arguments": arguments } } })
}

fn result(id: &str, value: &Value) -> Value {
    json!({ "type": "toolResponse", "id": id, "toolResult": { "status": "success", "value": value } })
}

/// Every block type that any version wrote, in each of its shapes.
fn everything(conn: &Connection) {
    let text = |words: &str| json!([{ "type": "text", "text": words }]);
    let hello = json!([{ "type": "text", "text": "hello" }]);
    add(conn, 0, "user", &text("Fix the *login* form.\n```js\nlet a = '<b>';\n```"));
    let hidden = add(conn, 0, "user", &text("It is Friday."));
    add(
        conn,
        4,
        "assistant",
        &json!([
            { "type": "thinking", "thinking": "Look first.", "signature": "s" },
            { "type": "redactedThinking", "data": "xyz" },
            { "type": "reasoning", "text": "old reasoning" },
            { "type": "text", "text": "I look at it." },
            call("a", "developer__shell", &json!({ "command": "npm test" })),
            call("b", "developer__text_editor", &json!({ "command": "view", "path": "/src/a.js" })),
            { "type": "toolRequest", "id": "c", "toolCall": { "status": "error", "error": "no JSON" } },
            { "type": "frontendToolRequest", "id": "d", "toolCall": { "status": "success", "value": { "name": "chart" } } },
        ]),
    );
    add(
        conn,
        4,
        "user",
        &json!([
            result("a", &json!([{ "type": "text", "text": "\u{1b}[32mok\u{1b}[0m 12 passed" }])),
            result("b", &json!({ "content": hello, "isError": true })),
            { "type": "toolResponse", "id": "c", "toolResult": { "status": "error", "error": "not found" } },
            result("d", &json!({ "content": [
                { "type": "image", "data": "aGVsbG8=", "mimeType": "image/png" },
                { "type": "audio", "data": "aGVsbG8=", "mimeType": "audio/wav" },
                { "type": "resource", "resource": { "uri": "file:///a", "text": "kept" } },
                { "type": "resource_link", "uri": "file:///b", "name": "b" },
            ] })),
        ]),
    );
    add(
        conn,
        400,
        "assistant",
        &json!([
            { "type": "image", "data": "aGVsbG8=", "mimeType": "image/jpeg" },
            { "type": "toolConfirmationRequest", "id": "e", "toolName": "shell", "arguments": { "command": "rm x" } },
            { "type": "actionRequired", "data": { "actionType": "toolConfirmation", "id": "f", "toolName": "shell", "arguments": {}, "prompt": "sure?" } },
            { "type": "actionRequired", "data": { "actionType": "elicitation", "id": "g", "message": "which?", "requested_schema": {} } },
            { "type": "actionRequired", "data": { "actionType": "elicitationResponse", "id": "g", "user_data": {}, "action": "accept" } },
            { "type": "actionRequired", "data": { "actionType": "toolConfirmationResponse", "id": "f", "permission": "allow_once" } },
            { "type": "systemNotification", "notificationType": "inlineMessage", "msg": "compacting" },
            { "type": "systemNotification", "notificationType": "creditsExhausted", "msg": "no credit" },
            { "type": "contextLengthExceeded", "msg": "too long" },
            { "type": "summarizationRequested", "msg": "sum" },
            { "type": "conversationCompacted", "msg": "done" },
            { "type": "enableExtensionRequest" },
            { "type": "error", "kind": "authentication", "message": "401" },
            { "type": "from_the_future", "words": "new" },
        ]),
    );
    store::content_row(conn, ID, "user", "[{", BEGIN + 410);
    add(conn, 420, "assistant", &json!([call("z", "developer__shell", &json!({ "command": "sleep 1000" }))]));
    let has = "SELECT count(*) FROM pragma_table_info('messages') WHERE name = 'metadata_json'";
    if conn.query_row(has, [], |row| row.get::<_, i64>(0)).unwrap() > 0 {
        let meta = |row: i64, meta: Value| {
            conn.execute("UPDATE messages SET metadata_json = ?2 WHERE id = ?1", (row, meta.to_string()))
                .unwrap();
        };
        meta(hidden, json!({ "userVisible": false, "agentVisible": true, "turnContext": { "x": 1 } }));
        meta(
            hidden + 1,
            json!({ "userVisible": true, "agentVisible": true, "usage":
            { "inputTokens": 1234, "outputTokens": 56, "cost": 0.0123, "elapsedMs": 2300, "timeToFirstTokenMs": 300 } }),
        );
    }
}

#[test]
fn every_block_in_every_form() {
    let (world, conn) = World::new(Build::Fresh(16));
    everything(&conn);
    drop(conn);
    let show = world.say(&["show", ID]);
    assert_eq!(show.code, Some(0), "{}", show.err);
    insta::assert_snapshot!("show", steady(&show.out));
    insta::assert_snapshot!(
        "show_full_hidden",
        steady(&world.say(&["show", ID, "--full", "--hidden", "--ascii"]).out)
    );
    insta::assert_snapshot!("show_json", world.say(&["show", ID, "--json"]).out);
    insta::assert_snapshot!("show_raw", world.say(&["show", ID, "--raw"]).out);
    insta::assert_snapshot!("export_markdown", steady(&world.say(&["export", ID]).out));
    let page = world.say(&["export", ID, "-f", "html"]).out;
    insta::assert_snapshot!("export_html", steady(page.split_once("</style>").unwrap().1));
    let document: Value = serde_json::from_str(&world.say(&["export", ID, "-f", "json"]).out).unwrap();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["session"]["id"], ID);
    let lines: Vec<Value> =
        world.say(&["show", ID, "--json"]).out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(document["messages"], Value::Array(lines));
}

/// What goose exports of a conversation: role, time and words, row by row.
#[test]
fn the_export_holds_what_the_store_holds() {
    let (world, conn) = World::new(Build::Fresh(16));
    everything(&conn);
    let sql = "SELECT role, created_timestamp, content_json FROM messages ORDER BY created_timestamp, id";
    let mut rows = conn.prepare(sql).unwrap();
    let stored: Vec<(String, i64, String)> =
        rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap().map(Result::unwrap).collect();
    let lines = world.say(&["show", ID, "--json", "--hidden"]).out;
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), stored.len());
    for (line, (role, created, content)) in lines.iter().zip(&stored) {
        assert_eq!((line["role"].as_str(), line["created"].as_i64()), (Some(role.as_str()), Some(*created)));
        let Ok(content) = serde_json::from_str::<Vec<Value>>(content) else { continue };
        assert_eq!(line["parts"].as_array().unwrap().len(), content.len());
        let texts = |items: &[Value]| -> Vec<Value> {
            items.iter().filter(|b| b["type"] == "text").map(|b| b["text"].clone()).collect()
        };
        assert_eq!(texts(line["parts"].as_array().unwrap()), texts(&content));
    }
    // As stored, each of them.
    let raw = world.say(&["show", ID, "--raw", "--hidden"]).out;
    for (line, (_, _, content)) in raw.lines().zip(&stored) {
        match serde_json::from_str::<Value>(content) {
            Ok(value) => assert_eq!(serde_json::from_str::<Value>(line).unwrap(), value),
            Err(_) => assert_eq!(line, content),
        }
    }
}

#[test]
fn every_version_can_be_read() {
    for build in Build::all() {
        let (world, conn) = World::new(build);
        everything(&conn);
        drop(conn);
        let show = world.say(&["show", ID]);
        assert_eq!(show.code, Some(0), "{build:?}: {}", show.err);
        for words in ["npm test", "12 passed", "from_the_future", "sleep 1000"] {
            assert!(show.out.contains(words), "{build:?}: {words}");
        }
    }
}

#[test]
fn the_tail_counts_what_is_seen() {
    let (world, conn) = World::new(Build::Fresh(16));
    for n in 0..350 {
        store::message(&conn, ID, "user", &format!("message {n}"), BEGIN + n);
    }
    let tail = |n: &str| -> Vec<String> {
        let out = world.say(&["show", ID, "--json", "--tail", n]).out;
        let text = |l: &str| {
            serde_json::from_str::<Value>(l).unwrap()["parts"][0]["text"].as_str().unwrap().to_owned()
        };
        out.lines().map(text).collect()
    };
    assert_eq!(tail("2"), ["message 348", "message 349"]);
    assert_eq!((tail("0").len(), tail("120").len(), tail("1000").len()), (0, 120, 350));
    assert_eq!(tail("350")[0], "message 0");
    let all = world.say(&["show", ID]).out;
    assert_eq!(all.matches("  message ").count(), 350);
}

#[test]
fn nothing_hostile_reaches_an_output() {
    let (world, conn) = World::new(Build::Fresh(16));
    hostile::fill(&conn, ID, BEGIN);
    drop(conn);
    let file = world.file("out.html");
    for args in [
        &["show", ID][..],
        &["show", ID, "--full", "--hidden"],
        &["show", ID, "--json"],
        &["show", ID, "--raw", "--hidden"],
        &["show", ID, "--tail", "3"],
        &["explain", ID],
        &["list", "--all"],
        &["list", "--all", "--json"],
        &["export", ID],
        &["export", ID, "-f", "html"],
        &["export", ID, "-f", "json", "--mask"],
        &["export", ID, "-f", "html", "-o", "out.html"],
        &["bundle", ID],
        &["bundle", ID, "--json"],
    ] {
        let said = world.say(args);
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.err);
        for words in [&said.out, &said.err] {
            let bad = words.chars().find(|c| !matches!(c, '\n' | '\t') && is_hostile(*c));
            assert_eq!(bad, None, "{args:?}");
        }
    }
    let page = std::fs::read_to_string(file).unwrap();
    assert!(!page.contains("<script") && !page.chars().any(|c| !matches!(c, '\n' | '\t') && is_hostile(c)));
    // The five megabytes are there.
    assert!(page.len() > 4 << 20);
}

#[test]
fn a_file_is_written_whole_privately_and_never_over_another() {
    let (world, conn) = World::new(Build::Fresh(16));
    everything(&conn);
    let file = world.file("out.md");
    let write = |extra: &[&str]| world.say(&[&["export", ID, "-o", "out.md"], extra].concat());
    let first = write(&[]);
    assert_eq!((first.code, first.out.as_str()), (Some(0), ""), "{}", first.err);
    let content = std::fs::read_to_string(&file).unwrap();
    assert_eq!(steady(&content), steady(&world.say(&["export", ID]).out));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&file, "precious").unwrap();
    let second = write(&[]);
    assert_eq!(second.code, Some(64));
    assert!(second.err.contains("--force"), "{}", second.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    assert_eq!(write(&["--force"]).code, Some(0));
    assert_eq!(steady(&std::fs::read_to_string(&file).unwrap()), steady(&content));
    // A folder, a device and a place that is not there.
    for target in ["/dev/null", "no/such/folder/x.md", "."] {
        assert!(world.say(&["export", ID, "-o", target, "--force"]).code > Some(63), "{target}");
    }
    let left: Vec<_> =
        std::fs::read_dir(world.home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    assert!(world.say(&["export", ID, "-o", "-"]).out.contains("npm test"));
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let (world, conn) = World::new(Build::Fresh(16));
    for n in 0..2_000 {
        store::message(&conn, ID, "user", &"word ".repeat(200), BEGIN + n);
    }
    for args in
        [&["show", ID][..], &["show", ID, "--json"], &["export", ID], &["search", "word"], &["bundle", ID]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = world.command(args).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?} {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn secrets_stay_out_of_bundles_and_of_masked_exports() {
    let (world, conn) = World::new(Build::Fresh(16));
    let token = format!("ghp_{}", "a1B2".repeat(9));
    add(&conn, 0, "user", &json!([{ "type": "text", "text": format!("my token is {token}") }]));
    add(
        &conn,
        1,
        "assistant",
        &json!([call(
            "a",
            "developer__shell",
            &json!({ "command": format!("curl -u x:{token} https://a:hunter2@b/") })
        )]),
    );
    add(
        &conn,
        2,
        "user",
        &json!([result("a", &json!([{ "type": "text", "text": format!("API_KEY=hunter2\n{token}") }]))]),
    );
    store::set(&conn, ID, "name", format!("use {token}"));
    for args in [
        &["bundle", ID][..],
        &["bundle", ID, "-f", "json"],
        &["export", ID, "--mask"],
        &["export", ID, "--mask", "-f", "json"],
        &["export", ID, "--mask", "-f", "html"],
    ] {
        let said = world.say(args);
        assert_eq!(said.code, Some(0), "{}", said.err);
        assert!(!said.out.contains(&token) && !said.out.contains("hunter2"), "{args:?} {}", said.out);
        assert!(said.out.contains("masked-github"), "{args:?}");
    }
    assert!(world.say(&["export", ID]).out.contains(&token), "only when asked for");
}

#[test]
fn a_bundle_says_everything_that_was_done() {
    let (world, conn) = World::new(Build::Fresh(16));
    everything(&conn);
    let state = world.home.path().join(".local/state/goosetop");
    std::fs::create_dir_all(&state).unwrap();
    let line = |id: &str, run: &str| {
        json!({ "v": 1, "at": "2026-11-20T13:40:00Z", "kind": "run_started", "run": run, "who": "ada", "uid": 1000,
            "host": "web-01", "action": "terminate", "reason": "was stuck; PASSWORD=hunter2", "summary": { "sessions": [id] } })
    };
    let log = format!("{}\n{}\n", line(ID, "r1"), line("20261120_8", "r2"));
    std::fs::write(state.join("audit.jsonl"), log).unwrap();
    let bundle = world.say(&["bundle", ID]).out;
    for words in ["## Verdict", "was stuck", "run r1", "npm test", "sessions.db", "directory", "asked"] {
        assert!(bundle.contains(words), "{words}: {bundle}");
    }
    assert!(!bundle.contains("r2") && !bundle.contains("hunter2"), "{bundle}");
    let value: Value = serde_json::from_str(&world.say(&["bundle", ID, "--json"]).out).unwrap();
    assert_eq!(value["schema_version"], 1);
    assert_eq!(value["actions"].as_array().unwrap().len(), 1);
    assert_eq!(value["explanation"]["session"]["id"], ID);
    assert!(value["messages"].as_array().unwrap().len() > 4);
    assert!(value["versions"]["sqlite"].is_string());
}

#[test]
fn whoever_is_not_there_is_said_so() {
    let (world, conn) = World::new(Build::Fresh(16));
    for verb in ["show", "export", "bundle"] {
        let said = world.say(&[verb, "20261120_9"]);
        assert_eq!((said.code, said.out.as_str()), (Some(66), ""), "{verb}");
        assert!(said.err.contains(ID), "the nearest: {}", said.err);
    }
    drop(conn);
    // A session without any message is a short one.
    let said = world.say(&["show", ID]);
    assert_eq!((said.code, said.out.contains("fix <login>")), (Some(0), true));
    assert_eq!(world.say(&["show", ID, "--json"]).out, "");
    let value: Value = serde_json::from_str(&world.say(&["export", ID, "-f", "json"]).out).unwrap();
    assert_eq!(value["messages"], json!([]));
    assert_eq!(world.say(&["show", ID, "--follow"]).code, Some(0), "nobody drives it");
}

#[test]
fn what_no_list_shows_is_shown_to_whoever_asks_for_it() {
    let (world, conn) = World::new(Build::Fresh(16));
    for (id, kind) in [("20261120_8", "sub_agent"), ("20261120_9", "hidden")] {
        store::session(&conn, id, "Delegated task", "/srv", "2026-11-20 13:33:00");
        store::set(&conn, id, "session_type", kind);
        store::message(&conn, id, "user", &format!("said in {kind}"), BEGIN);
    }
    store::set(&conn, "20261120_8", "parent_session_id", ID);
    // Other programs of this machine may be listed, whatever ids they carry.
    let list: Value = serde_json::from_str(&world.say(&["list", "--json"]).out).unwrap();
    assert!(!list["sessions"].to_string().contains("20261120_8"), "{list:#}");
    for (id, kind) in [("20261120_8", "sub_agent"), ("20261120_9", "hidden")] {
        for verb in ["show", "export", "bundle"] {
            let said = world.say(&[verb, id]);
            assert!(
                said.code == Some(0) && said.out.contains(&format!("said in {kind}")),
                "{verb}: {}",
                said.err
            );
        }
    }
    // All that is delegated has one name: what a list shows goes before it.
    store::set(&conn, ID, "name", "Delegated task");
    assert!(world.say(&["show", "Delegated task"]).out.contains(ID));
}

#[test]
fn a_search_tells_what_it_finds_newest_first() {
    let (world, conn) = World::new(Build::Fresh(16));
    everything(&conn);
    store::session(&conn, "20261121_1", "another", "/srv/other", "2026-11-21 10:00:00");
    let other = "the Login is fixed";
    store::message(&conn, "20261121_1", "assistant", other, BEGIN + 86_400);
    let found = world.say(&["search", "LOGIN"]);
    assert_eq!((found.code, found.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!("search", found.out);
    let lines = |args: &[&str]| -> Vec<Value> {
        let said = world.say(&[&["search", "--json"], args].concat());
        assert_eq!(said.code, Some(i32::from(said.out.is_empty())), "{args:?} {}", said.err);
        said.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    };
    let all = lines(&["login"]);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["session_id"], "20261121_1");
    let fits = |hit: &Value| {
        let at = |n: usize| hit["fits"][n].as_u64().unwrap() as usize;
        hit["excerpt"].as_str().unwrap().chars().skip(at(0)).take(at(1) - at(0)).collect::<String>()
    };
    assert_eq!(all.iter().map(fits).collect::<Vec<_>>(), ["Login", "login"]);
    assert_eq!(lines(&["login", "--role", "user"]).len(), 1);
    assert_eq!(lines(&["login", "--role", "assistant"])[0]["session_id"], "20261121_1");
    assert_eq!(lines(&["login", "--since", "2026-11-21"]).len(), 1);
    assert_eq!(lines(&["login", "--project", "/srv/other"]).len(), 1);
    assert_eq!(lines(&["login", "--limit", "1"]).len(), 1);
    assert_eq!(lines(&["-E", "log[io]n is \\w+"]).len(), 1);
    assert_eq!(lines(&["npm", "test", "--tool", "shell"]).len(), 1);
    assert_eq!(lines(&["npm", "test", "--tool", "editor"]).len(), 0);
    assert_eq!(lines(&["nobody said this"]).len(), 0);
    for wrong in [&["search", "-E", "("][..], &["search", "x", "--since", "soon"], &["search"]] {
        assert_eq!(world.say(wrong).code, Some(64), "{wrong:?}");
    }
    assert_eq!(world.say(&["search", "x", "--db", "none.db"]).code, Some(69), "nothing to search in");
    assert_eq!(world.say(&["search", "nobody", "--db", "none.db", "--db", "sessions.db"]).code, Some(1));
}

#[test]
fn a_search_says_that_there_is_more() {
    let (world, conn) = World::new(Build::Fresh(16));
    conn.execute_batch("BEGIN").unwrap();
    for n in 0..1_001 {
        store::message(&conn, ID, "user", "a needle", BEGIN + n);
    }
    conn.execute_batch("COMMIT").unwrap();
    for (args, shown) in [(&["search", "needle"][..], 1_000), (&["search", "needle", "--limit", "7"], 7)] {
        let said = world.say(args);
        assert_eq!((said.code, said.out.lines().count()), (Some(0), shown));
        assert!(said.err.contains(&format!("the newest {shown} are shown")), "{}", said.err);
    }
    let all = world.say(&["search", "needle", "--limit", "1001"]);
    assert_eq!((all.out.lines().count(), all.err.as_str()), (1_001, ""));
}

#[test]
fn nothing_hostile_reaches_a_search() {
    let (world, conn) = World::new(Build::Fresh(16));
    hostile::fill(&conn, ID, BEGIN);
    for args in [&["search", "needle"][..], &["search", "needle", "--json"], &["search", "-E", "."]] {
        let said = world.say(args);
        assert_eq!(said.code, Some(0), "{}", said.err);
        assert!(said.out.lines().count() > 3);
        for words in [&said.out, &said.err] {
            assert_eq!(words.chars().find(|c| !matches!(c, '\n' | '\t') && is_hostile(*c)), None, "{args:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_search_that_is_broken_off_says_so_by_its_exit_code() {
    use std::io::{BufRead, BufReader, Read};

    use rustix::process::{Pid, Signal, kill_process};
    let (world, conn) = World::new(Build::Fresh(16));
    conn.execute_batch("BEGIN").unwrap();
    for n in 0..5_000 {
        store::message(&conn, ID, "user", &"word ".repeat(40), BEGIN + n);
    }
    conn.execute_batch("COMMIT").unwrap();
    let mut child = world.command(&["search", "word"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    // There is more than a pipe holds, so it cannot have ended; the signal comes before anything is read.
    kill_process(Pid::from_raw(child.id() as i32).unwrap(), Signal::INT).unwrap();
    out.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

fn legacy(folder: &Path) {
    let lines = [
        json!({ "working_dir": "/home/ada", "description": "an old one", "message_count": 1 }),
        json!({ "role": "user", "created": BEGIN, "content": [{ "type": "text", "text": "from a file" }] }),
    ];
    let lines: String = lines.iter().map(|l| l.to_string() + "\n").collect();
    std::fs::write(folder.join("20250101_101010.jsonl"), lines).unwrap();
}

#[test]
fn a_legacy_file_is_a_conversation_too() {
    let (world, _conn) = World::new(Build::Fresh(16));
    legacy(world.home.path());
    let show = world.say(&["show", "20250101_101010"]);
    assert!(show.out.contains("from a file"), "{} {}", show.out, show.err);
    assert!(world.say(&["show", "20250101_101010", "--raw"]).out.contains("\"created\":"));
}

#[test]
fn a_legacy_file_that_cannot_be_read_is_named_wherever_it_is_missed() {
    let (world, _conn) = World::new(Build::Fresh(16));
    legacy(world.home.path());
    std::fs::write(world.home.path().join("20250101_000000.jsonl"), "garbage\n").unwrap();
    let list = world.say(&["list", "--all"]);
    assert!(
        list.err.contains("20250101_000000.jsonl") && list.out.contains("20250101_000000.jsonl"),
        "{}",
        list.err
    );
    let doctor = world.say(&["doctor"]);
    assert!(doctor.out.contains("warn  legacy"), "{}", doctor.out);
    let show = world.say(&["show", "20250101_000000"]);
    assert_eq!(show.code, Some(66));
    assert!(show.err.contains("20250101_000000.jsonl is there and could not be read"), "{}", show.err);
    assert!(!world.say(&["show", "nobody"]).err.contains("is there and"));
}

/// A demo's stand-in drives the session.
#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "a demo's processes begin in the present")]
fn what_is_followed_is_told_until_its_owner_ends() {
    use std::io::{BufRead, BufReader, Read};
    let demo =
        goosetop::demo::World::build(chrono::Utc::now(), Path::new(env!("CARGO_BIN_EXE_goosetop"))).unwrap();
    let home = tempfile::tempdir().unwrap();
    let command = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command
            .env_clear()
            .env("HOME", home.path())
            .args(args)
            .arg("--db")
            .arg(demo.db_path())
            .stdin(Stdio::null());
        command
    };
    let driven = || {
        let list: Value =
            serde_json::from_slice(&command(&["list", "--json"]).output().unwrap().stdout).unwrap();
        let one = |s: &&Value| ["run", "session"].iter().any(|role| s["owner"]["role"] == *role);
        Some(list["sessions"].as_array()?.iter().find(one)?["id"].as_str()?.to_owned())
    };
    // The stand-ins take their parts one after the other.
    let id = (0..100).find_map(|_| driven()).unwrap();
    let mut child =
        command(&["show", &id, "--json", "--tail", "1", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        line
    };
    line();
    let conn = store::writer(&demo.db_path());
    let newest = "SELECT max(created_timestamp) FROM messages WHERE session_id = ?1";
    let at: i64 = conn.query_row(newest, [&id], |row| row.get(0)).unwrap();
    store::message(&conn, &id, "assistant", "said meanwhile", at + 1);
    assert!(line().contains("said meanwhile"));
    assert_eq!(command(&["terminate", &id, "--yes"]).output().unwrap().status.code(), Some(0));
    out.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// What a page must never do: run, load, lead elsewhere than to the web, forward, cover.
fn attacks(port: u16) -> String {
    format!(
        "# A **real** heading\n\n<script>document.title='ran'</script>\n\n\
         <img src=x onerror=\"document.title='ran'\"> <svg onload=\"document.title='ran'\">\n\n\
         <meta http-equiv=refresh content=\"0;url=http://127.0.0.1:{port}/refresh\">\n\n\
         <iframe src=\"http://127.0.0.1:{port}/frame\"></iframe><link rel=stylesheet href=\"http://127.0.0.1:{port}/css\">\n\n\
         <style>body{{display:none;background:url(http://127.0.0.1:{port}/style)}}</style>\n\n\
         ![cat](http://127.0.0.1:{port}/cat.png) [bad](javascript:document.title='ran') [data](data:text/html,x)\n\n\
         [good](https://example.org/a) &lt;script&gt;document.title='ran'&lt;/script&gt;\n\n\
         </div></article></main></body><script>document.title='ran'</script>\n\n\
         | a | b |\n|---|---|\n| <script>document.title='ran'</script> | `<b>` |\n\n\
         ```html\"><script>document.title='ran'</script>\n</pre><script>document.title='ran'</script>\n```\n"
    )
}

/// Where a browser is installed: the page as it is drawn, with nothing in it that ran or loaded.
#[test]
#[ignore = "needs chromium"]
fn a_browser_draws_the_page() {
    let (world, conn) = World::new(Build::Fresh(16));
    everything(&conn);
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let attacks = attacks(server.local_addr().unwrap().port());
    for (at, role) in [(500, "user"), (501, "assistant"), (502, "<script>")] {
        add(
            &conn,
            at,
            role,
            &json!([
                { "type": "text", "text": attacks },
                { "type": "thinking", "thinking": attacks },
                call("hostile", &attacks, &json!({ "command": attacks, "<b>": attacks })),
                result("hostile", &json!([{ "type": "text", "text": attacks }])),
                { "type": "error", "kind": attacks, "message": attacks },
            ]),
        );
    }
    store::set(&conn, ID, "working_dir", "/<script>document.title='ran'</script>");
    assert_eq!(world.say(&["export", ID, "-f", "html", "-o", "page.html"]).code, Some(0));
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
    }) else {
        panic!("no chromium on PATH");
    };
    let run = |flags: &[&str]| {
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new(&browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(flags)
            .arg(format!("file://{}", world.file("page.html").display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let drawn = run(&["--dump-dom", "--virtual-time-budget=2000"]);
    assert!(drawn.contains("<title>20261120_7 fix &lt;login&gt;</title>"), "nothing ran: {drawn}");
    assert_eq!(drawn.matches("<article").count(), 8, "{drawn}");
    // A browser writes its own picture of the page: what it took for a tag stands there as one.
    for tag in [
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<link",
        "<b ",
        "http-equiv=\"refresh\"",
        "href=\"javascript",
        "href=\"data",
    ] {
        assert!(!drawn.contains(tag), "{tag}: {drawn}");
    }
    assert_eq!(drawn.matches("<style").count(), 1);
    assert!(drawn.contains("&lt;script&gt;") && drawn.contains("<strong>real</strong>"), "{drawn}");
    assert!(drawn.contains("href=\"https://example.org/a\" rel=\"noopener"), "{drawn}");
    let asked = server.accept().map_err(|error| error.kind());
    assert!(matches!(asked, Err(std::io::ErrorKind::WouldBlock)), "it was loaded: {asked:?}");
    let picture = world.file("page.png");
    run(&[&format!("--screenshot={}", picture.display())]);
    assert!(std::fs::metadata(picture).unwrap().len() > 5_000);
}
