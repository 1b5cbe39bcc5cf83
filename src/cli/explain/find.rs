//! One session by its id, or by a name that only it has.

use std::borrow::Cow;

use crate::{
    cli::failure::{Failure, Kind},
    domain::board::{Board, SessionView, Unnamed},
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
    board.named_to_read(wanted).map_err(Failure::from)
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
