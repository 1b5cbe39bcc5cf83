//! The process table through `sysinfo`: every platform it knows. It tells less than /proc: starts
//! in whole seconds, no process group, no terminal, no open files, no time of reaped children, and
//! after `exec` the first program's short name beside the second's arguments. What is not told is
//! `None`, and what needs it is unknown.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::{
    CpuMarks,
    meter::Meter,
    relevance::{self, Kind, Node},
};
use crate::{
    domain::{
        link::table,
        process::{Proc, ProcId, ProcState},
        snapshot::Fault,
        text,
    },
    procfs::environ,
    sources::{Depth, ProcLook, ProcessSource},
};

/// Younger processes are read anew: a shell may still become the agent by `exec`. Whole seconds.
const YOUNG: TimeDelta = TimeDelta::seconds(6);

/// A process and what is kept of it between looks.
#[derive(Debug)]
struct Row {
    proc: Arc<Proc>,
    kind: Kind,
    meter: Meter,
}

/// The process table as `sysinfo` shows it.
#[derive(Debug)]
pub struct PortableProcs {
    system: Option<System>,
    marks: CpuMarks,
    rows: BTreeMap<u32, Row>,
}

impl PortableProcs {
    /// Opening never fails; where `sysinfo` knows nothing each look says so.
    pub fn new(marks: CpuMarks) -> Self {
        Self { system: System::new().ok(), marks, rows: BTreeMap::new() }
    }
}

impl ProcessSource for PortableProcs {
    fn look(&mut self, now: DateTime<Utc>, depth: Depth) -> ProcLook {
        let Some(system) = &mut self.system else { return unreadable() };
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, facts(UpdateKind::OnlyIfNotSet));
        let again: Vec<Pid> = system
            .processes()
            .iter()
            .filter(|(pid, process)| {
                // New ones were read just now.
                self.rows.get(&pid.as_u32()).is_some_and(|row| {
                    let may_differ = depth == Depth::Sweep && row.kind == Kind::Seed;
                    may_differ || now - started(process, now) < YOUNG
                })
            })
            .map(|(pid, _)| *pid)
            .collect();
        system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&again),
            true,
            facts(UpdateKind::Always).without_cpu(),
        );
        if system.processes().is_empty() {
            self.rows.clear();
            return unreadable();
        }
        let mut rows = BTreeMap::new();
        for (pid, process) in system.processes() {
            if process.thread_kind().is_some() {
                continue;
            }
            let old = self.rows.remove(&pid.as_u32());
            rows.insert(pid.as_u32(), row(process, old, now, self.marks));
        }
        self.rows = rows;
        let nodes: Vec<Node> = self.rows.values().map(Row::node).collect();
        let matters = relevance::relevant(&nodes);
        let procs = self.rows.values().zip(matters).filter(|(_, matters)| *matters);
        ProcLook {
            procs: procs.map(|(row, _)| Arc::clone(&row.proc)).collect(),
            known: true,
            faults: Vec::new(),
        }
    }
}

impl Row {
    fn node(&self) -> Node {
        let reaper = table::adopts(self.proc.id.pid, &self.proc.name);
        Node { id: self.proc.id, ppid: self.proc.ppid, kind: self.kind, reaper }
    }
}

fn facts(details: UpdateKind) -> ProcessRefreshKind {
    ProcessRefreshKind::nothing()
        .without_tasks()
        .with_cpu()
        .with_memory()
        .with_user(UpdateKind::OnlyIfNotSet)
        .with_cmd(details)
        .with_environ(details)
        .with_cwd(details)
}

fn unreadable() -> ProcLook {
    let message = "the process table cannot be read on this system (no /proc, or a sandbox forbids it); run \
                   goosetop outside of the sandbox";
    let fault = Fault { source: "processes".to_owned(), message: message.to_owned() };
    ProcLook { faults: vec![fault], ..ProcLook::default() }
}

fn row(process: &Process, old: Option<Row>, now: DateTime<Utc>, marks: CpuMarks) -> Row {
    let id = ProcId { pid: process.pid().as_u32(), start: process.start_time() };
    let old = old.filter(|row| row.proc.id == id);
    let total_ms = process.accumulated_cpu_time();
    let meter = match &old {
        None => Meter::new(now, total_ms, 0),
        Some(row) => {
            let mut meter = row.meter;
            meter.observe(now, total_ms, 0, marks);
            meter
        }
    };
    let proc = describe(process, id, &meter, now);
    let kind = relevance::kind(&proc.name, &proc.argv, proc.marker());
    let proc = match old {
        Some(row) if *row.proc == proc => row.proc,
        _ => Arc::new(proc),
    };
    Row { proc, kind, meter }
}

fn describe(process: &Process, id: ProcId, meter: &Meter, now: DateTime<Utc>) -> Proc {
    let entries = process.environ();
    Proc {
        id,
        ppid: process.parent().map_or(0, Pid::as_u32),
        uid: uid(process),
        pgid: None,
        sid: process.session_id().map(Pid::as_u32).filter(|sid| *sid > 0),
        has_tty: None,
        state: state(process.status()),
        name: text::line_from_bytes(process.name().as_encoded_bytes()),
        argv: process.cmd().iter().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        cwd: process.cwd().map(PathBuf::from),
        started_at: started(process, now),
        rss_bytes: Some(process.memory()),
        cpu: meter.cpu(),
        // An empty environment and a refused one look the same here: unknown.
        env: (!entries.is_empty())
            .then(|| environ::settled(environ::kept(entries.iter().map(AsRef::as_ref)))),
        files: None,
    }
}

fn started(process: &Process, now: DateTime<Utc>) -> DateTime<Utc> {
    i64::try_from(process.start_time()).ok().and_then(|s| DateTime::from_timestamp(s, 0)).unwrap_or(now)
}

#[cfg(unix)]
fn uid(process: &Process) -> Option<u32> {
    process.user_id().map(|uid| **uid)
}

#[cfg(not(unix))]
fn uid(_: &Process) -> Option<u32> {
    None
}

fn state(status: ProcessStatus) -> ProcState {
    match status {
        ProcessStatus::Run | ProcessStatus::Waking => ProcState::Running,
        ProcessStatus::Sleep | ProcessStatus::Idle | ProcessStatus::Parked => ProcState::Sleeping,
        ProcessStatus::UninterruptibleDiskSleep | ProcessStatus::LockBlocked => ProcState::Unkillable,
        ProcessStatus::Stop | ProcessStatus::Tracing | ProcessStatus::Suspended => ProcState::Stopped,
        ProcessStatus::Zombie | ProcessStatus::Dead => ProcState::Zombie,
        _ => ProcState::Other('?'),
    }
}
