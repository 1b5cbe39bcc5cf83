//! One session by its id, or by a name that only it has.

use std::borrow::Cow;

use crate::{
    cli::failure::{Failure, Kind},
    domain::{
        board::{Board, SessionView, Unnamed},
        text,
    },
};

/// Finds it. Ids win over names, sessions that run over history.
///
/// # Errors
/// Nothing of that id or name, with the nearest; or several.
pub fn find<'a>(board: &'a Board, wanted: &str) -> Result<Cow<'a, SessionView>, Failure> {
    board.named(wanted).map_err(Failure::from)
}

/// The same for whoever only reads: what no list shows is found too.
///
/// # Errors
/// As [`find`].
pub fn find_to_read<'a>(board: &'a Board, wanted: &str) -> Result<Cow<'a, SessionView>, Failure> {
    board.named_to_read(wanted).map_err(|why| {
        let file = matches!(why, Unnamed::Nobody { .. }).then(|| unread(board, wanted)).flatten();
        let failure = Failure::from(why);
        let Some(file) = file else { return failure };
        let hint = format!("{file} is there and could not be read; `goosetop doctor` says why");
        Failure { hint, ..failure }
    })
}

/// A file of goose's older kind that has this id, though no session came of it.
fn unread(board: &Board, wanted: &str) -> Option<String> {
    let file = board.stores.iter().filter_map(|store| {
        let file = store.path.parent()?.join(format!("{wanted}.jsonl"));
        // A word with a folder in it is no id.
        (file.parent() == store.path.parent() && file.symlink_metadata().is_ok()).then_some(file)
    });
    file.map(|file| text::path(&file, None)).next()
}

impl From<Unnamed> for Failure {
    fn from(why: Unnamed) -> Self {
        let kind = match why {
            Unnamed::Nobody { .. } => Kind::NotFound,
            Unnamed::Several { .. } => Kind::Ambiguous,
        };
        Self::new(kind, why.to_string(), why.hint())
    }
}
