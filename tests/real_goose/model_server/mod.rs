//! A scripted OpenAI-compatible model server on loopback, so that the real goose can be run without a provider.
//!
//! ```text
//!  goose ──► serve (one request a connection) ──► script::decide ──► answer │ fail │ hold the line
//! ```
//!
//! Invariant: what is answered depends on the request alone. A request that is held open holds a
//! thread of the server's, never the caller's; all threads end when the server is dropped.
//!
//! To add an answer: a verb in [`script`], a variant of [`Reply`], an arm in `serve`.

mod script;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::script::{Reply, decide};

/// The model the server says it is.
const MODEL: &str = "gpt-4o";

/// The size of a prompt, tokens, where the script names none.
const PROMPT: u64 = 100;

/// The longest request body that is read.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// How often a waiting thread looks whether it should end.
const TICK: Duration = Duration::from_millis(50);

/// A running scripted model server; dropping it stops it.
#[derive(Debug)]
pub struct ModelServer {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    requests: AtomicUsize,
    waiting: AtomicUsize,
}

impl Shared {
    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl ModelServer {
    /// Starts a server on a free loopback port.
    ///
    /// # Panics
    /// When no loopback port can be had, which ends the test that asked.
    pub fn start() -> Self {
        Self::try_start().expect("a loopback port for the model server")
    }

    fn try_start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::Builder::new()
            .name("model-accept".into())
            .spawn(move || accept(&listener, &for_acceptor))?;
        Ok(Self { port, shared, acceptor: Some(acceptor) })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The environment that makes goose use this server and nothing of the machine's own.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("OPENAI_HOST", self.url()),
            ("OPENAI_API_KEY", "x".into()),
            ("GOOSE_PROVIDER", "openai".into()),
            ("GOOSE_MODEL", MODEL.into()),
            ("GOOSE_DISABLE_KEYRING", "1".into()),
            ("GOOSE_TELEMETRY_ENABLED", "false".into()),
        ]
    }

    /// How many requests are being held open now by `hang`, `slow` or `keepalive`.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Acquire)
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // The acceptor sits in accept(): one connection of our own wakes it.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let _woken = TcpStream::connect_timeout(&address, Duration::from_secs(1));
        if let Some(acceptor) = self.acceptor.take() {
            let _ended = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // A client that goes away in the middle is no fault of the server's.
        let _handle = thread::Builder::new().name("model-conn".into()).spawn(move || {
            let _gone = serve(&stream, &shared);
        });
    }
}

/// Serves one request; every answer closes its connection.
fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut length = 0usize;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    if length > BODY_LIMIT {
        return plain(stream, 413, &json!({"error": {"message": "too long"}}));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;

    if method == "GET" && path.ends_with("/models") {
        return plain(stream, 200, &json!({"object": "list", "data": [{"id": MODEL, "object": "model"}]}));
    }
    if method != "POST" || !path.ends_with("/chat/completions") {
        return plain(stream, 404, &json!({"error": {"message": format!("no such path: {path}")}}));
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return plain(stream, 400, &json!({"error": {"message": "not JSON"}}));
    };
    let number = shared.requests.fetch_add(1, Ordering::AcqRel) + 1;
    let streamed = request["stream"].as_bool().unwrap_or(false);
    match decide(&request) {
        Reply::Text(text) => {
            answer(stream, streamed, number, &json!({"role": "assistant", "content": text}), ("stop", PROMPT))
        }
        Reply::Used(tokens, text) => {
            answer(stream, streamed, number, &json!({"role": "assistant", "content": text}), ("stop", tokens))
        }
        Reply::Call { text, name, arguments } => {
            let call = json!({"id": format!("call_{number}"), "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()}});
            let message = json!({"role": "assistant", "content": text, "tool_calls": [call]});
            answer(stream, streamed, number, &message, ("tool_calls", PROMPT))
        }
        Reply::Fail(status) => plain(
            stream,
            status,
            &json!({"error": {"message": format!("scripted failure {status}"),
            "type": "scripted", "code": status.to_string()}}),
        ),
        Reply::Hang => {
            wait(stream, shared, None);
            Ok(())
        }
        Reply::Slow(seconds, text) => {
            wait(stream, shared, Some(Duration::from_secs(seconds)));
            answer(stream, streamed, number, &json!({"role": "assistant", "content": text}), ("stop", PROMPT))
        }
        Reply::KeepAlive => keep_alive(stream, shared, number),
    }
}

/// Sends one assistant message, streamed or whole, with why it ends and the prompt's size in tokens.
fn answer(
    stream: &TcpStream,
    streamed: bool,
    number: usize,
    message: &Value,
    (reason, tokens): (&str, u64),
) -> io::Result<()> {
    let id = format!("chatcmpl-{number}");
    let usage = json!({"prompt_tokens": tokens, "completion_tokens": 10, "total_tokens": tokens + 10});
    if !streamed {
        return plain(
            stream,
            200,
            &json!({"id": id, "object": "chat.completion", "created": 1, "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": usage}),
        );
    }
    let mut delta = message.clone();
    if let Some(calls) = delta["tool_calls"].as_array_mut() {
        for (index, call) in calls.iter_mut().enumerate() {
            call["index"] = json!(index);
        }
    }
    let chunk = |delta: Value, reason: Value, usage: Value| {
        json!({"id": id, "object": "chat.completion.chunk", "created": 1, "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], "usage": usage})
    };
    let mut out = stream;
    out.write_all(STREAM_HEAD.as_bytes())?;
    if delta["tool_calls"].is_array() && delta["content"].is_string() {
        // As providers do it: the words first, the call in a chunk of its own.
        let words = json!({"role": "assistant", "content": delta["content"].take()});
        write!(out, "data: {}\n\n", chunk(words, Value::Null, Value::Null))?;
    }
    write!(out, "data: {}\n\n", chunk(delta, Value::Null, Value::Null))?;
    write!(out, "data: {}\n\n", chunk(json!({}), json!(reason), usage))?;
    out.write_all(b"data: [DONE]\n\n")?;
    out.flush()
}

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n";

/// Streams comments and empty chunks until the client leaves or the server stops.
fn keep_alive(stream: &TcpStream, shared: &Shared, number: usize) -> io::Result<()> {
    let _held = Held::new(shared);
    let empty = json!({"id": format!("chatcmpl-{number}"), "object": "chat.completion.chunk", "created": 1,
        "model": MODEL, "choices": [{"index": 0, "delta": {}, "finish_reason": null}]});
    let mut out = stream;
    out.write_all(STREAM_HEAD.as_bytes())?;
    while !shared.stopping() {
        write!(out, ": keep-alive\n\ndata: {empty}\n\n")?;
        out.flush()?;
        thread::sleep(TICK * 4);
    }
    Ok(())
}

/// Counts a request that is being held open.
struct Held<'a>(&'a Shared);

impl<'a> Held<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.waiting.fetch_add(1, Ordering::AcqRel);
        Self(shared)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Waits until the time is over, the client has left or the server stops.
fn wait(stream: &TcpStream, shared: &Shared, limit: Option<Duration>) {
    let _held = Held::new(shared);
    let began = Instant::now();
    let _set = stream.set_read_timeout(Some(TICK));
    let mut byte = [0u8; 1];
    while !shared.stopping() && limit.is_none_or(|limit| began.elapsed() < limit) {
        match stream.peek(&mut byte) {
            Ok(0) => return,
            Ok(_) => thread::sleep(TICK),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) => {}
            Err(_) => return,
        }
    }
}

/// Sends a whole JSON answer.
fn plain(stream: &TcpStream, status: u16, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let phrase = match status {
        200 => "OK",
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Error",
    };
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_when_dropped() {
        let server = ModelServer::start();
        let port = server.port;
        drop(server);
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    }
}
