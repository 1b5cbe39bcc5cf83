//! A conversation as goose exports it and as goosetop reads it, in one form that can be compared.

use goosetop::{
    domain::{
        session::SessionId,
        text,
        transcript::{Anchor, Message},
    },
    sources::transcript,
    wire::MessageDto,
};
use serde_json::{Value, json};

use crate::world::World;

/// Who said it, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// goose's word for the role.
    pub role: String,
    /// In the order it was said.
    pub pieces: Vec<Piece>,
}

/// What a message holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// A call: its id, tool and arguments.
    Call(String, String, Value),
    /// An answer: the id of its call, whether it failed, and the words in it.
    Answer(String, bool, Vec<String>),
    /// Anything else, by its type.
    Other(String),
}

/// Tools of an extension server: `greet` says who is greeted, the other always fails.
const TOOLS: &str = r#"[{"name":"greet","description":"Greets","inputSchema":{"type":"object","properties":{"name":{"type":"string"}}}},{"name":"refuse","description":"Refuses","inputSchema":{"type":"object","properties":{}}}]"#;

/// What they answer.
const CALLS: &str = r#"
  *'"method":"tools/call"'*'"refuse"'*) result='{"content":[{"type":"text","text":"I will not"}],"isError":true}' ;;
  *'"method":"tools/call"'*) result='{"content":[{"type":"text","text":"Good day"},{"type":"resource","resource":{"uri":"file:///card","mimeType":"text/plain","text":"a card"}},{"type":"image","data":"aGVsbG8=","mimeType":"image/png"}]}' ;;
"#;

/// A conversation in short: `user: words`, `assistant: call shell {"command":"x"}`, `user: ok words`.
pub fn brief(talk: &[Said]) -> Vec<String> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(words) => words.clone(),
        Piece::Call(_, tool, arguments) => format!("call {tool} {arguments}"),
        Piece::Answer(_, failed, words) => {
            format!("{} {}", if *failed { "failed" } else { "ok" }, words.join(" | "))
        }
        Piece::Other(kind) => format!("[{kind}]"),
    };
    let said = |said: &Said| {
        let pieces: Vec<String> = said.pieces.iter().map(piece).collect();
        format!("{}: {}", said.role, pieces.join("; "))
    };
    talk.iter().map(said).collect()
}

/// Every answer follows the call whose id it bears, and every call but `open` ones has one.
pub fn is_tied(talk: &[Said], open: usize) -> bool {
    let mut asked = Vec::new();
    for piece in talk.iter().flat_map(|said| &said.pieces) {
        match piece {
            Piece::Call(id, ..) => asked.push(id),
            Piece::Answer(id, ..) => match asked.iter().position(|call| *call == id) {
                Some(at) => drop(asked.remove(at)),
                None => return false,
            },
            Piece::Text(_) | Piece::Other(_) => {}
        }
    }
    asked.len() == open
}

impl World {
    /// The script of an extension server that has tools.
    pub fn greeter(&self) -> String {
        self.extension_with("greeter", TOOLS, CALLS)
    }

    /// What people see of a session, read three ways that must agree: by goose's own export, by the
    /// library and by the program.
    #[track_caller]
    pub fn talk(&self, id: &str) -> Vec<Said> {
        let all = self.read(id);
        let lines = self.printed("show", &[id, "--json", "--hidden"]);
        let lines: Vec<Value> = lines.lines().map(|l| parsed(l)).collect();
        assert_eq!(lines, all.iter().map(|m| json!(MessageDto::from(m))).collect::<Vec<_>>());

        let document = parsed(&self.printed("export", &[id, "-f", "json"]));
        let ours = document["messages"].as_array().expect("an export holds messages");
        let visible = |m: &&Value| m["user_visible"] == true;
        assert_eq!(*ours, lines.iter().filter(visible).cloned().collect::<Vec<_>>());
        let ours: Vec<Said> = ours.iter().map(said_by_us).collect();
        assert_eq!(ours, self.exported(id), "left goosetop's, right goose's");
        ours
    }

    /// All of a session, hidden messages included, as the library reads it.
    #[track_caller]
    pub fn read(&self, id: &str) -> Vec<Message> {
        let mut reader = transcript::open(&self.db(), &SessionId::new(id)).expect("it can be opened");
        let page = reader.page(Anchor::Start, 500).expect("it can be read");
        assert!(!page.more_before && !page.more_after);
        let stored = self.rows().into_iter().find(|row| row.id == id).map(|row| row.messages);
        assert_eq!(stored, Some(page.messages.len() as i64), "rows and messages");
        assert!(page.messages.iter().all(|m| m.fault.is_none()), "{:#?}", page.messages);
        page.messages
    }

    /// What people see of a session, as goose exports it.
    #[track_caller]
    pub fn exported(&self, id: &str) -> Vec<Said> {
        let export = parsed(&self.ask(&["session", "export", "--format", "json", "--session-id", id]));
        let messages =
            export["conversation"].as_array().unwrap_or_else(|| panic!("no conversation: {export}"));
        let visible = |m: &&Value| m["metadata"]["userVisible"] != false;
        messages.iter().filter(visible).map(said_by_goose).collect()
    }

    /// What a verb of goosetop's prints.
    #[track_caller]
    pub fn printed(&self, verb: &str, args: &[&str]) -> String {
        let output = self.goosetop(verb, args);
        assert!(output.status.success(), "{verb} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("goosetop prints text")
    }
}

#[track_caller]
fn parsed(words: &str) -> Value {
    serde_json::from_str(words).unwrap_or_else(|error| panic!("no JSON ({error}): {words}"))
}

/// Cleaned, as all that goosetop prints is: for plain words that changes nothing.
fn word(value: &Value) -> String {
    text::block(value.as_str().unwrap_or_default()).into_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(content: &Value) -> Vec<String> {
    list(content).iter().filter(|c| c["type"] == "text").map(|c| word(&c["text"])).collect()
}

fn said_by_us(message: &Value) -> Said {
    let piece = |part: &Value| match part["type"].as_str() {
        Some("text") => Piece::Text(word(&part["text"])),
        Some("tool_request") => {
            Piece::Call(word(&part["id"]), word(&part["tool"]), part["arguments"].clone())
        }
        Some("tool_response") => {
            Piece::Answer(word(&part["id"]), part["failed"] == true, texts(&part["content"]))
        }
        other => Piece::Other(other.unwrap_or_default().into()),
    };
    Said { role: word(&message["role"]), pieces: list(&message["parts"]).iter().map(piece).collect() }
}

fn said_by_goose(message: &Value) -> Said {
    let piece = |block: &Value| match block["type"].as_str() {
        Some("text") => Piece::Text(word(&block["text"])),
        Some("toolRequest") => {
            let call = &block["toolCall"]["value"];
            Piece::Call(word(&block["id"]), word(&call["name"]), call["arguments"].clone())
        }
        Some("toolResponse") => {
            let result = &block["toolResult"];
            let (failed, words) = if result["status"] == "success" {
                (result["value"]["isError"] == true, texts(&result["value"]["content"]))
            } else {
                // On the way out goose puts its own code for "internal" before what is stored.
                (true, vec![word(&result["error"]).trim_start_matches("-32603: ").to_owned()])
            };
            Piece::Answer(word(&block["id"]), failed, words)
        }
        other => Piece::Other(other.unwrap_or_default().into()),
    };
    Said { role: word(&message["role"]), pieces: list(&message["content"]).iter().map(piece).collect() }
}
