//! Which sessions belong to a project.

use std::path::{Component, Path};

use crate::domain::session::Session;

/// goose's `project_id` equals `project`; or id or name contain it (and so start with it), capitals
/// counted; or, where it is a path, the session works at or under it.
pub fn belongs(session: &Session, project: &str) -> bool {
    let project = project.trim();
    // Everything contains the empty word, and everything is under the root: neither names a project.
    if project.is_empty() {
        return false;
    }
    let path = Path::new(project);
    if path.is_absolute() {
        let names_a_folder = path.components().any(|c| matches!(c, Component::Normal(_)));
        return names_a_folder
            && (session.working_dir.starts_with(path) || session.project.as_deref() == Some(project));
    }
    session.project.as_deref() == Some(project)
        || session.key.id.raw().contains(project)
        || session.name.contains(project)
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
