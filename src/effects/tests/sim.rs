//! A machine in which anything can happen between two calls.

use std::{sync::Arc, time::Duration};

use chrono::DateTime;

use crate::{
    domain::process::{Cpu, Proc, ProcEnv, ProcId, ProcState},
    effects::{
        Signal,
        kernel::{Identity, Kernel, OpenError, SendError},
    },
};

/// How a process takes signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temper {
    /// Ends at TERM and leaves a zombie for a moment.
    #[default]
    Meek,
    /// Ends at KILL only.
    Deaf,
    /// Ends at nothing: an uninterruptible wait.
    Stuck,
    /// Every signal is refused.
    Foreign,
    /// Starts a child whenever it is looked at, unless it is stopped.
    Breeder,
}

/// A process of this machine, dead ones too.
#[derive(Clone, Debug)]
pub struct Body {
    pub id: ProcId,
    pub ppid: u32,
    pub uid: u32,
    pub argv: Vec<String>,
    pub marker: Option<String>,
    pub temper: Temper,
    pub alive: bool,
    /// Dead, not yet collected.
    pub zombie: bool,
    pub stopped: bool,
    /// Got its number from another: nothing may ever reach it.
    pub stranger: bool,
    pub signals: Vec<Signal>,
}

/// The machine. A handle is a place in `bodies`: one life, whatever happens to its number.
#[derive(Default)]
pub struct Sim {
    pub bodies: Vec<Body>,
    /// One in so many calls, somebody ends and a stranger gets the number; 0 for never.
    pub chaos: u64,
    pub seed: u64,
    pub elapsed: Duration,
    pub tick: u64,
}

impl Sim {
    pub fn with(bodies: Vec<Body>) -> Self {
        Self { bodies, tick: 10_000, ..Self::default() }
    }

    fn random(&mut self) -> u64 {
        // xorshift64
        let mut x = self.seed | 1;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.seed = x;
        x >> 8
    }

    fn upset(&mut self) {
        if self.chaos == 0 || !self.random().is_multiple_of(self.chaos) {
            return;
        }
        let victim = (self.random() % self.bodies.len() as u64) as usize;
        if self.bodies[victim].stranger || !(self.bodies[victim].alive || self.bodies[victim].zombie) {
            return;
        }
        self.bodies[victim].alive = false;
        self.bodies[victim].zombie = false;
        let pid = self.bodies[victim].id.pid;
        self.tick += 1;
        let id = ProcId { pid, start: self.tick };
        self.bodies.push(Body { stranger: true, ..body(id, 1, "vim", None) });
    }

    fn at(&self, pid: u32) -> Option<usize> {
        self.bodies.iter().position(|b| b.id.pid == pid && (b.alive || b.zombie))
    }

    fn breed(&mut self) {
        for parent in self.bodies.clone() {
            if parent.temper == Temper::Breeder && parent.alive && !parent.stopped {
                self.tick += 1;
                let id = ProcId { pid: self.tick as u32, start: self.tick };
                self.bodies.push(body(id, parent.id.pid, "sleep 1", None));
            }
        }
    }
}

pub fn body(id: ProcId, ppid: u32, line: &str, marker: Option<&str>) -> Body {
    Body {
        id,
        ppid,
        uid: 1000,
        argv: line.split(' ').map(str::to_owned).collect(),
        marker: marker.map(str::to_owned),
        temper: Temper::Meek,
        alive: true,
        zombie: false,
        stopped: false,
        stranger: false,
        signals: Vec::new(),
    }
}

impl Kernel for Sim {
    type Handle = usize;

    fn open(&mut self, pid: u32) -> Result<usize, OpenError> {
        self.upset();
        let found = self.at(pid).ok_or(OpenError::Gone);
        self.upset();
        found
    }

    fn identity(&mut self, pid: u32) -> Option<Identity> {
        self.upset();
        let found = self.at(pid).map(|at| &self.bodies[at]);
        found.map(|b| Identity { start: b.id.start, uid: Some(b.uid) })
    }

    fn send(&mut self, handle: &usize, signal: Signal) -> Result<(), SendError> {
        self.upset();
        let body = &mut self.bodies[*handle];
        if body.temper == Temper::Foreign {
            return Err(SendError::Denied);
        }
        if !body.alive {
            return if body.zombie { Ok(()) } else { Err(SendError::Gone) };
        }
        body.signals.push(signal);
        match (signal, body.temper) {
            (Signal::Stop, _) => body.stopped = true,
            (Signal::Cont, _) => body.stopped = false,
            (Signal::Term, Temper::Meek) if !body.stopped => (body.alive, body.zombie) = (false, true),
            (Signal::Kill, temper) if temper != Temper::Stuck => (body.alive, body.zombie) = (false, true),
            _ => {}
        }
        if !body.alive {
            let pid = body.id.pid;
            for child in self.bodies.iter_mut().filter(|b| b.ppid == pid) {
                child.ppid = 1;
            }
        }
        Ok(())
    }

    fn ended(&mut self, handles: &[&usize], within: Duration) -> Vec<bool> {
        self.upset();
        let ended: Vec<bool> = handles.iter().map(|h| !self.bodies[**h].alive).collect();
        if !ended.contains(&true) {
            self.elapsed += within;
        }
        ended
    }

    fn table(&mut self, uid: u32) -> Option<Vec<Arc<Proc>>> {
        self.upset();
        self.breed();
        let mut procs: Vec<Arc<Proc>> = self
            .bodies
            .iter()
            .filter(|b| b.alive || b.zombie)
            .map(|b| {
                let state = match (b.zombie, b.temper) {
                    (true, _) => ProcState::Zombie,
                    (false, Temper::Stuck) => ProcState::Unkillable,
                    _ => ProcState::Sleeping,
                };
                let env = ProcEnv { session_marker: b.marker.clone(), ..ProcEnv::default() };
                Arc::new(Proc {
                    id: b.id,
                    ppid: b.ppid,
                    uid: Some(b.uid),
                    pgid: Some(b.id.pid),
                    sid: Some(1),
                    has_tty: Some(false),
                    state,
                    name: b.argv[0].clone(),
                    argv: b.argv.clone(),
                    cwd: None,
                    started_at: DateTime::UNIX_EPOCH,
                    rss_bytes: None,
                    cpu: Cpu::default(),
                    env: (b.uid == uid).then_some(env),
                    files: None,
                })
            })
            .collect();
        procs.sort_by_key(|p| p.id.pid);
        Some(procs)
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
