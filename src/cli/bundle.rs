//! `bundle ID`: everything the next person needs to go on, in one document without secrets.

mod file;
mod words;

use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;

use super::{
    Context,
    audit::{self, RunDto},
    conversation, doctor,
    failure::Failure,
    goose::{Target, look_up},
    sink::Destination,
};
use crate::{
    config::env::Env,
    domain::{
        board::{Board, SessionView},
        health::thresholds::Thresholds,
        text,
        transcript::{Message, Part, Printed, ToolContent},
    },
    effects::audit::read,
    render::mask,
    wire::{DatabaseDto, ExplainDto, MessageDto, SCHEMA_VERSION, time},
    world::World,
};

pub use file::Files;

/// Messages that a reader of a ticket will read.
const MESSAGES: usize = 40;

/// Characters kept of what a tool printed.
const OUTPUT: usize = 2000;

/// Lines of the audit log that are looked through.
const LOG_LINES: usize = 20_000;

/// What whoever passes it on is told.
const LOOK: &str = "; look through it before you pass it on";

/// The document's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a ticket
    Markdown,
    /// For programs
    Json,
}

/// Write a hand-over for a ticket: verdict, processes, actions, the end of the conversation
///
/// Keys, tokens and passwords in known forms are masked; read it before you pass it on.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// The form; json is the same as --json
    #[arg(short, long, value_name = "FORMAT", default_value = "markdown")]
    format: Format,
    #[command(flatten)]
    destination: Destination,
}

/// What runs here.
#[derive(Clone, Debug, Serialize)]
pub struct VersionsDto {
    /// Ours.
    pub goosetop: &'static str,
    /// goose's own answer; `null` where it is not on PATH or does not say.
    pub goose: Option<String>,
    /// Of the SQLite that is linked in.
    pub sqlite: &'static str,
    /// System and processor.
    pub system: String,
}

/// Everything.
#[derive(Serialize)]
struct BundleDto {
    schema_version: u32,
    generated_at: String,
    host: String,
    masked: bool,
    versions: VersionsDto,
    explanation: ExplainDto,
    databases: Vec<DatabaseDto>,
    /// What could not be read, one sentence each.
    not_read: Vec<String>,
    actions: Vec<RunDto>,
    /// Why the conversation is not here.
    transcript_fault: Option<String>,
    messages: Vec<MessageDto>,
}

/// Writes it.
///
/// # Errors
/// No such session, or a file that is there already. A conversation or a log that cannot be read is
/// said in the document.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let (board, view) = look_up(context, args.target.wanted())?;
    let mut sink = args.destination.open()?;
    let format = if context.common.json { Format::Json } else { args.format };
    let document = document(&board, &view, &context.env, &context.config().health, format)?;
    if sink.write(&document)?.is_break() {
        return Ok(ExitCode::SUCCESS);
    }
    args.destination.publish(sink, LOOK)?;
    Ok(ExitCode::SUCCESS)
}

/// The whole hand-over of a session of this board, judged by these limits.
fn document(
    board: &Board,
    view: &SessionView,
    env: &Env,
    limits: &Thresholds,
    format: Format,
) -> Result<String, Failure> {
    let mut not_read = super::blind::sentences(board);
    let actions = actions(env, view.key().id.raw()).unwrap_or_else(|why| {
        not_read.push(why);
        Vec::new()
    });
    let (messages, fault) = match newest(board.clone(), view.clone()) {
        Ok(messages) => (messages, None),
        Err(failure) => (Vec::new(), Some(failure.what)),
    };
    let bundle = BundleDto {
        schema_version: SCHEMA_VERSION,
        generated_at: time(board.taken_at),
        host: text::line(&board.host).into_owned(),
        masked: true,
        versions: VersionsDto {
            goosetop: env!("CARGO_PKG_VERSION"),
            goose: doctor::goose_version(env),
            sqlite: World::sqlite_version(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        },
        explanation: ExplainDto::new(view, board, limits),
        databases: board.stores.iter().map(DatabaseDto::from).collect(),
        not_read,
        actions,
        transcript_fault: fault,
        messages: messages.iter().map(MessageDto::from).collect(),
    };
    match format {
        Format::Markdown => Ok(words::render(&bundle, view, &messages)),
        Format::Json => {
            let mut value = serde_json::to_value(&bundle)?;
            mask::value(&mut value);
            Ok(serde_json::to_string_pretty(&value)? + "\n")
        }
    }
}

/// The end of the conversation, masked, what tools printed cut.
fn newest(board: Board, view: SessionView) -> Result<Vec<Message>, Failure> {
    let mut talk = conversation::of(board, view)?;
    let mut place = talk.before_newest(MESSAGES, |m| m.user_visible)?;
    let mut all = Vec::new();
    loop {
        let page = talk.after(place, false)?;
        let Some(last) = page.last() else { return Ok(all) };
        place = Some(last.place);
        for mut message in page.into_iter().filter(|m| m.user_visible) {
            mask::message(&mut message);
            message.parts.iter_mut().for_each(shorten);
            all.push(message);
        }
    }
}

fn shorten(part: &mut Part) {
    let Part::ToolResponse { content, .. } = part else { return };
    for given in content {
        if let ToolContent::Text(said) | ToolContent::Resource { text: Some(said), .. } = given {
            *said = Printed::new(text::cut(&said.plain(), OUTPUT));
        }
    }
}

/// What was done to the session, as the audit log tells.
fn actions(env: &Env, id: &str) -> Result<Vec<RunDto>, String> {
    let Some(path) = World::audit_log(env) else { return Ok(Vec::new()) };
    let log = read(&path, LOG_LINES)
        .map_err(|e| format!("the audit log {} cannot be read: {e}", text::path(&path, None)))?;
    Ok(audit::runs_on(&log.entries, id))
}
