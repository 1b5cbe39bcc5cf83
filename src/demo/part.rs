//! The part that a stand-in process plays, and how it is started.
//!
//! A part travels in the environment of the process that plays it: the same program starts again,
//! finds it there, and does nothing but that (see [`super::stand_in`]).

use std::{
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde::{Deserialize, Serialize};

use super::os::Mark;

/// The variable that makes goosetop a stand-in.
pub const VARIABLE: &str = "GOOSETOP_STAND_IN";

/// Folder in the world's root where the stand-ins sign in; it also tells a demo's folder from others.
pub const BOOK: &str = ".stand-ins";

/// File in [`BOOK`] that exists as long as the world does; it names the goosetop that made it.
pub const ALIVE: &str = "alive";

/// What a stand-in is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// The demo's folder.
    pub root: PathBuf,
    /// The goosetop whose world this is; the stand-in ends when it does.
    pub viewer: Mark,
    /// The program to start for the parts below this one.
    pub program: PathBuf,
    /// What to do.
    pub act: Act,
}

/// What to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Act {
    /// Be there as this process.
    Play(Part),
    /// Wait for the viewer's end, then clear the world away.
    Guard,
    /// Become the `goose` that a resume starts.
    Resume,
    /// Be the `goose` that a resume started.
    Resumed,
}

/// Where a process stands among the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A unix session of its own, as a goose started by itself.
    Session,
    /// A process group of its own, as an extension.
    Group,
    /// Its parent's group, as a shell tool.
    #[default]
    Shared,
}

/// What standard input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Nothing.
    #[default]
    Null,
    /// A terminal that lives as long as the world.
    Terminal,
    /// A terminal that is closed once the process is up.
    ClosedTerminal,
}

/// One process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Part {
    /// Its arguments, program name first.
    pub argv: Vec<String>,
    /// Its working directory.
    pub cwd: PathBuf,
    /// `AGENT_SESSION_ID`.
    pub marker: Option<String>,
    /// Its place.
    pub place: Place,
    /// Its standard input.
    pub input: Input,
    /// Files it holds open.
    pub opens: Vec<PathBuf>,
    /// Percent of one core it uses.
    pub busy: u8,
    /// Ignores SIGTERM.
    pub deaf: bool,
    /// Ends once its children are up, and so leaks them.
    pub leaves: bool,
    /// Ends with its parent, as goose's extensions do on Linux (facts 0.2).
    pub tied: bool,
    /// Its children.
    pub children: Vec<Part>,
}

impl Part {
    /// How many processes this part and those below it are.
    pub fn count(&self) -> usize {
        1 + self.children.iter().map(Self::count).sum::<usize>()
    }
}

impl Orders {
    /// The same world, another act.
    pub fn with(&self, act: Act) -> Self {
        Self { act, ..self.clone() }
    }

    /// The orders as they travel.
    pub fn text(&self) -> io::Result<String> {
        serde_json::to_string(self).map_err(io::Error::other)
    }

    /// Folder where the stand-ins sign in.
    pub fn book(&self) -> PathBuf {
        self.root.join(BOOK)
    }

    /// Starts a process for a part.
    pub fn start(&self, part: &Part, input: Stdio) -> io::Result<Child> {
        let mut command = self.command(&part.argv, Act::Play(part.clone()))?;
        command.current_dir(&part.cwd).stdin(input);
        if let Some(marker) = &part.marker {
            command.env("AGENT_SESSION_ID", marker);
        }
        if part.place == Place::Group {
            command.process_group(0);
        }
        command.spawn()
    }

    /// Starts the guard. Its standard input must be closed to release it, as our death does. It is out
    /// of our process group from its first moment, or the Ctrl-C that ends us could end it too.
    pub fn start_guard(&self) -> io::Result<Child> {
        let argv = ["goosetop-demo-guard".to_owned()];
        self.command(&argv, Act::Guard)?.current_dir("/").stdin(Stdio::piped()).process_group(0).spawn()
    }

    /// Nothing of our environment goes along but what a program cannot do without: a session marker
    /// or a multiplexer's variables inherited from the person's shell would be false evidence.
    fn command(&self, argv: &[String], act: Act) -> io::Result<Command> {
        let mut command = Command::new(&self.program);
        let mut words = argv.iter();
        if let Some(name) = words.next() {
            command.arg0(name);
        }
        command.args(words).env_clear().env(VARIABLE, self.with(act).text()?);
        command.env("GOOSE_PATH_ROOT", &self.root);
        for kept in ["PATH", "HOME", "LANG"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    }
}

/// The session store below a root.
pub fn database(root: &Path) -> PathBuf {
    root.join("data/sessions/sessions.db")
}
