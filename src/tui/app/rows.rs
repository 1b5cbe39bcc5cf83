//! The rows of each screen, as places in the board: nothing is copied, and only what is in sight is
//! ever turned into text.

use std::collections::HashSet;

use super::{RowId, ScreenKind, Target};
use crate::{
    domain::{
        board::{Board, ProcView, SessionView},
        health::Health,
        query::{Query, Sort, Subject},
        session::SessionKey,
    },
    tui::options::Pane,
};

/// A line that is not selectable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heading {
    /// A pane and how many sessions of how many it shows.
    Pane {
        /// Which.
        pane: Pane,
        /// After the filter.
        shown: usize,
        /// Before it.
        total: usize,
    },
    /// In the process tree: a session, by its place in the board.
    Session(usize),
    /// In the process tree: processes of no living session.
    Stray(&'static str, usize),
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Not selectable.
    Heading(Heading),
    /// A judged session: its place, and the way down to a sub-agent.
    Live {
        /// Place in the board.
        top: usize,
        /// Places in the sub-agents, outermost first.
        path: Vec<usize>,
    },
    /// A row of the history.
    Ended(usize),
    /// A process of a judged session.
    Owned {
        /// The session's place.
        top: usize,
        /// The process's.
        index: usize,
    },
    /// A leaked process.
    Leaked(usize),
    /// A goose without a session.
    Untracked(usize),
    /// Looks like a leftover.
    Unconfirmed(usize),
    /// It ended just now: not selectable, and gone with the next picture.
    Ghost(usize),
}

/// A session that ended since the picture before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ghost {
    /// The class it had, and with it the pane.
    pub health: Health,
    /// Its id, cleaned.
    pub word: String,
    /// Its name, cleaned.
    pub name: String,
}

impl Row {
    /// What it shows; `None` for headings and for places that a newer board does not have.
    pub fn target<'a>(&self, board: &'a Board) -> Option<Target<'a>> {
        Some(match self {
            Self::Heading(_) | Self::Ghost(_) => return None,
            Self::Live { top, path } => {
                let top = board.sessions.get(*top)?;
                Target::Live(path.iter().try_fold(top, |view, index| view.sub_agents.get(*index))?)
            }
            Self::Ended(index) => Target::Ended(board.ended.get(*index)?),
            Self::Owned { top, index } => Target::Process(board.sessions.get(*top)?.processes.get(*index)?),
            Self::Leaked(index) => Target::Process(board.leaked.get(*index)?),
            Self::Untracked(index) => Target::Process(board.untracked.get(*index)?),
            Self::Unconfirmed(index) => Target::Process(board.unconfirmed.get(*index)?),
        })
    }

    fn id(&self, board: &Board) -> Option<RowId> {
        Some(match self.target(board)? {
            Target::Live(view) => RowId::Session(view.key().clone()),
            Target::Ended(session) => RowId::Session(session.key.clone()),
            Target::Process(view) => RowId::Process(view.proc.id),
        })
    }

    /// Steps below a parent, for the indent.
    pub fn depth(&self) -> usize {
        match self {
            Self::Live { path, .. } => path.len(),
            _ => 0,
        }
    }
}

/// What decides which rows there are and in which order.
pub(super) struct Listing<'a> {
    pub query: &'a Query,
    pub sort: Sort,
    pub reverse: bool,
    pub unfolded: &'a HashSet<SessionKey>,
    pub unfold_all: bool,
    pub panes: &'a [Pane],
    pub ghosts: &'a [Ghost],
}

/// The rows of a screen with their identities.
pub(super) fn build(board: &Board, screen: ScreenKind, listing: &Listing<'_>) -> Vec<(Row, Option<RowId>)> {
    let rows = match screen {
        ScreenKind::Dashboard => dashboard(board, listing),
        ScreenKind::Sessions => sessions(board, listing),
        ScreenKind::Processes => processes(board, listing),
        ScreenKind::Events => Vec::new(),
    };
    rows.into_iter()
        .map(|row| {
            let id = row.id(board);
            (row, id)
        })
        .collect()
}

fn dashboard(board: &Board, listing: &Listing<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for pane in listing.panes {
        let in_pane = |view: &SessionView| pane_of(view.health) == *pane;
        let all: Vec<usize> = (0..board.sessions.len()).filter(|i| in_pane(&board.sessions[*i])).collect();
        let total = all.len();
        let mut shown = all;
        shown.retain(|i| listing.query.matches_family(&board.sessions[*i], board.taken_at));
        let ghosts = (0..listing.ghosts.len()).filter(|i| pane_of(listing.ghosts[*i].health) == *pane);
        let ghosts: Vec<Row> = ghosts.map(Row::Ghost).collect();
        if *pane == Pane::Unknown && total == 0 && ghosts.is_empty() {
            continue;
        }
        sort(&mut shown, listing, |i| (&board.sessions[*i]).into());
        rows.push(Row::Heading(Heading::Pane { pane: *pane, shown: shown.len(), total }));
        for top in shown {
            push_family(&mut rows, board, listing, top);
        }
        rows.extend(ghosts);
        if *pane == Pane::Orphaned {
            rows.extend(strays(board, listing));
        }
    }
    rows
}

fn pane_of(health: Health) -> Pane {
    match health {
        Health::Orphaned => Pane::Orphaned,
        Health::Stuck => Pane::Stuck,
        Health::Healthy => Pane::Healthy,
        // `ended` does not occur among the judged ones; if it does, it is not lost.
        Health::Unknown | Health::Ended => Pane::Unknown,
    }
}

/// Leaked processes whose session has no row of its own (its row tells of them otherwise), and goose
/// processes without a session.
fn strays<'a>(board: &'a Board, listing: &'a Listing<'_>) -> impl Iterator<Item = Row> + 'a {
    let has_row = |view: &ProcView| {
        view.session.as_ref().is_some_and(|key| board.sessions.iter().any(|s| s.key() == key))
    };
    let leaked = board.leaked.iter().enumerate();
    let leaked = leaked.filter(move |(_, p)| !has_row(p) && listing.query.matches_process(p));
    let untracked = board.alarming().filter(|(_, p)| listing.query.matches_process(p));
    leaked.map(|(i, _)| Row::Leaked(i)).chain(untracked.map(|(i, _)| Row::Untracked(i)))
}

fn sessions(board: &Board, listing: &Listing<'_>) -> Vec<Row> {
    let (live, now) = (board.sessions.len(), board.taken_at);
    let subject = |i: &usize| -> Subject<'_> {
        match board.sessions.get(*i) {
            Some(view) => view.into(),
            None => board.ended[*i - live].as_ref().into(),
        }
    };
    let mut all: Vec<usize> = (0..live)
        .filter(|i| listing.query.matches_family(&board.sessions[*i], now))
        .chain((live..live + board.ended.len()).filter(|i| listing.query.matches(subject(i), now)))
        .collect();
    sort(&mut all, listing, subject);
    let mut rows = Vec::with_capacity(all.len());
    for index in all {
        if index < live {
            push_family(&mut rows, board, listing, index);
        } else {
            rows.push(Row::Ended(index - live));
        }
    }
    rows
}

fn sort<'a>(indices: &mut [usize], listing: &Listing<'_>, subject: impl Fn(&usize) -> Subject<'a>) {
    if listing.sort == Sort::Attention {
        // The board has this order already.
        if listing.reverse {
            indices.reverse();
        }
        return;
    }
    indices.sort_by(|a, b| listing.sort.order(subject(a), subject(b), listing.reverse));
}

fn push_family(rows: &mut Vec<Row>, board: &Board, listing: &Listing<'_>, top: usize) {
    fn down(rows: &mut Vec<Row>, view: &SessionView, listing: &Listing<'_>, top: usize, path: &[usize]) {
        rows.push(Row::Live { top, path: path.to_vec() });
        if listing.unfold_all || listing.unfolded.contains(view.key()) {
            for (index, child) in view.sub_agents.iter().enumerate() {
                let mut path = path.to_vec();
                path.push(index);
                down(rows, child, listing, top, &path);
            }
        }
    }
    down(rows, &board.sessions[top], listing, top, &[]);
}

/// A heading, its processes, and what a place among them is as a row.
type Group<'a> = (&'static str, &'a [ProcView], fn(usize) -> Row);

/// Every process once: a server is the owner of many sessions and would stand under each.
fn processes(board: &Board, listing: &Listing<'_>) -> Vec<Row> {
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for (top, session) in board.sessions.iter().enumerate() {
        let whole = listing.query.matches_family(session, board.taken_at);
        let mut own = session.processes.iter().enumerate();
        let own: Vec<Row> = own
            .by_ref()
            .filter(|(_, p)| (whole || listing.query.matches_process(p)) && seen.insert(p.proc.id))
            .map(|(index, _)| Row::Owned { top, index })
            .collect();
        if !own.is_empty() {
            rows.push(Row::Heading(Heading::Session(top)));
            rows.extend(own);
        }
    }
    let groups: [Group<'_>; 3] = [
        ("left behind by sessions", &board.leaked, Row::Leaked),
        ("goose without a session", &board.untracked, Row::Untracked),
        ("unconfirmed: looks like a leftover, without proof", &board.unconfirmed, Row::Unconfirmed),
    ];
    for (title, group, row) in groups {
        let found: Vec<Row> = group
            .iter()
            .enumerate()
            .filter(|(_, p)| listing.query.matches_process(p) && seen.insert(p.proc.id))
            .map(|(index, _)| row(index))
            .collect();
        if !found.is_empty() {
            rows.push(Row::Heading(Heading::Stray(title, found.len())));
            rows.extend(found);
        }
    }
    rows
}
