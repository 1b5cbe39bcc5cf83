//! A node process with one client in it.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Instant,
};

use serde_json::Value;

use super::{api::Api, stage::PATIENCE};

/// A client; it leaves with its test.
pub struct Client {
    node: Child,
    stdin: Option<ChildStdin>,
    said: Receiver<(String, Value)>,
    kept: VecDeque<(String, Value)>,
}

impl Client {
    /// Connects to this server with these options of `io()`.
    pub fn start(api: &Api, options: &Value) -> Self {
        let folder = std::env::var("GOOSETOP_TEST_SOCKETIO")
            .expect("GOOSETOP_TEST_SOCKETIO names a folder with node_modules/socket.io-client");
        let folder = std::path::absolute(folder).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http_socketio/client.js");
        let mut node = Command::new("node")
            .arg(script)
            .arg(folder)
            .args([format!("http://127.0.0.1:{}", api.port), options.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = node.stdin.take();
        let stdout = BufReader::new(node.stdout.take().unwrap());
        let (sender, said) = channel();
        // Ends with the process.
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let mut line: Value = serde_json::from_str(&line).unwrap();
                let event = line["event"].as_str().unwrap().to_owned();
                if sender.send((event, line["data"].take())).is_err() {
                    return;
                }
            }
        });
        Self { node, stdin, said, kept: VecDeque::new() }
    }

    /// Sends an event: its name, then what comes with it.
    pub fn emit(&mut self, event: &Value) {
        writeln!(self.stdin.as_mut().unwrap(), "{event}").unwrap();
    }

    /// The next event of this name; others stay for later.
    pub fn until(&mut self, event: &str) -> Value {
        if let Some(at) = self.kept.iter().position(|(name, _)| name == event) {
            return self.kept.remove(at).unwrap().1;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok((name, data)) if name == event => return data,
                Ok(other) => self.kept.push_back(other),
                Err(why) => panic!("no {event}: {why}; {:#?}", self.kept),
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}
