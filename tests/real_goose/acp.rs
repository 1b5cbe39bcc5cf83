//! An editor's side of `goose acp`: JSON-RPC, one message a line.

use std::{
    io::{BufRead, BufReader, Write},
    process::ChildStdin,
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{goose::Headless, world::World};

/// goose answers within a second; a loaded machine may need more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a `goose acp`. Dropping it ends the process.
#[derive(Debug)]
pub struct Acp {
    /// The process.
    pub goose: Headless,
    input: ChildStdin,
    answers: Receiver<Value>,
    asked: u64,
}

impl Acp {
    /// Starts one and greets it.
    pub fn start(world: &World) -> Self {
        let mut goose = world.piped_goose(&["acp"]);
        let (input, output) = goose.pipes().expect("its pipes");
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for message in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut acp = Self { goose, input, answers, asked: 0 };
        acp.call("initialize", &json!({"protocolVersion": 1, "clientCapabilities": {}}));
        acp
    }

    /// Begins a session in the world's working directory and returns its id.
    pub fn new_session(&mut self, world: &World) -> String {
        let answer = self.call("session/new", &json!({"cwd": world.work(), "mcpServers": []}));
        answer["result"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned()
    }

    /// Says something in a session, without waiting for the answer.
    pub fn prompt(&mut self, session: &str, words: &str) {
        let prompt = json!([{"type": "text", "text": words}]);
        self.send("session/prompt", &json!({"sessionId": session, "prompt": prompt}));
    }

    fn send(&mut self, method: &str, params: &Value) -> u64 {
        self.asked += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params});
        writeln!(self.input, "{message}").expect("goose acp reads");
        self.asked
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        let id = self.send(method, params);
        loop {
            let message = self.answers.recv_timeout(PATIENCE);
            let message = message.unwrap_or_else(|_| panic!("goose acp does not answer {method}"));
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }
}
