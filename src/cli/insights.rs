//! `insights`: what was done, by what, and where the time went.

mod words;

use std::{ops::ControlFlow, process::ExitCode, time::Duration};

use super::{Context, dashboard::local_offset, failure::Failure, output};
use crate::{
    clock::{Clock, SystemClock},
    config::durations::parse_duration,
    domain::insights::{DEADLINE, Wish},
    wire::InsightsDto,
    world::World,
};

pub use words::render;

/// Show sessions, tokens and cost by day, model and project, and where the time went
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// How far back conversations are read, for tools, waiting and slow calls
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = parse_duration)]
    since: Duration,
}

/// Reads and shows.
///
/// # Errors
/// Output that cannot be written. Stores that cannot be read are told in the answer.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let wish =
        Wish { now: SystemClock.now(), window: args.since, offset: local_offset(), deadline: DEADLINE };
    let mut hear = |_| ControlFlow::Continue(());
    let told = World::insights(&context.env, context.config(), wish, &mut hear);
    if context.common.json {
        output::write_json(&InsightsDto::from(&told))?;
    } else {
        output::write(&render(&context.out, &told))?;
    }
    Ok(ExitCode::SUCCESS)
}
