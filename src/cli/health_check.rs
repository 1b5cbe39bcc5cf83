//! `health-check`: for monitoring and cron. The exit code is the answer, the text says why.

use std::process::ExitCode;

use super::{
    Context, blind,
    failure::Failure,
    list,
    output::{self, Meaning, Output, age},
    remote::{Far, choice},
    select::selection,
    table::{self, Cell, Column, Cut},
};
use crate::{
    domain::{
        board::{Board, SessionView},
        health::Health,
        text,
    },
    wire::{HealthCheckDto, Status, recommendations},
};

/// Say whether everything is healthy, by exit code and in words
///
/// With `--filter`, `--project` or `--state` totals, recommendations and the exit code are those of the
/// sessions that fit.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Checks.
///
/// # Errors
/// A filter that cannot be read, or output that cannot be written.
pub fn run(_args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let selection = selection(&context.common)?;
    let whole = context.world().board(selection.all());
    let board = selection.narrowed(&whole);
    let rows = selection.rows(&board);
    let rows: Vec<&SessionView> = rows.iter().map(AsRef::as_ref).collect();
    if context.common.json {
        output::write_json(&HealthCheckDto::new(&board, rows.iter().copied()))?;
    } else {
        if board.counts.total < whole.counts.total && board.counts.total == 0 {
            output::talk("goosetop: no session fits\n");
        }
        output::write(&render(&context.out, &board, &rows))?;
    }
    Ok(ExitCode::from(Status::of(&board).exit_code()))
}

/// Has a server check.
///
/// # Errors
/// As [`run`]; a server that cannot be asked.
pub fn far(far: &Far<'_>) -> Result<ExitCode, Failure> {
    far.get(choice::chosen(far, "/api/health-check", None)?, far.form())?.print()
}

const ACTIVE: &[Column] = &[
    Column { title: "ID", right: false, cut: Cut::Middle, least: 16, rank: 9 },
    Column { title: "NAME", right: false, cut: Cut::Middle, least: 12, rank: 6 },
    Column { title: "AGE", right: true, cut: Cut::Never, least: 0, rank: 9 },
    Column { title: "PID", right: true, cut: Cut::Never, least: 0, rank: 9 },
];

/// The whole answer as text.
pub fn render(out: &Output, board: &Board, rows: &[&SessionView]) -> String {
    let status = Status::of(board);
    let health = match status {
        Status::Healthy => Health::Healthy,
        Status::Stuck => Health::Stuck,
        Status::Orphaned => Health::Orphaned,
        Status::Unknown => Health::Unknown,
    };
    let word = out.paint(Meaning::Class(health), &format!("{} {status}", out.sign(health)));
    let mut parts =
        vec![format!("{word}  {}\n{}\n", text::line(&board.host), list::summary(out, &board.counts))];
    let advice = recommendations(board);
    if !advice.is_empty() {
        let bullet = if out.ascii { "-" } else { "·" };
        let lines = blind::lines(advice.iter().map(|r| format!("  {bullet} {}", r.message)));
        parts.push(format!("{}\n{lines}", out.paint(Meaning::Strong, "Recommendations")));
    }
    let active: Vec<_> = rows.iter().filter(|v| v.health != Health::Ended).collect();
    if !active.is_empty() {
        let title = out.paint(Meaning::Strong, &format!("Active sessions {}", active.len()));
        let cells: Vec<_> = active.iter().map(|view| row(out, board, view)).collect();
        parts.push(format!("{title}\n{}", table::draw(out, ACTIVE, &cells)));
    }
    parts.push(blind::part(out, board));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn row(out: &Output, board: &Board, view: &SessionView) -> Vec<Cell> {
    let session = &view.session;
    let since = session.created_at.and_then(|at| (board.taken_at - at).to_std().ok());
    vec![
        Cell { text: session.key.id.to_string(), meaning: Some(Meaning::Class(view.health)) },
        text::line(&session.name).into_owned().into(),
        since.map_or_else(|| out.unknown().to_owned(), age).into(),
        view.owner.as_ref().map_or_else(|| out.unknown().to_owned(), |o| o.proc.id.pid.to_string()).into(),
    ]
}
