//! Logs: none unless `GOOSETOP_LOG` asks for them. The dashboard owns the terminal, so it logs to a
//! file; everything else logs to standard error.

use std::{fs, io, path::Path, sync::Mutex};

use tracing_subscriber::EnvFilter;

use crate::{
    config::{env::Env, paths},
    domain::text,
};

/// The variable that switches logging on; its value is a filter such as `goosetop=debug`.
pub const VARIABLE: &str = "GOOSETOP_LOG";

/// Starts logging, where it was asked for: to `goosetop.log` in goosetop's state folder while a screen
/// is up, else to standard error.
///
/// # Errors
/// A filter that cannot be read, or a file that cannot be opened, as a sentence.
pub fn start(env: &Env, screen: bool) -> Result<(), String> {
    let Some(filter) = filter(env)? else { return Ok(()) };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    // A second start within one process (tests) keeps the first log.
    let _ = if screen {
        let dir = paths::state_dir(env).ok_or("there is no place for a log: set HOME or XDG_STATE_HOME")?;
        let path = dir.join("goosetop.log");
        let file =
            open(&path).map_err(|e| format!("cannot write the log {}: {e}", text::path(&path, None)))?;
        log.with_writer(Mutex::new(file)).try_init()
    } else {
        log.with_writer(io::stderr).try_init()
    };
    Ok(())
}

fn filter(env: &Env) -> Result<Option<EnvFilter>, String> {
    let Some(words) = env.text(VARIABLE) else { return Ok(None) };
    let filter = EnvFilter::try_new(words);
    filter.map(Some).map_err(|e| format!("{VARIABLE} is no filter: {}", text::line(&e.to_string())))
}

/// Readable by its owner alone: names of sessions and commands stand in it.
fn open(path: &Path) -> io::Result<fs::File> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
