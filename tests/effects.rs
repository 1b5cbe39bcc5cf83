//! Runs against real processes: trees that this test starts below a stand-in called goose, with a
//! store and a session id of their own, and strangers beside them that must live on.
#![cfg(target_os = "linux")]

use std::{
    collections::BTreeSet,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use goosetop::{
    clock::{Clock, SystemClock},
    domain::{
        board::{Board, Options, ProcRole, assess},
        health::thresholds::Thresholds,
        link::{Evidence, EvidenceKind, Strength},
        plan::{Intent, Plan, Scope, Step, Terms, plan},
        process::{Proc, ProcId},
        session::{Session, SessionId, SessionKey, Tail},
        snapshot::{Snapshot, StoreLook, StoreState},
    },
    effects::{
        Control, Executor, Progress, RealExecutor, Report, Settings, StepOutcome, audit, linux::LinuxKernel,
        terms_of_viewer,
    },
    sources::{
        Depth, ProcessSource,
        procs::{CpuMarks, linux::LinuxProcs},
    },
};

/// Longest wait for something that this test started to get going.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store, a session, and everything started for them.
struct Scene {
    dir: tempfile::TempDir,
    id: String,
    children: Vec<Child>,
}

impl Scene {
    fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().expect("a scene is set");
        fs::create_dir_all(dir.path().join("data/sessions")).expect("a scene is set");
        // A shell that answers to the name of goose: `goose run` executes the script `run`.
        std::os::unix::fs::symlink("/bin/sh", dir.path().join("goose")).expect("a scene is set");
        Self { id: format!("test_{}_{name}", std::process::id()), dir, children: Vec::new() }
    }

    fn store(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("a scene is set").join("data/sessions/sessions.db")
    }

    fn key(&self) -> SessionKey {
        SessionKey { store: 0, id: SessionId::new(self.id.as_str()) }
    }

    /// A goose that runs this script; `$T` starts a command with the session's id, `$D` is the
    /// scratch folder.
    fn goose(&mut self, script: &str) -> u32 {
        let d = self.dir.path();
        fs::write(
            d.join("run"),
            format!("T='env AGENT_SESSION_ID={}'\nD={}\n{script}\n", self.id, d.display()),
        )
        .expect("a scene is set");
        let mut command = Command::new(d.join("goose"));
        command.args(["run", "-t", "x"]);
        self.start(command)
    }

    fn start(&mut self, mut command: Command) -> u32 {
        command
            .env_remove("AGENT_SESSION_ID")
            .env("GOOSE_PATH_ROOT", self.dir.path())
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let child = command.spawn().expect("a scene is set");
        let pid = child.id();
        self.children.push(child);
        pid
    }

    fn stranger(&mut self, marker: Option<&str>) -> u32 {
        let mut command = Command::new("sleep");
        command.arg("300");
        let child = command
            .envs(marker.map(|m| ("AGENT_SESSION_ID", m)))
            .stdin(Stdio::null())
            .spawn()
            .expect("a scene is set");
        let pid = child.id();
        self.children.push(child);
        pid
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Waits until a script has written this file, and reads the number in it.
    fn pid_in(&self, name: &str) -> u32 {
        let path = self.file(name);
        wait(|| fs::read_to_string(&path).ok()?.trim().parse().ok())
    }

    fn procs() -> Vec<Arc<Proc>> {
        LinuxProcs::system(CpuMarks::default()).look(SystemClock.now(), Depth::Sweep).procs
    }

    fn identity_of(pid: u32) -> ProcId {
        let line = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it lives");
        let fields = line.rsplit_once(") ").map(|(_, rest)| rest).expect("a stat line");
        let start = fields.split(' ').nth(19).and_then(|f| f.parse().ok()).expect("a start");
        ProcId { pid, start }
    }

    fn board(&self) -> Board {
        let mut session = Session::bare(self.key());
        session.name = "stand-in".into();
        session.created_at = Some(SystemClock.now());
        session.updated_at = session.created_at;
        session.tail = Some(Arc::new(Tail::default()));
        let store = StoreLook {
            path: self.store(),
            schema: Some(16),
            state: StoreState::Ok,
            detail: String::new(),
            bytes: None,
            wal_bytes: None,
            owner_uid: None,
            as_of: Some(SystemClock.now()),
            sessions: Arc::new(vec![Arc::new(session)]),
        };
        let snapshot = Snapshot {
            taken_at: SystemClock.now(),
            host: "here".into(),
            viewer: terms_of_viewer().0,
            stores: vec![store],
            procs: Self::procs(),
            procs_known: true,
            agent_starts: std::collections::BTreeMap::new(),
            faults: Vec::new(),
            endings: Arc::default(),
        };
        assess(&snapshot, &Thresholds::default(), Options::default())
    }

    /// A plan to end this session, made once the board names `pids` as its processes.
    fn plan(&self, grace: Duration, pids: &[u32]) -> Plan {
        let intent =
            Intent::Terminate { sessions: vec![self.key()], processes: Vec::new(), end_servers: false };
        wait(|| {
            let made = plan(&intent, &self.board(), &terms(grace)).ok()?;
            let steps: BTreeSet<u32> = made.steps.iter().map(|s| s.id.pid).collect();
            pids.iter().all(|p| steps.contains(p)).then_some(made)
        })
    }

    fn executor(&self) -> RealExecutor<LinuxKernel> {
        RealExecutor::system(self.settings())
    }

    fn settings(&self) -> Settings {
        Settings {
            stores: vec![self.store()],
            audit: Some(self.file("state/goosetop/audit.jsonl")),
            who: audit::Who::of(terms_of_viewer().0.uid, "here", |_| None),
            clock: Arc::new(SystemClock),
        }
    }

    fn run(&self, plan: &Plan) -> Report {
        self.executor().run(plan, &Control::default(), &mut |_| ())
    }

    /// Living carriers of this scene's id.
    fn carriers(&self) -> Vec<u32> {
        let mine = |p: &&Arc<Proc>| p.marker() == Some(self.id.as_str()) && !p.is_zombie();
        Self::procs().iter().filter(mine).map(|p| p.id.pid).collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for pid in self.carriers() {
            let _ = rustix::process::kill_process(raw(pid), rustix::process::Signal::KILL);
        }
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn raw(pid: u32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(i32::try_from(pid).expect("a scene is set")).expect("a scene is set")
}

fn terms(grace: Duration) -> Terms {
    let (viewer, ancestors) = terms_of_viewer();
    Terms {
        read_only: false,
        include_attached: false,
        protect: vec!["tmux*".into()],
        grace,
        viewer,
        ancestors,
        reason: Some("a test".into()),
    }
}

/// One step without a session, to be filled in.
fn empty_plan() -> Plan {
    let evidence =
        Evidence { kind: EvidenceKind::Marker, strength: Strength::Certain, detail: "a test".into() };
    let step = Step {
        id: ProcId { pid: 0, start: 0 },
        uid: terms_of_viewer().0.uid,
        started_at: SystemClock.now(),
        command: "sleep".into(),
        rss_bytes: None,
        session: None,
        role: ProcRole::Leaked,
        evidence: vec![evidence],
        depth: 0,
    };
    Plan {
        intent: Intent::CloseAll,
        made_at: SystemClock.now(),
        reason: None,
        grace: Duration::ZERO,
        sessions: Vec::new(),
        steps: vec![step],
        left_alone: Vec::new(),
        faults: Vec::new(),
        never: Vec::new(),
        protect: Vec::new(),
    }
}

fn wait<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn lives(pid: u32) -> bool {
    state(pid).is_some_and(|s| s != 'Z')
}

fn outcome(report: &Report, pid: u32) -> Option<StepOutcome> {
    report.steps.iter().find(|s| s.step.id.pid == pid).map(|s| s.outcome)
}

const NOBODY: [u32; 0] = [];

const SOON: Duration = Duration::from_millis(300);

#[test]
fn a_plain_tree_ends_with_term_and_strangers_live() {
    let mut scene = Scene::new("plain");
    let stranger = scene.stranger(None);
    let unknown = scene.stranger(Some("no_store_knows_this"));
    let goose = scene.goose("$T sh -c 'echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; sleep 300' $D & wait");
    let tool = scene.pid_in("tool");
    let plan = scene.plan(PATIENCE, &[goose, tool]);
    let report = scene.run(&plan);
    assert_eq!(report.failed(), 0, "{report:#?}");
    assert_eq!(report.sessions_closed(), 1);
    assert_eq!(outcome(&report, goose), Some(StepOutcome::Exited));
    assert_eq!(outcome(&report, tool), Some(StepOutcome::Exited));
    assert_eq!(plan.steps[0].id.pid, goose, "the owner first");
    assert_eq!(scene.carriers(), NOBODY);
    assert!(lives(stranger) && lives(unknown));
    let log = audit::read(&scene.file("state/goosetop/audit.jsonl"), 100).unwrap();
    assert_eq!(log.entries.len(), report.steps.len() + 2, "{log:#?}");
    assert_eq!(report.audit_fault, None);
}

#[test]
fn who_ignores_term_is_killed_after_the_grace() {
    let mut scene = Scene::new("deaf");
    let goose = scene.goose(
        "$T sh -c 'trap \"\" TERM; echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; while :; do sleep 1; done' $D & wait",
    );
    let tool = scene.pid_in("tool");
    let report = scene.run(&scene.plan(SOON, &[goose, tool]));
    assert_eq!(outcome(&report, goose), Some(StepOutcome::Exited), "{report:#?}");
    assert_eq!(outcome(&report, tool), Some(StepOutcome::Killed));
    assert_eq!(report.failed(), 0);
    assert_eq!(scene.carriers(), NOBODY);
}

#[test]
fn daemons_and_supervisors_are_found_and_killed() {
    let mut scene = Scene::new("spawn");
    // A leftover that is begun when the supervisor dies: no plan can name it. And a supervisor
    // that starts its deaf child again and again.
    let goose = scene.goose(
        "$T setsid sh -c 'trap \"\" TERM; echo $$ > $0/daemon.tmp; mv $0/daemon.tmp $0/daemon; while :; do sleep 1; done' $D &
         $T sh -c 'trap \"setsid sleep 301 & exit\" TERM; echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool;
            while :; do sh -c \"trap : TERM; sleep 300\"; done' $D & wait",
    );
    let (tool, daemon) = (scene.pid_in("tool"), scene.pid_in("daemon"));
    let report = scene.run(&scene.plan(SOON, &[goose, tool, daemon]));
    assert_eq!(report.failed(), 0, "{report:#?}");
    assert_eq!(outcome(&report, daemon), Some(StepOutcome::Killed));
    assert_eq!(scene.carriers(), NOBODY, "{report:#?}");
}

/// Ten hops a second: chains that hop every few milliseconds can outrun any search that has no cgroup of
/// theirs to ask.
#[test]
fn chains_that_fork_and_exit_are_caught() {
    let mut scene = Scene::new("hop");
    fs::write(scene.file("hop"), "echo x >> hops\nsleep 0.1\nsh hop &\n").unwrap();
    let goose = scene.goose("(cd $D; $T sh -c 'trap \"\" TERM; sh hop & while :; do sleep 1; done') & wait");
    wait(|| (fs::read_to_string(scene.file("hops")).ok()?.len() > 8).then_some(()));
    let report = scene.run(&scene.plan(SOON, &[goose]));
    assert_eq!(outcome(&report, goose), Some(StepOutcome::Exited), "{report:#?}");
    assert_eq!(scene.carriers(), NOBODY, "{report:#?}");
}

#[test]
fn a_tool_that_dropped_its_variables_is_found_in_the_group_of_its_goose() {
    let mut scene = Scene::new("group");
    let goose = scene.goose(
        "$T sh -c 'sleep 300' & $T sh -c 'trap \"\" TERM; (env -i sh -c \"trap : TERM; echo \\$\\$ > $0/bare.tmp; mv $0/bare.tmp $0/bare; while :; do sleep 1; done\" &) ; exec sleep 300' $D & wait",
    );
    let bare = scene.pid_in("bare");
    let report = scene.run(&scene.plan(SOON, &[goose]));
    assert!(!lives(bare), "{report:#?}");
    assert_eq!(report.failed(), 0);
}

#[test]
fn leaked_processes_are_ended_in_bulk() {
    let mut scene = Scene::new("leak");
    let mut goose = scene.goose(
        "$T setsid sh -c 'echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; exec sleep 300' $D & sleep 0.1; wait",
    );
    let tool = scene.pid_in("tool");
    // Its goose dies alone, as by a crash.
    scene.children.retain_mut(|c| {
        let dies = c.id() == goose;
        if dies {
            c.kill().unwrap();
            c.wait().unwrap();
            goose = 0;
        }
        !dies
    });
    let intent = Intent::Emergency { scope: Scope::Leaked };
    let plan = wait(|| {
        let mut made = plan(&intent, &scene.board(), &terms(SOON)).ok()?;
        // Only this test's own: others run beside it.
        made.steps.retain(|s| s.session.as_ref() == Some(&scene.key()));
        made.steps.iter().any(|s| s.id.pid == tool).then_some(made)
    });
    assert!(plan.sessions.iter().any(|c| c.sweep && !c.owner_ends));
    let report = scene.run(&plan);
    assert_eq!(outcome(&report, tool), Some(StepOutcome::Exited), "{report:#?}");
    assert_eq!((report.sessions_closed(), report.processes_terminated()), (0, report.steps.len()));
}

#[test]
fn a_run_that_is_broken_off_leaves_nobody_frozen() {
    let mut scene = Scene::new("stop");
    let goose = scene.goose(
        "trap '' TERM; $T sh -c 'trap \"\" TERM; echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; while :; do sleep 1; done' $D & while :; do sleep 1; done",
    );
    let tool = scene.pid_in("tool");
    let plan = scene.plan(PATIENCE, &[goose, tool]);
    let control = Control::default();
    let report = scene.executor().run(&plan, &control, &mut |progress| {
        if matches!(progress, Progress::TermSent { .. }) {
            control.stop();
        }
    });
    assert!(report.broken_off);
    assert!(lives(goose) && lives(tool));
    assert!([goose, tool].iter().all(|p| state(*p) != Some('T')), "{report:#?}");
    assert_eq!(outcome(&report, tool), Some(StepOutcome::NotSent));
    let log = audit::read(&scene.file("state/goosetop/audit.jsonl"), 1).unwrap();
    assert_eq!(log.entries[0].summary.as_ref().unwrap().broken_off, Some(true));
    // The same plan still ends them.
    let control = Control::default();
    control.kill_now();
    let report = scene.executor().run(&plan, &control, &mut |_| ());
    assert_eq!(outcome(&report, tool), Some(StepOutcome::Killed), "{report:#?}");
    let again = scene.run(&plan);
    assert_eq!(outcome(&again, tool), Some(StepOutcome::AlreadyGone));
}

#[test]
fn whoever_listens_may_panic_and_nobody_stays_frozen() {
    let mut scene = Scene::new("panic");
    let goose = scene.goose(
        "trap '' TERM; $T sh -c 'trap \"\" TERM; echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; while :; do sleep 1; done' $D & while :; do sleep 1; done",
    );
    let tool = scene.pid_in("tool");
    let plan = scene.plan(Duration::ZERO, &[goose, tool]);
    let (tell, heard) = std::sync::mpsc::channel();
    let settings = scene.settings();
    let thread = std::thread::spawn(move || {
        RealExecutor::system(settings).run(&plan, &Control::default(), &mut |progress| {
            if let Progress::KillSent { .. } = progress {
                tell.send(()).unwrap();
                panic!("as a test");
            }
        });
    });
    heard.recv_timeout(PATIENCE).unwrap();
    assert!(thread.join().is_err());
    assert!([goose, tool].iter().all(|p| state(*p) != Some('T')));
}

#[test]
fn without_pidfds_the_report_says_so() {
    let mut scene = Scene::new("old");
    let goose =
        scene.goose("$T sh -c 'echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; exec sleep 300' $D & wait");
    let tool = scene.pid_in("tool");
    let plan = scene.plan(PATIENCE, &[goose, tool]);
    let kernel = LinuxKernel::system().without_pidfds();
    let report = RealExecutor::on(kernel, scene.settings()).run(&plan, &Control::default(), &mut |_| ());
    assert_eq!(report.failed(), 0, "{report:#?}");
    assert!(report.steps.iter().all(|s| s.detail.contains("pidfd")), "{report:#?}");
}

#[test]
fn a_plan_with_another_start_or_user_signals_nobody() {
    let mut scene = Scene::new("stale");
    let goose =
        scene.goose("$T sh -c 'echo $$ > $0/tool.tmp; mv $0/tool.tmp $0/tool; exec sleep 300' $D & wait");
    let tool = scene.pid_in("tool");
    let mut plan = scene.plan(SOON, &[goose, tool]);
    plan.sessions.clear();
    for step in &mut plan.steps {
        if step.id.pid == goose {
            step.id.start -= 1;
        } else {
            step.uid += 1;
        }
    }
    let report = scene.run(&plan);
    assert!(report.steps.iter().all(|s| s.outcome == StepOutcome::IdentityChanged), "{report:#?}");
    assert!(report.steps.iter().all(|s| s.signals.is_empty()));
    assert!(lives(goose) && lives(tool));
}

/// Tries of the race below; each takes some 40 ms, because start times are told in 10 ms.
const RACES: usize = 300;

/// Forces the kernel to give a number again while runs are under way: `cargo test --test effects --
/// --ignored --nocapture`, as root. A namespace of its own keeps it from everybody else.
#[test]
#[ignore = "needs root and a process namespace of its own"]
fn a_number_given_again_by_the_real_kernel_is_never_signalled() {
    let me = std::env::current_exe().unwrap();
    let test = "race_in_a_namespace";
    let status = Command::new("unshare")
        .args(["-pf", "--mount-proc"])
        .arg(me)
        .args(["--ignored", "--exact", test, "--nocapture"])
        .env("GOOSETOP_TEST_RACE", "1")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "started by the one above"]
fn race_in_a_namespace() {
    if std::env::var_os("GOOSETOP_TEST_RACE").is_none() {
        return;
    }
    let scene = Scene::new("race");
    let (mut again, mut refused, mut sent) = (0, 0, 0);
    for round in 0..RACES {
        let mut victim = Command::new("sleep").arg("300").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(30));
        let pid = victim.id();
        let mut made = empty_plan();
        made.steps[0].id = Scene::identity_of(pid);
        // The other begins first, or we do, by up to a millisecond.
        let lead = Duration::from_micros((round as u64 * 37) % 1000);
        let delay = Duration::from_micros((round as u64 * 53) % 300);
        let racer = std::thread::spawn(move || {
            std::thread::sleep(delay);
            victim.kill().unwrap();
            victim.wait().unwrap();
            fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).unwrap();
            Command::new("sleep").arg("300").spawn().unwrap()
        });
        std::thread::sleep(lead);
        let settings = Settings { audit: None, ..scene.settings() };
        let report = RealExecutor::system(settings).run(&made, &Control::default(), &mut |_| ());
        let mut stranger = racer.join().unwrap();
        again += usize::from(stranger.id() == pid);
        match report.steps[0].outcome {
            StepOutcome::IdentityChanged | StepOutcome::AlreadyGone => refused += 1,
            _ => sent += 1,
        }
        assert!(stranger.try_wait().unwrap().is_none(), "the stranger was hit: {report:#?}");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
    println!(
        "{RACES} races, number given again {again}, refused {refused}, victim signalled {sent}, strangers hit 0"
    );
    assert!(again > RACES / 2, "the race was not one");
}
