//! goose itself, the process table, the terminal and what is linked in.

use std::{
    fs,
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::Check;
use crate::{
    cli::{Context, output},
    config::env::Env,
    domain::text,
    effects::goose,
    world::World,
};

/// `goose --version` answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// All of it.
pub fn all(context: &Context) -> Vec<Check> {
    let env = &context.env;
    let mut checks = vec![found_goose(env)];
    checks.push(processes());
    checks.push(terminal(context));
    checks.push(locale(env));
    checks.extend(tmux(env));
    checks.push(Check::ok("sqlite", World::sqlite_version()));
    checks
}

fn found_goose(env: &Env) -> Check {
    let path = env.os("PATH").unwrap_or_default();
    let found = goose::on_path(path);
    let Some(file) = found else {
        let todo = "sessions can be read without it; resuming needs it on PATH";
        return Check::warn("goose", "not on PATH", todo);
    };
    let shown = text::path(&file, None);
    match version(&file) {
        // The database migration tool of the same name says "goose version: v3…".
        Some(said) if said.starts_with("goose version:") => Check::warn(
            "goose",
            format!("{shown} is the database migration tool ({said})"),
            "put the agent's goose before it on PATH",
        ),
        Some(said) => Check::ok("goose", format!("{shown} {said}")),
        None => {
            let todo = "try it by hand: goose --version";
            Check::warn("goose", format!("{shown} does not tell its version within 2 s"), todo)
        }
    }
}

fn version(file: &PathBuf) -> Option<String> {
    /// Pause between two looks at the child.
    const PAUSE: Duration = Duration::from_millis(10);
    /// More than any version is long; less than a pipe holds, so the child never blocks on it.
    const LONGEST: u64 = 200;
    let mut child = Command::new(file)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let asked = Instant::now();
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if asked.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            _ => break false,
        }
    };
    if !ended {
        // Our own child, by handle: no other process can be meant.
        let _ = child.kill();
        let _ = child.wait();
        return None;
    }
    let mut said = Vec::new();
    child.stdout.take()?.take(LONGEST).read_to_end(&mut said).ok()?;
    Some(text::line_from_bytes(&said).trim().to_owned())
}

#[cfg(target_os = "linux")]
fn processes() -> Check {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut options = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        (words.next()? == "/proc").then(|| words.nth(1).map(str::to_owned))?
    });
    let options = options.next_back();
    match options {
        None => {
            let todo = "processes cannot be tied to sessions: mount /proc";
            Check::fail("processes", "/proc is not mounted", todo)
        }
        Some(o)
            if o.split(',')
                .any(|o| o.starts_with("hidepid=") && !matches!(o, "hidepid=0" | "hidepid=off")) =>
        {
            let todo =
                "processes of other users are unknown to you; run as the user whose sessions you look at";
            Check::warn("processes", "/proc hides other users' processes (hidepid)", todo)
        }
        Some(_) => Check::ok("processes", "/proc shows every process"),
    }
}

#[cfg(not(target_os = "linux"))]
fn processes() -> Check {
    Check::ok("processes", "read through the system's own interface")
}

fn terminal(context: &Context) -> Check {
    let env = &context.env;
    let name = text::line(env.text("TERM").unwrap_or("unset")).into_owned();
    if !context.out.terminal {
        return Check::ok("terminal", format!("standard output is none; TERM is {name}"));
    }
    let (columns, rows) = output::terminal_size().unwrap_or((0, 0));
    let deep = matches!(env.text("COLORTERM"), Some("truecolor" | "24bit"));
    let colour =
        match (env.os("NO_COLOR").is_some(), deep || name.contains("direct"), name.contains("256color")) {
            (true, ..) => "no colour (NO_COLOR)",
            (_, true, _) => "24-bit colour",
            (_, _, true) => "256 colours",
            _ => "16 colours",
        };
    let seen = format!("{name}, {columns}×{rows}, {colour}");
    match name.as_str() {
        "unset" | "dumb" => {
            Check::warn("terminal", seen, "the dashboard needs a terminal that can move its cursor")
        }
        _ if columns < 40 || rows < 12 => {
            Check::warn("terminal", seen, "the dashboard needs 40×12, better 80×24")
        }
        _ => Check::ok("terminal", seen),
    }
}

fn locale(env: &Env) -> Check {
    let words = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env.text(name));
    let shown = text::line(words.unwrap_or("unset")).into_owned();
    let folded = shown.to_lowercase().replace('-', "");
    if folded.contains("utf8") || cfg!(windows) {
        return Check::ok("locale", shown);
    }
    Check::warn("locale", format!("{shown} is not UTF-8"), "if signs look broken: --ascii, or LANG=C.UTF-8")
}

fn tmux(env: &Env) -> Option<Check> {
    env.os("TMUX").map(|_| {
        let todo = "copying needs: tmux set -g set-clipboard on";
        Check { todo: Some(todo.into()), ..Check::ok("tmux", "inside") }
    })
}
