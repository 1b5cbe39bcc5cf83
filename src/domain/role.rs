//! What kind of goose process an argv describes (facts 0.2 and 5).
//!
//! Another program is called goose as well: a database migration tool (`goose up`, `goose -dir …`).
//! A name alone therefore proves nothing; the subcommand does.

use strum::{Display, IntoStaticStr};

/// What a goose process was started to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AgentRole {
    /// `goose session`, or goose without arguments: a person at a terminal.
    Session,
    /// `goose run`: one task, then the end.
    Run,
    /// `goose acp`: an editor's agent over stdio, many sessions.
    Acp,
    /// `goose serve`: many sessions over HTTP.
    Serve,
    /// `goosed agent` (until 1.41): Desktop's server.
    Agent,
    /// `goose gateway`: chat platforms.
    Gateway,
    /// `goose schedule`: runs a job inside itself.
    Schedule,
    /// `goose term run`: one headless turn of the terminal session that its environment names.
    Term,
    /// `goose mcp X`: an extension server, no session of its own.
    Mcp,
    /// A command that drives no session: configure, session list, doctor, ...
    Utility,
}

impl AgentRole {
    /// Hosts any number of sessions.
    pub fn is_server(self) -> bool {
        matches!(self, Self::Acp | Self::Serve | Self::Agent | Self::Gateway | Self::Schedule)
    }

    /// Drives exactly one session at a time.
    pub fn is_single(self) -> bool {
        matches!(self, Self::Session | Self::Run | Self::Term)
    }

    /// Can own a session at all.
    pub fn can_own(self) -> bool {
        self.is_server() || self.is_single()
    }
}

/// What the arguments say about the session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentArgs {
    /// `--resume` / `-r`.
    pub resume: bool,
    /// `--session-id` / `--id`.
    pub session_id: Option<String>,
    /// `--name` / `-n`.
    pub name: Option<String>,
    /// `--path`: a legacy file, whose stem is the id.
    pub path_stem: Option<String>,
    /// `--no-session`: the row is of type `hidden`.
    pub no_session: bool,
    /// `--fork`: the session is a copy, not the one named.
    pub fork: bool,
}

/// An agent's role and arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// What it does.
    pub role: AgentRole,
    /// What it was told.
    pub args: AgentArgs,
}

impl Agent {
    /// Goes on with a session that there was; a fork makes one of its own.
    pub fn resumes(&self) -> bool {
        self.args.resume && !self.args.fork
    }
}

/// Subcommands of the agent and what they mean. Anything else is not the agent.
const SUBCOMMANDS: &[(&str, AgentRole)] = &[
    ("session", AgentRole::Session),
    ("s", AgentRole::Session),
    ("run", AgentRole::Run),
    ("acp", AgentRole::Acp),
    ("serve", AgentRole::Serve),
    ("agent", AgentRole::Agent),
    ("gateway", AgentRole::Gateway),
    ("schedule", AgentRole::Schedule),
    ("term", AgentRole::Term),
    ("mcp", AgentRole::Mcp),
    ("review", AgentRole::Utility),
    ("recipe", AgentRole::Utility),
    ("configure", AgentRole::Utility),
    ("info", AgentRole::Utility),
    ("doctor", AgentRole::Utility),
    ("project", AgentRole::Utility),
    ("projects", AgentRole::Utility),
    ("update", AgentRole::Utility),
    ("bench", AgentRole::Utility),
    ("web", AgentRole::Serve),
    ("tui", AgentRole::Utility),
    ("completion", AgentRole::Utility),
];

/// Words after `session` that list or edit and drive no session.
const SESSION_UTILITIES: &[&str] = &["list", "remove", "export", "import", "diagnostics", "search", "rename"];

/// Words after `schedule` that run a job inside the process.
const SCHEDULE_RUNS: &[&str] = &["run-now"];

/// Reads an argv. `None` when it is not the agent (or cannot be told from the migration tool).
pub fn agent(argv: &[String]) -> Option<Agent> {
    let program = base_name(argv.first()?);
    if program != "goose" && program != "goosed" {
        return None;
    }
    renamed_agent(argv)
}

/// Reads the argv of a process that other evidence calls an agent, whatever its name.
pub fn renamed_agent(argv: &[String]) -> Option<Agent> {
    let program = base_name(argv.first()?);
    let rest = &argv[1..];
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let Some(first) = words.first() else {
        let role = if program == "goosed" { AgentRole::Agent } else { AgentRole::Session };
        return Some(Agent { role, args: AgentArgs::default() });
    };
    if matches!(*first, "--version" | "-V" | "--help" | "-h" | "help") {
        return Some(Agent { role: AgentRole::Utility, args: AgentArgs::default() });
    }
    let role = SUBCOMMANDS.iter().find(|(word, _)| word == first).map(|(_, role)| *role)?;
    let second = words.get(1).copied().unwrap_or_default();
    let role = match role {
        AgentRole::Session if SESSION_UTILITIES.contains(&second) => AgentRole::Utility,
        AgentRole::Schedule if !SCHEDULE_RUNS.contains(&second) => AgentRole::Utility,
        AgentRole::Gateway if second != "start" => AgentRole::Utility,
        AgentRole::Term if second != "run" => AgentRole::Utility,
        other => other,
    };
    if words.iter().any(|w| matches!(*w, "--help" | "-h")) {
        return Some(Agent { role: AgentRole::Utility, args: AgentArgs::default() });
    }
    Some(Agent { role, args: arguments(&words[1..]) })
}

/// The last part of a path or of the first argument.
pub fn base_name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    name.strip_prefix('-').unwrap_or(name)
}

/// Arguments looked at when guessing at an extension; the rest is data.
const EXTENSION_ARGS: usize = 16;

/// A command that looks like an extension (MCP) server: `npx -y @modelcontextprotocol/server-x`,
/// `uvx mcp-server-y`, `python -m fastmcp`, ... A guess: enough to show, never to act on.
pub fn looks_like_extension(argv: &[String]) -> bool {
    argv.iter().take(EXTENSION_ARGS).any(|arg| {
        arg.contains("modelcontextprotocol")
            || arg
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| matches!(word, "mcp" | "MCP" | "fastmcp" | "mcpserver"))
    })
}

fn arguments(words: &[&str]) -> AgentArgs {
    let mut args = AgentArgs::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (flag, attached) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
            _ => (*word, None),
        };
        let mut value = || attached.clone().or_else(|| words.next().map(|w| (*w).to_owned()));
        match flag {
            "--resume" | "-r" => args.resume = true,
            "--fork" => args.fork = true,
            "--no-session" => args.no_session = true,
            "--session-id" | "--id" => args.session_id = value(),
            "--name" | "-n" => args.name = value(),
            "--path" | "-p" => {
                args.path_stem = value().map(|v| base_name(&v).trim_end_matches(".jsonl").to_owned());
            }
            // Values that may look like flags or names of ours.
            "--text"
            | "-t"
            | "--instructions"
            | "-i"
            | "--recipe"
            | "--system"
            | "--params"
            | "--with-extension"
            | "--with-builtin"
            | "--with-streamable-http-extension"
            | "--provider"
            | "--model"
            | "--output-format"
            | "--max-turns" => {
                value();
            }
            _ => {}
        }
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Agent> {
        agent(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn role(line: &str) -> Option<AgentRole> {
        parse(line).map(|a| a.role)
    }

    #[test]
    fn roles_follow_the_subcommand() {
        assert_eq!(role("goose"), Some(AgentRole::Session));
        assert_eq!(role("/opt/goose/bin/goose s -n x"), Some(AgentRole::Session));
        assert_eq!(role("goose session list --format json"), Some(AgentRole::Utility));
        assert_eq!(role("goose run -t hi"), Some(AgentRole::Run));
        assert_eq!(role("goosed agent"), Some(AgentRole::Agent));
        assert_eq!(role("goose serve --port 1"), Some(AgentRole::Serve));
        assert_eq!(role("goose --version"), Some(AgentRole::Utility));
    }

    #[test]
    fn the_migration_tool_is_not_an_agent() {
        for line in ["goose up", "goose -dir db postgres x up", "goose status", "goose sqlite3 ./foo.db down"]
        {
            assert_eq!(role(line), None, "{line}");
        }
        assert_eq!(role("vim goose"), None);
    }

    #[test]
    fn arguments_name_the_session_and_texts_do_not() {
        let a = parse("goose session --resume --session-id 20261121_3").unwrap().args;
        assert!(a.resume);
        assert_eq!(a.session_id.as_deref(), Some("20261121_3"));
        let a = parse("goose run --text --session-id --name=web").unwrap().args;
        assert_eq!(a.session_id, None);
        assert_eq!(a.name.as_deref(), Some("web"));
        let a = parse("goose session -r --path /x/20250926_143022.jsonl").unwrap().args;
        assert_eq!(a.path_stem.as_deref(), Some("20250926_143022"));
    }
}
