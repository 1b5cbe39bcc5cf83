//! One conversation's time, cut up by who was waited for.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::Split;

/// Stored times are whole seconds: this much later is still the same moment.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(2);

/// A tool's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The request it answers.
    pub id: String,
    /// It failed.
    pub failed: bool,
}

/// What a message is, for time's sake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person spoke.
    Person,
    /// The model answered, asking for these tools (id, name).
    Model {
        /// What it asks for.
        requests: Vec<(String, String)>,
        /// How long the call took, where goose measured it.
        elapsed: Option<Duration>,
        /// The model that answered, cleaned.
        model: Option<String>,
    },
    /// Tools answered.
    Tool(Vec<Response>),
}

/// A message reduced to when and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// When it was built.
    pub at: DateTime<Utc>,
    /// Row id, which orders what was built in the same second.
    pub row: i64,
    /// When its row was inserted.
    pub stored_at: Option<DateTime<Utc>>,
    /// Who.
    pub kind: Kind,
    /// It holds an error that ended the turn.
    pub failed: bool,
}

/// A finished tool call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ToolCall<'a> {
    pub name: &'a str,
    pub failed: bool,
    pub took: Option<Duration>,
}

/// A finished model call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ModelCall<'a> {
    pub at: DateTime<Utc>,
    pub took: Duration,
    pub measured: bool,
    pub model: Option<&'a str>,
}

/// What a conversation comes down to.
#[derive(Debug, Default)]
pub(super) struct Timeline<'a> {
    pub split: Split,
    /// The last message leaves something to come: an answer of the model, or of a tool.
    pub open: bool,
    pub tools: Vec<ToolCall<'a>>,
    pub calls: Vec<ModelCall<'a>>,
}

/// Cuts a conversation's time up. The first message has nothing before it, and so no time.
pub(super) fn cut(beats: &[Beat]) -> Timeline<'_> {
    let mut line = Timeline { open: beats.last().is_some_and(is_open), ..Timeline::default() };
    let mut asked: HashMap<&str, &str> = HashMap::new();
    // Where the message before ended.
    let mut before: Option<DateTime<Utc>> = None;
    let mut at = 0;
    while let Some(beat) = beats.get(at) {
        match &beat.kind {
            Kind::Person => {
                line.split.waiting += gap(before, beat.at);
                before = before.max(Some(beat.at));
                at += 1;
            }
            Kind::Model { .. } => {
                // One answer is stored in several rows: text, then what it asks for.
                let more = beats[at..].iter().take_while(|b| matches!(b.kind, Kind::Model { .. }));
                let run = &beats[at..at + more.count()];
                model_run(&mut line, &mut asked, run, before);
                before = before.max(run.last().map(|b| b.at));
                at += run.len();
            }
            Kind::Tool(responses) => {
                let ended = tool_end(beat, beats.get(at + 1).map(|b| b.at));
                // Asked for when the model had spoken; a result of the same second took no time.
                let took = ended.map(|ended| gap(before, ended));
                line.split.tool += took.unwrap_or_default();
                line.tools.extend(responses.iter().map(|r| ToolCall {
                    name: asked.get(r.id.as_str()).copied().unwrap_or("unknown"),
                    failed: r.failed,
                    took: took.filter(|_| before.is_some()),
                }));
                before = before.max(Some(ended.unwrap_or(beat.at)));
                at += 1;
            }
        }
    }
    line
}

fn is_open(last: &Beat) -> bool {
    let asks = match &last.kind {
        Kind::Person | Kind::Tool(_) => true,
        Kind::Model { requests, .. } => !requests.is_empty(),
    };
    asks && !last.failed
}

fn model_run<'a>(
    line: &mut Timeline<'a>,
    asked: &mut HashMap<&'a str, &'a str>,
    run: &'a [Beat],
    before: Option<DateTime<Utc>>,
) {
    let mut measured = Duration::ZERO;
    let mut name = None;
    for beat in run {
        let Kind::Model { requests, elapsed, model } = &beat.kind else { continue };
        asked.extend(requests.iter().map(|(id, name)| (id.as_str(), name.as_str())));
        name = model.as_deref().or(name);
        if let Some(elapsed) = *elapsed {
            measured += elapsed;
            let model = model.as_deref();
            line.calls.push(ModelCall { at: beat.at, took: elapsed, measured: true, model });
        }
    }
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    if measured > Duration::ZERO {
        line.split.model += measured;
        return;
    }
    line.split.model += gap(before, last.at);
    let took = gap(before, first.at);
    if took > Duration::ZERO {
        line.calls.push(ModelCall { at: first.at, took, measured: false, model: name });
    }
}

/// When a tool's result was there. It is built when the tool is asked for and stored when it is done;
/// a row stored after the next message was built was written anew (compaction, import) and tells
/// nothing.
fn tool_end(beat: &Beat, next: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match beat.stored_at {
        Some(stored) if next.is_some_and(|next| stored > next + SAME_MOMENT) => None,
        Some(stored) if stored > beat.at => Some(stored),
        _ => Some(beat.at),
    }
}

fn gap(before: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Duration {
    before.and_then(|before| (at - before).to_std().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn beat(at: i64, stored: i64, kind: Kind) -> Beat {
        let time = |s| DateTime::from_timestamp(1_000_000 + s, 0).unwrap();
        Beat { at: time(at), row: at, stored_at: Some(time(stored)), kind, failed: false }
    }

    fn model(requests: &[(&str, &str)], elapsed: Option<u64>) -> Kind {
        let requests = requests.iter().map(|(id, name)| ((*id).into(), (*name).into())).collect();
        Kind::Model { requests, elapsed: elapsed.map(Duration::from_secs), model: None }
    }

    fn tool(id: &str, failed: bool) -> Kind {
        Kind::Tool(vec![Response { id: id.into(), failed }])
    }

    fn seconds(split: Split) -> (u64, u64, u64) {
        (split.model.as_secs(), split.tool.as_secs(), split.waiting.as_secs())
    }

    #[test]
    fn a_round_is_model_then_tool_then_model() {
        let beats = [
            beat(0, 0, Kind::Person),
            beat(8, 38, model(&[("1", "shell")], None)),
            beat(8, 38, tool("1", true)),
            beat(45, 45, model(&[], None)),
            beat(105, 105, Kind::Person),
        ];
        let line = cut(&beats);
        assert_eq!(seconds(line.split), (15, 30, 60));
        let took = Some(Duration::from_secs(30));
        assert_eq!(line.tools, [ToolCall { name: "shell", failed: true, took }]);
        assert_eq!(line.calls.iter().map(|c| c.took.as_secs()).collect::<Vec<_>>(), [8, 7]);
    }

    #[test]
    fn what_is_still_waited_for_is_no_time_and_is_known() {
        let asks =
            || Kind::Model { requests: vec![("1".into(), "shell".into())], elapsed: None, model: None };
        let open = |beats: &[Beat]| (cut(beats).open, cut(beats).split.total());
        assert_eq!(open(&[beat(0, 0, Kind::Person)]), (true, Duration::ZERO));
        assert!(open(&[beat(0, 0, Kind::Person), beat(5, 5, asks())]).0);
        assert!(!open(&[Beat { failed: true, ..beat(0, 0, Kind::Person) }]).0);
        assert!(!open(&[beat(0, 0, Kind::Model { requests: Vec::new(), elapsed: None, model: None })]).0);
        assert!(!open(&[]).0);
    }

    #[test]
    fn what_goose_measured_is_believed() {
        let beats = [
            beat(0, 0, Kind::Person),
            beat(2, 9, model(&[], None)),
            beat(3, 9, model(&[("1", "shell")], Some(6))),
        ];
        let line = cut(&beats);
        assert_eq!(seconds(line.split), (6, 0, 0));
        assert_eq!(line.calls.len(), 1);
        assert!(line.calls[0].measured);
    }

    #[test]
    fn rows_written_anew_tell_no_time() {
        let beats = [
            beat(0, 900, Kind::Person),
            beat(5, 900, model(&[("1", "shell")], None)),
            beat(5, 900, tool("1", false)),
            beat(20, 900, model(&[], None)),
        ];
        let line = cut(&beats);
        assert_eq!(line.tools[0].took, None);
        assert_eq!(seconds(line.split), (20, 0, 0));
    }

    proptest! {
        #[test]
        fn no_more_time_than_there_was(steps in prop::collection::vec((0i64..50, 0i64..50, 0u8..3), 0..30)) {
            let mut at = 0;
            let beats: Vec<Beat> = steps.into_iter().map(|(gap, late, kind)| {
                at += gap;
                beat(at, at + late, match kind {
                    0 => Kind::Person,
                    1 => model(&[("1", "t")], None),
                    _ => tool("1", false),
                })
            }).collect();
            let last = beats.iter().filter_map(|b| b.stored_at).max();
            let whole = beats.first().zip(last).map_or(0, |(first, last)| (last - first.at).num_seconds());
            prop_assert!(cut(&beats).split.total().as_secs() <= whole as u64);
        }
    }
}
