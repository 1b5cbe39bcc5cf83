//! The published table: every combination of way in, host, page, token, method and content type, and what
//! is answered. What must be answered is said here anew, in the order of the guard.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use crate::{
    Gate,
    api::{Answer, Api, read},
};

const LISTED: &str = "https://board.example.com";

/// A value of a column: its name, its lines of the head, whether it may pass.
struct Cell {
    name: &'static str,
    lines: String,
    good: bool,
}

fn cell(name: &'static str, lines: impl Into<String>, good: bool) -> Cell {
    Cell { name, lines: lines.into(), good }
}

fn hosts(port: u16) -> Vec<Cell> {
    let other = port.wrapping_add(1);
    vec![
        cell("127.0.0.1:PORT", format!("Host: 127.0.0.1:{port}\r\n"), true),
        cell("LocalHost:PORT", format!("Host: LocalHost:{port}\r\n"), true),
        cell("[::1]:PORT", format!("Host: [::1]:{port}\r\n"), true),
        cell("board.example.com (serve.hosts)", "Host: board.example.com\r\n", true),
        cell("none", "", false),
        cell("empty", "Host:\r\n", false),
        cell("two", format!("Host: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n"), false),
        cell("127.0.0.1 without a port", "Host: 127.0.0.1\r\n", false),
        cell("127.0.0.1, another port", format!("Host: 127.0.0.1:{other}\r\n"), false),
        cell("evil.example:PORT (rebinding)", format!("Host: evil.example:{port}\r\n"), false),
        cell("localhost.evil.example:PORT", format!("Host: localhost.evil.example:{port}\r\n"), false),
        cell("127.0.0.1:PORT, a comma, another", format!("Host: 127.0.0.1:{port}, evil.example\r\n"), false),
    ]
}

fn pages(port: u16) -> Vec<Cell> {
    vec![
        cell("a program", "", true),
        cell("Sec-Fetch-Site: none", "Sec-Fetch-Site: none\r\n", true),
        cell("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: same-origin\r\n", true),
        cell("Sec-Fetch-Site: same-site", "Sec-Fetch-Site: same-site\r\n", false),
        cell("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: cross-site\r\n", false),
        cell("Referer", format!("Referer: http://127.0.0.1:{port}/\r\n"), false),
        cell("Origin: null", "Origin: null\r\n", false),
        cell("Origin: http://evil.example", "Origin: http://evil.example\r\n", false),
        cell("Origin: itself", format!("Origin: http://127.0.0.1:{port}\r\n"), false),
        cell("Origin: http: for https:", "Origin: http://board.example.com\r\n", false),
        cell("Origin: a longer name", format!("Origin: {LISTED}.evil.example\r\n"), false),
        cell("Origin: two", format!("Origin: {LISTED}\r\nOrigin: http://evil.example\r\n"), false),
        cell(
            NAMED,
            format!("Origin: {LISTED}\r\nSec-Fetch-Site: cross-site\r\nReferer: {LISTED}/\r\n"),
            true,
        ),
    ]
}

/// Passes on TCP alone.
const NAMED: &str = "Origin: named in serve.origins";

fn tokens(token: &str) -> Vec<Cell> {
    let line = |value: &str| format!("Authorization: {value}\r\n");
    vec![
        cell("the token", line(&format!("Bearer {token}")), true),
        cell("the token, `bearer`", line(&format!("bearer {token}")), true),
        cell("none", "", false),
        cell("another", line(&format!("Bearer {}", "0".repeat(token.len()))), false),
        cell("its beginning", line(&format!("Bearer {}", &token[..token.len() - 1])), false),
        cell("a longer one", line(&format!("Bearer {token}0")), false),
        cell("an empty one", line("Bearer "), false),
        cell("without a scheme", line(token), false),
        cell("as Basic", line(&format!("Basic {token}")), false),
        cell("twice", line(&format!("Bearer {token}")).repeat(2), false),
    ]
}

fn types() -> Vec<Cell> {
    let line = |value: &str| format!("Content-Type: {value}\r\n");
    vec![
        cell("application/json", line("application/json"), true),
        cell("Application/JSON; charset=utf-8", line("Application/JSON; charset=utf-8"), true),
        cell("none", "", false),
        cell("text/plain", line("text/plain"), false),
        cell("text/plain; application/json", line("text/plain; application/json"), false),
        cell("application/x-www-form-urlencoded", line("application/x-www-form-urlencoded"), false),
        cell("multipart/form-data", line("multipart/form-data; boundary=x"), false),
        cell("application/jsonp", line("application/jsonp"), false),
    ]
}

/// What is asked, and what it gets from whoever passes.
struct Ask {
    line: &'static str,
    /// Without a token too.
    open: bool,
    preflight: bool,
    acts: bool,
    status: u16,
}

const ASKS: &[Ask] = &[
    Ask { line: "GET /healthz", open: true, preflight: false, acts: false, status: 200 },
    Ask { line: "GET /api/health-check", open: false, preflight: false, acts: false, status: 200 },
    Ask { line: "GET /nowhere", open: false, preflight: false, acts: false, status: 404 },
    Ask { line: "PUT /api/health-check", open: false, preflight: false, acts: false, status: 405 },
    Ask { line: "OPTIONS /api/health-check", open: false, preflight: true, acts: false, status: 405 },
    // This server may only read: the guard and the body were passed where it says so.
    Ask { line: "POST /api/close-all-sessions", open: false, preflight: false, acts: true, status: 403 },
];

struct Case<'a> {
    tcp: bool,
    host: &'a Cell,
    page: &'a Cell,
    token: &'a Cell,
    ask: &'a Ask,
    kind: &'a Cell,
}

impl Case<'_> {
    fn request(&self) -> String {
        let (host, page, token) = (&self.host.lines, &self.page.lines, &self.token.lines);
        let asked = if self.ask.preflight { "Access-Control-Request-Method: POST\r\n" } else { "" };
        let (kind, body) = if self.ask.acts { (&*self.kind.lines, "{}") } else { ("", "") };
        let length = body.len();
        let line = self.ask.line;
        format!("{line} HTTP/1.1\r\n{host}{page}{token}{asked}{kind}Content-Length: {length}\r\n\r\n{body}")
    }

    fn expected(&self) -> (u16, Option<&'static str>) {
        let named = self.page.name == NAMED;
        if self.tcp && !self.host.good {
            (421, Some("forbidden"))
        } else if !self.page.good || (named && !self.tcp) {
            (403, Some("forbidden"))
        } else if named && self.ask.preflight {
            (204, None)
        } else if self.tcp && !self.ask.open && !self.token.good {
            (401, Some("unauthorized"))
        } else if self.ask.acts && !self.kind.good {
            (415, Some("usage"))
        } else {
            let kind = match self.ask.status {
                403 => Some("read_only"),
                404 => Some("not_found"),
                405 => Some("usage"),
                _ => None,
            };
            (self.ask.status, kind)
        }
    }
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// One connection for many requests, made anew where the server ended it.
struct Client<'a> {
    api: &'a Api,
    tcp: bool,
    stream: Option<Box<dyn Both>>,
}

impl Client<'_> {
    fn ask(&mut self, request: &str) -> Answer {
        let mut stream = self.stream.take().unwrap_or_else(|| {
            if self.tcp {
                let stream = self.api.connect();
                stream.set_nodelay(true).unwrap();
                Box::new(stream)
            } else {
                Box::new(UnixStream::connect(&self.api.socket).unwrap())
            }
        });
        stream.write_all(request.as_bytes()).unwrap();
        let answer = read(&mut stream);
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        answer
    }
}

/// The columns.
struct Sheet {
    hosts: Vec<Cell>,
    pages: Vec<Cell>,
    tokens: Vec<Cell>,
    types: Vec<Cell>,
}

/// What one way in answered.
#[derive(Default)]
struct Found {
    count: usize,
    wrong: Vec<String>,
    /// What one value changes; all others are the first of their column.
    table: String,
}

impl Sheet {
    fn ask_all(&self, api: &Api, tcp: bool) -> Found {
        let mut found = Found::default();
        let mut client = Client { api, tcp, stream: None };
        for (h, host) in self.hosts.iter().enumerate() {
            for (p, page) in self.pages.iter().enumerate() {
                for (t, token) in self.tokens.iter().enumerate() {
                    let first = (h, p, t) == (0, 0, 0);
                    let row = self.row(&mut client, (host, page, token), first, &mut found);
                    if [h, p, t].iter().filter(|&&n| n != 0).count() <= 1 {
                        let way = if tcp { "TCP" } else { "unix" };
                        let names = (host.name, page.name, token.name);
                        let line = format!("{way:4} {:36} {:30} {:20} {row}", names.0, names.1, names.2);
                        writeln!(found.table, "{line}").unwrap();
                    }
                }
            }
        }
        found
    }

    fn row(
        &self,
        client: &mut Client<'_>,
        who: (&Cell, &Cell, &Cell),
        every_type: bool,
        found: &mut Found,
    ) -> String {
        let (tcp, (host, page, token)) = (client.tcp, who);
        let mut row = Vec::new();
        for ask in ASKS {
            let kinds = if ask.acts { &self.types[..] } else { &self.types[..1] };
            for (k, kind) in kinds.iter().enumerate() {
                let case = Case { tcp, host, page, token, ask, kind };
                let answer = client.ask(&case.request());
                let error = (!answer.body.is_empty()).then(|| answer.json()["error"]["kind"].clone());
                let got = (answer.status, error.as_ref().and_then(|kind| kind.as_str()));
                found.count += 1;
                if got != case.expected() {
                    found.wrong.push(format!("{got:?}, not {:?}: {}", case.expected(), case.request()));
                }
                if k == 0 || every_type {
                    row.push(answer.status.to_string());
                }
            }
        }
        row.join(" ")
    }
}

#[test]
fn every_combination_is_answered_as_published() {
    let origins = format!("serve.origins={LISTED}");
    let hosts_set = "serve.hosts=board.example.com";
    let gate = Gate::open(&["--set", "serve.requests=1000000", "--set", &origins, "--set", hosts_set]);
    let api = &gate.api;
    let (hosts, pages, tokens) = (hosts(api.port), pages(api.port), tokens(&api.token));
    let sheet = Sheet { hosts, pages, tokens, types: types() };
    let (tcp, unix) = std::thread::scope(|scope| {
        let tcp = scope.spawn(|| sheet.ask_all(api, true));
        let unix = sheet.ask_all(api, false);
        (tcp.join().unwrap(), unix)
    });
    let count = tcp.count + unix.count;
    let wrong: Vec<_> = tcp.wrong.iter().chain(&unix.wrong).map(String::as_str).collect();
    let some = wrong[..wrong.len().min(5)].join("\n");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{some}", wrong.len());
    let asks: Vec<_> = ASKS.iter().map(|ask| ask.line).collect();
    let kinds: Vec<_> = sheet.types.iter().map(|kind| kind.name).collect();
    let head = format!(
        "{count} requests; shown is what one value changes.\nasked: {}\n(the last in the first row of each way as: {})\n",
        asks.join(", "),
        kinds.join(", ")
    );
    insta::assert_snapshot!("guard", format!("{head}\n{}{}", tcp.table, unix.table));
}
