//! What a command shows, as the parameters of a URL.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::Far;
use crate::cli::{failure::Failure, select};

/// As a part of a path, or a value.
pub fn encoded(word: impl AsRef<[u8]>) -> String {
    percent_encode(word.as_ref(), NON_ALPHANUMERIC).to_string()
}

/// `path` with the choice that the common flags make.
///
/// # Errors
/// A filter that cannot be read; a directory that means nothing to the server.
pub fn chosen(far: &Far<'_>, path: &str, dir: Option<&Path>) -> Result<String, Failure> {
    let common = &far.context.common;
    // For its refusals: they are the same there, and better said here.
    let selection = select::selection_within(common, dir)?;
    if dir.is_some_and(Path::is_relative) && !far.is_here() {
        return Err(far.cannot("a relative --working-dir", "it may lie on another machine"));
    }
    let states: Vec<&str> = common.state.iter().map(Into::into).collect();
    let within = selection.within.as_ref().map(|dir| encoded(dir.as_os_str().as_encoded_bytes()));
    let pairs = [
        ("all", common.all.then(|| "true".to_owned())),
        ("filter", common.filter.as_ref().map(encoded)),
        ("project", common.project.as_ref().map(encoded)),
        ("working_dir", within),
        ("state", (!states.is_empty()).then(|| encoded(states.join(",")))),
        ("sort", common.sort.map(|sort| encoded(<&str>::from(sort)))),
        ("limit", common.limit.map(|limit| limit.to_string())),
    ];
    let given: Vec<_> =
        pairs.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?))).collect();
    Ok(if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) })
}
