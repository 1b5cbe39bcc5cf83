//! One session by its id, or by a name that only it has.

use std::{borrow::Cow, path::PathBuf, sync::Arc};

use super::{Board, SessionView};
use crate::domain::{
    session::{Session, SessionId},
    text,
};

/// How many ids are offered where none fits, or several do.
const OFFERED: usize = 3;

/// Why no single session goes by that word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unnamed {
    /// Nothing of that id or name.
    #[error("no session has the id or name `{wanted}`")]
    Nobody {
        /// What was asked for, cleaned.
        wanted: String,
        /// The nearest ids, each with its name.
        near: Vec<String>,
    },
    /// Several.
    #[error("{count} sessions are called {wanted}")]
    Several {
        /// What was asked for, cleaned.
        wanted: String,
        /// How many.
        count: usize,
        /// Some of them, and their stores.
        some: Vec<(SessionId, Option<PathBuf>)>,
    },
}

impl Unnamed {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Nobody { near, .. } if near.is_empty() => {
                "no store that could be read holds any session; `goosetop doctor` says why".to_owned()
            }
            Self::Nobody { near, .. } => format!("nearest: {}", near.join(", ")),
            Self::Several { some, .. } => {
                let one = |(id, store): &(SessionId, Option<PathBuf>)| {
                    format!("{id} in {}", store.as_deref().map(|s| text::path(s, None)).unwrap_or_default())
                };
                let list: Vec<_> = some.iter().map(one).collect();
                format!("{}; give an id, and --db where stores share it", list.join(", "))
            }
        }
    }
}

impl Board {
    /// Finds it. Ids win over names, sessions that run over history.
    ///
    /// # Errors
    /// Nothing of that id or name, with the nearest; or several.
    pub fn named(&self, wanted: &str) -> Result<Cow<'_, SessionView>, Unnamed> {
        self.among(wanted, &self.ended)
    }

    /// The same for whoever only reads: what no list shows is found too, sub-agents that ended and hidden
    /// sessions.
    ///
    /// # Errors
    /// As [`Self::named`].
    pub fn named_to_read(&self, wanted: &str) -> Result<Cow<'_, SessionView>, Unnamed> {
        // What is listed comes first: all that is delegated has one name.
        let listed = self.named(wanted);
        if !matches!(listed, Err(Unnamed::Nobody { .. })) {
            return listed;
        }
        if let Some(view) = self.hidden.iter().find(|view| view.key().id.raw() == wanted) {
            return Ok(Cow::Borrowed(view));
        }
        match self.among(wanted, &self.unlisted) {
            Err(Unnamed::Nobody { .. }) => listed,
            found => found,
        }
    }

    fn among<'a>(
        &'a self,
        wanted: &str,
        history: &'a [Arc<Session>],
    ) -> Result<Cow<'a, SessionView>, Unnamed> {
        let live: Vec<&SessionView> = self.families().collect();
        let fits: [fn(&Session, &str) -> bool; 2] = [|s, id| s.key.id.raw() == id, |s, name| s.name == name];
        for fit in fits {
            let living = live.iter().filter(|v| fit(&v.session, wanted)).map(|v| Cow::Borrowed(*v));
            let ended = history.iter().filter(|s| fit(s, wanted));
            let mut found: Vec<_> = living.chain(ended.map(|s| Cow::Owned(self.past(s)))).collect();
            if found.len() > 1 {
                return Err(self.several(wanted, &found));
            }
            if let Some(view) = found.pop() {
                return Ok(view);
            }
        }
        Err(self.nobody(&live, wanted))
    }

    fn several(&self, wanted: &str, found: &[Cow<'_, SessionView>]) -> Unnamed {
        let store = |v: &SessionView| self.stores.get(v.key().store).map(|s| s.path.clone());
        Unnamed::Several {
            wanted: text::line(wanted).into_owned(),
            count: found.len(),
            some: found.iter().take(OFFERED).map(|v| (v.key().id.clone(), store(v))).collect(),
        }
    }

    fn nobody(&self, live: &[&SessionView], wanted: &str) -> Unnamed {
        let everyone = live.iter().map(|v| &*v.session).chain(self.ended.iter().map(|s| &**s));
        let alike = |word: &str| strsim::jaro_winkler(word, wanted);
        let mut near: Vec<_> = everyone.map(|s| (alike(s.key.id.raw()).max(alike(&s.name)), s)).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let offer = |s: &Session| format!("{} ({})", s.key.id, text::cut(&text::line(&s.name), 40));
        Unnamed::Nobody {
            wanted: text::line(wanted).into_owned(),
            near: near.iter().take(OFFERED).map(|(_, s)| offer(s)).collect(),
        }
    }
}
