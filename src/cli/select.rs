//! Which sessions a command shows: `--all`, `--filter`, `--project`, `--state`, `--sort`, `--limit`.

use std::path::Path;

use super::{
    Common,
    failure::{Failure, Kind},
};
use crate::domain::query::{Query, Selection};

/// From the common flags.
///
/// # Errors
/// A filter that cannot be read.
pub fn selection(common: &Common) -> Result<Selection, Failure> {
    let query = Query::parse(common.filter.as_deref().unwrap_or_default())
        .map_err(|e| Failure { place: "--filter".into(), ..Failure::new(Kind::Usage, e.to_string(), "") })?;
    Ok(Selection {
        all: common.all,
        query,
        project: common.project.clone(),
        within: None,
        states: common.state.clone(),
        sort: common.sort.unwrap_or_default(),
        limit: common.limit,
    })
}

/// The same, of sessions that work at or below a directory; a relative one is taken from here.
///
/// # Errors
/// As [`selection`].
pub fn selection_within(common: &Common, dir: Option<&Path>) -> Result<Selection, Failure> {
    let within = dir.map(|dir| std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
    Ok(Selection { within, ..selection(common)? })
}
