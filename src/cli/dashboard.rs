//! No verb: the dashboard. Where standard output is no terminal, or once, it is a list.

use std::process::ExitCode;

use chrono::{FixedOffset, Local, Offset};
use color_eyre::eyre::Report;

use super::{
    Common, Context, chooses,
    failure::{Failure, Kind},
    hands::RealHands,
    list,
    output::Output,
    past::past,
};
use crate::{
    clock::{Clock, SystemClock},
    config::{Config, paths},
    domain::{plan::plan, text},
    engine::{EngineHandle, Pace, actor::Actor, reader::Reader, searcher::Searcher},
    tui::{
        self, Outside, TerminalOptions,
        app::App,
        keymap::KeyMap,
        options::{Pane, UiOptions},
        theme::Theme,
        tty,
    },
    world::World,
};

/// A screen is wanted, and there is one to draw on.
pub fn is_screen(common: &Common, out: &Output) -> bool {
    out.terminal && !common.once && !common.json
}

/// Opens the dashboard, or lists.
///
/// # Errors
/// As [`list::run`]; a terminal that cannot be used; keys or a theme that cannot be read.
pub fn run(context: &Context) -> Result<ExitCode, Failure> {
    if !is_screen(&context.common, &context.out) {
        return list::run(&list::Args::default(), context);
    }
    show(context, context.config(), context.world())
}

/// Shows this world until the person leaves it.
pub fn show(context: &Context, config: &Config, world: World) -> Result<ExitCode, Failure> {
    chooses::refuse(chooses::DASHBOARD, &context.common)?;
    let term = context.env.text("TERM");
    tty::check(term).map_err(|why| {
        // The screen says both in one sentence, where it has no place for a hint.
        let said = why.to_string();
        let (what, todo) = said.split_once("; ").unwrap_or((&said, "use `goosetop list`"));
        Failure::new(Kind::Unavailable, what, todo)
    })?;
    let mut app = App::new(options(context, config)?);
    let all = context.common.all;
    let pace = Pace { interval: config.poll.interval, sweep: config.poll.sweep, all: false };
    let (sources, assess, clock) = world.into_parts(all);
    let engine = EngineHandle::start(sources, assess, pace, clock.clone())
        .map_err(|e| Failure::new(Kind::Internal, format!("no thread for the engine: {e}"), ""))?;
    let executor = World::executor_for(&context.env, config);
    let actor = executor.map(|executor| Actor::start(&engine, executor, plan)).transpose();
    let actor = actor.map_err(|e| Failure::new(Kind::Internal, format!("no thread for actions: {e}"), ""))?;
    let reader = Reader::start(World::opener(config))
        .map_err(|e| Failure::new(Kind::Internal, format!("no thread for conversations: {e}"), ""))?;
    let searcher = Searcher::start(World::seek(config))
        .map_err(|e| Failure::new(Kind::Internal, format!("no thread for searching: {e}"), ""))?;
    let outside = Outside {
        actor,
        reader: Some(reader),
        searcher: Some(searcher),
        hands: Box::new(RealHands::new(&context.env, config)),
    };
    let terminal = TerminalOptions { mouse: config.ui.mouse, term: term.map(str::to_owned) };
    let ended = tui::run(&mut app, &engine, outside, &terminal, clock);
    engine.stop();
    ended.map(|reason| ExitCode::from(reason.code())).map_err(|report: Report| {
        Failure::new(Kind::Internal, format!("{report:#}"), "`goosetop list` needs no terminal")
    })
}

/// What the screen is told: keys and theme are read for it.
///
/// # Errors
/// Keys or a theme that cannot be used.
pub fn options(context: &Context, config: &Config) -> Result<UiOptions, Failure> {
    let theme = match config.ui.theme.as_str() {
        "auto" => None,
        name => Some(own_file(context, &format!("themes/{name}.toml"))?.ok_or_else(|| {
            let hint = "a theme is a file themes/NAME.toml beside config.toml; `auto` is the built-in one";
            Failure::new(Kind::Config, format!("ui.theme: there is no theme {name}"), hint)
        })?),
    };
    let theme = Theme::load(theme.as_deref()).map_err(|e| Failure::new(Kind::Config, e.to_string(), ""))?;
    let keys = own_file(context, "keys.toml")?;
    let keys = KeyMap::load(keys.as_deref())
        .map_err(|e| Failure::new(Kind::Config, e.to_string(), "the file is keys.toml beside config.toml"))?;
    Ok(UiOptions {
        ascii: config.ui.ascii,
        no_color: !context.out.colour,
        mouse: config.ui.mouse,
        notify: config.ui.notify,
        panes: config.ui.panes.iter().copied().filter_map(Pane::of).collect(),
        theme,
        keys,
        utc_offset: local_offset(),
        home: paths::home(&context.env),
        interval: config.poll.interval,
        thresholds: config.health.clone(),
        filter: context.common.filter.clone().unwrap_or_default(),
        terms: World::terms(config, None),
        planner: plan,
        past: past(&context.env),
    })
}

/// A file of the person's beside the configuration; `None` where there is none.
fn own_file(context: &Context, name: &str) -> Result<Option<String>, Failure> {
    let Some(path) = paths::config_file(&context.env).map(|file| file.with_file_name(name)) else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => {
            let what = format!("{} cannot be read: {e}", text::path(&path, None));
            Err(Failure::new(Kind::Config, what, "mend it or move it away"))
        }
    }
}

/// Local time's distance from UTC now.
pub fn local_offset() -> FixedOffset {
    SystemClock.now().with_timezone(&Local).offset().fix()
}
