//! With a tmux that answers what the test says.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a panic is a failed test")]

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use chrono::DateTime;

use super::*;
use crate::domain::{
    board::ended_view,
    link::Strength,
    process::{Cpu, OpenFiles, Proc, ProcEnv, ProcId, ProcState},
    role::AgentRole,
    session::{Session, SessionId, SessionKey},
};

fn view(tty: Option<&str>, tmux: Option<(&str, &str)>) -> SessionView {
    let key = SessionKey { store: 0, id: SessionId::new("20260101_1") };
    let proc = Proc {
        id: ProcId { pid: 77, start: 1 },
        ppid: 1,
        uid: Some(0),
        pgid: None,
        sid: None,
        has_tty: Some(tty.is_some()),
        state: ProcState::Sleeping,
        name: "goose".into(),
        argv: Vec::new(),
        cwd: None,
        started_at: DateTime::UNIX_EPOCH,
        rss_bytes: None,
        cpu: Cpu::default(),
        env: Some(ProcEnv {
            tmux: tmux.map(|(socket, _)| format!("{socket},12,0")),
            tmux_pane: tmux.map(|(_, pane)| pane.to_owned()),
            ..ProcEnv::default()
        }),
        files: Some(OpenFiles {
            terminal: tty.map_or(Terminal::None, |tty| Terminal::Live(tty.into())),
            ..OpenFiles::default()
        }),
    };
    let mut view = ended_view(&Arc::new(Session::bare(key)), DateTime::UNIX_EPOCH);
    view.owner = Some(Owner {
        proc: Arc::new(proc),
        role: AgentRole::Session,
        strength: Strength::Certain,
        evidence: Vec::new(),
        hosts: 0,
    });
    view
}

/// Lists these panes on the server `/s`, and none on others.
fn tmux(dir: &tempfile::TempDir, own: Option<&str>) -> Tmux {
    let program = dir.path().join("tmux");
    let script = "#!/bin/sh\n[ \"$1 $2\" = '-S /s' ] || exit 1\necho '%1 /dev/pts/1 10 work'\necho '%2 /dev/pts/2 20 night shift'\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Tmux { program, own: own.map(str::to_owned) }
}

fn words(way: &Handover) -> String {
    way.args.iter().map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_pane_is_found_by_its_terminal_or_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let outside = tmux(&dir, None);
    let way = find(&view(Some("/dev/pts/2"), Some(("/s", "%1"))), &outside).unwrap();
    assert_eq!(words(&way), "-S /s select-window -t %2 ; select-pane -t %2 ; attach-session -t %2");
    assert_eq!(way.notes, ["pane %2 of tmux session night shift"]);
    // A terminal inside the pane's own, as `script` makes one.
    let inner = find(&view(Some("/dev/pts/9"), Some(("/s", "%1"))), &outside).unwrap();
    assert!(words(&inner).ends_with("attach-session -t %1"));
    let inside = tmux(&dir, Some("/s,12,0"));
    let way = find(&view(Some("/dev/pts/2"), None), &inside).unwrap();
    assert!(words(&way).ends_with("switch-client -t %2"), "{}", words(&way));
}

#[test]
fn where_there_is_no_way_it_says_where_the_session_runs() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = find(&view(Some("/dev/pts/9"), None), &tmux(&dir, Some("/s,12,0")));
    let place = "on /dev/pts/9".to_owned();
    assert_eq!(elsewhere, Err(NoWay::Elsewhere { pid: 77, place }));
    let other = find(&view(Some("/dev/pts/2"), Some(("/s", "%2"))), &tmux(&dir, Some("/mine,1,0")));
    assert!(matches!(other, Err(NoWay::OtherServer { pid: 77, .. })), "{other:?}");
    let mut idle = view(None, None);
    idle.owner = None;
    assert_eq!(find(&idle, &tmux(&dir, None)), Err(NoWay::NotRunning("20260101_1".into())));
    let no_tmux = Tmux { program: "/nowhere/tmux".into(), own: None };
    assert!(find(&view(Some("/dev/pts/2"), None), &no_tmux).is_err());
}
