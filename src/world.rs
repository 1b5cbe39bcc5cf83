//! The one place that assembles the real world: stores, process table, host, clock, limits.
//!
//! Invariant: nothing is opened before the first look, and a look never writes.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use crate::{
    clock::{Clock, SystemClock},
    config::{Config, env::Env, paths},
    domain::{
        board::{Board, Options, assess},
        health::thresholds::Thresholds,
        insights::{Insights, Wish},
        plan::Terms,
        process::Proc,
        session::SessionKey,
        snapshot::Snapshot,
        transcript::{ReadError, Searched, Transcript, Wanted},
    },
    effects::{self, Executor, audit::Who},
    sources::{
        Depth, SessionSource,
        goose_db::GooseDb,
        insights::{self, Hear},
        procs::{self, CpuMarks, Only},
        search, transcript,
        world::Sources,
    },
};

/// Between the two looks of a one-shot command, when a verdict hangs on processor use: long enough
/// for a share of a core to be told from an accident.
const SECOND_LOOK_AFTER: Duration = Duration::from_millis(700);

/// Which processes are looked at; `None` for all.
pub type Keep = Box<dyn Fn(&Proc) -> bool + Send>;

/// Opens a conversation; what the engine's reader wants.
pub type Opener = Box<dyn Fn(&SessionKey) -> Result<Box<dyn Transcript>, ReadError> + Send + Sync>;

/// Searches one store, by its place; what the engine's searcher wants.
pub type Seek = Box<
    dyn Fn(usize, &Wanted, &AtomicBool, &mut dyn FnMut(search::Event)) -> Result<Searched, ReadError> + Send,
>;

/// Judges a snapshot by the configured limits.
pub type Judge = Box<dyn Fn(Snapshot) -> Board + Send>;

/// Everything outside, opened once.
pub struct World {
    sources: Sources,
    limits: Thresholds,
    clock: Arc<dyn Clock>,
}

impl World {
    /// The stores and the process table that the configuration names.
    pub fn real(config: &Config) -> Self {
        Self::of(config, None)
    }

    /// The same, without the processes that `keep` turns down.
    pub fn of(config: &Config, keep: Option<Keep>) -> Self {
        let marks = CpuMarks { hot_percent: config.health.spinning_cpu, ..CpuMarks::default() };
        let processes = procs::open(marks);
        let processes = match keep {
            Some(keep) => Box::new(Only::new(processes, keep)),
            None => processes,
        };
        let legacy = config.store.legacy;
        let sessions = config.store.databases.iter().enumerate().map(|(place, path)| {
            let source = GooseDb::new(comparable(path), place, legacy);
            Box::new(source) as Box<dyn SessionSource>
        });
        Self {
            sources: Sources {
                sessions: sessions.collect(),
                processes,
                host: procs::host(),
                viewer: procs::viewer(),
                endings: Box::new(Arc::default),
                recent_within: config.health.interrupted_within,
            },
            limits: config.health.clone(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Reads in goosetop's own audit log whose owner it has ended: what was ordered is no alarm.
    #[must_use]
    pub fn remembering(mut self, env: &Env) -> Self {
        let mut endings = effects::audit::Endings::of(Self::audit_log(env));
        self.sources.endings = Box::new(move || endings.look());
        self
    }

    /// Looks once, and judges. `all` reads the history's conversations too.
    pub fn board(&mut self, all: bool) -> Board {
        self.judged(&[], all)
    }

    /// Looks once, closely at these sessions too.
    pub fn closer(&mut self, pinned: &[SessionKey]) -> Board {
        self.judged(pinned, true)
    }

    fn judged(&mut self, pinned: &[SessionKey], all: bool) -> Board {
        let read_all = all && pinned.is_empty();
        let mut snapshot = self.sources.look(self.clock.now(), Depth::Sweep, pinned, read_all);
        let mut board = assess(&snapshot, &self.limits, Options { all });
        if board.needs_second_look {
            std::thread::sleep(SECOND_LOOK_AFTER);
            snapshot = self.sources.look(self.clock.now(), Depth::Sweep, pinned, read_all);
            board = assess(&snapshot, &self.limits, Options { all });
        }
        board
    }

    /// What an engine needs: the sources, and the judge that knows the limits.
    pub fn into_parts(self, all: bool) -> (Sources, Judge, Arc<dyn Clock>) {
        let limits = self.limits;
        let judge = move |snapshot| assess(&snapshot, &limits, Options { all });
        (self.sources, Box::new(judge), self.clock)
    }

    /// The rules an action plays by here and now.
    pub fn terms(config: &Config, reason: Option<String>) -> Terms {
        let actions = &config.actions;
        let (viewer, ancestors) = effects::terms_of_viewer();
        Terms {
            read_only: actions.read_only,
            include_attached: actions.include_attached,
            protect: actions.protect.clone(),
            grace: actions.grace,
            viewer,
            ancestors,
            reason,
        }
    }

    /// Opens the conversations of the stores that the configuration names.
    pub fn opener(config: &Config) -> Opener {
        let stores = Self::stores(config);
        let legacy = config.store.legacy;
        Box::new(move |key| {
            let store = stores.get(key.store).ok_or_else(|| ReadError::NoSession(key.id.to_string()))?;
            transcript::open_in(store, &key.id, legacy)
        })
    }

    /// Searches the conversations of the stores that the configuration names.
    pub fn seek(config: &Config) -> Seek {
        let stores = Self::stores(config);
        let legacy = config.store.legacy;
        Box::new(move |place, wanted, cancel, tell| {
            let Some(path) = stores.get(place) else { return Ok(Searched::default()) };
            let one = [search::Store { path, legacy }];
            let searched = search::run_all(&one, wanted, cancel, &mut |_, event| tell(event))?;
            searched.into_iter().next().unwrap_or_else(|| Ok(Searched::default()))
        })
    }

    /// Who runs plans made of this board, and writes them down; `None` where processes cannot be held
    /// while they are asked who they are.
    pub fn executor(env: &Env, board: &Board) -> Option<Box<dyn Executor>> {
        let stores = board.stores.iter().map(|store| store.path.clone()).collect();
        Self::executor_on(stores, Self::audit_log(env), Self::who(env, &board.host))
    }

    /// The same for boards that are still to come.
    pub fn executor_for(env: &Env, config: &Config) -> Option<Box<dyn Executor>> {
        Self::executor_on(Self::stores(config), Self::audit_log(env), Self::who(env, &procs::host()))
    }

    /// The same in another name: what acts by itself is not the person whose environment it has.
    pub fn executor_as(user: &str, env: &Env, config: &Config) -> Option<Box<dyn Executor>> {
        let who = Who { user: user.to_owned(), ..Self::who(env, &procs::host()) };
        Self::executor_on(Self::stores(config), Self::audit_log(env), who)
    }

    /// The files by which those who act by themselves on these stores know of each other, in one order;
    /// `None` where the environment names no home.
    pub fn watch_locks(env: &Env, config: &Config) -> Option<Vec<PathBuf>> {
        let host = procs::host();
        let mut locks: Vec<PathBuf> = Self::stores(config)
            .iter()
            .map(|store| paths::watch_lock(env, &host, store))
            .collect::<Option<_>>()?;
        locks.sort();
        locks.dedup();
        Some(locks)
    }

    fn stores(config: &Config) -> Vec<PathBuf> {
        config.store.databases.iter().map(|path| comparable(path)).collect()
    }

    #[cfg_attr(target_os = "linux", expect(clippy::unnecessary_wraps, reason = "other systems have none"))]
    fn executor_on(stores: Vec<PathBuf>, audit: Option<PathBuf>, who: Who) -> Option<Box<dyn Executor>> {
        let settings = effects::Settings { stores, audit, who, clock: Arc::new(SystemClock) };
        #[cfg(target_os = "linux")]
        return Some(Box::new(effects::RealExecutor::system(settings)));
        #[cfg(not(target_os = "linux"))]
        return Some(settings).and(None);
    }

    /// Who acts, for the audit log.
    pub fn who(env: &Env, host: &str) -> Who {
        Who::of(procs::viewer().uid, host, |name| env.text(name).map(str::to_owned))
    }

    /// Where actions are written down; `None` where the environment names no home.
    pub fn audit_log(env: &Env) -> Option<PathBuf> {
        Some(paths::state_dir(env)?.join("audit.jsonl"))
    }

    /// What the stores tell about the past, read on the caller's thread.
    pub fn insights(env: &Env, config: &Config, wish: Wish, hear: Hear<'_>) -> Insights {
        let stores = Self::stores(config);
        insights::read(&stores, paths::logs_beside(env, &stores).as_deref(), wish, hear)
    }

    /// Version of the SQLite that is linked in.
    pub fn sqlite_version() -> &'static str {
        crate::sources::goose_db::sqlite_version()
    }
}

/// Open files are known by their real path, so a store is too. The folder decides: the database
/// itself may not exist yet, or be a link that goose replaces.
fn comparable(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        let folder = path.parent().and_then(|p| p.canonicalize().ok());
        folder.zip(path.file_name()).map_or_else(|| path.to_owned(), |(f, name)| f.join(name))
    })
}
