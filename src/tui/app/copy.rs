//! What goes to the clipboard.

use chrono::{DateTime, Utc};

use super::{App, RowId, hints::resume_command};
use crate::tui::effect::Effect;

impl App {
    pub(super) fn copy_ids(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        let key = match (&self.reader, &self.results) {
            (Some(reader), _) => Some(Some(reader.key())),
            (None, Some(results)) => Some(results.selected().map(|found| &found.key)),
            (None, None) => None,
        };
        let ids: Vec<String> = if let Some(key) = key {
            key.map(|key| key.id.to_string()).into_iter().collect()
        } else if self.tags.is_empty() {
            self.selected().map(RowId::word).into_iter().collect()
        } else {
            self.tags.iter().map(RowId::word).collect()
        };
        if ids.is_empty() {
            return Vec::new();
        }
        let text = ids.join(" ");
        self.say(format!("copied {text}"), now);
        vec![Effect::Copy(text)]
    }

    pub(super) fn copy_resume(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        let Some(command) = self.session().map(resume_command) else {
            return Vec::new();
        };
        self.say(format!("copied {command}"), now);
        vec![Effect::Copy(command)]
    }
}
