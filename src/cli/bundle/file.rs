//! The hand-over as a file of its own, for whoever presses a key instead of naming a file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Format, LOOK, document};
use crate::{
    cli::draft::Draft,
    config::{env::Env, paths},
    domain::{
        board::{Board, SessionView},
        health::thresholds::Thresholds,
        session::SessionId,
        text,
    },
};

/// Longest part of an id in a file's name.
const LONGEST: usize = 100;

/// Where hand-overs go, and by which limits they judge.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Option<PathBuf>,
    env: Env,
    limits: Thresholds,
}

impl Files {
    /// Beside the audit log.
    pub fn new(env: &Env, limits: &Thresholds) -> Self {
        let folder = paths::state_dir(env).map(|dir| dir.join("bundles"));
        Self { folder, env: env.clone(), limits: limits.clone() }
    }

    /// Writes one as Markdown, and says where; nothing is ever replaced.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn write(&self, board: &Board, view: &SessionView) -> Result<String, String> {
        let folder = self.folder.as_deref().ok_or("no hand-over is written: set HOME or XDG_STATE_HOME")?;
        let path = folder.join(name(&view.key().id, board));
        let failed = |why: String| format!("the hand-over is not written: {why}");
        fs::create_dir_all(folder)
            .map_err(|error| failed(format!("{} cannot be made: {error}", text::path(folder, None))))?;
        self.put(&path, board, view).map_err(|failure| failed(failure.what))?;
        // First where: the end of a long line is cut off.
        Ok(format!("wrote {}{LOOK}", text::path(&path, paths::home(&self.env).as_deref())))
    }

    fn put(&self, path: &Path, board: &Board, view: &SessionView) -> Result<(), super::Failure> {
        // Begun first: what cannot be written need not be read.
        let mut draft = Draft::begin(path, false)?;
        draft.write(&document(board, view, &self.env, &self.limits, Format::Markdown)?)?;
        draft.publish()
    }
}

/// The session and the moment of the picture. No part of an id leads out of the folder.
fn name(id: &SessionId, board: &Board) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    let id: String = id.raw().chars().take(LONGEST).map(safe).collect();
    format!("{id}-{}.md", board.taken_at.format("%Y%m%dT%H%M%SZ"))
}
