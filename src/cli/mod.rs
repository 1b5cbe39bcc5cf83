//! The command line: one verb, one file.
//!
//! ```text
//!  argv ──► Cli ──► Config (layers) ──► Context ──► verb::run ──► stdout: data · stderr: talk · exit code
//! ```
//!
//! Invariant: stdout carries data and nothing else; every error says what, where and what to do, and
//! exits above 3. Verbs that only print about goosetop itself need no readable configuration.
//!
//! To add a verb: a file here with `Args` and `run`, a variant and an arm below. Its help is
//! snapshotted by a test that walks the clap tree; manual and completions follow from that tree.

pub mod actions;
pub mod attach;
pub mod audit;
pub mod blind;
pub mod bundle;
mod chooses;
pub mod cleanup_project;
pub mod close_all;
pub mod common;
pub mod completions;
pub mod config;
pub mod conversation;
pub mod dashboard;
pub mod delete;
pub mod demo;
pub mod doctor;
pub mod draft;
pub mod emergency_cleanup;
pub mod explain;
pub mod export;
pub mod failure;
pub mod goose;
mod hands;
pub mod health_check;
pub mod insights;
pub mod list;
pub mod man;
pub mod output;
pub mod pager;
mod past;
pub mod reason;
pub mod remote;
pub mod resume;
pub mod search;
pub mod select;
pub mod serve;
pub mod show;
pub mod sink;
pub mod stop;
pub mod table;
pub mod terminate;
pub mod watch;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

pub use common::Common;
use failure::{Failure, Kind, exit_codes};
use output::Output;

use crate::{
    config::{
        Config,
        env::Env,
        load::{Loaded, load, load_anyway},
    },
    domain::text,
    telemetry,
    world::World,
};

/// htop for goose sessions: which are healthy, stuck or orphaned, and why.
///
/// Without a command it opens the dashboard; where standard output is no terminal, it lists.
#[derive(Debug, Parser)]
#[command(name = "goosetop", version, max_term_width = 100, after_long_help = exit_help())]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
enum Verb {
    Demo(demo::Args),
    List(list::Args),
    #[command(after_long_help = exit_help())]
    HealthCheck(health_check::Args),
    Explain(explain::Args),
    Show(show::Args),
    Search(search::Args),
    Export(export::Args),
    Bundle(bundle::Args),
    Insights(insights::Args),
    Resume(resume::Args),
    Attach(attach::Args),
    Terminate(terminate::Args),
    CloseAll(close_all::Args),
    CleanupProject(cleanup_project::Args),
    EmergencyCleanup(emergency_cleanup::Args),
    Delete(delete::Args),
    Watch(watch::Args),
    Audit(audit::Args),
    Serve(serve::Args),
    Doctor(doctor::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Verb {
    /// A running server can be asked for it.
    fn travels(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::HealthCheck(_)
                | Self::Explain(_)
                | Self::Show(_)
                | Self::Terminate(_)
                | Self::CloseAll(_)
                | Self::CleanupProject(_)
                | Self::EmergencyCleanup(_)
        )
    }

    /// What it does to this machine and to no other; `None` where it can ask a server, or where a server
    /// would make no difference.
    fn at_home(&self) -> Option<&'static str> {
        match self {
            Self::Resume(_) | Self::Attach(_) | Self::Delete(_) => Some("acts on"),
            Self::Demo(_) | Self::Serve(_) | Self::Config(_) | Self::Completions(_) | Self::Man(_) => None,
            _ => (!self.travels()).then_some("shows"),
        }
    }

    /// What a verb's own flags say about the configuration.
    fn settings(&self) -> Vec<actions::Setting> {
        match self {
            Self::Terminate(args) => args.flags.settings(None),
            Self::CloseAll(args) => args.flags.settings(Some(&args.bulk)),
            Self::CleanupProject(args) => args.flags.settings(Some(&args.bulk)),
            Self::EmergencyCleanup(args) => args.flags.settings(Some(&args.bulk)),
            Self::Serve(args) => args.settings(),
            Self::Watch(args) => args.settings(),
            _ => Vec::new(),
        }
    }

    /// What `--interval` sets.
    fn interval(&self) -> &'static str {
        if matches!(self, Self::Watch(_)) { "watch.interval" } else { "poll.interval" }
    }
}

/// What every verb gets.
pub struct Context {
    /// The configuration and its history.
    pub loaded: Loaded,
    /// The common flags.
    pub common: Common,
    /// How to write.
    pub out: Output,
    /// The environment.
    pub env: Env,
}

impl Context {
    /// The values of the configuration.
    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// The world this configuration names.
    pub fn world(&self) -> World {
        World::real(self.config()).remembering(&self.env)
    }
}

/// The clap tree, for completions, manual and tests.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs a command line.
pub fn run(argv: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let as_json = argv.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json");
    let result = match Cli::try_parse_from(&argv) {
        Ok(cli) => dispatch(cli, env),
        Err(error) => return usage(&error, as_json),
    };
    result.unwrap_or_else(|failure| {
        output::talk(&failure.render(as_json));
        ExitCode::from(failure.kind.code())
    })
}

fn dispatch(cli: Cli, env: Env) -> Result<ExitCode, Failure> {
    let Cli { common, verb } = cli;
    let travels = verb.as_ref().is_some_and(Verb::travels);
    let name = verb.as_ref().map_or("", <&str>::from);
    chooses::refuse(name, &common)?;
    let called = remote::called(&common, &env, travels, name)?;
    if let Some(does) = verb.as_ref().map_or(Some("shows"), Verb::at_home).filter(|_| !common.json) {
        output::talk(&remote::stays(&env, name, does));
    }
    // These must work however broken the configuration is.
    match &verb {
        Some(Verb::Completions(args)) => return completions::run(args),
        Some(Verb::Man(args)) => return man::run(args),
        Some(Verb::Config(args)) if args.is_standalone() => {
            return config::run_standalone(args, &common, &env);
        }
        _ => {}
    }
    let mut asked = common.asked(verb.as_ref().map_or("poll.interval", Verb::interval));
    asked.flags.extend(verb.as_ref().map(Verb::settings).unwrap_or_default());
    // The doctor must not need health to find illness.
    let read = if matches!(verb, Some(Verb::Doctor(_))) { load_anyway } else { load };
    let loaded = read(&asked, &env)?;
    let out = Output::real(&env, &loaded.config, common.no_color);
    let interactive = match &verb {
        None => dashboard::is_screen(&common, &out),
        Some(verb) => matches!(verb, Verb::Demo(_)),
    };
    telemetry::start(&env, interactive).map_err(|why| Failure::new(Kind::Config, why, ""))?;
    let context = Context { loaded, common, out, env };
    if let (Some(called), Some(verb)) = (called, &verb) {
        return far(verb, &remote::Far::new(&context, called)?);
    }
    match verb {
        None => dashboard::run(&context),
        Some(Verb::Demo(args)) => demo::run(&args, &context),
        Some(Verb::List(args)) => list::run(&args, &context),
        Some(Verb::HealthCheck(args)) => health_check::run(&args, &context),
        Some(Verb::Explain(args)) => explain::run(&args, &context),
        Some(Verb::Show(args)) => show::run(&args, &context),
        Some(Verb::Search(args)) => search::run(&args, &context),
        Some(Verb::Export(args)) => export::run(&args, &context),
        Some(Verb::Bundle(args)) => bundle::run(&args, &context),
        Some(Verb::Insights(args)) => insights::run(&args, &context),
        Some(Verb::Resume(args)) => resume::run(&args, &context),
        Some(Verb::Attach(args)) => attach::run(&args, &context),
        Some(Verb::Terminate(args)) => terminate::run(&args, &context),
        Some(Verb::CloseAll(args)) => close_all::run(&args, &context),
        Some(Verb::CleanupProject(args)) => cleanup_project::run(&args, &context),
        Some(Verb::EmergencyCleanup(args)) => emergency_cleanup::run(&args, &context),
        Some(Verb::Delete(args)) => delete::run(&args, &context),
        Some(Verb::Watch(args)) => watch::run(&args, &context),
        Some(Verb::Audit(args)) => audit::run(&args, &context),
        Some(Verb::Serve(args)) => serve::run(&args, &context),
        Some(Verb::Doctor(args)) => doctor::run(&args, &context),
        Some(Verb::Config(args)) => config::run(&args, &context),
        Some(Verb::Completions(args)) => completions::run(&args),
        Some(Verb::Man(args)) => man::run(&args),
    }
}

/// A verb on a server; [`Verb::travels`] names these.
fn far(verb: &Verb, far: &remote::Far<'_>) -> Result<ExitCode, Failure> {
    match verb {
        Verb::List(args) => list::far(args, far),
        Verb::HealthCheck(_) => health_check::far(far),
        Verb::Explain(args) => explain::far(args, far),
        Verb::Show(args) => show::far(args, far),
        Verb::Terminate(args) => terminate::far(args, far),
        Verb::CloseAll(args) => close_all::far(args, far),
        Verb::CleanupProject(args) => cleanup_project::far(args, far),
        Verb::EmergencyCleanup(args) => emergency_cleanup::far(args, far),
        _ => Err(Failure::new(Kind::Internal, "this command does not ask a server", "please report this")),
    }
}

/// Help and version are data; anything else is a mistake in the command line. clap would exit with 2,
/// which here means "orphaned".
fn usage(error: &clap::Error, as_json: bool) -> ExitCode {
    let mut rendered = error.render().to_string();
    if !rendered.ends_with('\n') {
        rendered.push('\n');
    }
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return match output::write(&rendered) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => ExitCode::from(failure.kind.code()),
        };
    }
    if as_json {
        let what = rendered.lines().next().unwrap_or_default();
        let what = what.strip_prefix("error: ").unwrap_or(what);
        let hint = "`goosetop --help` shows every command and flag";
        output::talk(&Failure::new(Kind::Usage, what, hint).render(true));
    } else {
        output::talk(&text::block(&rendered));
    }
    ExitCode::from(Kind::Usage.code())
}

fn exit_help() -> String {
    let lines = exit_codes().into_iter().map(|(code, sentence)| format!("  {code:>5}  {sentence}"));
    format!("Exit status:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
