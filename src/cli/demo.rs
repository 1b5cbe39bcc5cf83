//! `demo`: a throw-away world in which every key works.

use std::process::ExitCode;

use super::{
    Context, dashboard,
    failure::{Failure, Kind},
    list,
};
use crate::{
    clock::{Clock, SystemClock},
    config::keys,
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
    let root = stage.root().to_owned();
    let keep = Box::new(move |proc: &Proc| !demo::World::is_foreign(&root, proc));
    let world = World::of(&config, Some(keep)).remembering(&context.env);
    if !dashboard::is_screen(&context.common, &context.out) {
        return list::print(&list::Args::default(), context, world);
    }
    stage.animate();
    dashboard::show(context, &config, world)
}
