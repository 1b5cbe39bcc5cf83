//! The binary: a demo's stand-in, or error hooks, [`goosetop::run`], exit code.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    if let Some(code) = goosetop::demo::stand_in::run_if_asked() {
        return Ok(code);
    }
    color_eyre::install()?;
    Ok(goosetop::run(std::env::args_os(), goosetop::config::env::Env::of_process()))
}
