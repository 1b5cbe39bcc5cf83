//! A plan and a report for people. Nothing is cut: what is confirmed must be readable to its end.

use super::span;
use crate::{
    cli::output::{Meaning, Output, size},
    domain::{
        board::ProcRole,
        plan::{Closing, LeftAlone, Plan, Step},
        session::SessionKey,
        snapshot::Fault,
        text,
    },
    effects::{Report, StepOutcome, StepReport},
    wire,
};

/// What would be done, in order, with its evidence.
pub fn plan(out: &Output, plan: &Plan) -> String {
    let memory = plan.rss_bytes().map(|bytes| format!(", {}", size(bytes))).unwrap_or_default();
    let what = format!(
        "{}: {}, {}{memory}",
        plan.intent.verb(),
        count(plan.sessions.len(), "session"),
        count(plan.steps.len(), "process"),
    );
    let mut lines = vec![out.paint(Meaning::Strong, &what)];
    if let Some(reason) = &plan.reason {
        lines.push(format!("reason: {}", text::line(reason)));
    }
    lines.extend(plan.sessions.iter().map(|closing| session(plan, closing)));
    let mut last: Option<&SessionKey> = None;
    for (place, step) in plan.steps.iter().enumerate() {
        if step.session.as_ref() != last || place == 0 {
            last = step.session.as_ref();
            let of = last.map_or_else(|| "no session".to_owned(), |key| format!("session {}", key.id));
            lines.push(out.paint(Meaning::Quiet, &of));
        }
        lines.extend(numbered(out, place + 1, step));
    }
    lines.extend(left_alone(out, &plan.left_alone));
    lines.extend(unread(out, plan));
    lines.push(format!(
        "Each gets TERM, in this order, and KILL if it is still there {} later.",
        span(plan.grace)
    ));
    lines.join("\n") + "\n"
}

/// What was done, or what a dry run would do.
pub fn report(out: &Output, report: &Report) -> String {
    let whole = &report.plan;
    if report.steps.is_empty() {
        // Neither a session nor a process: the reason is about the whole.
        if let [LeftAlone { pid: None, session: None, why, .. }] = whole.left_alone.as_slice() {
            return format!("Nothing to end: {}.\n", text::line(why));
        }
        let mut lines = vec!["Nothing to end.".to_owned()];
        lines.extend(left_alone(out, &whole.left_alone));
        lines.extend(unread(out, whole));
        return lines.join("\n") + "\n";
    }
    if report.dry_run {
        return plan(out, whole) + "Dry run: nothing was sent.\n";
    }
    let took = (report.finished_at - report.started_at).to_std().unwrap_or_default();
    let failed = if report.failed() > 0 { format!(", {} failed", report.failed()) } else { String::new() };
    let head = format!(
        "{}: {} closed, {} ended{failed}, in {}",
        whole.intent.verb(),
        count(report.sessions_closed(), "session"),
        count(report.processes_terminated(), "process"),
        span(took),
    );
    let mut lines = vec![out.paint(Meaning::Strong, &head)];
    lines.extend(report.steps.iter().map(|done| became(out, done)));
    if report.broken_off {
        lines.push("Broken off: what is not listed as ended may still be there.".to_owned());
    }
    lines.extend(left_alone(out, &whole.left_alone));
    lines.extend(unread(out, whole));
    lines.join("\n") + "\n"
}

/// What could not be seen when the plan was made.
fn unread(out: &Output, plan: &Plan) -> Vec<String> {
    if plan.faults.is_empty() {
        return Vec::new();
    }
    let title = out.paint(Meaning::Strong, "Not read: there may be more to end");
    let fault = |f: &Fault| format!("  {}: {}", text::line(&f.source), text::line(&f.message));
    std::iter::once(title).chain(plan.faults.iter().map(fault)).collect()
}

/// An outcome in words.
pub fn outcome(outcome: StepOutcome) -> String {
    outcome.to_string().replace('_', " ")
}

/// `: detail`, or nothing.
pub fn detail(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {}", text::line(detail)) }
}

fn became(out: &Output, done: &StepReport) -> String {
    let signals =
        if done.signals.is_empty() { String::new() } else { format!(" [{}]", done.signals.join(" ")) };
    let word = format!("{:17}", outcome(done.outcome));
    let word = if done.outcome.is_gone() { word } else { out.paint(Meaning::Strong, &word) };
    format!(
        "  {word} {:>7}  {}{signals}{}",
        done.step.id.pid,
        text::line(&done.step.command),
        detail(&done.detail)
    )
}

fn session(plan: &Plan, closing: &Closing) -> String {
    let of_it = |step: &&Step| step.session.as_ref() == Some(&closing.key);
    let leaked = plan.steps.iter().filter(of_it).all(|step| step.role == ProcRole::Leaked);
    let how = match closing.owner_ends {
        true if closing.driven_on => "  (another goose drives it, and lives on)",
        true => "",
        false if leaked => "  (what it left behind)",
        false => "  (its tools only; its server lives on)",
    };
    format!("  {}  {}{how}", closing.key.id, text::line(&closing.name))
}

fn numbered(out: &Output, number: usize, step: &Step) -> [String; 2] {
    let memory = step.rss_bytes.map_or_else(|| out.unknown().to_owned(), size);
    let indent = "  ".repeat(step.depth);
    let evidence: Vec<_> =
        step.evidence.iter().map(|e| format!("{}: {}", e.strength, text::line(&e.detail))).collect();
    [
        format!(
            "  {number:>3}. {:>7}  since {}  {memory:>5}  {indent}{}",
            step.id.pid,
            wire::time(step.started_at),
            text::line(&step.command),
        ),
        out.paint(Meaning::Quiet, &format!("       {}; {}", step.role, evidence.join("; "))),
    ]
}

fn left_alone(out: &Output, all: &[LeftAlone]) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let one = |left: &LeftAlone| {
        let pid = left.pid.map(|pid| format!("{pid} "));
        let id = left.session.as_ref().map(|key| format!("{} ", key.id));
        let who = [id, pid].into_iter().flatten().collect::<String>();
        format!("  {who}{}: {}", text::line(&left.what), text::line(&left.why))
    };
    let title = out.paint(Meaning::Strong, &format!("Left alone {}", all.len()));
    std::iter::once(title).chain(all.iter().map(one)).collect()
}

fn count(n: usize, noun: &str) -> String {
    let plural = if noun.ends_with('s') { "es" } else { "s" };
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}{plural}") }
}
