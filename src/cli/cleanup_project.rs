//! `cleanup-project P --status S`: end the sessions of a project that is over.

use std::{
    path::{Component, Path},
    process::ExitCode,
};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use strum::IntoEnumIterator;

use super::{
    Context,
    actions::{Actor, Ask, Bulk, Consent, Flags},
    failure::Failure,
    output,
    remote::{Body, Far, Said, act},
};
use crate::domain::plan::{Intent, ProjectStatus};

const FOLLOWS: &str = "An emergency clean of what is left of the project follows 2 s later.\n";

fn statuses() -> impl TypedValueParser<Value = ProjectStatus> {
    let words = ProjectStatus::iter().map(|s| -> &'static str { s.into() });
    PossibleValuesParser::new(words).try_map(|word| word.parse::<ProjectStatus>())
}

/// End the sessions of a project
///
/// A session is of a project by goose's project id, by an id or name that starts with or contains its
/// name, or by a working directory at or under it. After `failed` and `emergency` an emergency clean of
/// what is left of the project follows 2 s later.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project: goose's id of it, a part of session names, or a directory
    #[arg(value_name = "PROJECT")]
    name: String,
    /// How the project ended
    #[arg(long, value_name = "STATUS", value_parser = statuses())]
    status: ProjectStatus,
    /// Flags of every action.
    #[command(flatten)]
    pub flags: Flags,
    /// Flags of bulk actions.
    #[command(flatten)]
    pub bulk: Bulk,
}

/// Ends them.
///
/// # Errors
/// As [`Actor::act`].
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let mut actor = Actor::new(context, &args.flags)?;
    let board = actor.look();
    let project = named(&args.name);
    let intent = |status| Intent::CleanupProject { project: project.clone(), status };
    let loud = !context.common.json;
    if args.status.is_emergency() && loud {
        output::talk(FOLLOWS);
    }
    let ask = Consent::Ask(Ask::Word("clean"));
    let report = actor.act(&intent(args.status), &board, ask)?;
    if !args.status.is_emergency() || args.flags.dry_run || report.broken_off {
        return actor.finish(&report, None);
    }
    if !actor.pause(ProjectStatus::FOLLOWED_AFTER)? {
        return actor.finish(&report, None);
    }
    let board = actor.look();
    // Nobody has agreed to anything yet where there was nothing to agree to.
    let ask = if report.steps.is_empty() { ask } else { Consent::Given };
    let rest = actor.act(&intent(ProjectStatus::Emergency), &board, ask);
    let rest = match rest {
        Ok(rest) => rest,
        Err(failure) => {
            actor.finish(&report, None)?;
            return Err(failure);
        }
    };
    actor.finish(&report, Some(&rest))
}

/// Has a server end them; it makes the second clean itself.
///
/// # Errors
/// As [`act::act`]; a directory that means nothing to the server.
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    act::prepare(far, &args.flags)?;
    let first = Path::new(&args.name).components().next();
    if matches!(first, Some(Component::CurDir | Component::ParentDir)) && !far.is_here() {
        return Err(far.cannot("a relative directory", "it may lie on another machine"));
    }
    let emergency = args.status.is_emergency();
    if emergency && !far.context.common.json {
        output::talk(FOLLOWS);
    }
    let ask = |status: ProjectStatus| {
        let status: &str = status.into();
        let wish = json!({
            "action": "cleanup-project", "project": named(&args.name), "status": status,
            "include_attached": args.bulk.include_attached,
        });
        act::act(far, &args.flags, wish, Ask::Word("clean"))
    };
    match ask(args.status)? {
        // There was nothing to run, so nothing follows by itself.
        act::Done::Nothing(first) if emergency && !args.flags.dry_run => {
            std::thread::sleep(ProjectStatus::FOLLOWED_AFTER);
            match ask(ProjectStatus::Emergency) {
                Ok(act::Done::Nothing(rest) | act::Done::Said(rest)) => both(&first, rest)?.print(),
                Ok(left @ act::Done::Left(_)) => first.print().and(left.finish()),
                Err(failure) => {
                    first.print()?;
                    Err(failure)
                }
            }
        }
        done => done.finish(),
    }
}

/// The one after the other, as one answer.
fn both(first: &Said, rest: Said) -> Result<Said, Failure> {
    let body = match (&first.body, &rest.body) {
        (Body::Json(first), Body::Json(rest)) => {
            let mut document = first.clone();
            document["follow_up"] = rest.clone();
            Body::Json(document)
        }
        _ => Body::Words(format!("{}\n{}", first.text()?, rest.text()?)),
    };
    Ok(rest.with(body))
}

/// A directory given from here (`.`, `../web`) is one, never a part of a name.
fn named(project: &str) -> String {
    let path = Path::new(project);
    let first = path.components().next();
    if !matches!(first, Some(Component::CurDir | Component::ParentDir)) {
        return project.to_owned();
    }
    // The real path: that is what a goose started here has as its directory.
    path.canonicalize().map_or_else(|_| project.to_owned(), |real| real.to_string_lossy().into_owned())
}
