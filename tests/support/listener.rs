//! A client of the event stream.

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::Value;

use super::api::Api;

/// Something that happened, as the stream says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Empty where the event has none.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One line.
    pub data: String,
}

impl Said {
    /// The data, parsed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The number in its id.
    pub fn number(&self) -> u64 {
        self.id.rsplit_once('-').and_then(|(_, n)| n.parse().ok()).unwrap_or_else(|| panic!("{self:?}"))
    }
}

/// An open stream.
pub struct Listener<S: Read> {
    reader: BufReader<S>,
}

impl Listener<std::net::TcpStream> {
    /// Over TCP, with the token; `head` may say where to go on.
    pub fn tcp(api: &Api, query: &str, head: &str) -> Self {
        let token = format!("Authorization: Bearer {}\r\n{head}", api.token);
        Self::open(api.connect(), query, &format!("127.0.0.1:{}", api.port), &token)
    }
}

impl Listener<std::os::unix::net::UnixStream> {
    /// Over the socket.
    pub fn unix(api: &Api) -> Self {
        let stream = std::os::unix::net::UnixStream::connect(&api.socket).unwrap();
        stream.set_read_timeout(Some(super::stage::PATIENCE)).unwrap();
        Self::open(stream, "", "goosetop", "")
    }
}

impl<S: Read + Write> Listener<S> {
    /// HTTP/1.0: the stream as it is, without chunks.
    pub fn open(mut stream: S, query: &str, host: &str, head: &str) -> Self {
        let request = format!("GET /api/events{query} HTTP/1.0\r\nHost: {host}\r\n{head}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut listener = Self { reader: BufReader::new(stream) };
        let status = listener.line().unwrap();
        assert!(status.contains(" 200 "), "{status}");
        while listener.line().is_some_and(|line| !line.is_empty()) {}
        listener
    }
}

impl<S: Read> Listener<S> {
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.reader.read_line(&mut line).unwrap() > 0)
            .then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Waits for the next sign of life, whatever happens until then.
    pub fn heartbeat(&mut self) {
        while self.line().unwrap() != ":" {}
    }

    /// The next event; `None` at the end.
    pub fn next(&mut self) -> Option<Said> {
        let mut said = Said { id: String::new(), name: String::new(), data: String::new() };
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("id", id)) => said.id = id.to_owned(),
                Some(("event", name)) => said.name = name.to_owned(),
                Some(("data", data)) => said.data = data.to_owned(),
                Some(("retry", "2000")) => {}
                _ if line == ":" => {}
                _ if line.is_empty() && said.name.is_empty() => {}
                _ if line.is_empty() => return Some(said),
                _ => panic!("{line:?} is nothing that a stream says"),
            }
        }
    }

    /// Everything up to and with the first event of this name.
    pub fn until(&mut self, name: &str) -> Vec<Said> {
        let mut all = Vec::new();
        loop {
            let said = self.next().unwrap_or_else(|| panic!("the stream ended before {name}: {all:#?}"));
            all.push(said);
            if all.last().is_some_and(|said| said.name == name) {
                return all;
            }
        }
    }

    /// Everything up to the end.
    pub fn rest(&mut self) -> Vec<Said> {
        std::iter::from_fn(|| self.next()).collect()
    }
}
