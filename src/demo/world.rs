//! The world as one value: building it makes everything, dropping it ends everything.

use std::{
    collections::HashSet,
    fs, io,
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::domain::{process::Proc, role};

use super::{
    Error, Result, animate, cast, guard, history,
    os::{self, Mark, wait_until},
    part::{ALIVE, Act, Input, Orders, database},
    script, store,
};

/// How long all stand-ins together may take to come up.
const UP: Duration = Duration::from_secs(20);

/// How often ended stand-ins are collected, as a shell would collect them.
const COLLECT_EVERY: Duration = Duration::from_millis(100);

/// A throw-away world. Dropping it ends its processes and removes its folder.
#[derive(Debug)]
pub struct World {
    root: PathBuf,
    mover: animate::Mover,
    troupe: Arc<Mutex<Vec<Goose>>>,
    guard: Option<Child>,
    terminals: Vec<OwnedFd>,
    threads: Vec<Background>,
}

/// A stand-in that we started, and the session it alone drives.
#[derive(Debug)]
struct Goose {
    child: Child,
    session: Option<&'static str>,
}

/// A thread that stops when its sender goes.
#[derive(Debug)]
struct Background {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl World {
    /// Builds the world as of `now`; its stand-ins are `program` started again, which must call
    /// [`super::stand_in::run_if_asked`] first. Leftovers of demos that were killed go first.
    pub fn build(now: DateTime<Utc>, program: &Path) -> Result<Self> {
        Self::cleanup_stale();
        let base = std::env::temp_dir();
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Folder { path, source }
        };
        // Working directories are compared with what the process table says, which knows no links.
        let base = base.canonicalize().map_err(at(&base))?;
        let viewer =
            Mark::own().ok_or_else(|| at(&base)(io::Error::other("the process table cannot be read")))?;
        let root = make_root(&base, viewer.pid).map_err(at(&base))?;
        let mover = animate::Mover { db: database(&root), session: String::new() };
        let mut world = Self {
            root,
            mover,
            troupe: Arc::default(),
            guard: None,
            terminals: Vec::new(),
            threads: Vec::new(),
        };
        // From here on an early return drops `world`, which clears away what there is.
        let orders =
            Orders { root: world.root.clone(), viewer, program: program.to_owned(), act: Act::Guard };
        let scenes: Vec<_> = script::scenes().into_iter().chain(history::scenes()).collect();
        world.furnish(&orders, scenes.iter().map(|s| s.dir)).map_err(at(&world.root))?;
        let start = |source| Error::Start { program: program.to_owned(), source };
        world.guard = Some(orders.start_guard().map_err(start)?);
        let ids = store::number(&scenes, now);
        let db = world.db_path();
        store::write(&db, &world.root, &scenes, &ids, now)
            .map_err(|source| Error::Store { path: db, source })?;
        world.mover.session = ids.get(script::MOVING).cloned().unwrap_or_default();
        world.populate(&orders, cast::roles(&world.root, &scenes, &ids), program)?;
        let db = world.db_path();
        store::begin(&db, script::NEW).map_err(|source| Error::Store { path: db, source })?;
        Ok(world)
    }

    /// The session store.
    pub fn db_path(&self) -> PathBuf {
        database(&self.root)
    }

    /// The folder that holds everything; `GOOSE_PATH_ROOT` of the stand-ins.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where state is kept inside the world: what the viewer writes down about it belongs to it.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// A `goose` to resume sessions with, which says that it is a stand-in.
    pub fn goose(&self) -> PathBuf {
        self.root.join("bin/goose")
    }

    /// Settings that differ from the defaults, as `--set` takes them. A model call cannot be
    /// back-dated, so the limits for a silent one are short here; findings name them as they are.
    pub fn overrides() -> Vec<(&'static str, &'static str)> {
        vec![("health.model_warn", "20s"), ("health.model_stuck", "1m")]
    }

    /// Whether this is a goose, or something a goose started, that is not of the world at `root`.
    /// A demo must neither show nor end a person's real sessions: whoever reads the process table
    /// for it leaves these out, *before* anything is decided, and keeps the rest (a leaked
    /// process is told by its parent, which is no part of any world).
    pub fn is_foreign(root: &Path, proc: &Proc) -> bool {
        let of_goose = role::agent(&proc.argv).is_some() || proc.marker().is_some();
        of_goose && proc.env.as_ref().and_then(|env| env.path_root.as_deref()) != Some(root)
    }

    /// Removes what demos left that were killed together with their guard. Returns how many.
    pub fn cleanup_stale() -> usize {
        std::env::temp_dir().canonicalize().map_or(0, |base| guard::clear_stale(&base))
    }

    /// Adds a round to one session every few seconds, until its goose ends or the world does.
    pub fn animate(&mut self) {
        let (mover, troupe) = (self.mover.clone(), Arc::clone(&self.troupe));
        let mut n = 0;
        self.threads.push(Background::every("demo-moves", animate::EVERY, move || {
            let lives = lock(&troupe).iter().any(|goose| goose.session == Some(script::MOVING));
            // A store that is busy is written to next time; nobody waits for this.
            if lives && mover.add(n).is_ok() {
                n += 1;
            }
        }));
    }

    /// Makes the folders, the sign of life and the `goose` to resume with.
    fn furnish<'a>(&self, orders: &Orders, dirs: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let fixed = ["bin", "scratch", "state/logs", "data/sessions"];
        for dir in dirs.chain(fixed).collect::<HashSet<_>>() {
            fs::create_dir_all(self.root.join(dir))?;
        }
        fs::write(orders.book().join(ALIVE), orders.viewer.start.to_string())?;
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let resume = orders.with(Act::Resume).text()?;
        let script = format!(
            "#!/bin/sh\n# Stands in for goose in goosetop's demo.\nexport {}={}\nexec {} \"$@\"\n",
            super::part::VARIABLE,
            quoted(&resume),
            quoted(&orders.program.to_string_lossy()),
        );
        fs::write(self.goose(), script)?;
        fs::set_permissions(self.goose(), fs::Permissions::from_mode(0o700))
    }

    /// Starts every stand-in and waits until all are up.
    fn populate(&mut self, orders: &Orders, roles: Vec<cast::Role>, program: &Path) -> Result<()> {
        let start = |source| Error::Start { program: program.to_owned(), source };
        let wanted: usize = roles.iter().map(|role| role.part.count()).sum();
        let mut closing = Vec::new();
        for role in roles {
            let input = match role.part.input {
                Input::Null => Stdio::null(),
                Input::Terminal | Input::ClosedTerminal => {
                    let (own, given) = os::terminal().map_err(start)?;
                    let closed = role.part.input == Input::ClosedTerminal;
                    let keep = if closed { &mut closing } else { &mut self.terminals };
                    keep.push(own);
                    given.into()
                }
            };
            let child = orders.start(&role.part, input).map_err(start)?;
            lock(&self.troupe).push(Goose { child, session: role.session });
        }
        let mut up = 0;
        let all = wait_until(UP, || {
            up = guard::marks(&orders.book()).len();
            up >= wanted
        });
        drop(closing);
        let troupe = Arc::clone(&self.troupe);
        collect(&troupe);
        self.threads.push(Background::every("demo-collects", COLLECT_EVERY, move || collect(&troupe)));
        if all { Ok(()) } else { Err(Error::NotUp { up, wanted, program: program.to_owned() }) }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for background in &mut self.threads {
            background.end();
        }
        if let Err(error) = guard::clear(&self.root) {
            tracing::warn!(root = %self.root.display(), %error, "the demo's folder could not be removed");
        }
        wait_until(Duration::from_secs(1), || {
            collect(&self.troupe);
            lock(&self.troupe).is_empty()
        });
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            if !wait_until(Duration::from_secs(1), || matches!(guard.try_wait(), Ok(Some(_)) | Err(_))) {
                let _ = guard.kill();
                let _ = guard.wait();
            }
        }
    }
}

impl Background {
    fn every(name: &str, interval: Duration, mut act: impl FnMut() + Send + 'static) -> Self {
        let (stop, stopped) = mpsc::channel();
        let run = move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                act();
            }
        };
        // Without the thread the demo stands still, which is no reason to fail.
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run).ok();
        Self { stop: Some(stop), thread }
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Takes note of the ended ones, so that they do not stay behind as zombies.
fn collect(troupe: &Mutex<Vec<Goose>>) {
    lock(troupe).retain_mut(|goose| !matches!(goose.child.try_wait(), Ok(Some(_)) | Err(_)));
}

fn lock(troupe: &Mutex<Vec<Goose>>) -> std::sync::MutexGuard<'_, Vec<Goose>> {
    troupe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a folder of our own that nobody else may enter, with the book in it.
fn make_root(base: &Path, pid: u32) -> io::Result<PathBuf> {
    // No name is used twice by one process: whoever clears an old world away must not meet a new one.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let private = || {
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700);
        builder
    };
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = guard::folder(base, pid, number);
        match private().create(&root) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {}
            Err(error) => return Err(error),
            Ok(()) => {
                private().create(root.join(super::part::BOOK))?;
                return Ok(root);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::process::{Cpu, ProcEnv, ProcId, ProcState};

    fn proc(argv: &str, root: Option<&str>, marker: Option<&str>) -> Proc {
        let env = ProcEnv {
            path_root: root.map(PathBuf::from),
            session_marker: marker.map(str::to_owned),
            ..ProcEnv::default()
        };
        Proc {
            id: ProcId { pid: 7, start: 1 },
            ppid: 1,
            uid: None,
            pgid: None,
            sid: None,
            has_tty: None,
            state: ProcState::Sleeping,
            name: String::new(),
            argv: argv.split(' ').map(str::to_owned).collect(),
            cwd: None,
            started_at: DateTime::UNIX_EPOCH,
            rss_bytes: None,
            rss_then: None,
            cpu: Cpu::default(),
            env: Some(env),
            files: None,
        }
    }

    #[test]
    fn a_person_s_own_goose_is_foreign_to_the_demo() {
        let root = Path::new("/tmp/goosetop-demo-7");
        let foreign = |argv, root_of, marker| World::is_foreign(root, &proc(argv, root_of, marker));
        assert!(foreign("goose session", None, None));
        assert!(foreign("goose run -t x", Some("/tmp/goosetop-demo-8"), None));
        assert!(foreign("npm run dev", None, Some("20260101_1")));
        assert!(!foreign("goose session", Some("/tmp/goosetop-demo-7"), None));
        assert!(!foreign("npm run dev", Some("/tmp/goosetop-demo-7"), Some("20260101_1")));
        assert!(!foreign("systemd --user", None, None), "parents are kept");
    }
}
