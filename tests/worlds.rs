//! Worlds described in files: `tests/fixtures/worlds/*.toml`, sessions and processes in, board out.
//! A bug report becomes a file here.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/world_file.rs"]
mod world_file;

use goosetop::domain::{
    board::{Board, Options, SessionView, assess},
    health::{Rule, Severity, account::Account, thresholds::Thresholds},
};
use strum::IntoEnumIterator;
use world_file::{Expect, ExpectedSession, WorldFile};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/worlds");

/// Every world with its name, in the order of their names.
fn worlds() -> Vec<(String, WorldFile)> {
    let mut paths: Vec<_> = std::fs::read_dir(FOLDER).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        (name.clone(), toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}")))
    };
    paths.iter().map(read).collect()
}

#[test]
fn every_rule_speaks_in_a_world_and_keeps_silent_in_a_near_miss() {
    let worlds = worlds();
    let expected = || worlds.iter().map(|(_, world)| &world.expect);
    for rule in Rule::iter() {
        let name = rule.to_string();
        let (speaks, silent) = if rule == Rule::UntrackedProcess {
            // Asked about processes: there, an alarm is speaking.
            let severity = |wanted| {
                expected().any(|e| e.untracked_severity.as_deref() == Some(wanted) && !e.untracked.is_empty())
            };
            (severity("orphaned"), severity("note"))
        } else {
            let sessions = || expected().flat_map(|e| &e.session);
            (
                sessions().any(|s| s.rules.contains(&name)),
                sessions().any(|s| s.silent.contains_key(&name) && !s.rules.contains(&name)),
            )
        };
        assert!(speaks, "{name} speaks in no world of {FOLDER}");
        assert!(silent, "{name} is named as silent in no world of {FOLDER}");
    }
}

#[test]
fn every_world_is_judged_as_its_file_says() {
    let mut wrong = Vec::new();
    let worlds = worlds();
    for (name, world) in &worlds {
        let board = assess(&world.snapshot(), &Thresholds::default(), Options::default());
        wrong.extend(differences(&world.expect, &board).into_iter().map(|d| format!("{name}: {d}")));
    }
    assert!(worlds.len() >= 70, "the worlds are gone: {FOLDER}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn differences(expect: &Expect, board: &Board) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, expected: String, got: String| {
        if expected != got {
            wrong.push(format!("{what}: expected {expected}, got {got}"));
        }
    };
    let pids = |list: &[goosetop::domain::board::ProcView]| {
        let mut pids: Vec<u32> = list.iter().map(|p| p.proc.id.pid).collect();
        pids.sort_unstable();
        format!("{pids:?}")
    };
    check("leaked", format!("{:?}", expect.leaked), pids(&board.leaked));
    check("untracked", format!("{:?}", expect.untracked), pids(&board.untracked));
    check("unconfirmed", format!("{:?}", expect.unconfirmed), pids(&board.unconfirmed));
    check("second look", expect.second_look.to_string(), board.needs_second_look.to_string());
    if let Some(severity) = &expect.untracked_severity {
        let worst = board.findings.values().map(|f| f.severity).max();
        check("untracked severity", severity.clone(), worst.map_or("none".into(), |s| s.to_string()));
    }
    let named: Vec<&str> =
        expect.session.iter().filter(|s| s.health != "ended").map(|s| s.id.as_str()).collect();
    let listed: Vec<&str> = board.sessions.iter().map(|v| v.session.key.id.raw()).collect();
    let mut sorted = (named, listed);
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    check("sessions", format!("{:?}", sorted.0), format!("{:?}", sorted.1));
    for session in &expect.session {
        let view = board.sessions.iter().find(|v| v.session.key.id.raw() == session.id);
        if let Some(view) = view {
            compare(session, view, &mut check);
            silence(session, view, board, &mut check);
            continue;
        }
        check(&session.id, session.health.clone(), "ended".into());
        if let Some(ended) = board.ended.iter().find(|s| s.key.id.raw() == session.id) {
            let view = board.past(ended);
            silence(session, &view, board, &mut check);
            let rules: Vec<String> = view.findings.iter().map(|f| f.rule.to_string()).collect();
            check(&format!("{} rules", session.id), format!("{:?}", session.rules), format!("{rules:?}"));
            says(session, &view, &mut check);
        }
    }
    wrong
}

fn says(expected: &ExpectedSession, view: &SessionView, check: &mut impl FnMut(&str, String, String)) {
    let Some(says) = &expected.says else { return };
    let said = view.findings.first().map(|f| f.message.clone()).unwrap_or_default();
    if !said.contains(says.as_str()) {
        check(&format!("{} says", expected.id), says.clone(), said);
    }
}

/// What silent rules looked at.
fn silence(
    expected: &ExpectedSession,
    view: &SessionView,
    board: &Board,
    check: &mut impl FnMut(&str, String, String),
) {
    let asked = Account::of(view, &Thresholds::default(), board.taken_at).asked;
    for (rule, words) in &expected.silent {
        let asked = asked.iter().find(|a| a.rule.to_string() == *rule);
        let looked =
            asked.and_then(|a| a.looked.clone()).unwrap_or_else(|| "it speaks, or is no rule".into());
        if !looked.contains(words.as_str()) {
            check(&format!("{} {rule} looked at", expected.id), words.clone(), looked);
        }
    }
}

fn compare(expected: &ExpectedSession, view: &SessionView, check: &mut impl FnMut(&str, String, String)) {
    let id = &expected.id;
    check(&format!("{id} health"), expected.health.clone(), view.health.to_string());
    if let Some(turn) = &expected.turn {
        check(&format!("{id} turn"), turn.clone(), format!("{}", view.turn.state));
    }
    if let Some(command) = &expected.command {
        check(&format!("{id} command"), command.clone(), view.turn.command.clone().unwrap_or_default());
    }
    let owner = view.owner.as_ref();
    if expected.owner.is_some() || expected.no_owner {
        check(
            &format!("{id} owner"),
            format!("{:?}", expected.owner),
            format!("{:?}", owner.map(|o| o.proc.id.pid)),
        );
    }
    if let Some(strength) = &expected.strength {
        check(
            &format!("{id} strength"),
            strength.clone(),
            owner.map_or("none".into(), |o| o.strength.to_string()),
        );
    }
    if let Some(attached) = expected.attached {
        check(&format!("{id} attached"), format!("{:?}", Some(attached)), format!("{:?}", view.attached));
    }
    for finding in view.findings.iter().filter(|f| f.severity >= Severity::Warning && f.rule != Rule::Quiet) {
        check(
            &format!("{id} {} says what to do", finding.rule),
            "true".into(),
            (!finding.advice.is_empty()).to_string(),
        );
    }
    let rules: Vec<String> = view.findings.iter().map(|f| f.rule.to_string()).collect();
    check(&format!("{id} rules"), format!("{:?}", expected.rules), format!("{rules:?}"));
    says(expected, view, check);
    if let Some(advises) = &expected.advises {
        let advised = view.findings.first().map(|f| f.advice.clone()).unwrap_or_default();
        if !advised.contains(advises.as_str()) {
            check(&format!("{id} advises"), advises.clone(), advised);
        }
    }
    for (role, pids) in &expected.processes {
        let got: Vec<u32> =
            view.processes.iter().filter(|p| p.role.to_string() == *role).map(|p| p.proc.id.pid).collect();
        check(&format!("{id} {role}"), format!("{pids:?}"), format!("{got:?}"));
    }
    let subs: Vec<&str> = view.sub_agents.iter().map(|s| s.session.key.id.raw()).collect();
    check(&format!("{id} sub-agents"), format!("{:?}", expected.sub_agents), format!("{subs:?}"));
}
