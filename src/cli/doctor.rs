//! `doctor`: looks at everything goosetop depends on, and says what to do about what is wrong.

mod abilities;
mod files;
mod own;
mod surroundings;

use std::process::ExitCode;

use serde::Serialize;
use strum::Display;

use super::{
    Context,
    failure::{Failure, Kind},
    output::{self, Meaning, Output},
};
use crate::{domain::health::Health, wire::SCHEMA_VERSION};

pub use surroundings::goose_version;

/// Check what goosetop depends on, and say what to do about what is wrong
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, Serialize)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Works, with something to know.
    Warn,
    /// Does not work.
    Fail,
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it went.
    pub level: Level,
    /// What was seen, cleaned.
    pub message: String,
    /// What to do; `null` where nothing is to be done.
    pub todo: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, level: Level::Ok, message: message.into(), todo: None }
    }

    fn warn(name: &'static str, message: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { name, level: Level::Warn, message: message.into(), todo: Some(todo.into()) }
    }

    fn fail(name: &'static str, message: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { name, level: Level::Fail, message: message.into(), todo: Some(todo.into()) }
    }
}

/// Checks.
///
/// # Errors
/// Output that cannot be written. What fails a check is told in the answer and by exit code.
pub fn run(_args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let board = context.world().board(false);
    let now = board.taken_at;
    let mut checks: Vec<Check> = board.stores.iter().flat_map(|store| files::store(store, now)).collect();
    checks.extend(files::no_store(&board));
    checks.extend(files::legacy(&board));
    checks.extend(surroundings::all(context));
    checks.extend(abilities::all(context));
    checks.push(files::leftovers(&context.env));
    checks.extend(own::all(context));
    let failed = checks.iter().any(|check| check.level == Level::Fail);
    if context.common.json {
        output::write_json(&serde_json::json!({ "schema_version": SCHEMA_VERSION, "checks": checks }))?;
    } else {
        output::write(&render(&context.out, &checks))?;
    }
    Ok(if failed { ExitCode::from(Kind::Unavailable.code()) } else { ExitCode::SUCCESS })
}

fn render(out: &Output, checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let class = match check.level {
            Level::Ok => Health::Healthy,
            Level::Warn => Health::Stuck,
            Level::Fail => Health::Orphaned,
        };
        let level = out.paint(Meaning::Class(class), &format!("{:4}", check.level.to_string()));
        text.extend([format!("{level}  {:12} {}\n", check.name, check.message)]);
        if let Some(todo) = &check.todo {
            text.extend([format!("      {:12} {}\n", "", out.paint(Meaning::Quiet, todo))]);
        }
    }
    text
}
