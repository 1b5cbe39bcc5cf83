//! From an intent to the sessions and processes it means, and why the others are left alone.

use super::{Intent, LeftAlone, Scope, Terms, project};
use crate::domain::{
    board::{Board, ProcRole, ProcView, SessionView},
    health::{Health, Severity},
    link::Strength,
    process::{Proc, ProcId, Terminal},
    role::AgentRole,
    session::{Session, SessionKey, SessionKind},
};

/// Why an orphaned session without a process cannot be ended, and what can be done with it instead.
const GONE: &str = "its goose is already gone: resume, acknowledge (A in the dashboard) or delete it";

/// Why another session without a process cannot be.
const UNDRIVEN: &str = "no goose drives it";

/// What an intent means on this board.
#[derive(Default)]
pub struct Choice<'a> {
    /// Whole sessions.
    pub sessions: Vec<&'a SessionView>,
    /// Processes that stand alone, each with what is below it.
    pub alone: Vec<&'a ProcView>,
    /// Processes that a session left behind, whose session has no owner to end.
    pub leaked: Vec<&'a ProcView>,
    /// Meant, but not touched.
    pub left: Vec<LeftAlone>,
    /// Asked for by name, and not on the board.
    pub gone: Vec<String>,
}

/// Finds what is meant.
pub fn choose<'a>(intent: &Intent, board: &'a Board, terms: &Terms) -> Choice<'a> {
    let mut choice = Choice::default();
    match intent {
        Intent::Terminate { sessions, processes, end_servers } => {
            for key in sessions {
                choice.named_session(board, key);
            }
            for id in processes {
                choice.named_process(board, *id);
            }
            if *end_servers {
                choice.with_all_of_their_servers(board);
            }
        }
        Intent::CloseAll => {
            choice.owned(board, terms, |_| true, false);
            choice.at_rest(board, |_| true);
        }
        Intent::CleanupProject { project, .. } => {
            let belongs = |v: &SessionView| project::belongs(&v.session, project);
            choice.owned(board, terms, belongs, false);
            choice.at_rest(board, belongs);
            choice.left.extend(project::nobodys(board, project));
            let mine = |key: &SessionKey| find(board, key).is_some_and(|s| project::belongs(s, project));
            choice.leaked.extend(board.leaked.iter().filter(|p| p.session.as_ref().is_some_and(mine)));
        }
        Intent::Emergency { scope } => choice.scope(board, terms, *scope),
        Intent::Auto { sessions, processes } => {
            choice.owned(board, terms, |v| sessions.contains(v.key()), false);
            choice.leaked.extend(board.leaked.iter().filter(|p| processes.contains(&p.proc.id)));
        }
    }
    choice
}

impl<'a> Choice<'a> {
    fn named_session(&mut self, board: &'a Board, key: &SessionKey) {
        let leaked = || board.leaked.iter().filter(|p| p.session.as_ref() == Some(key));
        if let Some(view) = every_view(board).into_iter().find(|v| v.key() == key) {
            if is_at_rest(view) {
                let why = if view.health == Health::Orphaned { GONE } else { UNDRIVEN };
                self.left.push(whole(&view.session, None, why.into()));
                return;
            }
            match view.owner.as_ref().filter(|o| o.strength == Strength::Weak) {
                None => self.add(view),
                // Two goose of one second and directory look alike: a person must name the process.
                Some(owner) => {
                    let why = format!(
                        "only weak evidence ties goose {0} to it: name the process (--pid {0})",
                        owner.proc.id.pid
                    );
                    self.left.push(whole(&view.session, Some(owner.proc.id.pid), why));
                }
            }
        } else if leaked().next().is_some() {
            self.leaked.extend(leaked());
        } else if let Some(session) = board.ended.iter().find(|s| s.key == *key) {
            self.left.push(whole(session, None, UNDRIVEN.into()));
        } else {
            self.gone.push(key.id.to_string());
        }
    }

    /// A session's owner stands for the sessions it drives; anything else for itself.
    fn named_process(&mut self, board: &'a Board, id: ProcId) {
        let mut found = every_process(board).filter(|p| p.proc.id == id).peekable();
        let Some(first) = found.peek().copied() else {
            self.gone.push(format!("process {}", id.pid));
            return;
        };
        let owned: Vec<&SessionView> = hosted(board, id.pid);
        if found.any(|p| p.role == ProcRole::Owner) && !owned.is_empty() {
            for view in owned {
                self.add(view);
            }
        } else if !self.alone.iter().any(|p| p.proc.id == id) {
            self.alone.push(first);
        }
    }

    fn with_all_of_their_servers(&mut self, board: &'a Board) {
        let mut next = 0;
        while let Some(view) = self.sessions.get(next).copied() {
            for pid in drivers(view).filter(|p| is_server(p)).map(|p| p.proc.id.pid) {
                for other in hosted(board, pid) {
                    self.add(other);
                }
            }
            next += 1;
        }
    }

    fn scope(&mut self, board: &'a Board, terms: &Terms, scope: Scope) {
        match scope {
            Scope::All => self.owned(board, terms, |_| true, false),
            Scope::Orphaned => self.owned(board, terms, |v| v.health == Health::Orphaned, true),
            Scope::Stuck => self.owned(board, terms, |v| v.health == Health::Stuck, true),
            Scope::Leaked => {}
        }
        if scope != Scope::Stuck {
            self.leaked.extend(&board.leaked);
        }
        if matches!(scope, Scope::All | Scope::Orphaned) {
            self.untracked(board);
            self.at_rest(board, |_| true);
        }
    }

    /// Orphaned sessions that have no process any more: an alarm, and nothing that a signal could end.
    fn at_rest(&mut self, board: &Board, wanted: impl Fn(&SessionView) -> bool) {
        let orphaned = board.sessions.iter().filter(|v| v.health == Health::Orphaned && is_at_rest(v));
        self.left.extend(orphaned.filter(|v| wanted(v)).map(|v| whole(&v.session, None, GONE.into())));
    }

    /// Sessions with an owner that `wanted` names and that a bulk action may end. `by_class`: those
    /// whose class is unknown are told about.
    fn owned(
        &mut self,
        board: &'a Board,
        terms: &Terms,
        wanted: impl Fn(&SessionView) -> bool,
        by_class: bool,
    ) {
        for view in board.sessions.iter().chain(&board.hidden).filter(|v| v.owner.is_some()) {
            let why = if wanted(view) {
                match barred(board, view, terms) {
                    None => {
                        self.add(view);
                        continue;
                    }
                    Some(why) => why,
                }
            } else if by_class && view.health == Health::Unknown {
                view.doubt.clone().unwrap_or_else(|| "its state is unknown".into())
            } else {
                continue;
            };
            let pid = view.owner.as_ref().map(|o| o.proc.id.pid);
            self.left.push(whole(&view.session, pid, why));
        }
    }

    /// A goose without a session is nobody's to end in bulk: a person who knows it names it.
    fn untracked(&mut self, board: &'a Board) {
        for proc in &board.untracked {
            let server = proc.agent.is_none_or(|a| !a.is_single());
            let alarm = board.findings.get(&proc.proc.id.pid).filter(|f| f.severity < Severity::Orphaned);
            let why = match (server, alarm) {
                (true, _) => "a server without a session".into(),
                (false, Some(finding)) => finding.message.clone(),
                (false, None) => {
                    format!("no session can be tied to it: name it (--pid {})", proc.proc.id.pid)
                }
            };
            self.left.push(one(proc, why));
        }
    }

    fn add(&mut self, view: &'a SessionView) {
        if !self.sessions.iter().any(|v| v.key() == view.key()) {
            self.sessions.push(view);
        }
    }
}

/// Neither it nor a sub-agent of it has a process.
fn is_at_rest(view: &SessionView) -> bool {
    view.owner.is_none() && view.processes.is_empty() && view.sub_agents.iter().all(is_at_rest)
}

/// Why a bulk action leaves this session alone.
fn barred(board: &Board, view: &SessionView, terms: &Terms) -> Option<String> {
    let owner = view.owner.as_ref()?;
    if view.session.kind == SessionKind::Terminal {
        return Some("a person's own shell (goose term)".into());
    }
    if owner.proc.uid.is_some_and(|uid| uid != terms.viewer.uid) {
        return Some("belongs to another user".into());
    }
    if owner.strength == Strength::Weak {
        return Some("only weak evidence".into());
    }
    if view.health == Health::Unknown {
        // What ties the process to the session may hang on a picture that is not current.
        let current = board.stores.get(view.key().store).is_some_and(|s| s.state.is_current());
        if !current && owner.strength < Strength::Certain {
            return Some(view.doubt.clone().unwrap_or_else(|| "its store cannot be read".into()));
        }
    }
    if terms.include_attached {
        return None;
    }
    match view.attached {
        Some(false) => None,
        Some(true) => Some(terminal_words(&owner.proc)),
        None => Some("whether a person sits at its terminal cannot be read".into()),
    }
}

/// Why a bulk action leaves a goose alone that is no chosen session's owner: a person may sit there.
pub fn at_a_terminal(proc: &ProcView, terms: &Terms) -> Option<String> {
    if terms.include_attached || is_server(proc) {
        return None;
    }
    match &proc.proc.files {
        Some(files) => matches!(files.terminal, Terminal::Live(_)).then(|| terminal_words(&proc.proc)),
        None => (proc.proc.has_tty != Some(false))
            .then(|| "whether a person sits at its terminal cannot be read".into()),
    }
}

fn terminal_words(proc: &Proc) -> String {
    match proc.files.as_ref().map(|f| &f.terminal) {
        Some(Terminal::Live(device)) => {
            format!("at a terminal ({})", device.strip_prefix("/dev/").unwrap_or(device))
        }
        _ => "at a terminal".into(),
    }
}

/// Sessions that a process drives or claims to drive, as the board lists them. Sub-agents go with
/// their parents.
pub fn hosted(board: &Board, pid: u32) -> Vec<&SessionView> {
    board.sessions.iter().chain(&board.hidden).filter(|v| drivers(v).any(|p| p.proc.id.pid == pid)).collect()
}

/// The owner and its rivals.
pub fn drivers(view: &SessionView) -> impl Iterator<Item = &ProcView> {
    view.processes.iter().filter(|p| matches!(p.role, ProcRole::Owner | ProcRole::Rival))
}

/// Hosts any number of sessions.
pub fn is_server(proc: &ProcView) -> bool {
    proc.agent.is_some_and(AgentRole::is_server)
}

/// Every view, sub-agents after their parents.
pub fn every_view(board: &Board) -> Vec<&SessionView> {
    let mut found = Vec::new();
    let mut stack: Vec<&SessionView> = board.sessions.iter().chain(&board.hidden).rev().collect();
    while let Some(view) = stack.pop() {
        found.push(view);
        stack.extend(view.sub_agents.iter().rev());
    }
    found
}

/// Every process the board names, sessions' first; one may come several times.
pub fn every_process(board: &Board) -> impl Iterator<Item = &ProcView> {
    every_view(board)
        .into_iter()
        .flat_map(|v| v.processes.iter())
        .chain(&board.leaked)
        .chain(&board.untracked)
        .chain(&board.unconfirmed)
}

/// A session by key, wherever the board has it.
pub fn find<'a>(board: &'a Board, key: &SessionKey) -> Option<&'a Session> {
    let live = every_view(board).into_iter().find(|v| v.key() == key).map(|v| v.session.as_ref());
    live.or_else(|| board.ended.iter().find(|s| s.key == *key).map(AsRef::as_ref))
}

/// A whole session, left alone.
fn whole(session: &Session, pid: Option<u32>, why: String) -> LeftAlone {
    let name = if session.name.is_empty() { session.key.id.to_string() } else { session.name.clone() };
    LeftAlone { pid, session: Some(session.key.clone()), what: name, why }
}

/// A process, left alone.
pub fn one(proc: &ProcView, why: String) -> LeftAlone {
    LeftAlone { pid: Some(proc.proc.id.pid), session: proc.session.clone(), what: proc.proc.command(), why }
}
