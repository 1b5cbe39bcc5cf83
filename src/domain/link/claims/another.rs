//! What speaks against a guess. Rows carry whole seconds, so several goose of one second and directory
//! fit each other's rows; when one of them ends, the next would be taken for it, and ended in its place.

use super::Work;
use crate::domain::{
    process::Proc,
    session::{Block, Session},
    text,
};

/// As many characters of a session's first words are surely stored uncut.
const BEGINNING: usize = 80;

impl Work<'_> {
    /// Whoever made this row, it was not `proc`.
    pub(super) fn is_anothers(&self, proc: &Proc, session: &Session) -> bool {
        self.left_by_another(proc, session) || told_something_else(proc, session)
    }

    /// A shell tool keeps its goose's process group, also when that goose is gone (facts 0.2).
    fn left_by_another(&self, proc: &Proc, session: &Session) -> bool {
        self.snap.procs.iter().any(|p| {
            let its_goose = p.pgid.filter(|group| *group != p.id.pid && Some(*group) != proc.pgid);
            p.marker() == Some(session.key.id.raw())
                && self.fits(p, session)
                && its_goose.is_some_and(|group| self.table.get(group).is_none())
        })
    }
}

/// `goose run -t WORDS` stores exactly these words first.
fn told_something_else(proc: &Proc, session: &Session) -> bool {
    let told = proc.argv.iter().skip_while(|a| !matches!(a.as_str(), "-t" | "--text")).nth(1);
    let tail = session.tail.as_ref().filter(|tail| tail.whole);
    let first = tail.and_then(|tail| tail.messages.iter().find(|m| m.user_visible));
    let said = first.and_then(|m| match m.blocks.first() {
        Some(Block::Text { preview }) => Some(preview),
        _ => None,
    });
    let beginning = |words: &str| text::line(words).chars().take(BEGINNING).collect::<String>();
    told.zip(said).is_some_and(|(told, said)| beginning(told) != beginning(said))
}
