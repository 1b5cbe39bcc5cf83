//! `delete ID…`: takes sessions out of goose's store, after goose itself has exported them.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::Serialize;

use super::{
    Context,
    actions::{Ask, PARTLY, confirm_possible, confirm_with, refuse_read_only},
    blind,
    explain::find,
    failure::{Failure, Kind},
    goose::finder,
    output,
};
use crate::{
    clock::{Clock, SystemClock},
    config::paths,
    domain::{
        board::{Board, SessionView},
        session::SessionId,
        text,
    },
    effects::{
        audit::{Entry, Kind as Line, Summary, record},
        delete::Deleter,
        export::export,
        goose::{EnvChange, Finder},
        handover::quoted,
    },
    sources::goose_db::schema_version_known,
    wire::SCHEMA_VERSION,
    world::World,
};

/// Delete sessions from goose's store, after an export that can be imported again
///
/// Only sessions that no goose drives. Each is exported by goose itself to
/// $XDG_STATE_HOME/goosetop/trash first; without that export nothing is deleted. Sub-agents' sessions and
/// files outside the store stay.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Session ids, or names that only one session has
    #[arg(value_name = "ID", required = true)]
    id: Vec<String>,
    /// The goose to export with; else GOOSETOP_GOOSE, else the one on PATH
    #[arg(long, value_name = "PATH")]
    goose: Option<PathBuf>,
    /// Show what would be deleted, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(short, long)]
    yes: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Fate {
    session_id: String,
    name: String,
    /// `deleted`, `failed`, `not_deleted`.
    outcome: &'static str,
    export: Option<String>,
    undo: Option<String>,
    messages: Option<usize>,
    detail: String,
}

/// Deletes.
///
/// # Errors
/// Read-only; no such session; one that lives; nobody to ask; no goose.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    refuse_read_only(context)?;
    if !args.dry_run {
        confirm_possible(args.yes, context.common.json)?;
    }
    let board = context.world().board(false);
    let mut views: Vec<SessionView> = Vec::new();
    for wanted in &args.id {
        let view = find(&board, wanted)?.into_owned();
        if !views.iter().any(|v| v.key() == view.key()) {
            views.push(at_rest(&board, view)?);
        }
    }
    let finder = finder(args.goose.as_deref(), &context.env);
    let goose = finder.find().ok_or_else(|| {
        let hint = "name it with --goose or GOOSETOP_GOOSE; without goose's own export nothing is deleted";
        Failure::new(Kind::Unavailable, "goose was not found", hint)
    })?;
    let trash = paths::state_dir(&context.env).map(|dir| dir.join("trash")).ok_or_else(|| {
        Failure::new(Kind::Unavailable, "there is no place for the export", "set HOME or XDG_STATE_HOME")
    })?;
    if !context.common.json {
        output::talk(&blind::talk(&board));
        output::talk(&shown(&board, &views));
    }
    if args.dry_run {
        let all: Vec<_> = views.iter().map(|view| outcome(view, "not_deleted", "dry run")).collect();
        return finish(context, &all, true);
    }
    if !args.yes {
        confirm_with(Ask::Word("delete"))?;
    }
    let tools = Tools { board: &board, finder: &finder, goose, trash };
    let mut all = Vec::new();
    for view in &views {
        let done = tools.delete(view);
        if let (Err(why), false) = (&done, context.common.json) {
            output::talk(&format!("goosetop: {}: {why}\n", view.key().id));
        }
        all.push(done.unwrap_or_else(|why| outcome(view, "failed", &why)));
    }
    write_down(args, context, &board, &all);
    finish(context, &all, false)
}

/// One line in the audit log for all of them.
fn write_down(args: &Args, context: &Context, board: &Board, all: &[Fate]) {
    let Some(path) = World::audit_log(&context.env) else { return };
    let deleted: Vec<_> = all.iter().filter(|one| one.outcome == "deleted").collect();
    let summary = Summary {
        sessions: deleted.iter().map(|one| one.session_id.clone()).collect(),
        failed: Some(all.len() - deleted.len()),
        ..Summary::default()
    };
    let files: Vec<_> = deleted.iter().filter_map(|one| one.export.clone()).collect();
    let entry = Entry {
        kind: Line::RunFinished,
        reason: args.reason.as_deref().map(|reason| text::line(reason).into_owned()),
        detail: (!files.is_empty()).then(|| format!("exported to {}", files.join(", "))),
        summary: Some(summary),
        ..Entry::bare(&World::who(&context.env, &board.host), "delete", SystemClock.now())
    };
    if let Err(why) = record(&path, &entry) {
        output::talk(&format!("goosetop: {why}\n"));
    }
}

/// Refuses what lives, or may live.
fn at_rest(board: &Board, view: SessionView) -> Result<SessionView, Failure> {
    let id = &view.key().id;
    let refuse = |what: String, hint: String| Err(Failure::new(Kind::Unavailable, what, hint));
    if let Some(owner) = &view.owner {
        let what = format!("session {id} is driven by process {}", owner.proc.id.pid);
        return refuse(what, format!("end it first: goosetop terminate {id}"));
    }
    if let Some(left) = view.processes.first() {
        // goose gives the number of a deleted id out again: what carries it would be another session's.
        let what = format!("session {id} left processes behind, {} among them", left.proc.id.pid);
        return refuse(what, format!("end them first: goosetop terminate {id}"));
    }
    if !board.procs_known {
        let what = format!("the process table cannot be read, so it is not known whether session {id} lives");
        return refuse(what, "`goosetop doctor` says why".into());
    }
    Ok(view)
}

fn shown(board: &Board, views: &[SessionView]) -> String {
    let mut lines = vec!["delete:".to_owned()];
    for view in views {
        let subs = sub_agents(board, &view.key().id);
        let left = if subs.is_empty() {
            String::new()
        } else {
            format!("  ({} sub-agents' sessions stay)", subs.len())
        };
        lines.push(format!("  {}  {}{left}", view.key().id, text::line(&view.session.name)));
    }
    lines.push("Each is exported first, and can be restored by `goose session import`.\n".into());
    lines.join("\n")
}

fn sub_agents<'a>(board: &'a Board, id: &SessionId) -> Vec<&'a SessionId> {
    let live = board.sessions.iter().flat_map(|v| v.sub_agents.iter()).map(|v| &v.session);
    let all = live.chain(&board.ended);
    all.filter(|s| s.parent.as_ref() == Some(id)).map(|s| &s.key.id).collect()
}

struct Tools<'a> {
    board: &'a Board,
    finder: &'a Finder,
    goose: PathBuf,
    trash: PathBuf,
}

impl Tools<'_> {
    /// Exports, checks, deletes.
    fn delete(&self, view: &SessionView) -> Result<Fate, String> {
        let id = &view.key().id;
        let store = &self.board.stores.get(view.key().store).ok_or("its store is not known")?.path;
        let env = self.finder.env_for(store).ok_or_else(|| {
            format!("goose cannot be pointed at the store {}, so it cannot export", text::path(store, None))
        })?;
        let said = |e: crate::effects::delete::Error| format!("{e}; {}", e.hint());
        // Closed again before goose opens the store, which may bring it up to its own schema.
        let seen =
            Deleter::open(store, schema_version_known()).and_then(|d| d.fingerprint(id)).map_err(said)?;
        let file = export(&self.goose, &env, id, seen.messages, &self.trash, SystemClock.now())
            .map_err(|e| e.to_string())?;
        let mut deleter = Deleter::open(store, schema_version_known()).map_err(said)?;
        let done = deleter.delete(id, &seen).map_err(said)?;
        Ok(Fate {
            undo: Some(self.undo(&env, &file)),
            export: Some(text::path(&file, None)),
            messages: Some(done.messages),
            ..outcome(view, "deleted", "")
        })
    }
}

impl Tools<'_> {
    /// What to type to get it back, into the store that it came from.
    fn undo(&self, env: &EnvChange, file: &Path) -> String {
        let set = env.iter().filter_map(|(name, value)| Some(format!("{name}={}", quoted(value.as_ref()?))));
        let words =
            [quoted(self.goose.as_os_str()), "session".into(), "import".into(), quoted(file.as_os_str())];
        set.chain(words).collect::<Vec<_>>().join(" ")
    }
}

fn outcome(view: &SessionView, outcome: &'static str, detail: &str) -> Fate {
    Fate {
        session_id: view.key().id.to_string(),
        name: text::line(&view.session.name).into_owned(),
        outcome,
        export: None,
        undo: None,
        messages: None,
        detail: text::line(detail).into_owned(),
    }
}

fn finish(context: &Context, all: &[Fate], dry_run: bool) -> Result<ExitCode, Failure> {
    let failed = all.iter().filter(|one| one.outcome == "failed").count();
    if context.common.json {
        output::write_json(&serde_json::json!({
            "schema_version": SCHEMA_VERSION, "action": "delete", "dry_run": dry_run,
            "failed": failed, "sessions": all,
        }))?;
    } else {
        let lines = all.iter().map(|one| match &one.undo {
            Some(undo) => {
                let messages = one.messages.unwrap_or_default();
                format!("deleted {} ({messages} messages); undo: {undo}\n", one.session_id)
            }
            None => format!("{} {}: {}\n", one.outcome.replace('_', " "), one.session_id, one.detail),
        });
        output::write(&lines.collect::<String>())?;
    }
    Ok(if failed > 0 { ExitCode::from(PARTLY) } else { ExitCode::SUCCESS })
}
