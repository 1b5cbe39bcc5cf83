//! What stands on the screen, one after the other: parts of messages, and what is said between them.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use super::window::Window;
use crate::{
    domain::{
        beat::{Beat, is_compaction, is_hidden},
        transcript::{Message, Part, Place},
    },
    tui::format,
};

/// A pause is worth a line from here on.
pub(super) const GAP: TimeDelta = TimeDelta::seconds(60);
/// And worth a jump from here on.
pub(super) const LONG_GAP: TimeDelta = TimeDelta::minutes(5);

/// Which block: a message's place, and the order within what is said of it. Parts begin at
/// `FIRST_PART`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId {
    pub(super) at: i64,
    pub(super) row: i64,
    pub(super) order: u32,
}

const ORDER_COMPACTED: u32 = 0;
const ORDER_GAP: u32 = 1;
const ORDER_FAULT: u32 = 2;
/// The order of a message's first part.
pub(super) const FIRST_PART: u32 = 3;

impl BlockId {
    pub(super) fn new(place: Place, order: u32) -> Self {
        Self { at: place.at, row: place.row, order }
    }

    /// The message's place.
    pub fn place(self) -> Place {
        Place { at: self.at, row: self.row }
    }
}

/// How a tool call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered: by this message's part.
    Answer {
        /// Place in the window.
        message: usize,
        /// Place in the message.
        part: usize,
    },
    /// It is at work.
    Running,
    /// Nobody answered.
    Dangling,
    /// The answer may be in what is not loaded.
    Elsewhere,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first message follows.
    Begin(String),
    /// Time passed.
    Gap {
        /// How much.
        text: String,
        /// Enough to be jumped to.
        long: bool,
    },
    /// Compaction put away what stands above.
    Compacted(u64),
    /// The row is odd.
    Fault,
    /// A part of a message.
    Part,
    /// A tool call.
    Call(Outcome),
    /// What it waits for.
    OpenEnd(String),
}

/// One thing on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Who it is.
    pub id: BlockId,
    /// What it is.
    pub kind: Kind,
    /// Its message's place in the window.
    pub(super) message: usize,
    /// Its part's place in the message.
    pub(super) part: usize,
    /// The first of its message: it says when and who.
    pub(super) head: bool,
    /// The first text of its message: it says who speaks.
    pub(super) speaks: bool,
    /// The last text of its message: it says what the model call cost.
    pub(super) with_usage: bool,
}

/// What decides which blocks there are.
pub(super) struct Settings<'a> {
    pub hidden: bool,
    pub live: bool,
    pub in_tool: bool,
    pub utc_offset: FixedOffset,
    /// Messages before a place that compaction put away, where all are known.
    pub put_away: &'a dyn Fn(Place) -> Option<u64>,
    pub open_end: Option<String>,
}

pub(super) fn build(window: &Window, settings: &Settings<'_>) -> Vec<Block> {
    let messages = window.messages();
    let answers = answers(window);
    let mut blocks = Vec::new();
    let say = |id, kind, message| Block {
        id,
        kind,
        message,
        part: 0,
        head: false,
        speaks: false,
        with_usage: false,
    };
    let mut put_away = 0;
    // When the message before was complete, of those that are shown: a gap is seen between two of them.
    let mut before: Option<DateTime<Utc>> = None;
    for (at, message) in messages.iter().enumerate() {
        let place = message.place;
        if at == 0 && !window.more_before {
            let began = message.created_at.map(|t| format::date(t, settings.utc_offset));
            let text = format!("the conversation begins {}", began.unwrap_or_default());
            blocks.push(say(BlockId::new(Place { at: i64::MIN, row: i64::MIN }, 0), Kind::Begin(text), 0));
        }
        if put_away > 0 && is_compaction(messages.iter().skip(at)) {
            let count = (settings.put_away)(place).unwrap_or(put_away);
            blocks.push(say(BlockId::new(place, ORDER_COMPACTED), Kind::Compacted(count), at));
            put_away = 0;
        } else if !message.agent_visible {
            put_away += 1;
        }
        if is_hidden(message) && !settings.hidden {
            continue;
        }
        let next = messages.get(at + 1).and_then(|m| m.created_at);
        let gap = before.zip(message.created_at).and_then(|(a, b)| gap(a, b, settings.utc_offset));
        before = Beat::of(message).ended(next).max(before);
        let from = blocks.len();
        if message.fault.is_some() {
            blocks.push(say(BlockId::new(place, ORDER_FAULT), Kind::Fault, at));
        }
        parts(&mut blocks, window, settings, &answers, at, message);
        if let Some(gap) = gap.filter(|_| blocks.len() > from && from > 0) {
            blocks.insert(from, say(BlockId::new(place, ORDER_GAP), gap, at));
        }
    }
    if let Some(text) = settings.open_end.as_ref().filter(|_| !messages.is_empty()) {
        let id = BlockId::new(Place { at: i64::MAX, row: i64::MAX }, 0);
        blocks.push(say(id, Kind::OpenEnd(text.clone()), messages.len().saturating_sub(1)));
    }
    blocks
}

fn parts(
    blocks: &mut Vec<Block>,
    window: &Window,
    settings: &Settings<'_>,
    answers: &Answers,
    at: usize,
    message: &Message,
) {
    let is_text = |part: &Part| matches!(part, Part::Text(text) if !text.trim().is_empty());
    let first_text = message.parts.iter().position(is_text);
    let last_text = message.parts.iter().rposition(is_text);
    let mut head = true;
    for (number, part) in message.parts.iter().enumerate() {
        let kind = match part {
            Part::ToolRequest { invalid: Some(_), .. } => Kind::Call(Outcome::Dangling),
            Part::ToolRequest { .. } => Kind::Call(match answers.of.get(&(at, number)) {
                Some((message, part)) => Outcome::Answer { message: *message, part: *part },
                None if !window.is_at_end() => Outcome::Elsewhere,
                None if settings.live && (settings.in_tool || is_newest(window, at)) => Outcome::Running,
                None => Outcome::Dangling,
            }),
            Part::ToolResponse { .. } if answers.used.contains(&(at, number)) => continue,
            Part::Text(text) if text.trim().is_empty() => continue,
            _ => Kind::Part,
        };
        let id = BlockId::new(message.place, FIRST_PART.saturating_add(number as u32));
        let with_usage = message.usage.is_some() && last_text == Some(number);
        blocks.push(Block {
            id,
            kind,
            message: at,
            part: number,
            head,
            speaks: first_text == Some(number),
            with_usage,
        });
        head = false;
    }
}

/// Nothing but hidden messages follows.
fn is_newest(window: &Window, at: usize) -> bool {
    window.messages().iter().skip(at + 1).all(is_hidden)
}

/// Which part answers which.
struct Answers {
    of: HashMap<(usize, usize), (usize, usize)>,
    used: std::collections::HashSet<(usize, usize)>,
}

/// Ids need not be unique: an answer belongs to the oldest call of its id that has none.
fn answers(window: &Window) -> Answers {
    let mut open: HashMap<&str, VecDeque<(usize, usize)>> = HashMap::new();
    let mut found = Answers { of: HashMap::new(), used: std::collections::HashSet::new() };
    for (at, message) in window.messages().iter().enumerate() {
        for (number, part) in message.parts.iter().enumerate() {
            match part {
                Part::ToolRequest { id, .. } => open.entry(id).or_default().push_back((at, number)),
                Part::ToolResponse { id, .. } => {
                    if let Some(call) = open.get_mut(id.as_str()).and_then(VecDeque::pop_front) {
                        found.of.insert(call, (at, number));
                        found.used.insert((at, number));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// What is said between two moments, where it is worth it.
fn gap(before: DateTime<Utc>, after: DateTime<Utc>, offset: FixedOffset) -> Option<Kind> {
    let passed = after - before;
    let day = |at: DateTime<Utc>| at.with_timezone(&offset).date_naive();
    let mut parts = Vec::new();
    if passed > GAP {
        parts.push(format!("{} later", exact(passed)));
    }
    if day(after) != day(before) {
        parts.push(day(after).to_string());
    }
    (!parts.is_empty()).then(|| Kind::Gap { text: parts.join(", "), long: passed >= LONG_GAP })
}

/// Two units: `41s`, `17m 03s`, `3h 12m`, `2d 4h`.
pub(super) fn exact(span: TimeDelta) -> String {
    let s = span.num_seconds().max(0);
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m {:02}s", s / 60, s % 60),
        3_600..86_400 => format!("{}h {:02}m", s / 3_600, s % 3_600 / 60),
        _ => format!("{}d {}h", s / 86_400, s % 86_400 / 3_600),
    }
}
