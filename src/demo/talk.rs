//! Conversations as goose stores them (facts 3), told in a few words each.
//!
//! A talk is written with gaps between its lines and placed in time by when it *ends*, because how
//! long ago it ended is what a session's health follows.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

/// A model and what it costs, US dollars per token. Without a price the cost stays unknown.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Provider's name.
    pub provider: &'static str,
    /// Model's name.
    pub name: &'static str,
    /// Context size in tokens.
    pub context: i64,
    /// Price of one input and one output token.
    pub price: Option<(f64, f64)>,
}

/// What one model call used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Input tokens: the whole context.
    pub input: i64,
    /// Output tokens.
    pub output: i64,
}

impl Usage {
    /// Its cost with this model.
    pub fn cost(self, model: Model) -> Option<f64> {
        model.price.map(|(i, o)| self.input as f64 * i + self.output as f64 * o)
    }
}

/// One stored row: a message, a model call, or both.
#[derive(Clone, Debug)]
pub struct Line {
    /// Seconds since the talk began, when the row was stored.
    pub offset: i64,
    /// The same, when its message was built: goose builds a tool's answer when it asks the tool, and stores
    /// both when the tool is done.
    pub built: i64,
    /// Role and content blocks; `None` where only the model call is stored yet.
    pub message: Option<(&'static str, Value)>,
    /// goose's metadata beside the usage.
    pub metadata: Value,
    /// The model call that made it.
    pub usage: Option<Usage>,
}

/// A conversation.
#[derive(Clone, Debug)]
pub struct Talk {
    /// What was said, in order.
    pub lines: Vec<Line>,
    clock: i64,
    context: i64,
    calls: u32,
}

impl Talk {
    /// An empty conversation whose first model call reads `context` tokens.
    pub fn new(context: i64) -> Self {
        Self { lines: Vec::new(), clock: 0, context, calls: 0 }
    }

    /// When it began, if its last line was stored at `end`.
    pub fn began(&self, end: DateTime<Utc>) -> DateTime<Utc> {
        end - Duration::seconds(self.lines.last().map_or(0, |line| line.offset))
    }

    /// Nothing happens for some seconds.
    pub fn wait(mut self, seconds: i64) -> Self {
        self.clock += seconds;
        self
    }

    /// A person asks; goose adds its hidden turn-context message.
    pub fn asks(mut self, text: &str) -> Self {
        self.push("user", json!([{"type": "text", "text": text}]), visible(true, true), None);
        let context = json!([{"type": "text", "text": "<turn-context>\nThe current date and time is given by the host.\n</turn-context>"}]);
        let mut hidden = visible(false, true);
        hidden["turnContext"] = json!(true);
        self.push("user", context, hidden, None);
        self.wait(4)
    }

    /// The model answers.
    pub fn says(mut self, text: &str) -> Self {
        let usage = self.call(text.len());
        self.push("assistant", json!([{"type": "text", "text": text}]), visible(true, true), Some(usage));
        self.wait(2)
    }

    /// The model thinks, then answers.
    pub fn thinks(mut self, thought: &str, text: &str) -> Self {
        let usage = self.call(thought.len() + text.len());
        let blocks = json!([
            {"type": "thinking", "thinking": thought, "signature": "demo"},
            {"type": "text", "text": text},
        ]);
        self.push("assistant", blocks, visible(true, true), Some(usage));
        self.wait(2)
    }

    /// The model uses a tool for `seconds`, which answers or fails.
    pub fn tool(mut self, name: &str, arguments: &Value, seconds: i64, answer: Result<&str, &str>) -> Self {
        let usage = self.call(arguments.to_string().len());
        self.calls += 1;
        let id = format!("call_{:04}", self.calls);
        let request = json!([{"type": "toolRequest", "id": id,
            "toolCall": {"status": "success", "value": {"name": name, "arguments": arguments}}}]);
        self.push("assistant", request, visible(true, true), Some(usage));
        self.clock += seconds;
        let (text, failed) = match answer {
            Ok(text) => (text, false),
            Err(text) => (text, true),
        };
        let response = json!([{"type": "toolResponse", "id": id, "toolResult": {"status": "success",
            "value": {"content": [{"type": "text", "text": text}], "isError": failed}}}]);
        self.push("user", response, visible(true, true), None);
        if let [.., request, response] = &mut self.lines[..] {
            (request.offset, response.built) = (response.offset, request.built);
        }
        self.context += i64::try_from(text.len() / 3).unwrap_or(0);
        self.wait(3)
    }

    /// The model uses the shell for `seconds`.
    pub fn shell(self, command: &str, seconds: i64, answer: Result<&str, &str>) -> Self {
        self.tool("shell", &json!({"command": command}), seconds, answer)
    }

    /// A model call has ended, and what it asked for is not stored yet: its tool is at work.
    pub fn calls(mut self) -> Self {
        let usage = self.call(400);
        self.lines.push(Line {
            offset: self.clock,
            built: self.clock,
            message: None,
            metadata: Value::Null,
            usage: Some(usage),
        });
        self
    }

    /// A person is asked to fill something in; goose stores that at once.
    pub fn elicits(mut self, question: &str) -> Self {
        let block = json!([{"type": "actionRequired", "data": {"actionType": "elicitation",
            "id": "elicit_1", "message": question,
            "requested_schema": {"type": "object", "properties": {"approve": {"type": "boolean"}}}}}]);
        self.push("assistant", block, visible(true, true), None);
        self
    }

    /// The turn ends in an error.
    pub fn fails(mut self, kind: &str, message: &str) -> Self {
        let block = json!([{"type": "error", "kind": kind, "message": message}]);
        self.push("assistant", block, visible(true, false), None);
        self.wait(1)
    }

    fn call(&mut self, said: usize) -> Usage {
        let output = 40 + i64::try_from(said / 3).unwrap_or(0);
        let usage = Usage { input: self.context, output };
        self.context += output + 350;
        self.clock += 3 + output / 60;
        usage
    }

    fn push(&mut self, role: &'static str, content: Value, metadata: Value, usage: Option<Usage>) {
        let message = Some((role, content));
        self.lines.push(Line { offset: self.clock, built: self.clock, message, metadata, usage });
    }
}

/// Who sees a message.
pub fn visible(user: bool, agent: bool) -> Value {
    json!({"userVisible": user, "agentVisible": agent})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_built_with_its_call_and_both_are_stored_when_the_tool_is_done() {
        let talk = Talk::new(1_000).asks("Test it.").shell("make test", 300, Ok("done")).says("It works.");
        let [.., request, response, words] = &talk.lines[..] else { panic!("{talk:?}") };
        assert_eq!((response.built, response.offset), (request.built, request.offset));
        assert_eq!(response.offset - response.built, 300);
        assert!(words.built > response.offset && words.built == words.offset);
    }
}
