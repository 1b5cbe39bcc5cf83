//! The commands that end something, hand it to another program, or leave: always through a dialog.

use chrono::{DateTime, Utc};

use super::{App, Dialog};
use crate::{
    domain::{
        plan::{self, Intent},
        session::SessionKey,
    },
    tui::{command::Command, effect::Effect, hands::Preflight},
};

impl App {
    /// What ends something, or hands it to goose: always through a dialog.
    pub(super) fn act_on_world(&mut self, command: Command, now: DateTime<Utc>) -> Vec<Effect> {
        match command {
            Command::Terminate | Command::Emergency | Command::CloseAll | Command::CleanupProject
                if self.show_run() => {}
            Command::Terminate => self.ask_terminate(now),
            Command::Emergency => self.ask(Intent::Emergency { scope: plan::Scope::default() }),
            Command::CloseAll => self.ask(Intent::CloseAll),
            Command::CleanupProject => self.ask_project(),
            Command::Run if matches!(self.dialog, Some(Dialog::Running)) => return self.kill_now(true, now),
            Command::Run => return self.confirm(now),
            Command::KillNow => return self.kill_now(false, now),
            Command::EndServers => self.end_servers(now),
            Command::IncludeAttached => self.include_attached(),
            Command::Replan => self.reconsider(|_| ()),
            Command::NextChoice | Command::PreviousChoice => self.choose(command == Command::NextChoice),
            // The answer opens the dialog.
            Command::Resume => return self.of_session(|key| Effect::AskResume { key, fork: false }, now),
            Command::Attach => return self.of_session(Effect::Attach, now),
            Command::Bundle => return self.of_session(Effect::Bundle, now),
            Command::Fork => {
                if let Some(Dialog::Resume(preflight)) = &self.dialog {
                    if preflight.can_fork {
                        return vec![Effect::AskResume { key: preflight.key.clone(), fork: !preflight.fork }];
                    }
                    self.say("a copy of it cannot be made", now);
                }
            }
            Command::SaveReport => {
                if let Some(Dialog::Report(report)) = &self.dialog {
                    return vec![Effect::SaveReport(report.clone())];
                }
            }
            // Movements are above; drawing anew is what `dirty` does.
            _ => {}
        }
        Vec::new()
    }

    /// What is done with the session in front.
    fn of_session(&mut self, effect: impl FnOnce(SessionKey) -> Effect, now: DateTime<Utc>) -> Vec<Effect> {
        let Some(session) = self.session() else {
            self.say("put the cursor on a session first", now);
            return Vec::new();
        };
        vec![effect(session.key.clone())]
    }

    pub(super) fn resume(&mut self, preflight: Box<Preflight>, now: DateTime<Utc>) -> Vec<Effect> {
        if self.options.terms.read_only {
            self.say(plan::Refusal::ReadOnly.to_string(), now);
        } else if let Some(obstacle) = preflight.obstacle.clone() {
            self.say(obstacle, now);
        } else {
            return vec![Effect::Resume(preflight)];
        }
        self.dialog = Some(Dialog::Resume(preflight));
        Vec::new()
    }

    /// What is being ended is stopped in order, but not by a slip of the hand.
    pub(super) fn quit(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        let waits = self.run.as_ref().map(|run| match run.done() {
            _ if run.again => "a second clean follows: once more leaves without it".to_owned(),
            (done, all) => {
                format!("{} of {all} are still being ended: once more leaves them as they are", all - done)
            }
        });
        if let Some(waits) = waits.filter(|_| !std::mem::replace(&mut self.leaving, true)) {
            self.say(waits, now);
            return Vec::new();
        }
        vec![Effect::Quit]
    }
}
