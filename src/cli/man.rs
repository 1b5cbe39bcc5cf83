//! `man`: the manual in roff, generated from the clap tree and the tables of keys and exit codes.

use std::{io, process::ExitCode};

use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::{
    failure::{Failure, exit_codes},
    output,
};
use crate::config::{env, keys};

/// Print the manual, for example: goosetop man | man -l -
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Prints it.
///
/// # Errors
/// Output that cannot be written.
pub fn run(_args: &Args) -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    render(&mut page)?;
    output::write(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

/// Where things live, as the manual says it.
const FILES: &[(&str, &str)] = &[
    ("$XDG_CONFIG_HOME/goosetop/config.toml", "The configuration; `goosetop config default` prints one."),
    ("$XDG_STATE_HOME/goosetop/goosetop.log", "The log of the dashboard, written only with GOOSETOP_LOG."),
    ("$XDG_STATE_HOME/goosetop/audit.jsonl", "Every action: when, who, why and what became of each process."),
    ("$XDG_STATE_HOME/goosetop/trash/", "Exports of deleted sessions; `goose session import` restores one."),
    (
        "$XDG_DATA_HOME/goose/sessions/sessions.db",
        "goose's session store. It is opened read-only and never migrated or checkpointed; only `delete` writes to it.",
    ),
];

const VARIABLES: &[(&str, &str)] = &[
    ("GOOSETOP_DB", "Session stores to read, separated as in PATH."),
    ("GOOSETOP_GOOSE", "The goose to resume and to export with; without it the one on PATH."),
    ("GOOSETOP_LOG", "What to log, for example goosetop=debug; nothing is logged without it."),
    ("GOOSETOP_TOKEN", "The token of the server that --server names."),
    ("SERVER_HOST, SERVER_PORT", "The server to ask, as --server; 127.0.0.1 and 3285 for what is missing."),
    ("GOOSE_PATH_ROOT", "goose's own root; its store is below data/sessions."),
    ("PAGER", "What `show` is read with on a terminal; less -R without it, nothing at all with cat."),
    ("NO_COLOR", "No colours."),
];

fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let mut tree = super::command();
    // The exit status has a section of its own here.
    tree = tree.after_long_help(None::<&str>);
    tree.build();
    let man = Man::new(tree.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    let commands = tree.get_subcommands().filter(|c| c.get_name() != "help");
    let commands: Vec<_> =
        commands.map(|c| (usage(c), c.get_about().map(ToString::to_string).unwrap_or_default())).collect();
    section(page, "COMMANDS", commands)?;
    section(page, "EXIT STATUS", exit_codes())?;
    section(page, "FILES", FILES.to_vec())?;
    section(page, "ENVIRONMENT", VARIABLES.to_vec())?;
    let keys = keys::KEYS.iter().map(|key| (env::variable(key), format!("Sets {}.", key.path())));
    section(page, "ENVIRONMENT OF THE CONFIGURATION", keys.collect::<Vec<_>>())?;
    man.render_version_section(page)
}

/// The command with its words: `explain ID`.
fn usage(command: &clap::Command) -> String {
    let words = command.get_positionals().map(|arg| arg.get_id().as_str().to_uppercase());
    std::iter::once(command.get_name().to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

fn section<T: Into<String>, S: Into<String>>(
    page: &mut Vec<u8>,
    title: &str,
    rows: Vec<(T, S)>,
) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, sentence) in rows {
        roff.control("TP", []);
        roff.text([bold(term.into())]);
        roff.text([roman(sentence.into())]);
    }
    roff.to_writer(page)
}
