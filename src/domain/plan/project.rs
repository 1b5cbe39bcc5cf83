//! Which sessions belong to a project.

use std::path::{Component, Path};

use crate::domain::session::Session;

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

/// Why a word can name no project: everything contains the empty one, and everything is under the root.
pub fn unfit(project: &str) -> Option<&'static str> {
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
pub fn nearest<'a>(sessions: &[&'a Session], project: &str) -> Option<&'a str> {
    /// Likeness (0 to 1) below which a suggestion confuses more than it helps.
    const ALIKE: f64 = 0.8;
    let names = sessions.iter().flat_map(|s| s.project.as_deref().into_iter().chain([s.name.as_str()]));
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
