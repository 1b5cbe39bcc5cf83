//! Clients that are slow, silent or many: each is ended in time, and no one else notices. What is waited
//! for here is that something happens; how fast is for the settings to say.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    time::Duration,
};

use crate::{Gate, api::read, eventually};

/// Soon enough for a test, late enough for a busy machine to answer in time.
const SOON: &str = "serve.patience=2s";

/// The other end ends it, without a word or with one; not by our patience.
fn is_ended(stream: &mut impl Read) {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(e) => assert_eq!(e.kind(), ErrorKind::ConnectionReset, "{e}"),
    }
}

#[test]
fn who_says_nothing_or_half_a_word_is_ended() {
    let gate = Gate::open(&["--set", SOON]);
    let head = format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", gate.api.port);
    let mut silent = gate.api.connect();
    let mut slow = gate.api.connect();
    slow.write_all(head.as_bytes()).unwrap();
    let mut resting = gate.api.connect();
    resting.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    assert_eq!(read(&mut resting).status, 200);
    let mut quiet = UnixStream::connect(&gate.api.socket).unwrap();
    assert_eq!(gate.api.get("/healthz").status, 200, "others are served meanwhile");
    for stream in [&mut silent, &mut slow, &mut resting] {
        is_ended(stream);
    }
    is_ended(&mut quiet);
}

#[test]
fn a_head_that_drips_is_ended_too() {
    let gate = Gate::open(&["--set", SOON]);
    let mut stream = gate.api.connect();
    let line = format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", gate.api.port);
    stream.write_all(line.as_bytes()).unwrap();
    eventually("it is ended while it still sends", || {
        std::thread::sleep(Duration::from_millis(50));
        (&stream).write_all(b"X: a\r\n").is_err()
    });
}

#[test]
fn a_body_that_does_not_come_is_told_so() {
    let gate = Gate::open(&["--set", SOON]);
    let (port, token) = (gate.api.port, &gate.api.token);
    let mut stream = gate.api.connect();
    let head =
        format!("Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json");
    write!(stream, "POST /api/plans HTTP/1.1\r\n{head}\r\nContent-Length: 100\r\n\r\n{{\"action\"").unwrap();
    let answer = read(&mut stream);
    assert_eq!((answer.status, answer.json()["error"]["kind"].as_str()), (408, Some("usage")));
    is_ended(&mut stream);
}

#[test]
fn who_does_not_read_its_answers_is_ended() {
    let gate = Gate::open(&["--set", SOON, "--set", "serve.requests=100000"]);
    let (port, token) = (gate.api.port, &gate.api.token);
    let asking = format!(
        "GET /api/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let mut greedy = gate.api.connect();
    greedy.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    // Without reading: first its window is full, then the server takes no more of it, then it is ended.
    let error = std::iter::repeat_with(|| greedy.write_all(asking.as_bytes())).find_map(Result::err).unwrap();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    assert_eq!(gate.known("GET /api/openapi.json", "\r\n").status, 200);
}

#[test]
fn two_hundred_that_rest_are_in_nobodys_way() {
    let gate = Gate::open(&[]);
    let resting: Vec<TcpStream> = (0..200).map(|_| gate.api.connect()).collect();
    assert_eq!(gate.known("GET /api/sessions", "\r\n").status, 200);
    assert_eq!(gate.api.get("/api/sessions").status, 200);
    drop(resting);
}

#[test]
fn who_fills_tcp_leaves_the_socket_free() {
    let gate = Gate::open(&["--set", SOON, "--set", "serve.connections=8"]);
    let mut strangers: Vec<TcpStream> = (0..40).map(|_| gate.api.connect()).collect();
    for _ in 0..20 {
        assert_eq!(gate.api.get("/api/sessions").status, 200, "the socket has places of its own");
    }
    assert_eq!(gate.known("GET /api/sessions", "\r\n").status, 200, "and TCP when the silent ones are ended");
    strangers.iter_mut().take(8).for_each(is_ended);
}

#[test]
fn who_asks_too_often_waits_and_strangers_use_up_their_own() {
    // A drop each second for those with the token, and one for all others; five at once.
    let gate = Gate::open(&["--set", "serve.requests=1"]);
    let host = format!("Host: 127.0.0.1:{}\r\nConnection: close\r\n", gate.api.port);
    let stranger = || gate.api.raw(&format!("GET /api/sessions HTTP/1.1\r\n{host}\r\n"));
    eventually("a stranger is told to wait", || stranger().status == 429);
    assert_eq!(gate.known("GET /api/sessions", "\r\n").status, 200, "the token has its own");
    let mut late = None;
    eventually("so is whoever shows the token", || gate.known("GET /api/sessions", "\r\n").status == 429);
    eventually("and is told how long", || {
        let answer = gate.known("GET /api/sessions", "\r\n");
        answer.status == 429
            && answer.header("retry-after").is_some_and(|s| s.parse::<u32>().is_ok_and(|s| s >= 1))
    });
    for _ in 0..50 {
        assert_eq!(gate.api.get("/api/sessions").status, 200, "the socket knows no limit");
        let alive = gate.api.raw(&format!("GET /healthz HTTP/1.1\r\n{host}\r\n"));
        assert_eq!(*late.get_or_insert(alive.status), 200, "and being alive is no secret");
    }
    eventually("both may ask again", || gate.known("GET /api/sessions", "\r\n").status == 200);
}

#[test]
fn everybody_comes_back_at_once() {
    let gate = Gate::open(&[]);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..20)
            .map(|_| {
                scope.spawn(|| {
                    (0..15).map(|_| gate.known("GET /api/openapi.json", "\r\n").status).collect::<Vec<_>>()
                })
            })
            .collect();
        for statuses in asking {
            assert!(statuses.join().unwrap().iter().all(|status| *status == 200));
        }
    });
}
