//! `completions SHELL`: the completion script, on standard output.

use std::process::ExitCode;

use clap_complete::Shell;

use super::{failure::Failure, output};

/// Print the completion script of a shell
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints it.
///
/// # Errors
/// Output that cannot be written.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "goosetop", &mut script);
    output::write(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
