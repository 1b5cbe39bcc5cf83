//! The binary: error hooks, [`goosetop::run`], exit code.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    Ok(goosetop::run(std::env::args_os(), goosetop::config::env::Env::of_process()))
}
