//! One process as it is kept between looks.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::{
        CpuMarks,
        meter::Meter,
        relevance::{self, Kind, Node},
    },
    files,
};
use crate::{
    domain::{
        link::table,
        process::{Proc, ProcEnv, ProcId, ProcState},
        text,
    },
    procfs::{detail, root::Root, stat::Stat},
    sources::Depth,
};

/// What turns the kernel's numbers into ours at one look.
#[derive(Clone, Copy, Debug)]
pub struct Units {
    now: DateTime<Utc>,
    /// Boot as wall time, worked out anew at each look because the wall clock is set now and then.
    boot: DateTime<Utc>,
    ticks_per_second: u64,
    page_bytes: u64,
}

impl Units {
    /// Asks for the time since boot: of the running system its clock (a container may see a made-up
    /// `uptime` file), of a copy that file.
    pub fn now(root: &Root, real: bool, now: DateTime<Utc>) -> Self {
        let since_boot = if real { boot_clock() } else { uptime(root) };
        Self {
            now,
            boot: now.checked_sub_signed(since_boot.unwrap_or_default()).unwrap_or(now),
            ticks_per_second: rustix::param::clock_ticks_per_second().max(1),
            page_bytes: rustix::param::page_size() as u64,
        }
    }

    fn millis(&self, ticks: u64) -> u64 {
        // 128 bits: a hostile tree may hold any number.
        let ms = u128::from(ticks) * 1000 / u128::from(self.ticks_per_second);
        u64::try_from(ms).unwrap_or(u64::MAX)
    }

    fn wall(&self, ticks: u64) -> DateTime<Utc> {
        i64::try_from(self.millis(ticks))
            .ok()
            .and_then(TimeDelta::try_milliseconds)
            .and_then(|since_boot| self.boot.checked_add_signed(since_boot))
            .unwrap_or(self.now)
    }
}

fn boot_clock() -> Option<TimeDelta> {
    let at = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    TimeDelta::new(at.tv_sec, u32::try_from(at.tv_nsec).ok()?)
}

fn uptime(root: &Root) -> Option<TimeDelta> {
    let mut buf = [0; 128];
    let text = std::str::from_utf8(root.read_system("uptime", &mut buf).ok()?).ok()?;
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    TimeDelta::try_milliseconds((seconds * 1000.0) as i64)
}

/// A process and what is needed to notice that it changed.
#[derive(Debug)]
pub struct Row {
    /// What is handed out; replaced only when something in it changed.
    pub proc: Arc<Proc>,
    /// What it is by itself.
    pub kind: Kind,
    /// In the answer of the last look.
    pub relevant: bool,
    /// The look that read it last.
    pub seen: u64,
    comm: Box<[u8]>,
    image: [u64; 3],
    closed_up: bool,
    in_front: bool,
    meter: Meter,
}

impl Row {
    /// Reads what is read once.
    pub fn new(root: &Root, pid: u32, stat: &Stat<'_>, units: &Units) -> Self {
        let meter = Meter::new(units.now, units.millis(stat.own_ticks), units.millis(stat.reaped_ticks));
        let proc = Proc {
            id: ProcId { pid, start: stat.start },
            ppid: stat.ppid,
            uid: None,
            pgid: stat.pgid,
            sid: stat.sid,
            has_tty: Some(stat.has_tty),
            state: ProcState::from_letter(stat.state),
            name: String::new(),
            argv: Vec::new(),
            cwd: None,
            started_at: units.wall(stat.start),
            rss_bytes: Some(stat.rss_pages.saturating_mul(units.page_bytes)),
            cpu: meter.cpu(),
            env: None,
            files: None,
        };
        let mut row = Self {
            proc: Arc::new(proc),
            kind: if stat.kernel { Kind::Kernel } else { Kind::Other },
            relevant: false,
            seen: 0,
            comm: Box::default(),
            image: [0; 3],
            closed_up: false,
            in_front: stat.in_front,
            meter,
        };
        row.read_details(root, stat);
        row
    }

    /// The same process, though it may run another program by now.
    pub fn is_same(&self, stat: &Stat<'_>) -> bool {
        self.proc.id.start == stat.start
    }

    /// Itself as far as relations go.
    pub fn node(&self) -> Node {
        let reaper = table::adopts(self.proc.id.pid, &self.proc.name);
        Node { id: self.proc.id, ppid: self.proc.ppid, kind: self.kind, reaper }
    }

    /// Another look at the same process.
    pub fn update(&mut self, root: &Root, stat: &Stat<'_>, units: &Units, marks: CpuMarks) {
        self.meter.observe(units.now, units.millis(stat.own_ticks), units.millis(stat.reaped_ticks), marks);
        let state = ProcState::from_letter(stat.state);
        self.in_front = stat.in_front;
        self.meter.waits(units.now, state == ProcState::Unkillable);
        let rss_bytes = Some(stat.rss_pages.saturating_mul(units.page_bytes));
        let cpu = self.meter.cpu();
        let was = &*self.proc;
        let numbers = (stat.ppid, stat.pgid, stat.sid, Some(stat.has_tty), state, rss_bytes, cpu);
        if numbers != (was.ppid, was.pgid, was.sid, was.has_tty, was.state, was.rss_bytes, was.cpu) {
            let proc = Arc::make_mut(&mut self.proc);
            (proc.ppid, proc.pgid, proc.sid, proc.has_tty, proc.state, proc.rss_bytes, proc.cpu) = numbers;
        }
        // A zombie has no arguments any more; what was known of it stays.
        if !self.proc.is_zombie() && (*self.comm != *stat.comm || self.image != stat.image) {
            self.read_details(root, stat);
        }
    }

    /// Arguments and variables, at first sight and whenever another program is run.
    fn read_details(&mut self, root: &Root, stat: &Stat<'_>) {
        self.comm = stat.comm.into();
        self.image = stat.image;
        self.closed_up = false;
        let proc = Arc::make_mut(&mut self.proc);
        proc.name = text::line_from_bytes(stat.comm);
        if self.kind == Kind::Kernel {
            return;
        }
        if !proc.is_zombie() {
            proc.argv = detail::argv(root, proc.id.pid);
            proc.env = detail::env(root, proc.id.pid);
        }
        let marker = proc.env.as_ref().and_then(|env: &ProcEnv| env.session_marker.as_deref());
        self.kind = relevance::kind(&proc.name, &proc.argv, marker);
    }

    /// What is read of relevant processes only: user and directory once, again in each sweep (both
    /// can change), open files at every look of the few whose files tell something.
    pub fn close_up(&mut self, root: &Root, depth: Depth, holds_carriers: bool) {
        let pid = self.proc.id.pid;
        let (mut uid, mut cwd) = (self.proc.uid, self.proc.cwd.clone());
        if !self.closed_up || depth == Depth::Sweep {
            self.closed_up = true;
            uid = detail::uid(root, pid).or(uid);
            if !self.proc.is_zombie() {
                cwd = detail::cwd(root, pid);
            }
        }
        let tells = holds_carriers || relevance::tells_by_files(&self.proc);
        let files =
            if tells && !self.proc.is_zombie() { files::look(root, pid, self.in_front) } else { None };
        if (uid, &cwd, &files) != (self.proc.uid, &self.proc.cwd, &self.proc.files) {
            let proc = Arc::make_mut(&mut self.proc);
            (proc.uid, proc.cwd, proc.files) = (uid, cwd, files);
        }
    }
}
