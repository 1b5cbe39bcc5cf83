//! Every way to know one thing less: what was read before is not readable now. The world itself stays as
//! it is; a process that ended or a row that was deleted would be another world, not a lost sign. Nor are
//! arguments lost: everyone may read them, and without them a process is not known to be a goose.
//!
//! What a store says of one session is that session's sign alone: unread, it frees a goose that was tied
//! to it for a guess elsewhere, and a weak guess makes an owner.

use std::sync::Arc;

use goosetop::domain::{
    process::{Proc, Terminal},
    session::{Session, SessionKey, Tail},
    snapshot::{Snapshot, StoreState},
};

/// The same moment with one sign or one source less.
pub struct Loss {
    /// Which.
    pub what: String,
    /// The session it is a sign of, where it is one's alone.
    pub of: Option<SessionKey>,
    /// What is left.
    pub blind: Snapshot,
}

/// All of them.
pub fn of(whole: &Snapshot) -> Vec<Loss> {
    let mut all = Vec::new();
    let mut lose_of = |what: String, of: Option<SessionKey>, lose: &dyn Fn(&mut Snapshot)| {
        let mut blind = whole.clone();
        lose(&mut blind);
        all.push(Loss { what, of, blind });
    };
    for (at, session) in whole.stores[0].sessions.iter().enumerate() {
        for (sign, lose) in OF_SESSION {
            let key = Some(session.key.clone());
            lose_of(format!("{sign} of {}", session.key.id), key, &|s| {
                let mut sessions = (*s.stores[0].sessions).clone();
                lose(Arc::make_mut(&mut sessions[at]));
                s.stores[0].sessions = Arc::new(sessions);
            });
        }
    }
    let mut without = |what: String, lose: &dyn Fn(&mut Snapshot)| lose_of(what, None, lose);
    without("the process table".into(), &|s| {
        s.procs.clear();
        s.procs_known = false;
    });
    without("the table being whole".into(), &|s| s.procs_known = false);
    without("the store".into(), &|s| {
        s.stores[0].state = StoreState::Locked;
        s.stores[0].as_of = None;
    });
    without("agents' logs".into(), &|s| s.agent_starts.clear());
    without("a fault".into(), &|s| drop(s.faults.pop()));
    for (at, proc) in whole.procs.iter().enumerate() {
        for (sign, lose) in OF_PROCESS {
            without(format!("{sign} of {}", proc.id.pid), &|s| lose(Arc::make_mut(&mut s.procs[at])));
        }
        // Whoever may not read a process may not read what it started either.
        let tree = below(whole, proc.id.pid);
        for (sign, lose) in OF_TREE {
            without(format!("{sign} of {} and below", proc.id.pid), &|s| {
                let hit = s.procs.iter_mut().filter(|p| tree.contains(&p.id.pid));
                hit.for_each(|p| lose(Arc::make_mut(p)));
            });
        }
    }
    all
}

type Lose<T> = (&'static str, fn(&mut T));

const OF_PROCESS: [Lose<Proc>; 7] = [
    ("directory", |p| p.cwd = None),
    ("open files", |p| p.files = None),
    ("model calls", |p| {
        if let Some(files) = &mut p.files {
            files.model_calls.clear();
        }
    }),
    ("terminal", |p| {
        if let Some(files) = &mut p.files {
            files.terminal = Terminal::None;
        }
    }),
    ("terminal's mode", |p| {
        if let Some(files) = &mut p.files {
            files.reads_keys = None;
        }
    }),
    ("processor use", |p| {
        p.cpu.percent = None;
        p.cpu.busy_at = None;
        p.cpu.hot_since = None;
    }),
    ("group and session", |p| {
        p.pgid = None;
        p.sid = None;
    }),
];

const OF_TREE: [Lose<Proc>; 2] = [
    ("environment", |p| p.env = None),
    ("everything that its user may read", |p| {
        p.env = None;
        p.cwd = None;
        p.files = None;
    }),
];

/// A process and everything under it.
fn below(whole: &Snapshot, root: u32) -> Vec<u32> {
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(&parent) = tree.get(at) {
        for proc in whole.procs.iter().filter(|p| p.ppid == parent) {
            if !tree.contains(&proc.id.pid) {
                tree.push(proc.id.pid);
            }
        }
        at += 1;
    }
    tree
}

const OF_SESSION: [Lose<Session>; 6] = [
    ("the conversation", |s| s.tail = None),
    ("the newest message", |s| of_tail(s, |tail| drop(tail.messages.pop()))),
    ("model calls", |s| of_tail(s, |tail| tail.ledger.clear())),
    ("the time of its newest row", |s| s.updated_at = None),
    ("all its times", |s| {
        s.updated_at = None;
        s.created_at = None;
        s.tail = None;
    }),
    ("its directory", |s| s.working_dir = std::path::PathBuf::new()),
];

fn of_tail(session: &mut Session, lose: fn(&mut Tail)) {
    if let Some(tail) = &mut session.tail {
        lose(Arc::make_mut(tail));
    }
}
