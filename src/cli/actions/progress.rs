//! What happens during a run, as it happens: talk for the person who waits.

use std::collections::HashMap;

use super::{span, words};
use crate::{
    cli::output,
    domain::{plan::Plan, process::ProcId, text},
    effects::{Progress, StepOutcome},
};

/// Characters of a command in a line of talk.
const COMMAND: usize = 48;

/// Tells on standard error, or keeps silent.
pub fn teller(plan: &Plan, aloud: bool) -> impl FnMut(Progress) + use<> {
    let mut names: HashMap<ProcId, String> =
        plan.steps.iter().map(|step| (step.id, short(&step.command))).collect();
    move |progress| {
        if let Progress::Found(found) = &progress {
            names.insert(found.step.id, short(&found.step.command));
        }
        if aloud {
            output::talk(&(line(&progress, &names) + "\n"));
        }
    }
}

fn short(command: &str) -> String {
    text::cut(&text::line(command), COMMAND)
}

fn line(progress: &Progress, names: &HashMap<ProcId, String>) -> String {
    let who = |id: &ProcId| match names.get(id) {
        Some(name) => format!("{} ({name})", id.pid),
        None => id.pid.to_string(),
    };
    match progress {
        Progress::TermSent { id, kill_in } => format!("TERM sent to {}, KILL in {}", who(id), span(*kill_in)),
        Progress::KillSent { id } => format!("KILL sent to {}", who(id)),
        Progress::Found(found) => format!("{} belongs to it as well", who(&found.step.id)),
        Progress::Done(done) => {
            let detail = words::detail(&done.detail);
            match done.outcome {
                StepOutcome::Exited => format!("{} exited{detail}", done.step.id.pid),
                StepOutcome::Killed => format!("{} killed{detail}", done.step.id.pid),
                outcome => format!("{} {}{detail}", done.step.id.pid, words::outcome(outcome)),
            }
        }
    }
}
