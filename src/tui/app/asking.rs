//! The dialogs that end something: a plan is shown, and what was shown is what is run.
//!
//! The plan is made when the dialog opens and stays what it is, whatever the list does; a new picture
//! only says what is different since. Making it anew takes a key.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use strum::IntoEnumIterator;
use tui_input::Input;

use super::{App, Dialog, Run, ScreenKind, Target};
use crate::{
    domain::{
        board::Board,
        plan::{Intent, Plan, ProjectStatus, Refusal, Scope, Terms},
        process::ProcId,
        session::SessionKey,
        text,
    },
    engine::actor::Job,
    tui::{effect::Effect, format},
};

/// A word that must be typed before anything is run.
#[derive(Clone, Debug)]
pub struct Word {
    /// What must be typed.
    pub wanted: &'static str,
    /// What is.
    pub input: Input,
}

/// A plan that waits for its confirmation.
#[derive(Clone, Debug)]
pub struct Asking {
    /// What is wanted; the dialog's target, kept.
    pub intent: Intent,
    /// Sessions at a living terminal are ended too.
    pub include_attached: bool,
    /// What would be done, or why nothing.
    pub answer: Result<Plan, Refusal>,
    /// What is different since the plan was made, a few words each.
    pub since: Vec<String>,
    /// A server here hosts other sessions too: it can be ended with all of them, or left alive.
    pub servers: bool,
    /// `None` where a key is enough.
    pub word: Option<Word>,
}

impl Asking {
    /// What was typed is what must be.
    pub(super) fn is_typed(&self) -> bool {
        self.word.as_ref().is_none_or(|word| word.input.value().trim() == word.wanted)
    }
}

/// The word that an action of many must be confirmed by.
fn word(intent: &Intent) -> Option<Word> {
    let wanted = match intent {
        Intent::Terminate { .. } => return None,
        Intent::CloseAll => "close",
        Intent::CleanupProject { .. } | Intent::Emergency { .. } | Intent::Auto { .. } => "clean",
    };
    Some(Word { wanted, input: Input::default() })
}

impl App {
    /// Opens the dialog, or the run that is under way.
    pub(super) fn ask(&mut self, intent: Intent) {
        let include_attached = self.options.terms.include_attached;
        let answer = self.plan(&intent, include_attached);
        let servers = self.has_servers(&intent, &answer);
        let asking =
            Asking { word: word(&intent), intent, include_attached, answer, since: Vec::new(), servers };
        self.open(Dialog::Asking(Box::new(asking)));
    }

    fn shows_tags(&self) -> bool {
        self.screen != ScreenKind::Events && self.reader.is_none() && self.results.is_none()
    }

    /// Shows the run in progress; false where there is none.
    pub(super) fn show_run(&mut self) -> bool {
        if self.run.is_some() {
            self.open(Dialog::Running);
        }
        self.run.is_some()
    }

    pub(super) fn ask_terminate(&mut self, now: DateTime<Utc>) {
        let (mut sessions, mut processes) = (BTreeSet::new(), BTreeSet::new());
        let board = self.board.as_deref();
        // What cannot be seen is not ended.
        let tagged = self.tags.iter().filter(|_| self.shows_tags());
        for id in tagged {
            match id {
                super::RowId::Session(key) => drop(sessions.insert(key.clone())),
                super::RowId::Process(id) => chosen(board, *id, &mut sessions, &mut processes),
            }
        }
        if sessions.is_empty() && processes.is_empty() {
            match self.target() {
                Some(Target::Live(view)) => drop(sessions.insert(view.key().clone())),
                Some(Target::Process(view)) => chosen(board, view.proc.id, &mut sessions, &mut processes),
                Some(Target::Ended(_)) => {
                    return self.say("it has ended: nothing of it runs, there is nothing to terminate", now);
                }
                None => return self.say("put the cursor on a session or a process first", now),
            }
        }
        self.ask(Intent::Terminate {
            sessions: sessions.into_iter().collect(),
            processes: processes.into_iter().collect(),
            end_servers: false,
        });
    }

    /// Asks which project; that of the selected session stands there already.
    pub(super) fn ask_project(&mut self) {
        let session = self.target().and_then(Target::session);
        let named = session.map(|s| match &s.project {
            Some(project) => project.clone(),
            None => text::line(&s.working_dir.to_string_lossy()).into_owned(),
        });
        let input = Input::new(named.unwrap_or_default());
        self.open(Dialog::Project { input, status: ProjectStatus::Stopped });
    }

    pub(super) fn ask_cleanup(&mut self, project: &str, status: ProjectStatus, now: DateTime<Utc>) {
        let project = project.trim();
        if project.is_empty() {
            let input = Input::default();
            self.dialog = Some(Dialog::Project { input, status });
            return self.say("name a project: its id, a session's id or name, or a folder", now);
        }
        self.ask(Intent::CleanupProject { project: project.to_owned(), status });
    }

    /// Runs what is shown, if it was confirmed as it must be.
    pub(super) fn confirm(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        let Some(Dialog::Asking(asking)) = &self.dialog else { return Vec::new() };
        if self.options.terms.read_only {
            self.say(Refusal::ReadOnly.to_string(), now);
            return Vec::new();
        }
        let plan = match &asking.answer {
            Ok(plan) if asking.is_typed() => plan.clone(),
            Ok(_) => {
                let wanted = asking.word.as_ref().map_or("", |word| word.wanted);
                self.say(format!("nothing was done: type {wanted} first"), now);
                return Vec::new();
            }
            Err(refusal) => {
                let said = refusal.to_string();
                self.say(said, now);
                return Vec::new();
            }
        };
        let terms = self.terms(asking.include_attached);
        self.run = Some(Run::new(plan.clone().into(), now));
        self.tags.clear();
        self.open(Dialog::Running);
        vec![Effect::Run(Box::new(Job { plan, terms }))]
    }

    /// Changes what is wanted, and plans anew.
    pub(super) fn reconsider(&mut self, change: impl FnOnce(&mut Asking)) {
        let Some(Dialog::Asking(mut asking)) = self.dialog.take() else { return };
        change(&mut asking);
        asking.answer = self.plan(&asking.intent, asking.include_attached);
        asking.servers = self.has_servers(&asking.intent, &asking.answer);
        asking.since.clear();
        self.dialog = Some(Dialog::Asking(asking));
    }

    /// The next choice in the dialog: an emergency's scope, or how a project ended.
    pub(super) fn choose(&mut self, forward: bool) {
        match &mut self.dialog {
            Some(Dialog::Project { status, .. }) => *status = step(*status, forward),
            Some(Dialog::Asking(asking)) if asking.has_scopes() => {
                self.scroll = 0;
                self.reconsider(|asking| {
                    if let Intent::Emergency { scope } = &mut asking.intent {
                        *scope = step::<Scope>(*scope, forward);
                    }
                });
            }
            _ => {}
        }
    }

    pub(super) fn include_attached(&mut self) {
        self.reconsider(|asking| {
            if asking.intent.is_bulk() {
                asking.include_attached = !asking.include_attached;
            }
        });
    }

    pub(super) fn end_servers(&mut self, now: DateTime<Utc>) {
        if !matches!(&self.dialog, Some(Dialog::Asking(asking)) if asking.servers) {
            return self.say("no server here hosts other sessions", now);
        }
        self.reconsider(|asking| {
            if let Intent::Terminate { end_servers, .. } = &mut asking.intent {
                *end_servers = !*end_servers;
            }
        });
    }

    /// Says what a newer picture would plan otherwise; the plan on the screen stays.
    pub(super) fn compare_asked(&mut self, board: &Board) {
        let Some(Dialog::Asking(asking)) = &self.dialog else { return };
        let terms = self.terms(asking.include_attached);
        let fresh = (self.options.planner)(&asking.intent, board, &terms);
        let since = differences(&asking.answer, &fresh, board);
        if let Some(Dialog::Asking(asking)) = &mut self.dialog
            && asking.since != since
        {
            asking.since = since;
            self.dirty = true;
        }
    }

    fn plan(&self, intent: &Intent, include_attached: bool) -> Result<Plan, Refusal> {
        let newest = self.held.as_ref().or(self.board.as_ref());
        let board = newest.ok_or(Refusal::Blind)?;
        (self.options.planner)(intent, board, &self.terms(include_attached))
    }

    /// Ending the servers as well, or not, makes another plan.
    fn has_servers(&self, intent: &Intent, answer: &Result<Plan, Refusal>) -> bool {
        let mut other = intent.clone();
        let Intent::Terminate { end_servers, .. } = &mut other else { return false };
        *end_servers = !*end_servers;
        let steps = |plan: &Result<Plan, Refusal>| plan.as_ref().map_or(0, |plan| plan.steps.len());
        steps(&self.plan(&other, self.options.terms.include_attached)) != steps(answer)
    }

    /// The rules for a plan to show. Read-only shows plans like any other, and runs none.
    fn terms(&self, include_attached: bool) -> Terms {
        Terms { read_only: false, include_attached, ..self.options.terms.clone() }
    }
}

/// A process of a living session means that session; others stand alone.
fn chosen(
    board: Option<&Board>,
    id: ProcId,
    sessions: &mut BTreeSet<SessionKey>,
    processes: &mut BTreeSet<ProcId>,
) {
    let owner = board.and_then(|b| {
        let owns = |s: &&crate::domain::board::SessionView| s.processes.iter().any(|p| p.proc.id == id);
        let stray = b.leaked.iter().chain(&b.untracked).chain(&b.unconfirmed).any(|p| p.proc.id == id);
        b.sessions.iter().filter(|_| !stray).find(owns)
    });
    match owner {
        Some(view) => drop(sessions.insert(view.key().clone())),
        None => drop(processes.insert(id)),
    }
}

fn step<T: IntoEnumIterator + PartialEq + Copy>(now: T, forward: bool) -> T {
    let all: Vec<T> = T::iter().collect();
    let at = all.iter().position(|t| *t == now).unwrap_or(0);
    let by = if forward { 1 } else { all.len() - 1 };
    all[(at + by) % all.len()]
}

/// Names of the first few are enough to decide; the rest is a number.
const NAMED: usize = 3;

fn differences(shown: &Result<Plan, Refusal>, fresh: &Result<Plan, Refusal>, board: &Board) -> Vec<String> {
    let mut said = Vec::new();
    let Ok(shown) = shown else {
        if let Ok(fresh) = fresh {
            let processes = format::counted(fresh.steps.len(), "process", "processes");
            said.push(format!("there is something to end now: {processes}"));
        }
        return said;
    };
    for closing in &shown.sessions {
        if !board.families().any(|v| *v.key() == closing.key) {
            said.push(format!("session {} has ended", closing.key.id));
        }
    }
    let gone: Vec<String> = shown
        .steps
        .iter()
        .filter(|s| board.process(s.id).is_none())
        .map(|s| format!("{} {}", s.id.pid, s.command.split(' ').next().unwrap_or_default()))
        .collect();
    if !gone.is_empty() {
        let more = gone.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        said.push(format!("gone: {}{more}", gone[..gone.len().min(NAMED)].join(", ")));
    }
    if let Ok(fresh) = fresh {
        let new = fresh.steps.iter().filter(|s| !shown.steps.iter().any(|t| t.id == s.id)).count();
        if new > 0 {
            let new = format::counted(new, "new process", "new processes");
            said.push(format!("{new}, not in this plan"));
        }
    }
    said
}
