//! Messages on their way to be rendered: answers are tied to their calls, and gaps are measured.
//!
//! goose stores a call and its answer as two messages. An entry waits until its calls are answered
//! and until the message after the answer is known, because only that one says whether the answer's
//! time of storing can be believed. At most `HELD` messages wait.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::domain::{
    beat::{Beat, is_compaction, is_for_model},
    session::Role,
    transcript::{Message, Part, ToolContent},
};

/// Messages that may wait for an answer: goose answers in the next one, or in one of the next few.
const HELD: usize = 32;

/// An answer stored this much later than the next message was built was stored again, by a
/// compaction: its time says nothing. goose's times are whole seconds, taken in two places.
const SLACK: i64 = 2;

/// What a tool gave back for a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// It failed.
    pub failed: bool,
    /// The exit code of a shell tool.
    pub exit_code: Option<i64>,
    /// How long it took, whole seconds; `None` where the store does not tell.
    pub took: Option<Duration>,
    /// What it gave.
    pub content: Vec<ToolContent>,
}

/// A message that is ready to be rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The message. Answers shown with their calls are no longer in it.
    pub message: Message,
    /// Answers to its calls, by the place of the call in `message.parts`.
    pub answers: BTreeMap<usize, Answer>,
    /// Since the message before it.
    pub gap: Option<Duration>,
    /// A command to goose, or its answer: the model is never sent those.
    pub command: bool,
    /// Compaction happened right before: the model was given a summary of what came earlier.
    pub compacted: bool,
}

impl Entry {
    /// When it was said.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        self.message.created_at.or(self.message.stored_at)
    }
}

struct Held {
    entry: Entry,
    /// Calls without an answer, by id.
    open: HashMap<String, usize>,
    /// When its newest answer was stored.
    answered_at: Option<DateTime<Utc>>,
}

/// Ties a conversation together, message by message.
#[derive(Default)]
pub struct Story {
    hidden: bool,
    waiting: VecDeque<Held>,
    last_at: Option<DateTime<Utc>>,
    put_away: bool,
    compacted: bool,
    /// What a person said last was a command to goose.
    command: bool,
    /// For the model alone, after what was put away: a summary, if the next message says so.
    summary: Option<Message>,
}

impl Story {
    /// A story; `hidden` tells what people do not see in goose, too.
    pub fn new(hidden: bool) -> Self {
        Self { hidden, ..Self::default() }
    }

    /// Takes the next message and gives back what became ready, oldest first.
    pub fn push(&mut self, message: Message) -> Vec<Entry> {
        let begins = is_for_model(&message) && self.put_away && self.summary.is_none();
        self.put_away = !message.agent_visible;
        if begins && message.role != Role::Assistant {
            self.summary = Some(message);
            return Vec::new();
        }
        let summary = self.summary.take();
        self.compacted |= is_compaction([&message]) && (begins || summary.is_some());
        let mut ready = summary.map_or_else(Vec::new, |summary| self.take(summary));
        ready.extend(self.take(message));
        ready
    }

    fn take(&mut self, mut message: Message) -> Vec<Entry> {
        if !(self.hidden || message.user_visible) {
            return Vec::new();
        }
        let held_parts = message.parts.len();
        let beat = Beat::of(&message);
        self.tie(&mut message, &beat);
        if held_parts > 0 && message.parts.is_empty() && message.fault.is_none() {
            // Answers were all that it held.
            self.last_at = message.created_at.or(self.last_at);
            return self.ready();
        }
        let at = message.created_at.or(message.stored_at);
        let gap = self.gap(at);
        self.last_at = at.or(self.last_at);
        let calls = message.parts.iter().enumerate().filter_map(|(place, part)| match part {
            Part::ToolRequest { id, .. } if !id.is_empty() => Some((id.clone(), place)),
            _ => None,
        });
        let open = calls.collect();
        let compacted = std::mem::take(&mut self.compacted);
        if beat.is_user {
            self.command = is_command(&message);
        }
        let command = self.command && !message.agent_visible;
        let entry = Entry { message, answers: BTreeMap::new(), gap, command, compacted };
        self.waiting.push_back(Held { entry, open, answered_at: None });
        self.ready()
    }

    /// Gives back everything that waits: the conversation is over, or is to be shown as it stands.
    pub fn flush(&mut self) -> Vec<Entry> {
        let mut ready = self.summary.take().map_or_else(Vec::new, |summary| self.take(summary));
        ready.extend(self.waiting.drain(..).map(|held| held.entry));
        ready
    }

    /// Moves answers to the calls that wait for them.
    fn tie(&mut self, message: &mut Message, answered: &Beat) {
        let parts = std::mem::take(&mut message.parts);
        message.parts = parts
            .into_iter()
            .filter_map(|part| match part {
                Part::ToolResponse { id, failed, exit_code, content, sub_agent } => {
                    let Some(held) = self.waiting.iter_mut().rev().find(|h| h.open.contains_key(&id)) else {
                        return Some(Part::ToolResponse { id, failed, exit_code, content, sub_agent });
                    };
                    if let Some(place) = held.open.remove(&id) {
                        let took = answered.tool_took(&Beat::of(&held.entry.message), None);
                        held.entry.answers.insert(place, Answer { failed, exit_code, took, content });
                        held.answered_at = held.answered_at.max(message.stored_at);
                    }
                    None
                }
                other => Some(other),
            })
            .collect();
    }

    /// The time between what was there last and `next`. Takes back durations that `next` proves wrong.
    fn gap(&mut self, next: Option<DateTime<Utc>>) -> Option<Duration> {
        let next = next?;
        for held in &mut self.waiting {
            let Some(answered) = held.answered_at else { continue };
            if (answered - next).num_seconds() > SLACK {
                held.entry.answers.values_mut().for_each(|answer| answer.took = None);
            } else {
                self.last_at = self.last_at.max(Some(answered));
            }
        }
        (next - self.last_at?).to_std().ok()
    }

    fn ready(&mut self) -> Vec<Entry> {
        let mut ready = Vec::new();
        while let Some(first) = self.waiting.front() {
            let told = first.open.is_empty() && (first.answered_at.is_none() || self.waiting.len() > 1);
            if !told && self.waiting.len() <= HELD {
                break;
            }
            ready.extend(self.waiting.pop_front().map(|held| held.entry));
        }
        ready
    }
}

/// `/status`, `/compact`: not what begins with a path.
fn is_command(message: &Message) -> bool {
    let Some(Part::Text(words)) = message.parts.first() else { return false };
    let name = words.split_whitespace().next().and_then(|word| word.strip_prefix('/'));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    })
}
