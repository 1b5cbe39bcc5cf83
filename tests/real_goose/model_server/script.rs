//! What the model says: decided by the user's own words, taken from the request.
//!
//! | words | answer |
//! |---|---|
//! | `say:TEXT` | the text TEXT |
//! | `tool:CMD` | one `shell` call with `{"command": CMD}`; after its result the text `done` |
//! | `toolhang:CMD` | one `shell` call; after its result no answer, so that the store ends on a tool result |
//! | `loop:CMD:N` | the same `shell` call N times, one a round, then `done` |
//! | `loophang:CMD:N` | the same, and after the last result no answer |
//! | `mcp:NAME:ARGS` | one call of the tool NAME with the JSON object ARGS, then `done` |
//! | `hang` | no answer at all until the server stops or the client leaves |
//! | `keepalive` | stream headers, then comments and empty chunks until the client leaves |
//! | `slow:SECONDS:TEXT` | TEXT after that many seconds |
//! | `both:TEXT:CMD` | TEXT and one `shell` call in the same answer, then `done` |
//! | `untitled:TEXT` | TEXT, while the request for a session name is never answered |
//! | `used:TOKENS:TEXT` | TEXT, and a bill for that many prompt tokens |
//! | `fail:STATUS` | an HTTP error with that status |
//! | anything else | the text `ok` |
//!
//! The request by which goose names a session is recognised (it offers no tools) and answered with [`TITLE`].

use serde_json::{Value, json};

/// The answer to goose's request for a session name.
const TITLE: &str = "Scripted title";

/// What a request is answered with.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// Words.
    Text(String),
    /// One tool call, with words before it.
    Call { text: Option<String>, name: String, arguments: Value },
    /// An HTTP status.
    Fail(u16),
    /// Nothing, until the client leaves.
    Hang,
    /// Words after so many seconds.
    Slow(u64, String),
    /// Words, and how many prompt tokens they took.
    Used(u64, String),
    /// A stream that says nothing.
    KeepAlive,
}

/// Reads the script out of a request.
pub fn decide(request: &Value) -> Reply {
    let offers_tools = request["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    let none = Vec::new();
    let messages = request["messages"].as_array().unwrap_or(&none);
    if !offers_tools {
        let unanswered = messages.iter().filter_map(script_in).any(|words| words.starts_with("untitled:"));
        return if unanswered { Reply::Hang } else { Reply::Text(TITLE.into()) };
    }
    let Some((at, words)) = messages.iter().enumerate().rev().find_map(|(at, message)| {
        (message["role"] == "user").then(|| script_in(message)).flatten().map(|words| (at, words))
    }) else {
        return Reply::Text("ok".into());
    };
    let rounds = messages[at..].iter().filter(|message| message["role"] == "tool").count();
    let done = || Reply::Text("done".into());
    let shell = |command: &str| Reply::Call {
        text: None,
        name: "shell".into(),
        arguments: json!({"command": command}),
    };
    let (verb, rest) = words.split_once(':').unwrap_or((&words, ""));
    match verb {
        "say" | "untitled" => Reply::Text(rest.into()),
        "tool" | "toolhang" if rounds == 0 => shell(rest),
        "loop" | "loophang" => {
            let (command, times) = rest.rsplit_once(':').unwrap_or((rest, "1"));
            match rounds < times.trim().parse().unwrap_or(1) {
                true => shell(command),
                false if verb == "loop" => done(),
                false => Reply::Hang,
            }
        }
        "mcp" if rounds == 0 => {
            let (name, arguments) = rest.split_once(':').unwrap_or((rest, "{}"));
            let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
            Reply::Call { text: None, name: name.into(), arguments }
        }
        "both" if rounds == 0 => {
            let (text, command) = rest.split_once(':').unwrap_or(("", rest));
            Reply::Call {
                text: Some(text.into()),
                name: "shell".into(),
                arguments: json!({"command": command}),
            }
        }
        "tool" | "mcp" | "both" => done(),
        "fail" => Reply::Fail(rest.trim().parse().unwrap_or(500)),
        "slow" => {
            let (seconds, text) = rest.split_once(':').unwrap_or((rest, "done"));
            Reply::Slow(seconds.trim().parse().unwrap_or(1), text.into())
        }
        "used" => {
            let (tokens, text) = rest.split_once(':').unwrap_or((rest, "done"));
            Reply::Used(tokens.trim().parse().unwrap_or(100), text.into())
        }
        "keepalive" => Reply::KeepAlive,
        _ => Reply::Hang,
    }
}

/// The last script line in a user message, if it has one.
///
/// The last, because goose joins consecutive user messages into one: after a turn that was interrupted or failed, the
/// words of that turn and the hidden turn context stand before the new words in the same message.
fn script_in(message: &Value) -> Option<String> {
    let mut texts = Vec::new();
    match &message["content"] {
        Value::String(text) => texts.push(text.as_str()),
        Value::Array(parts) => texts.extend(parts.iter().filter_map(|part| part["text"].as_str())),
        _ => {}
    }
    texts.iter().flat_map(|text| text.lines()).map(str::trim).rfind(|line| is_script(line)).map(str::to_owned)
}

fn is_script(line: &str) -> bool {
    const VERBS: [&str; 11] = [
        "say:",
        "tool:",
        "toolhang:",
        "loop:",
        "loophang:",
        "mcp:",
        "both:",
        "untitled:",
        "fail:",
        "slow:",
        "used:",
    ];
    line == "hang" || line == "keepalive" || VERBS.iter().any(|verb| line.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(messages: &Value) -> Value {
        json!({"messages": messages, "tools": [{"type": "function"}], "stream": true})
    }

    fn words(text: &str) -> Value {
        request(&json!([{"role": "system", "content": "s"}, {"role": "user", "content": text},
            {"role": "user", "content": "<turn-context>it is noon</turn-context>"}]))
    }

    #[test]
    fn words_decide_the_answer() {
        assert_eq!(decide(&words("say:hello: there")), Reply::Text("hello: there".into()));
        assert_eq!(decide(&words("fail:429")), Reply::Fail(429));
        assert_eq!(decide(&words("hang")), Reply::Hang);
        assert_eq!(decide(&words("keepalive")), Reply::KeepAlive);
        assert_eq!(decide(&words("untitled:x")), Reply::Text("x".into()));
        assert_eq!(decide(&words("slow:3:late")), Reply::Slow(3, "late".into()));
        assert_eq!(decide(&words("used:900:x")), Reply::Used(900, "x".into()));
        assert_eq!(decide(&words("what is this")), Reply::Text("ok".into()));
        assert_eq!(
            decide(&words("mcp:probe__echo:{\"a\":1}")),
            Reply::Call { text: None, name: "probe__echo".into(), arguments: json!({"a": 1}) }
        );
    }

    #[test]
    fn a_call_ends_after_its_rounds() {
        let mut asked = words("loop:echo a:b:2");
        let call =
            Reply::Call { text: None, name: "shell".into(), arguments: json!({"command": "echo a:b"}) };
        assert_eq!(decide(&asked), call);
        for expected in [call, Reply::Text("done".into())] {
            let messages = asked["messages"].as_array_mut().expect("messages");
            messages.push(json!({"role": "assistant", "tool_calls": [{"id": "x"}]}));
            messages.push(json!({"role": "tool", "tool_call_id": "x", "content": "a"}));
            assert_eq!(decide(&asked), expected);
        }
    }

    #[test]
    fn the_last_words_count_when_messages_are_joined() {
        assert_eq!(
            decide(&words("hang\n<turn-context>\n</turn-context>\nsay:again")),
            Reply::Text("again".into())
        );
    }

    #[test]
    fn a_request_without_tools_asks_for_a_title() {
        assert_eq!(
            decide(&json!({"messages": [{"role": "user", "content": "hang"}]})),
            Reply::Text(TITLE.into())
        );
        let unanswered = json!({"messages": [{"role": "user", "content": "untitled:x"}]});
        assert_eq!(decide(&unanswered), Reply::Hang);
    }
}
