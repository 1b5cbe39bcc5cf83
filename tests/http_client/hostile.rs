//! Whatever listens there: nobody, a stranger, somebody who means harm.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixListener,
    process::{Command, Stdio},
    thread::JoinHandle,
};

use super::{Said, run};

/// Answers one connection after another in its own way, until this is dropped.
struct Fake {
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    fn new(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = head(&stream);
                if head.is_empty() {
                    return;
                }
                answer(&head, &mut stream);
            }
        });
        Self { port, thread: Some(thread) }
    }

    /// Answers everything with this status, these headers and this body.
    fn saying(status: &str, headers: &str, body: &str) -> Self {
        let said = answer(status, headers, body);
        Self::new(move |_, stream| drop(stream.write_all(said.as_bytes())))
    }

    fn ask(&self, args: &[&str]) -> Said {
        let home = tempfile::tempdir().unwrap();
        run(home.path(), &[args, &["--server", &format!("127.0.0.1:{}", self.port)]].concat(), &[])
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // A connection without a word ends it.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines();
    let mut head = String::new();
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            break;
        }
        head += &line;
        head.push('\n');
    }
    head
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

const WORDS: &str = "Goosetop-Exit: 0\r\nContent-Type: text/plain; charset=utf-8\r\n";
const JSON: &str = "Goosetop-Exit: 0\r\nContent-Type: application/json\r\n";

#[test]
fn nobody_listens() {
    let home = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let said = run(home.path(), &["list", "--server", &free], &[]);
    assert!(
        said.code == 69 && said.err.contains("nobody listens") && said.err.contains("goosetop serve"),
        "{said:?}"
    );
    assert!(said.err.contains(&format!("where: http://{free}")) && said.err.contains("ssh -L"), "{said:?}");
    let said = run(home.path(), &["list", "--json", "--server", "unix"], &[]);
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!((said.code, &error["error"]["retryable"]), (69, &true.into()), "{said:?}");
    let said = run(home.path(), &["list", "--server", "no-such-host.invalid"], &[]);
    assert_eq!(said.code, 69, "{said:?}");
}

#[test]
fn what_cannot_be_asked_of_a_server_is_said() {
    let home = tempfile::tempdir().unwrap();
    for (args, words) in [
        (&["list", "--server", "https://web-01:3285"][..], "ssh -L 3285:127.0.0.1:3285"),
        (&["list", "--server", "ftp://web-01"], "names no server"),
        (&["--server", "web-01"], "ssh -t web-01 goosetop"),
        (&["resume", "x", "--server", "web-01"], "ssh -t web-01 goosetop resume"),
        (&["doctor", "--server", "unix"], "ssh -t HOST goosetop doctor"),
        (&["search", "x", "--server", "unix"], "ssh -t HOST goosetop search"),
    ] {
        let said = run(home.path(), args, &[]);
        assert!(said.code == 64 && said.err.contains(words), "{args:?}: {said:?}");
    }
}

#[test]
fn escapes_do_not_arrive() {
    let evil = "\x1b]52;c;eA==\x07\x1b[2J\u{9b}31m\u{202e}words\r\n";
    let said = Fake::saying("200 OK", WORDS, evil).ask(&["list"]);
    assert!(said.code == 0 && said.out.contains("words"), "{said:?}");
    assert!(!said.out.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}', '\r']), "{said:?}");
    let said = Fake::saying("200 OK", JSON, "{\"a\":\"\u{9b}31m\u{202e}\"}").ask(&["list", "--json"]);
    assert_eq!(said.out, "{\n  \"a\": \"\\u009b31m\\u202e\"\n}\n");
    let problem = "{\"error\":{\"kind\":\"not_found\",\"message\":\"\x7f\u{9b}gone\",\"hint\":\"\u{202e}x\",\"retryable\":false}}";
    let said = Fake::saying("404 Not Found", "", problem).ask(&["list"]);
    assert!(said.code == 66 && said.err.contains("gone"), "{said:?}");
    assert!(!said.err.contains(['\x7f', '\u{9b}', '\u{202e}']), "{said:?}");
}

#[test]
fn strangers_are_recognized() {
    let long = "x".repeat(100_000);
    for (status, headers, body) in [
        ("200 OK", "Content-Type: text/html\r\n", "<html>hello</html>"),
        ("200 OK", "Goosetop-Exit: 0\r\nContent-Type: text/html\r\n", "<html>"),
        ("200 OK", "Goosetop-Exit: 70\r\nContent-Type: text/plain\r\n", "x"),
        ("302 Found", "Location: http://127.0.0.1:1/\r\n", ""),
        ("404 Not Found", "", "nothing here"),
        ("500 Oh", "Content-Type: application/json\r\n", "{\"error\":7}"),
        ("200 OK", &format!("X: {long}\r\n"), "x"),
    ] {
        let said = Fake::saying(status, headers, body).ask(&["list"]);
        assert!(
            said.code == 69 && said.out.is_empty() && said.err.contains("goosetop"),
            "{status} {headers:.60}: {said:?}"
        );
    }
    for garbage in
        ["SSH-2.0-OpenSSH_9.9\r\n", "\0\0\0\0", "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
    {
        let said = Fake::new(move |_, stream| drop(stream.write_all(garbage.as_bytes()))).ask(&["list"]);
        assert!(said.code == 69 && said.out.is_empty(), "{garbage:?}: {said:?}");
    }
    let nested = "[".repeat(100_000);
    let said = Fake::saying("200 OK", JSON, &nested).ask(&["list", "--json"]);
    assert_eq!(said.code, 69, "{said:?}");
}

#[test]
fn a_body_without_end_is_not_read_to_its_end() {
    let fake = Fake::new(|_, stream| {
        let head = format!("HTTP/1.1 200 OK\r\n{WORDS}Transfer-Encoding: chunked\r\n\r\n");
        let mut chunk = b"100000\r\n".to_vec();
        chunk.resize(chunk.len() + 0x0010_0000, b'x');
        chunk.extend(b"\r\n");
        let mut going = stream.write_all(head.as_bytes());
        // It stops when the other side has had enough.
        while going.is_ok() {
            going = stream.write_all(&chunk);
        }
    });
    let said = fake.ask(&["list"]);
    assert!(said.code == 69 && said.out.is_empty() && said.err.contains("64 MiB"), "{said:?}");
}

#[test]
fn the_port_of_a_tunnel_is_explained() {
    let problem = r#"{"error":{"kind":"forbidden","message":"this Host is none of this server's names","hint":"say Host: 127.0.0.1:3285","retryable":false}}"#;
    let said = Fake::saying("421 Misdirected Request", "", problem).ask(&["list"]);
    assert!(said.code == 69 && said.err.contains("same one at both ends"), "{said:?}");
}

#[test]
fn the_token_of_this_machine_is_shown_to_this_machine_alone() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join(".local/state/goosetop");
    std::fs::create_dir_all(&state).unwrap();
    let file = state.join("api-token");
    std::fs::write(&file, "0123456789abcdef0123456789abcdef").unwrap();
    let open = run(home.path(), &["list", "--server", "127.0.0.1:1"], &[]);
    assert!(open.code == 69 && open.err.contains("chmod 600"), "{open:?}");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let fake = Fake::new(move |head, stream| {
        let _ = tell.send(head.to_lowercase());
        drop(stream.write_all(answer("200 OK", WORDS, "ok\n").as_bytes()));
    });
    let said = run(home.path(), &["list", "--server", &format!("localhost:{}", fake.port)], &[]);
    assert_eq!((said.code, said.out.as_str()), (0, "ok\n"), "{said:?}");
    assert!(told.recv().unwrap().contains("authorization: bearer 0123456789abcdef"));
    // Over a socket there is nothing to show.
    let path = home.path().join("fake.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        stream.write_all(answer("200 OK", WORDS, "ok\n").as_bytes()).unwrap();
        head.join("\n").to_lowercase()
    });
    let said = run(home.path(), &["list", "--server", path.to_str().unwrap()], &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!thread.join().unwrap().contains("authorization"));
}

/// A server that plans, and never comes back from the run.
#[test]
fn a_run_that_is_not_waited_for_goes_on_there() {
    let (tell, told) = std::sync::mpsc::channel();
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let fake = Fake::new(move |head, stream| {
        if head.starts_with("POST /api/plans ") {
            let headers = format!("{WORDS}Goosetop-Plan: abc123\r\n");
            drop(stream.write_all(answer("200 OK", &headers, "the plan\n").as_bytes()));
        } else {
            let _ = tell.send(head.lines().next().unwrap_or_default().to_owned());
            let _ = freed.recv();
        }
    });
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    command.args(["close-all", "--yes", "--server", &format!("127.0.0.1:{}", fake.port)]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(told.recv().unwrap(), "POST /api/plans/abc123/run HTTP/1.1");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(130), "{err}");
    assert!(err.contains("the plan\n") && err.contains("goes on") && err.contains("goosetop audit"), "{err}");
    drop(free);
}
