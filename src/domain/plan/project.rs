//! Which sessions belong to a project.

use std::path::{Component, Path};

use super::{LeftAlone, choose};
use crate::domain::{board::Board, session::Session, text};

/// Characters of a project's name that are repeated.
const NAMED: usize = 80;

/// goose's `project_id` equals `project`; or id or name contain it (and so start with it), capitals
/// counted; or, where it is a path, the session works at or under it.
pub fn belongs(session: &Session, project: &str) -> bool {
    let project = project.trim();
    if unfit(project).is_some() {
        return false;
    }
    let path = Path::new(project);
    if path.is_absolute() {
        return session.working_dir.starts_with(path) || session.project.as_deref() == Some(project);
    }
    session.project.as_deref() == Some(project)
        || session.key.id.raw().contains(project)
        || session.name.contains(project)
}

/// A project that nothing on the board belongs to: whoever mistyped it should not take it for clean.
pub(super) fn nobodys(board: &Board, project: &str) -> Option<LeftAlone> {
    let history = board.ended.iter().chain(&board.unlisted).map(AsRef::as_ref);
    let live = choose::every_view(board).into_iter().map(|v| v.session.as_ref());
    let all: Vec<&Session> = live.chain(history).collect();
    let what = text::cut(&text::line(project), NAMED);
    let why = match unfit(project) {
        Some(why) => why.to_owned(),
        None if all.iter().any(|session| belongs(session, project)) => return None,
        None => {
            let seen = board.stores.iter().all(|store| store.state.is_current());
            let session = if seen { "session" } else { "session that can be read" };
            let near = nearest(&all, project);
            let near = near.map(|name| format!("; nearest: {}", text::line(name))).unwrap_or_default();
            format!("no {session} belongs to project `{what}`{near}")
        }
    };
    Some(LeftAlone { pid: None, session: None, what, why })
}

/// Why a word can name no project: everything contains the empty one, and everything is under the root.
fn unfit(project: &str) -> Option<&'static str> {
    let project = project.trim();
    let path = Path::new(project);
    let names_a_folder = || path.components().any(|c| matches!(c, Component::Normal(_)));
    if project.is_empty() {
        Some("an empty word names no project")
    } else if path.is_absolute() && !names_a_folder() {
        Some("every directory is below this one, so it names no project")
    } else {
        None
    }
}

/// The project or session name that looks most like a word, where one does.
fn nearest<'a>(sessions: &[&'a Session], project: &str) -> Option<&'a str> {
    /// Likeness (0 to 1) below which a suggestion confuses more than it helps.
    const ALIKE: f64 = 0.8;
    /// Longest word that is compared, bytes: it may come over the network, and comparing takes its square.
    const LONGEST: usize = 200;
    if project.len() > LONGEST {
        return None;
    }
    let names = sessions.iter().flat_map(|s| s.project.as_deref().into_iter().chain([s.name.as_str()]));
    let names = names.filter(|name| name.len() <= LONGEST);
    let scored = names.map(|name| (strsim::jaro_winkler(name, project), name));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::{SessionId, SessionKey};

    fn session() -> Session {
        let mut session = Session::bare(SessionKey { store: 0, id: SessionId::new("20261120_7") });
        session.name = "frontend-CreateLoginForm".into();
        session.project = Some("p-17".into());
        session.working_dir = "/src/shop/web".into();
        session
    }

    #[test]
    fn a_project_is_named_by_id_name_or_folder() {
        for project in ["p-17", "20261120_7", "20261120", "frontend", "Login", "/src/shop", "/src/shop/web/"]
        {
            assert!(belongs(&session(), project), "{project}");
        }
        for project in ["", "  ", "/", "p-1", "login", "/src/sho", "/src/shop/web/x", "src/shop"] {
            assert!(!belongs(&session(), project), "{project}");
        }
    }
}
