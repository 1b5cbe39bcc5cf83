//! A machine at work: every kind of session, and everything near them that is none of theirs.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Stdio, thread, time::Duration};

use rustix::process::Signal;

use crate::{
    acp::Acp,
    goose::Headless,
    process::{Proc, pids},
    terminal::Terminal,
    wait::{until, until_true},
    world::World,
};

/// A shell, its children, a grandchild, and a daemon that has left the tree.
const TOOL: &str = "sleep 321 & bash -c 'sleep 322 & wait' & (setsid sleep 323 &) ; wait; echo over";

/// A shell and a child that do not hear TERM.
pub const STUBBORN: &str = "trap '' TERM; sleep 331 & wait; echo over";

/// An id that no store has.
const UNKNOWN: &str = "20200101_99";

/// A session without a terminal.
#[derive(Debug)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// Its goose.
    pub goose: Headless,
    /// What its tool started, the shell included.
    pub tools: Vec<Proc>,
}

impl Run {
    /// Its goose and its tools.
    pub fn all(&self) -> Vec<Proc> {
        std::iter::once(self.goose.proc.clone()).chain(self.tools.iter().cloned()).collect()
    }

    /// Starts `goose run` with more arguments, in a folder below the working directory.
    #[track_caller]
    pub fn start(world: &World, folder: &str, args: &[&str], words: &str, marks: &[&str]) -> Self {
        let before = world.rows().len();
        let goose = world.goose_in(folder, &[&["run"], args, &["-t", words]].concat());
        let id = world.nth_session(before + 1).id;
        for mark in marks {
            world.carrier(&id, mark);
        }
        let tools = if marks.is_empty() { Vec::new() } else { world.carriers(&id) };
        Self { id, goose, tools }
    }

    /// Starts `goose run` while another goose starts: which row is its own is told by what it runs.
    #[track_caller]
    pub fn beside_another(world: &World, words: &str, marks: &[&str]) -> Self {
        let goose = world.run(words);
        let found = |mark| move || world.procs().into_iter().find(|p| p.command() == mark);
        let marked: Vec<Proc> = marks.iter().map(|mark| until(mark, found(*mark))).collect();
        let id = marked[0].var("AGENT_SESSION_ID").expect("goose names the session to its tools").to_owned();
        let tools = world.carriers(&id);
        Self { id, goose, tools }
    }

    /// One whose tool has children, a grandchild and a daemon.
    #[track_caller]
    pub fn in_a_tool(world: &World, folder: &str, args: &[&str]) -> Self {
        let marks = ["sleep 321", "sleep 322", "sleep 323"];
        let run = Self::start(world, folder, args, &format!("tool:{TOOL}"), &marks);
        assert_eq!(run.tools.len(), 5, "two shells, three sleeps: {:?}", run.tools);
        run
    }

    /// One that waits for its model.
    #[track_caller]
    pub fn hanging(world: &World) -> Self {
        let waiting = world.model.waiting();
        let run = Self::start(world, "", &[], "hang", &[]);
        until_true("the model is asked", || world.model.waiting() > waiting);
        run
    }

    /// One whose tool ignores TERM.
    #[track_caller]
    pub fn stubborn(world: &World) -> Self {
        let run = Self::start(world, "", &[], &format!("tool:{STUBBORN}"), &["sleep 331"]);
        assert_eq!(run.tools.len(), 2, "a shell and its child: {:?}", run.tools);
        run
    }

    /// Kills its goose; its tools live on without it.
    #[track_caller]
    pub fn orphan(&mut self) {
        self.goose.end(Signal::KILL);
        until_true("its tools are adopted", || {
            // The grandchildren keep their parents.
            self.tools.iter().all(|p| Proc::read(p.pid).is_some_and(|now| now.ppid != self.goose.pid()))
        });
        assert!(all_live(&self.tools));
    }
}

/// Every kind of session.
#[derive(Debug)]
pub struct Fleet {
    /// In a tool.
    pub tool: Run,
    /// Waits for its model.
    pub hanging: Run,
    /// In a tool that ignores TERM.
    pub stubborn: Run,
    /// Killed earlier: only its tools live.
    pub killed: Run,
    /// A person's, in a terminal.
    pub attached: Terminal,
    /// Its id.
    pub attached_id: String,
    /// An editor's, with two sessions.
    pub acp: Acp,
    /// The editor's session in a tool.
    pub acp_tool: String,
    /// The editor's session that waits for its model.
    pub acp_hanging: String,
}

impl Fleet {
    /// Starts it, and waits until goosetop sees it whole.
    #[track_caller]
    pub fn start(world: &World) -> Self {
        let mut killed = Run::in_a_tool(world, "", &[]);
        another_second();
        let before = world.rows().len();
        let attached = world.session(&[]);
        let attached_id = world.nth_session(before + 1).id;
        attached.line("say:hello");
        until("the answer is stored", || {
            world.rows().into_iter().find(|r| r.id == attached_id && r.answers > 0)
        });
        another_second();
        let tool = Run::in_a_tool(world, "", &[]);
        another_second();
        let hanging = Run::hanging(world);
        another_second();
        let stubborn = Run::stubborn(world);
        let (acp, acp_tool, acp_hanging) = editor(world);
        killed.orphan();
        let fleet =
            Self { tool, hanging, stubborn, killed, attached, attached_id, acp, acp_tool, acp_hanging };
        let owners = fleet.owners();
        world.wait_for("the fleet is seen", |b| {
            let owned = owners.iter().all(|(id, pid)| b.session(id).is_some_and(|s| s.is_owned_by(*pid)));
            owned && fleet.killed.tools.iter().all(|p| b.leaked.iter().any(|l| l.pid == p.pid))
        });
        fleet
    }

    fn owners(&self) -> Vec<(&str, u32)> {
        vec![
            (&self.tool.id, self.tool.goose.pid()),
            (&self.hanging.id, self.hanging.goose.pid()),
            (&self.stubborn.id, self.stubborn.goose.pid()),
            (&self.attached_id, self.attached.pid()),
            (&self.acp_tool, self.acp.goose.pid()),
            (&self.acp_hanging, self.acp.goose.pid()),
        ]
    }

    /// What an owned session without a terminal consists of.
    pub fn owned(&self, world: &World) -> Vec<Proc> {
        let runs = [&self.tool, &self.hanging, &self.stubborn];
        let mut all: Vec<Proc> = runs.iter().flat_map(|r| r.all()).collect();
        all.push(self.acp.goose.proc.clone());
        all.extend(world.carriers(&self.acp_tool));
        all
    }

    /// What every clean-up ends that spares people at their terminals.
    pub fn doomed(&self, world: &World) -> Vec<Proc> {
        let mut all = self.owned(world);
        all.extend(self.killed.tools.iter().cloned());
        all
    }
}

/// An editor's agent with two sessions: in a tool, and waiting for its model.
#[track_caller]
pub fn editor(world: &World) -> (Acp, String, String) {
    let mut acp = Acp::start(world);
    let (tool, hanging) = (acp.new_session(world), acp.new_session(world));
    acp.prompt(&tool, "tool:sleep 341 & sleep 342; echo over");
    world.carrier(&tool, "sleep 341");
    world.carrier(&tool, "sleep 342");
    let waiting = world.model.waiting();
    acp.prompt(&hanging, "hang");
    until_true("the model is asked in the second", || world.model.waiting() > waiting);
    (acp, tool, hanging)
}

/// Everything near that no bulk action may touch.
#[derive(Debug)]
pub struct Bystanders {
    all: Vec<Proc>,
    _children: Vec<Headless>,
}

impl Bystanders {
    /// Starts them.
    #[track_caller]
    pub fn start(world: &World) -> Self {
        let bash =
            |script: &str| world.start(Path::new("/bin/bash"), &["-c", script], Stdio::null(), Stdio::null());
        let mut children = vec![
            world.start(Path::new("/bin/sleep"), &["351"], Stdio::null(), Stdio::null()),
            // Migration tools have this name: the agent's own, and a script.
            bash("exec -a goose sleep 352"),
            world.start(&script_called_goose(world), &["up"], Stdio::null(), Stdio::null()),
        ];
        // A person's shell after `goose term init`: what runs in it, and what was forgotten in it.
        let person = term_id(world);
        let shell =
            bash(&format!("export AGENT_SESSION_ID={person}; sleep 353 & (setsid sleep 354 &); wait"));
        world.carrier(&person, "sleep 353");
        world.carrier(&person, "sleep 354");
        // A carrier of an id that nobody knows, parent gone.
        let mut unknown = bash(&format!("export AGENT_SESSION_ID={UNKNOWN}; setsid sleep 355 & exit 0"));
        unknown.wait();
        let mut all = vec![world.carrier(UNKNOWN, "sleep 355")];
        all.extend(world.carriers(&person));
        children.push(shell);
        for child in &children {
            let now = until("a bystander is what it will be", || {
                Proc::read(child.pid()).filter(|p| !p.argv.is_empty() && p.lives())
            });
            all.push(now);
        }
        until_true("the migration tool runs", || all_of(world, "goose 352").len() == 1);
        all.extend(all_of(world, "sleep 356"));
        assert!(all_live(&all), "{all:?}");
        Self { all, _children: children }
    }

    /// Who they are.
    pub fn pids(&self) -> Vec<u32> {
        pids(&self.all)
    }

    /// Every one of them is the process that it was.
    #[track_caller]
    pub fn live(&self) {
        let gone: Vec<String> = self.all.iter().filter(|p| !p.still_lives()).map(Proc::command).collect();
        assert!(gone.is_empty(), "bystanders were ended: {gone:?}");
    }
}

fn all_of(world: &World, command: &str) -> Vec<Proc> {
    world.procs().into_iter().filter(|p| p.command() == command).collect()
}

/// A program of a person's whose file is called goose.
fn script_called_goose(world: &World) -> std::path::PathBuf {
    let folder = world.home().join("bin");
    fs::create_dir_all(&folder).expect("a folder in the scratch folder");
    let file = folder.join("goose");
    fs::write(&file, "#!/bin/bash\nsleep 356\nexit 0\n").expect("a script in the scratch folder");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    file
}

/// The session of a person's shell.
pub fn term_id(world: &World) -> String {
    let init = world.ask(&["term", "init", "bash"]);
    let id = init.split("AGENT_SESSION_ID=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.unwrap_or_else(|| panic!("goose term init exports no id: {init}")).to_owned();
    assert!(world.rows().iter().any(|row| row.id == id && row.kind == "terminal"));
    id
}

/// Every one is the process that it was.
pub fn all_live(procs: &[Proc]) -> bool {
    procs.iter().all(Proc::still_lives)
}

/// None is left.
#[track_caller]
pub fn assert_gone(procs: &[Proc]) {
    let left: Vec<String> = procs.iter().filter(|p| p.still_lives()).map(Proc::command).collect();
    assert!(left.is_empty(), "these live on: {left:?}");
}

/// Rows and processes that are this far apart are told apart by their times, which have whole seconds.
pub fn another_second() {
    thread::sleep(Duration::from_millis(2100));
}
