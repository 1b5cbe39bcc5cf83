//! `list`: every session that has not ended, why, and what was left behind.

use std::{path::PathBuf, process::ExitCode};

use super::{
    Context, blind,
    failure::Failure,
    output::{self, Meaning, Output, age, size},
    reason,
    remote::{Far, Form, choice},
    select::selection_within,
    table::{self, Cell, Column, Cut},
};
use crate::{
    domain::{
        board::{Board, Counts, ProcView, SessionView},
        health::Health,
        snapshot::StoreState,
        text,
        words::counted,
    },
    wire::ListDto,
    world::World,
};

/// List the sessions that have not ended, worst first, and what was left behind
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// How to write; json is the same as --json
    #[arg(short, long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
    /// Show sessions that work in this directory or below it
    #[arg(short, long, value_name = "DIR", alias = "working_dir")]
    working_dir: Option<PathBuf>,
}

/// Lists.
///
/// # Errors
/// A filter that cannot be read, or output that cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    print(args, context, context.world())
}

/// Has a server list.
///
/// # Errors
/// As [`run`]; a server that cannot be asked.
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    let form = if args.format.as_deref() == Some("json") { Form::Json } else { far.form() };
    far.get(choice::chosen(far, "/api/sessions", args.working_dir.as_deref())?, form)?.print()
}

/// Lists what is in this world.
///
/// # Errors
/// As [`run`].
pub fn print(args: &Args, context: &Context, mut world: World) -> Result<ExitCode, Failure> {
    let selection = selection_within(&context.common, args.working_dir.as_deref())?;
    let board = world.board(selection.all());
    let rows = selection.rows(&board);
    if context.common.json || args.format.as_deref() == Some("json") {
        output::write_json(&ListDto::new(&board, rows.iter().map(AsRef::as_ref)))?;
    } else {
        let rows: Vec<&SessionView> = rows.iter().map(AsRef::as_ref).collect();
        if !context.out.terminal {
            output::talk(&blind::talk(&board));
        }
        // Who asks for none is told nothing about none.
        if selection.limit != Some(0) {
            output::talk(&remark(&board, &rows));
        }
        output::write(&render(&context.out, &board, &rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A word to a person who sees an empty list.
fn remark(board: &Board, rows: &[&SessionView]) -> String {
    if !rows.is_empty() {
        return String::new();
    }
    let absent: Vec<_> = board.stores.iter().filter(|s| s.state == StoreState::Absent).collect();
    if !absent.is_empty() && absent.len() == board.stores.len() {
        let paths: Vec<_> = absent.iter().map(|s| text::path(&s.path, None)).collect();
        return format!(
            "goosetop: no goose sessions on this machine: there is no {}\n  hint: name a store with --db, or try `goosetop demo`\n",
            paths.join(", ")
        );
    }
    if board.sessions.is_empty() && board.counts.ended > 0 {
        return format!(
            "goosetop: no session is running; --all shows the {} that ended\n",
            board.counts.ended
        );
    }
    "goosetop: no session fits\n".into()
}

const SESSIONS: &[Column] = &[
    Column { title: "STATE", right: false, cut: Cut::Never, least: 0, rank: 9 },
    Column { title: "ID", right: false, cut: Cut::Middle, least: 16, rank: 9 },
    Column { title: "NAME", right: false, cut: Cut::Middle, least: 12, rank: 6 },
    Column { title: "WHY", right: false, cut: Cut::End, least: 24, rank: 9 },
    Column { title: "IDLE", right: true, cut: Cut::Never, least: 0, rank: 7 },
    Column { title: "PID", right: true, cut: Cut::Never, least: 0, rank: 8 },
    Column { title: "MEM", right: true, cut: Cut::Never, least: 0, rank: 5 },
    Column { title: "COST", right: true, cut: Cut::Never, least: 0, rank: 2 },
    Column { title: "DIRECTORY", right: false, cut: Cut::Start, least: 12, rank: 3 },
    Column { title: "MODEL", right: false, cut: Cut::End, least: 8, rank: 1 },
];

const PROCESSES: &[Column] = &[
    Column { title: "PID", right: true, cut: Cut::Never, least: 0, rank: 9 },
    Column { title: "SESSION", right: false, cut: Cut::End, least: 10, rank: 8 },
    Column { title: "AGE", right: true, cut: Cut::Never, least: 0, rank: 6 },
    Column { title: "MEM", right: true, cut: Cut::Never, least: 0, rank: 5 },
    Column { title: "COMMAND", right: false, cut: Cut::End, least: 16, rank: 9 },
    Column { title: "WHY", right: false, cut: Cut::End, least: 12, rank: 4 },
];

/// The whole answer as text.
pub fn render(out: &Output, board: &Board, rows: &[&SessionView]) -> String {
    let mut cells = Vec::new();
    for view in rows {
        push(out, board, view, 0, &mut cells);
    }
    let mut parts = vec![table::draw(out, SESSIONS, &cells)];
    for (title, list) in
        [("Leaked", &board.leaked), ("Untracked", &board.untracked), ("Unconfirmed", &board.unconfirmed)]
    {
        if !list.is_empty() {
            let title = out.paint(Meaning::Strong, &format!("{title} processes {}", list.len()));
            let rows: Vec<_> = list.iter().map(|view| process(out, board, view)).collect();
            parts.push(format!("{title}\n{}", table::draw(out, PROCESSES, &rows)));
        }
    }
    parts.push(blind::part(out, board));
    parts.push(summary(out, &board.counts) + "\n");
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn push(out: &Output, board: &Board, view: &SessionView, depth: usize, cells: &mut Vec<Vec<Cell>>) {
    let session = &view.session;
    let state = format!("{} {}", out.sign(view.health), view.health);
    let branch = if out.ascii { "`-" } else { "└ " };
    let indent = if depth == 0 { String::new() } else { format!("{}{branch}", "  ".repeat(depth - 1)) };
    let unknown = || out.unknown().to_owned();
    let quiet = |text: String| Cell { text, meaning: Some(Meaning::Quiet) };
    cells.push(vec![
        Cell { text: state, meaning: Some(Meaning::Class(view.health)) },
        format!("{indent}{}", session.key.id).into(),
        text::line(&session.name).into_owned().into(),
        reason::of(view, board).into(),
        view.inactive.map_or_else(unknown, age).into(),
        view.owner.as_ref().map_or_else(String::new, |o| o.proc.id.pid.to_string()).into(),
        view.rss_bytes().map_or_else(String::new, size).into(),
        session.cost_usd.map_or_else(String::new, |c| format!("${c:.2}")).into(),
        quiet(text::path(&session.working_dir, None)),
        quiet(session.model.as_deref().map(|m| text::line(m).into_owned()).unwrap_or_default()),
    ]);
    for sub in &view.sub_agents {
        push(out, board, sub, depth + 1, cells);
    }
}

fn process(out: &Output, board: &Board, view: &ProcView) -> Vec<Cell> {
    let proc = &view.proc;
    let id = view.session.as_ref().map(|key| key.id.to_string());
    let id = id.or_else(|| view.stray_id.as_deref().map(|id| text::line(id).into_owned()));
    let finding = board.findings.get(&proc.id.pid).map(|f| f.message.as_str());
    let why = finding.or_else(|| view.evidence.first().map(|e| e.detail.as_str())).unwrap_or_default();
    vec![
        proc.id.pid.to_string().into(),
        id.unwrap_or_else(|| out.unknown().into()).into(),
        age(view.age).into(),
        proc.rss_bytes.map_or_else(|| out.unknown().to_owned(), size).into(),
        format!("{}{}", "  ".repeat(view.depth), proc.command()).into(),
        Cell { text: text::line(why).into_owned(), meaning: Some(Meaning::Quiet) },
    ]
}

/// One line with every count.
pub fn summary(out: &Output, counts: &Counts) -> String {
    let classes = [
        (Health::Orphaned, counts.orphaned),
        (Health::Stuck, counts.stuck),
        (Health::Unknown, counts.unknown),
        (Health::Healthy, counts.healthy),
        (Health::Ended, counts.ended),
    ];
    // The classes that matter are always there: "0 stuck" is an answer.
    let loud = |h: Health| matches!(h, Health::Orphaned | Health::Stuck | Health::Healthy);
    let mut parts: Vec<String> = classes
        .into_iter()
        .filter(|(health, count)| *count > 0 || loud(*health))
        .map(|(h, n)| out.paint(Meaning::Class(h), &format!("{} {n} {h}", out.sign(h))))
        .collect();
    if counts.leaked_processes > 0 {
        let leaked = counted(counts.leaked_processes, "leaked process", "leaked processes");
        parts.push(format!("{leaked} ({})", size(counts.leaked_bytes)));
    }
    if counts.untracked_processes > 0 {
        parts.push(counted(counts.untracked_processes, "untracked process", "untracked processes"));
    }
    parts.join("  ")
}
