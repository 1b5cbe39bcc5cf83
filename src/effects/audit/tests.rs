use std::{fs, io::Write, time::Duration};

use chrono::DateTime;

use super::*;
use crate::{
    domain::{
        board::ProcRole,
        plan::{Intent, Scope, Step},
        process::ProcId,
    },
    effects::{StepOutcome, dry_run},
};

fn plan() -> Plan {
    Plan {
        intent: Intent::Emergency { scope: Scope::Stuck },
        made_at: DateTime::UNIX_EPOCH,
        reason: Some("page 17".into()),
        grace: Duration::ZERO,
        sessions: Vec::new(),
        steps: vec![Step {
            id: ProcId { pid: 42, start: 9 },
            uid: 1000,
            started_at: DateTime::UNIX_EPOCH,
            command: "x".repeat(5000),
            rss_bytes: None,
            session: None,
            role: ProcRole::Tool,
            evidence: Vec::new(),
            depth: 0,
        }],
        left_alone: Vec::new(),
        faults: Vec::new(),
        never: Vec::new(),
        protect: Vec::new(),
    }
}

fn write(path: &Path) -> Option<String> {
    let plan = plan();
    let who = Who::of(1000, "web-01", |name| match name {
        "USER" => Some("ann".into()),
        "SSH_CONNECTION" => Some("192.0.2.7 50000 192.0.2.1 22".into()),
        _ => None,
    });
    let report = dry_run(&plan, DateTime::UNIX_EPOCH);
    let mut run = Run::begin(Some(path), &who, &[], &plan, DateTime::UNIX_EPOCH);
    let step =
        StepReport { outcome: StepOutcome::Killed, signals: vec!["TERM", "KILL"], ..report.steps[0].clone() };
    run.step(&step, DateTime::UNIX_EPOCH);
    run.finish(&report);
    run.fault()
}

#[test]
fn a_run_reads_back_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/audit.jsonl");
    assert_eq!(write(&path), None);
    let log = read(&path, 10).unwrap();
    let kinds: Vec<Kind> = log.entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [Kind::RunStarted, Kind::Step, Kind::RunFinished]);
    let step = &log.entries[1];
    assert_eq!((step.who.as_str(), step.ssh_client.as_deref()), ("ann", Some("192.0.2.7")));
    assert_eq!((step.action.as_str(), step.scope.as_deref()), ("emergency-cleanup", Some("stuck")));
    assert_eq!((step.pid, step.outcome.as_deref()), (Some(42), Some("killed")));
    assert_eq!(step.reason.as_deref(), Some("page 17"));
    assert!(step.command.as_ref().unwrap().chars().count() <= 1001);
    assert!(log.entries.iter().all(|e| e.run == step.run));
    assert_eq!(read(&path, 1).unwrap().entries[0].kind, Kind::RunFinished);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
}

#[test]
fn a_torn_line_costs_itself_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.jsonl");
    write(&path);
    let whole = fs::read(&path).unwrap();
    // Cut at every byte of the last line, as by a crash.
    let last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    for cut in last..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        write(&path);
        let log = read(&path, 100).unwrap();
        // Cut before its first byte nothing is there; cut before its line break it is whole.
        let (entries, broken) = if cut == last {
            (5, 0)
        } else if cut == whole.len() - 1 {
            (6, 0)
        } else {
            (5, 1)
        };
        assert_eq!((log.entries.len(), log.broken), (entries, broken), "cut at {cut}");
    }
}

#[test]
fn the_end_of_a_long_log_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.jsonl");
    for _ in 0..60 {
        write(&path);
    }
    assert!(fs::metadata(&path).unwrap().len() > 64 * 1024);
    assert_eq!(read(&path, 90).unwrap().entries.len(), 90);
    assert_eq!(read(&path, 10_000).unwrap().entries.len(), 180);
    assert_eq!(read(&path, 0).unwrap(), Log::default());
}

#[test]
fn what_cannot_be_written_is_said_and_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // A file where the folder should be.
    fs::File::create(dir.path().join("state")).unwrap().write_all(b"x").unwrap();
    let fault = write(&dir.path().join("state/audit.jsonl")).unwrap();
    assert!(fault.contains("audit log") && fault.contains("state/audit.jsonl"), "{fault}");
    #[cfg(target_os = "linux")]
    assert!(write(Path::new("/dev/full")).unwrap().contains("cannot be written"));
}

#[test]
fn no_log_is_an_empty_one() {
    assert_eq!(read(Path::new("/nonexistent/audit.jsonl"), 5).unwrap(), Log::default());
}
