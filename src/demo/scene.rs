//! What a session of the demo is before it has an id.

use chrono::{DateTime, Duration, Utc};

use super::talk::{Model, Talk};

/// One session.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its name; other scenes and the cast refer to it by that.
    pub name: &'static str,
    /// goose's `session_type`.
    pub kind: &'static str,
    /// Where it works, below the demo's folder.
    pub dir: &'static str,
    /// goose's `project_id`.
    pub project: Option<&'static str>,
    /// The model it talks to.
    pub model: Model,
    /// goose's `goose_mode`.
    pub mode: &'static str,
    /// The scene that made this sub-agent.
    pub parent: Option<&'static str>,
    /// The schedule that made it.
    pub schedule: Option<&'static str>,
    /// The command of its stdio extension.
    pub extension: Option<&'static str>,
    /// What was said.
    pub talk: Talk,
    /// How long ago the last of it was said.
    pub ended: Duration,
}

impl Scene {
    /// A session of a person's, in `auto` mode.
    pub fn new(name: &'static str, dir: &'static str, model: Model, ended: Duration, talk: Talk) -> Self {
        Self {
            name,
            kind: "user",
            dir,
            project: dir.split('/').nth(1),
            model,
            mode: "auto",
            parent: None,
            schedule: None,
            extension: None,
            talk,
            ended,
        }
    }

    /// Made by something other than a person at a terminal.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Asks before it acts.
    pub fn mode(mut self, mode: &'static str) -> Self {
        self.mode = mode;
        self
    }

    /// Made by another session.
    pub fn parent(mut self, parent: &'static str) -> Self {
        self.parent = Some(parent);
        self.kind("sub_agent")
    }

    /// Made by the scheduler.
    pub fn schedule(mut self, schedule: &'static str) -> Self {
        self.schedule = Some(schedule);
        self.kind("scheduled")
    }

    /// Has a stdio extension, started by this command.
    pub fn extension(mut self, command: &'static str) -> Self {
        self.extension = Some(command);
        self
    }

    /// When its last line was said.
    pub fn end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.ended
    }

    /// When it began.
    pub fn began(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.talk.began(self.end(now))
    }
}
