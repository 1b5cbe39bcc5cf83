//! `watch`: without a screen. Events on stdout, hooks, and what it was told to end by itself.

use std::{io, process::ExitCode};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    Context, actions,
    failure::{Failure, Kind},
    output,
};
use crate::{
    config::Config,
    domain::{plan::plan, text},
    effects::{hook::Hook, lock},
    engine::{EngineHandle, Pace, actor::Actor},
    watch::{self, End, Limits, Outside, Right, Rules, Settings},
    world::World,
};

/// Watch without a screen: events as JSON lines, hooks, cleaning by itself
///
/// Makes a health check every `watch.interval` (10m; --interval), at once first, and writes what happens to
/// standard output, one JSON object a line. Between two checks nothing is read.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_long_help = EVENTS)]
pub struct Args {
    /// What to end by itself when it was seen so for longer than `watch.grace` (10m); with --once nothing is
    #[arg(long, value_name = "WHAT", value_parser = ["off", "leaked", "orphaned"])]
    pub auto_clean: Option<String>,
    /// A command for the shell, run for every change, action and run limit
    #[arg(long, value_name = "COMMAND")]
    pub hook: Option<String>,
    /// Show what would be ended by itself, as events, and end nothing
    #[arg(long)]
    pub dry_run: bool,
}

const EVENTS: &str = "\
Events; each has schema_version, at, event, and:
  started          version, host, pid, interval_seconds, auto_clean, grace_seconds,
                   max_per_run, limits, dry_run, hook
  check            status, exit_code (as health-check), duration_seconds, summary, faults
  change           what: appeared, became, ended, gone, left_behind, untracked;
                   session_id, pid, name, from, to, because, message
                   (the first check tells what is stuck, orphaned or left behind already)
  plan             acting, deferred (sessions for which there was no room),
                   plan (a report, as --dry-run of an action gives it)
  action_started   action, reason, sessions, processes
  step             what: term_sent, kill_sent, found, done; pid, kill_in_seconds, step
  action_finished  report (as an action's --json)
  refused          action, because
  limit            limit: default, extended, max_inactivity; session_id, name, pid,
                   limit_seconds, seconds, because
  hook_failed      hook_event, session_id, because
  lost             events: how many found no reader in time
  standby, acting  because: another watcher of yours acts on this store, or none does
  stopping         because
  stopped          because, in_order

Hooks run for change, limit and action_finished, one at a time, each for at most \
`watch.hook_timeout` (30s), with the event's line on standard input and in variables: \
GOOSETOP_EVENT, _HOST, _AT, _MESSAGE, _SESSION_ID, _PID, _NAME, _WHAT, _FROM, _HEALTH, _REASON \
(empty where the event has none). What they print goes to standard error.

Run limits (`timeouts.*`) hold where `timeouts.enforce` is set; `goosetop config default` \
says what they are.

SIGTERM, SIGINT and SIGHUP end it in order within 10 s, with status 0: what is being ended is \
ended, or reported as it is. With --once it exits as health-check does.";

impl Args {
    /// What these flags say about the configuration.
    pub fn settings(&self) -> Vec<actions::Setting> {
        let auto = self.auto_clean.clone().map(|what| ("watch.auto_clean", "--auto-clean", what));
        // Quoted, because a command may look like a value of another kind: `true`, `"/opt/my hook"`.
        let quoted = |command: &String| toml::Value::String(command.clone()).to_string();
        let hook = self.hook.as_ref().map(|command| ("watch.hook", "--hook", quoted(command)));
        auto.into_iter().chain(hook).collect()
    }
}

/// Watches.
///
/// # Errors
/// Read-only though something is to be ended; no home for the locks; no threads.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config();
    let settings = settings(args, context.common.once, config);
    if settings.decides() {
        actions::refuse_read_only(context)?;
    }
    let stop = catch().map_err(|e| thread("signals", &e))?;
    let right = right(&settings, context)?;
    let once = settings.once;
    let (sources, assess, clock) = context.world().into_parts(false);
    let host = sources.host.clone();
    // The loop pauses the engine and asks for every look.
    let pace = Pace { interval: config.watch.interval, sweep: config.watch.interval, all: false };
    let engine =
        EngineHandle::start(sources, assess, pace, clock.clone()).map_err(|e| thread("the engine", &e))?;
    let actor = settings.acts().then(|| actor(&engine, context)).transpose()?;
    let command = config.watch.hook.trim();
    let hook = Hook { command: command.to_owned(), limit: config.watch.hook_timeout };
    let outside = Outside {
        engine,
        actor,
        hook: settings.hook.then_some(hook),
        right,
        stop,
        out: Box::new(io::stdout()),
        talk: Box::new(|what| output::talk(&format!("goosetop: {}\n", text::line(what)))),
        clock,
        host,
    };
    match watch::run(settings, outside).map_err(|e| thread("the loop", &e))? {
        End::Once(status) => Ok(ExitCode::from(status.exit_code())),
        End::Asked(signal) if once => {
            let what = format!("{signal} came before the check was made");
            Err(Failure::new(Kind::Unavailable, what, "run it again"))
        }
        End::Asked(_) | End::Unread => Ok(ExitCode::SUCCESS),
        End::Broken(why) => Err(Failure::new(Kind::Io, why, "")),
    }
}

fn settings(args: &Args, once: bool, config: &Config) -> Settings {
    let (watch, timeouts) = (&config.watch, &config.timeouts);
    let limits = Limits {
        default: timeouts.default,
        extended: timeouts.extended,
        max_inactivity: timeouts.max_inactivity,
    };
    Settings {
        interval: watch.interval,
        auto: Rules { mode: watch.auto_clean, grace: watch.grace, max: watch.max_per_run },
        limits: timeouts.enforce.then_some(limits),
        dry_run: args.dry_run,
        once,
        hook: !watch.hook.trim().is_empty(),
        terms: World::terms(config, None),
    }
}

fn actor(engine: &EngineHandle, context: &Context) -> Result<Actor, Failure> {
    let executor = World::executor_as("watch", &context.env, context.config()).ok_or_else(|| {
        let hint = "--dry-run shows the plans; without --auto-clean it only watches";
        Failure::new(Kind::Unavailable, "actions work on Linux only", hint)
    })?;
    Actor::start(engine, executor, plan).map_err(|e| thread("actions", &e))
}

/// Whether this one acts: the first that holds the locks does, for as long as it lives.
fn right(settings: &Settings, context: &Context) -> Result<Box<dyn FnMut() -> Right>, Failure> {
    if !settings.acts() {
        return Ok(Box::new(|| Right::None));
    }
    let paths = World::watch_locks(&context.env, context.config()).ok_or_else(|| {
        let what = "there is no folder in which watchers could learn of each other";
        Failure::new(Kind::Unavailable, what, "set HOME or XDG_STATE_HOME")
    })?;
    let mut held = None;
    Ok(Box::new(move || {
        if held.is_some() {
            return Right::Mine;
        }
        match lock::take(&paths) {
            Ok(Ok(locks)) => {
                held = Some(locks);
                Right::Mine
            }
            Ok(Err(other)) => {
                let pid = other.pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
                Right::Others(format!(
                    "another watcher{pid} acts on this store; this one only watches until that one ends"
                ))
            }
            Err(error) => Right::Others(format!("the locks cannot be had, so nothing is ended: {error}")),
        }
    }))
}

/// The signals, by name; the first ends in order, the second at once, and in order too.
fn catch() -> io::Result<UnboundedReceiver<String>> {
    let mut caught = vec![SIGINT, SIGTERM];
    // Started by nohup it stays when the terminal goes.
    if !is_ignored(SIGHUP) {
        caught.push(SIGHUP);
    }
    let mut signals = Signals::new(caught)?;
    let (tell, stop): (UnboundedSender<String>, _) = unbounded_channel();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for number in signals.forever() {
            let name = match number {
                SIGINT => "SIGINT",
                SIGHUP => "SIGHUP",
                _ => "SIGTERM",
            };
            let _ = tell.send(name.to_owned());
        }
    })?;
    Ok(stop)
}

/// This signal was set to be ignored by whoever started us.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal - 1)) != 0
}

fn thread(what: &str, error: &io::Error) -> Failure {
    Failure::new(Kind::Internal, format!("no thread for {what}: {error}"), "")
}
