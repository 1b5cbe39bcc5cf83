//! The explanation for people.

use crate::{
    cli::output::{Meaning, Output, age, size},
    domain::{board::SessionView, health::account},
    wire::{AskedDto, EvidenceDto, ExplainDto},
};

/// Columns of the label at the left.
const LABEL: usize = 10;

/// The whole answer as text.
pub fn render(out: &Output, view: &SessionView, told: &ExplainDto) -> String {
    let session = &told.session;
    let verdict = format!("{} {}", out.sign(view.health), told.verdict);
    let mut text = format!("{}\n", out.paint(Meaning::Class(view.health), &verdict));
    let mut say = |label: &str, words: &str| text.push_str(&line(out, label, words));
    say("because", &told.because);
    say("session", &format!("{}  {}", session.id, session.name));
    say("directory", &session.working_dir);
    let inactive = view.inactive.map_or_else(|| "unknown".to_owned(), age);
    say("inactive", &inactive);
    let since = session.turn.since.as_ref().map(|s| format!(" since {s}")).unwrap_or_default();
    let what = session.turn.command.as_ref().or(session.turn.tool.as_ref());
    let what = what.map(|w| format!(": {w}")).unwrap_or_default();
    say("turn", &format!("{}{since}{what}", session.turn.state.replace('_', " ")));
    list(&mut say, "signs", &told.signs);
    list(&mut say, "disagree", &told.contradictions);
    for finding in &session.findings {
        say("finding", &format!("{} [{}]: {}", finding.rule, finding.severity, finding.message));
        for evidence in &finding.evidence {
            say("", &format!("  {evidence}"));
        }
        let clock = finding.since.as_ref().map(|s| format!("since {s}"));
        let limit =
            finding.threshold_seconds.map(|s| format!("limit {}", age(std::time::Duration::from_secs(s))));
        let both: Vec<_> = clock.into_iter().chain(limit).collect();
        if !both.is_empty() {
            say("", &format!("  {}", both.join(", ")));
        }
        if let Some(advice) = &finding.advice {
            say("", &format!("  do: {advice}"));
        }
    }
    match &session.owner {
        Some(owner) => {
            let strength = &owner.strength;
            say("owner", &format!("pid {} ({}), {strength}: {}", owner.pid, owner.role, owner.command));
            proof(&mut say, &owner.evidence);
        }
        None => say("owner", "none alive"),
    }
    for (i, process) in view.processes.iter().enumerate() {
        let proc = &process.proc;
        let memory = proc.rss_bytes.map_or_else(|| out.unknown().to_owned(), size);
        let cpu = proc.cpu.percent.map_or_else(|| out.unknown().to_owned(), |c| format!("{c:.0}%"));
        let indent = "  ".repeat(process.depth);
        let words = format!("{indent}{} {} {memory} {cpu} {}", proc.id.pid, process.role, proc.command());
        say(if i == 0 { "processes" } else { "" }, &words);
    }
    list(&mut say, "asked", &asked(&told.asked));
    if let Some(words) = &told.last_words {
        say("last words", &format!("\"{words}\""));
    }
    text
}

/// Those that spoke, then each silent one with what it looked at.
fn asked(asked: &[AskedDto]) -> Vec<String> {
    let said = asked.iter().filter_map(|a| Some(format!("{} {}", a.rule, a.said.as_ref()?)));
    let said = said.collect::<Vec<_>>().join(", ");
    let silent = account::silent(asked.iter().filter_map(|a| Some((a.rule.as_str(), a.looked.as_deref()?))));
    let mut lines = vec![if said.is_empty() { "no rule speaks".to_owned() } else { said }];
    lines.extend(silent.into_iter().map(|(one, other)| format!("{one}: {other}")));
    lines
}

fn proof(say: &mut impl FnMut(&str, &str), evidence: &[EvidenceDto]) {
    for fact in evidence {
        say("", &format!("  {} ({}): {}", fact.kind.replace('_', " "), fact.strength, fact.detail));
    }
}

fn list(say: &mut impl FnMut(&str, &str), label: &str, lines: &[String]) {
    for (i, line) in lines.iter().enumerate() {
        say(if i == 0 { label } else { "" }, line);
    }
}

fn line(out: &Output, label: &str, words: &str) -> String {
    format!("  {} {words}\n", out.paint(Meaning::Quiet, &format!("{label:LABEL$}")))
}
