//! The binary in a scratch home: what it prints where, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The binary with an environment that knows nothing but a scratch home.
fn goosetop(home: &TempDir) -> Command {
    let mut command = Command::cargo_bin("goosetop").unwrap();
    command.env_clear().env("HOME", home.path()).env("PATH", home.path()).current_dir(home.path());
    command
}

fn scratch() -> TempDir {
    tempfile::tempdir().unwrap()
}

struct Said {
    out: String,
    err: String,
    code: i32,
}

fn say(home: &TempDir, args: &[&str]) -> Said {
    let output = goosetop(home).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*home.path().to_string_lossy(), "~");
    Said { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code().unwrap() }
}

fn configure(home: &TempDir, content: &str) {
    let dir = home.path().join(".config/goosetop");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("config.toml"), content).unwrap();
}

/// Every command of the clap tree, the root included.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
        all.push(path.to_vec());
        for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
            let path = [path, &[sub.get_name().to_owned()]].concat();
            walk(sub, &path, all);
        }
    }
    let mut all = Vec::new();
    walk(&goosetop::cli::command(), &[], &mut all);
    all
}

#[test]
fn the_help_of_every_command_is_as_recorded() {
    let home = scratch();
    for path in commands() {
        let args: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let said = say(&home, &args);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{path:?}");
        insta::assert_snapshot!(
            ["help".to_owned()].into_iter().chain(path).collect::<Vec<_>>().join("_"),
            said.out
        );
    }
}

#[test]
fn the_clap_tree_is_sound() {
    goosetop::cli::command().debug_assert();
}

#[test]
fn an_unknown_key_is_refused_by_name_line_and_nearest() {
    let home = scratch();
    configure(&home, "[health]\n\nstuck_afer = \"5m\"\n");
    let said = say(&home, &["list"]);
    assert_eq!((said.code, said.out.as_str()), (78, ""));
    assert_eq!(
        said.err,
        "error: unknown key `stuck_afer` in [health]\n  where: ~/.config/goosetop/config.toml, line 3\n  hint: did you mean `stuck_after`?\n"
    );
    let error: Value = serde_json::from_str(&say(&home, &["list", "--json"]).err).unwrap();
    assert_eq!(error["error"]["kind"], "config");
    assert_eq!(error["error"]["hint"], "did you mean `stuck_after`?");
    assert_eq!(error["error"]["retryable"], false);
    // What prints about goosetop itself works all the same.
    for args in [&["config", "path"][..], &["config", "default"], &["man"], &["completions", "zsh"]] {
        assert_eq!(say(&home, args).code, 0, "{args:?}");
    }
}

#[test]
fn the_effective_configuration_names_its_sources() {
    let home = scratch();
    configure(&home, "[health]\nstuck_after = \"20m\"\n[poll]\ninterval = 3\n");
    let mut command = goosetop(&home);
    command.env("GOOSETOP_POLL_INTERVAL", "4s").args([
        "--set",
        "ui.ascii=true",
        "config",
        "--stuck-after",
        "21m",
    ]);
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let line = |key: &str| shown.lines().find(|l| l.starts_with(key)).unwrap().to_owned();
    let squeezed = |key: &str| line(key).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed("stuck_after"), "stuck_after = \"21m\" # --stuck-after");
    assert_eq!(squeezed("ascii"), "ascii = true # --set");
    assert!(shown.contains("# GOOSETOP_POLL_INTERVAL"), "{shown}");
    assert!(line("databases").ends_with("# goose's own place"), "{shown}");
    // It is a configuration file itself.
    configure(&home, &shown);
    assert_eq!(say(&home, &["config", "--json"]).code, 0);
}

#[test]
fn a_wrong_command_line_never_looks_like_a_verdict() {
    let home = scratch();
    for args in [
        &["lst"][..],
        &["--no-such-flag"],
        &["list", "--state", "purple"],
        &["health-check", "--stuck-after", "soon"],
        &["--set", "nonsense", "list"],
        &["explain"],
        &["--stuck-after", "2h", "list"],
        &["--config", "/no/such/file", "list"],
    ] {
        let said = say(&home, args);
        assert_eq!((said.code, said.out.as_str()), (64, ""), "{args:?}");
        assert!(said.err.starts_with("error: "), "{}", said.err);
        let args = [args, &["--json"]].concat();
        let error: Value = serde_json::from_str(&say(&home, &args).err).unwrap();
        assert_eq!(error["error"]["kind"], "usage", "{args:?}");
    }
}

#[test]
fn no_store_is_unknown_and_never_green() {
    let home = scratch();
    let said = say(&home, &["health-check", "--json"]);
    let value: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(value["exit_code"], said.code);
    // Other programs of this machine may have leaked something: that outranks "unknown".
    assert_ne!(said.code, 0);
    assert_ne!(value["status"], "healthy");
    let list: Value = serde_json::from_str(&say(&home, &["list", "--json"]).out).unwrap();
    assert_eq!(list["databases"][0]["state"], "absent");
    assert_eq!(list["databases"][0]["path"], "~/.local/share/goose/sessions/sessions.db");
    assert!(list["databases"][0]["schema"].is_null());
    let said = say(&home, &["list"]);
    assert!(said.err.contains("goosetop demo"), "{}", said.err);
    assert_eq!(say(&home, &["explain", "20261120_7"]).code, 66);
}

#[test]
fn without_a_terminal_the_dashboard_is_a_list() {
    let home = scratch();
    let said = say(&home, &[]);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("stuck") && !said.out.contains('\u{1b}'), "{}", said.out);
}

#[test]
fn goose_s_own_spellings_work() {
    let home = scratch();
    let list: Value =
        serde_json::from_str(&say(&home, &["list", "-f", "json", "-l", "3", "-w", "."]).out).unwrap();
    assert_eq!(list["schema_version"], 1);
    for args in [&["explain", "--session-id", "x"][..], &["explain", "-n", "x"]] {
        assert_eq!(say(&home, args).code, 66, "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let home = scratch();
    for args in
        [&["config", "default"][..], &["list", "--json"], &["completions", "bash"], &["man"], &["--help"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("goosetop"));
        command.env_clear().env("HOME", home.path()).args(args).stdout(writer);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn completions_and_manual_are_complete() {
    let home = scratch();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = say(&home, &["completions", shell]).out;
        assert!(script.contains("health-check") && script.contains("orphaned-after"), "{shell}");
    }
    let manual = say(&home, &["man"]).out;
    for section in ["NAME", "COMMANDS", "\"EXIT STATUS\"", "FILES", "ENVIRONMENT"] {
        assert!(manual.contains(&format!(".SH {section}")), "{section}");
    }
    assert!(manual.contains("GOOSETOP_HEALTH_STUCK_AFTER"));
}

#[test]
fn doctor_says_what_to_do_about_what_is_missing() {
    let home = scratch();
    let said = say(&home, &["doctor"]);
    assert_eq!(said.code, 69);
    assert!(said.out.contains("fail  store") && said.out.contains("goosetop demo"), "{}", said.out);
    let value: Value = serde_json::from_str(&say(&home, &["doctor", "--json"]).out).unwrap();
    let names: Vec<_> =
        value["checks"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    for name in [
        "store",
        "goose",
        "processes",
        "terminal",
        "locale",
        "sqlite",
        "mouse",
        "clipboard",
        "notify",
        "leftovers",
        "config",
        "keys",
        "audit",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn doctor_runs_on_a_configuration_that_nothing_else_takes() {
    let home = scratch();
    let folder = home.path().join(".config/goosetop");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[ui]\nnotifi = \"bell\"\n").unwrap();
    std::fs::write(folder.join("keys.toml"), "[[key]]\ncommand = \"fly\"\nkeys = [\"x\"]\nwhen = \"list\"\n")
        .unwrap();
    assert_eq!(say(&home, &["list"]).code, 78);
    let said = say(&home, &["doctor"]);
    assert!(said.out.contains("fail  config") && said.out.contains("`notify`"), "{}", said.out);
    assert!(said.out.contains("fail  keys") && said.out.contains("`fly`"), "{}", said.out);
}

#[test]
fn insights_of_nothing_are_words_and_valid_json() {
    let home = scratch();
    let said = say(&home, &["insights", "--ascii"]);
    assert!(said.out.is_ascii() && said.out.contains("By day"), "{}", said.out);
    let value: Value =
        serde_json::from_str(&say(&home, &["insights", "--json", "--since", "1h"]).out).unwrap();
    assert_eq!((&value["schema_version"], &value["total"]["tokens"]), (&1.into(), &Value::Null));
    assert_eq!(value["days"].as_array().unwrap().len(), 30);
    assert_eq!(value["faults"].as_array().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn doctor_does_not_wait_for_a_goose_that_hangs() {
    use std::os::unix::fs::PermissionsExt;
    let home = scratch();
    let fake = home.path().join("goose");
    let doctor = |script: &str| {
        std::fs::write(&fake, script).unwrap();
        std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
        say(&home, &["doctor"]).out
    };
    assert!(doctor("#!/bin/sh\necho 1.43.0\n").contains("goose 1.43.0"));
    assert!(doctor("#!/bin/sh\necho goose version: v3.24.1\n").contains("migration tool"));
    assert!(doctor("#!/bin/sh\nexec /bin/sleep 60\n").contains("does not tell its version"));
}

#[test]
fn hostile_arguments_are_cleaned_before_they_are_repeated() {
    let home = scratch();
    for args in [&["\u{1b}[2Jlst"][..], &["explain", "\u{1b}]0;x\u{7}"], &["--set", "\u{9b}=1", "list"]] {
        let said = say(&home, args);
        assert!(said.code > 3, "{args:?}");
        assert!(!said.err.chars().any(|c| c != '\n' && c.is_control()), "{:?}", said.err);
    }
}

#[test]
fn logging_is_off_until_asked_for() {
    let home = scratch();
    let output = goosetop(&home).env("GOOSETOP_LOG", "goosetop=???").arg("list").output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(!home.path().join(".local/state/goosetop").exists());
}
