//! A `goosetop serve` of one's own, and a client that says exactly what it is told to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A read that takes longer is a failed test.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; ended with its test.
pub struct Api {
    child: Child,
    /// The port it was given.
    pub port: u16,
    /// The word that TCP clients must show.
    pub token: String,
    /// The unix socket.
    pub socket: PathBuf,
    /// What it says on stderr after its greeting.
    pub talk: BufReader<std::process::ChildStderr>,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    /// 200, ...
    pub status: u16,
    /// Lines of the head, in lower case up to the colon.
    pub head: Vec<(String, String)>,
    /// What came after it.
    pub body: String,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body, parsed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl Api {
    /// Serves with these arguments on a port of its own; state and socket lie under `home`.
    pub fn start(home: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
        command.env_clear().env("HOME", home).current_dir(home);
        command.args(["serve", "--port", "0"]).args(args);
        Self::run(command, home)
    }

    /// The same for a command that was put together elsewhere.
    pub fn run(mut command: Command, home: &Path) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert!(talk.read_line(&mut line).unwrap() > 0, "the server ended without a greeting");
        }
        let port = line.trim().rsplit_once(':').unwrap().1.parse().unwrap();
        let state = home.join(".local/state/goosetop");
        let token = std::fs::read_to_string(state.join("api-token")).unwrap().trim().to_owned();
        Self { child, port, token, socket: state.join("run/api.sock"), talk }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection that has said nothing yet.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Says this over TCP and reads to the end.
    pub fn raw(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read(&mut stream)
    }

    /// As the user's own program: over the socket.
    pub fn get(&self, path: &str) -> Answer {
        self.over_socket(&format!("GET {path} HTTP/1.1\r\nHost: goosetop\r\nConnection: close\r\n\r\n"))
    }

    /// The same, as words.
    pub fn get_text(&self, path: &str) -> Answer {
        let head = "Host: goosetop\r\nAccept: text/plain\r\nConnection: close";
        self.over_socket(&format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n"))
    }

    /// The same, with a body.
    pub fn post(&self, path: &str, body: &str) -> Answer {
        let head = format!(
            "Host: goosetop\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close",
            body.len()
        );
        self.over_socket(&format!("POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}"))
    }

    fn over_socket(&self, request: &str) -> Answer {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        read(&mut stream)
    }

    /// Asks it to end.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end, and gives its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// An answer whose end is the end of the connection, or of what its length promised.
pub fn read(stream: &mut impl Read) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split_whitespace().nth(1).and_then(|s| s.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status in {line:?}"));
    let mut head = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        head.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut body = Vec::new();
    let none = (status == 204).then_some(0);
    let length = head.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse().ok());
    reader.take(none.or(length).unwrap_or(u64::MAX)).read_to_end(&mut body).unwrap();
    Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
}
