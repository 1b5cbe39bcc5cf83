//! One session by its id, or by a name that only it has.

use std::borrow::Cow;

use crate::{
    cli::failure::{Failure, Kind},
    domain::{
        board::{Board, SessionView},
        session::Session,
        text,
    },
    wire::database_path,
};

/// How many ids are offered where none fits.
const OFFERED: usize = 3;

/// Finds it. Ids win over names, sessions that run over history.
///
/// # Errors
/// Nothing of that id or name, with the nearest; or several.
pub fn find<'a>(board: &'a Board, wanted: &str) -> Result<Cow<'a, SessionView>, Failure> {
    let mut live = Vec::new();
    for view in &board.sessions {
        family(view, &mut live);
    }
    let fits: [fn(&Session, &str) -> bool; 2] = [|s, id| s.key.id.raw() == id, |s, name| s.name == name];
    for fit in fits {
        let living = live.iter().filter(|v| fit(&v.session, wanted)).map(|v| Cow::Borrowed(*v));
        let ended = board.ended.iter().filter(|s| fit(s, wanted));
        let mut found: Vec<_> = living.chain(ended.map(|s| Cow::Owned(board.past(s)))).collect();
        if found.len() > 1 {
            return Err(ambiguous(board, wanted, &found));
        }
        if let Some(view) = found.pop() {
            return Ok(view);
        }
    }
    Err(unknown(board, &live, wanted))
}

fn family<'a>(view: &'a SessionView, all: &mut Vec<&'a SessionView>) {
    all.push(view);
    for sub in &view.sub_agents {
        family(sub, all);
    }
}

fn ambiguous(board: &Board, wanted: &str, found: &[Cow<'_, SessionView>]) -> Failure {
    let one = |v: &Cow<'_, SessionView>| {
        let store = database_path(board, v.key().store).unwrap_or_default();
        format!("{} in {store}", v.key().id)
    };
    let list: Vec<_> = found.iter().take(OFFERED).map(one).collect();
    let what = format!("{} sessions are called {wanted}", found.len());
    let hint = format!("{}; give an id, and --db where stores share it", list.join(", "));
    Failure::new(Kind::Ambiguous, what, hint)
}

fn unknown(board: &Board, live: &[&SessionView], wanted: &str) -> Failure {
    let everyone = live.iter().map(|v| &*v.session).chain(board.ended.iter().map(|s| &**s));
    let mut near: Vec<_> = everyone
        .map(|s| (strsim::jaro_winkler(s.key.id.raw(), wanted).max(strsim::jaro_winkler(&s.name, wanted)), s))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let offered: Vec<_> = near
        .iter()
        .take(OFFERED)
        .map(|(_, s)| format!("{} ({})", s.key.id, text::cut(&text::line(&s.name), 40)))
        .collect();
    let hint = if offered.is_empty() {
        "no store that could be read holds any session; `goosetop doctor` says why".to_owned()
    } else {
        format!("nearest: {}", offered.join(", "))
    };
    Failure::new(Kind::NotFound, format!("no session has the id or name `{wanted}`"), hint)
}
