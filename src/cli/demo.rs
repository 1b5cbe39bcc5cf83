//! `demo`: a throw-away world in which every key works.

use std::process::ExitCode;

use super::{
    Context, dashboard,
    failure::{Failure, Kind},
    goose, list,
};
use crate::{
    clock::{Clock, SystemClock},
    config::{env::Env, keys},
    demo,
    domain::process::Proc,
    world::World,
};

/// Build a throw-away world, look at it in the dashboard, and remove it at the end
///
/// A real session store in goose's schema and real, harmless processes that may be terminated: for trying
/// every key on a machine without goose. Nothing of yours is shown or touched.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs the demo.
///
/// # Errors
/// When its world cannot be built, and as the dashboard's.
pub fn run(_args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let failed = |e: demo::Error| Failure::new(Kind::Unavailable, format!("no demo: {e}"), "");
    let program = std::env::current_exe()
        .map_err(|e| Failure::new(Kind::Internal, format!("goosetop's own file is not known: {e}"), ""))?;
    let mut stage = demo::World::build(SystemClock.now(), &program).map_err(failed)?;
    let mut config = context.config().clone();
    config.store.databases = vec![stage.db_path()];
    for (key, value) in demo::World::overrides() {
        keys::set(&mut config, key, value).map_err(|e| Failure::new(Kind::Internal, e, ""))?;
    }
    let context = Context {
        loaded: context.loaded.clone(),
        common: context.common.clone(),
        out: context.out,
        env: inside(&context.env, &stage),
    };
    let root = stage.root().to_owned();
    let keep = Box::new(move |proc: &Proc| !demo::World::is_foreign(&root, proc));
    let world = World::of(&config, Some(keep)).remembering(&context.env);
    if !dashboard::is_screen(&context.common, &context.out) {
        return list::print(&list::Args::default(), &context, world);
    }
    stage.animate();
    dashboard::show(&context, &config, world)
}

/// The environment as it is inside: the audit log, reports and locks are the demo's own and go with it, and
/// so is the goose that a resume starts. Its ids are those of real sessions, so nothing may be mixed.
fn inside(env: &Env, stage: &demo::World) -> Env {
    env.clone()
        .with(if cfg!(windows) { "LOCALAPPDATA" } else { "XDG_STATE_HOME" }, stage.state())
        .with("XDG_RUNTIME_DIR", stage.root().join("run"))
        .with(goose::VARIABLE, stage.goose())
}
