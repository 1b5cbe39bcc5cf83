//! Conversations as text: every kind of part in every form, and hostile ones of each.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use goosetop::{
    domain::{
        session::Role,
        text::is_hostile,
        transcript::{Message, Part, Place, Printed, ToolContent, Usage},
    },
    render::{Amount, Entry, Story, Title, html, markdown, mask, plain},
    wire::MessageDto,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_181_525 + seconds, 0).unwrap()
}

fn said(row: i64, role: Role, parts: Vec<Part>) -> Message {
    Message {
        place: Place { at: at(row * 10).timestamp(), row },
        role,
        created_at: Some(at(row * 10)),
        stored_at: Some(at(row * 10)),
        user_visible: true,
        agent_visible: true,
        turn_context: false,
        usage: None,
        parts,
        bytes: 100,
        fault: None,
    }
}

fn ask(id: &str, tool: &str, arguments: Value) -> Part {
    Part::ToolRequest { id: id.into(), tool: tool.into(), arguments, invalid: None }
}

fn answer(id: &str, failed: bool, exit_code: Option<i64>, words: &str) -> Part {
    let content = vec![ToolContent::Text(Printed::new(words))];
    Part::ToolResponse { id: id.into(), failed, exit_code, content, sub_agent: None }
}

fn shell(id: &str, command: &str) -> Part {
    ask(id, "developer__shell", json!({ "command": command }))
}

/// One of everything.
fn conversation() -> Vec<Message> {
    let words = |words: &str| vec![Part::Text(words.into())];
    let (user, model) = (|| Role::User, || Role::Assistant);
    let usage = Usage {
        model: Some("gpt-4o".into()),
        input: Some(1_234),
        output: Some(56),
        cost_usd: Some(0.0123),
        elapsed: Some(Duration::from_millis(2_300)),
        first_token: None,
        compaction: false,
    };
    let long = (1..=60).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n") + "\n";
    let mut all = vec![
        said(1, user(), words("Fix the *login* form.\n\n```js\nlet a = '<b>';\n```")),
        Message { turn_context: true, user_visible: false, ..said(2, user(), words("It is Friday.")) },
        Message {
            usage: Some(usage),
            ..said(
                3,
                model(),
                vec![
                    Part::Thinking(Some("Look first.\nThen fix.".into())),
                    Part::Thinking(None),
                    Part::Text("I look at it.".into()),
                    shell("a", "npm test"),
                    ask("b", "developer__text_editor", json!({ "path": "/src/a.js", "command": "view" })),
                ],
            )
        },
        Message {
            stored_at: Some(at(75)),
            ..said(
                4,
                user(),
                vec![
                    answer("a", false, Some(1), &format!("\u{1b}[31mred\u{1b}[0m\n{long}")),
                    Part::ToolResponse {
                        id: "b".into(),
                        failed: false,
                        exit_code: None,
                        sub_agent: None,
                        content: vec![
                            ToolContent::Image { mime: "image/png".into(), bytes: 12_345 },
                            ToolContent::Resource {
                                uri: "file:///a".into(),
                                text: Some(Printed::new("kept")),
                            },
                            ToolContent::Raw { kind: "audio".into(), json: "{}".into() },
                        ],
                    },
                ],
            )
        },
        said(
            30,
            model(),
            vec![
                Part::Asked { id: "q".into(), prompt: "Allow rm?".into() },
                Part::Answered { id: "q".into(), answer: "allow once".into() },
                Part::Notice { kind: "inlineMessage".into(), message: "compacting".into() },
                Part::Image { mime: "image/jpeg".into(), bytes: 2_048 },
                Part::Raw { kind: "novel".into(), json: "{\"type\":\"novel\"}".into() },
                Part::Oversized { bytes: 50 << 20 },
                Part::Error { kind: "authentication".into(), message: "401\nno key".into() },
                answer("lost", true, None, "nobody asked"),
            ],
        ),
        Message { agent_visible: false, ..said(31, user(), words("put away")) },
        Message { user_visible: false, ..said(32, model(), words("a summary")) },
        Message { fault: Some("no JSON".into()), ..said(33, Role::Other("tool".into()), vec![]) },
        said(
            34,
            model(),
            vec![Part::ToolRequest {
                id: "c".into(),
                tool: "unknown".into(),
                arguments: Value::Null,
                invalid: Some("not an object".into()),
            }],
        ),
        said(35, model(), vec![shell("d", "sleep 1000")]),
    ];
    all[7].parts = vec![Part::Raw { kind: "unreadable".into(), json: "[{".into() }];
    all
}

fn told(messages: Vec<Message>, hidden: bool) -> Vec<Entry> {
    let mut story = Story::new(hidden);
    let mut entries: Vec<Entry> = messages.into_iter().flat_map(|m| story.push(m)).collect();
    entries.extend(story.flush());
    entries
}

fn title() -> Title {
    let facts = vec![("directory".into(), "/home/ada/src/web".into())];
    Title { id: "20261120_7".into(), name: "fix <login> *form*".into(), facts }
}

fn as_plain(entries: &[Entry], amount: Amount) -> String {
    let lines = entries.iter().flat_map(|e| plain::entry(e, amount));
    plain::text(&plain::title(&title()).into_iter().chain(lines).collect::<Vec<_>>())
}

fn as_markdown(entries: &[Entry], amount: Amount) -> String {
    markdown::title(&title()) + &entries.iter().map(|e| markdown::entry(e, amount)).collect::<String>()
}

fn as_html(entries: &[Entry]) -> String {
    html::head(&title()) + &entries.iter().map(html::entry).collect::<String>() + html::foot()
}

#[test]
fn every_part_in_every_form() {
    let entries = told(conversation(), false);
    insta::assert_snapshot!("plain", as_plain(&entries, Amount::default()));
    insta::assert_snapshot!("markdown", as_markdown(&entries, Amount::default()));
    let page = as_html(&entries);
    insta::assert_snapshot!("html", page.split_once("</style>").unwrap().1);
    let lines =
        conversation().into_iter().map(|m| serde_json::to_string(&MessageDto::from(&m)).unwrap() + "\n");
    insta::assert_snapshot!("json", lines.collect::<String>());
}

#[test]
fn full_and_hidden_leave_nothing_out() {
    let full = Amount { full: true, ascii: true };
    let page = as_plain(&told(conversation(), true), full);
    insta::assert_snapshot!("plain_full_hidden", page);
    for words in ["It is Friday.", "a summary", "line 33", "Then fix.", "compacted here"] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_duration_that_the_next_message_disproves_is_not_told() {
    let answered = |stored| {
        let talk = vec![
            said(1, Role::Assistant, vec![shell("a", "make")]),
            Message {
                stored_at: Some(at(stored)),
                ..said(2, Role::User, vec![answer("a", false, None, "")])
            },
            said(9, Role::Assistant, vec![Part::Text("done".into())]),
        ];
        told(talk, false)[0].answers[&0].took
    };
    assert_eq!(answered(65), Some(Duration::from_secs(55)));
    // Stored again an hour later: a compaction.
    assert_eq!(answered(3600), None);
}

#[test]
fn a_call_is_measured_by_whichever_times_its_goose_stores() {
    let took = |asked: (i64, Option<i64>), answered: (i64, Option<i64>)| {
        let timed = |role, part, (built, stored): (i64, Option<i64>)| Message {
            created_at: Some(at(built)),
            stored_at: stored.map(at),
            ..said(built, role, vec![part])
        };
        let talk = vec![
            timed(Role::Assistant, shell("a", "make"), asked),
            timed(Role::User, answer("a", false, None, ""), answered),
        ];
        told(talk, false)[0].answers[&0].took.map(|took| took.as_secs())
    };
    // A round that is stored when it is over; the model spoke for ten seconds before it asked.
    assert_eq!(took((10, Some(71)), (20, Some(71))), Some(51));
    assert_eq!(took((10, Some(20)), (20, Some(20))), Some(0));
    // Steps that are stored as they are made, their results built when they are there.
    assert_eq!(took((10, Some(10)), (310, Some(310))), Some(300));
    assert_eq!(took((10, Some(11)), (310, Some(312))), Some(301));
    // Nothing says when.
    assert_eq!(took((10, None), (10, None)), None);
}

#[test]
fn what_was_sent_once_and_what_never_was_are_told_apart() {
    let away = |row, role, words: &str| Message {
        agent_visible: false,
        ..said(row, role, vec![Part::Text(words.into())])
    };
    let talk = vec![
        away(1, Role::User, "/home/ann is full"),
        away(2, Role::Assistant, "so it is"),
        away(3, Role::User, "/status"),
        away(4, Role::Assistant, "all is well"),
    ];
    let page = as_plain(&told(talk, false), Amount::default());
    assert_eq!(page.matches("[no longer sent to the model]").count(), 2, "{page}");
    assert_eq!(page.matches("[not sent to the model]").count(), 2, "{page}");
}

#[test]
fn an_answer_that_comes_late_finds_its_call_or_stands_alone() {
    let mut story = Story::new(false);
    assert!(story.push(said(1, Role::Assistant, vec![shell("a", "make")])).is_empty());
    assert_eq!(story.flush().len(), 1);
    let late = said(2, Role::User, vec![answer("a", false, None, "made")]);
    let shown = story.push(late).into_iter().chain(story.flush()).collect::<Vec<_>>();
    assert!(as_plain(&shown, Amount::default()).contains("an answer to a  [ok]"));
    // A call that nobody answers holds back only so many.
    let mut story = Story::new(false);
    story.push(said(1, Role::Assistant, vec![shell("a", "make")]));
    let after = (2..100).flat_map(|n| story.push(said(n, Role::User, vec![Part::Text("x".into())])));
    assert!(after.count() > 60);
}

/// Tags that are opened are closed, in order; no attribute but ours, no address, no script.
fn well_formed(page: &str) -> Result<(), String> {
    const KNOWN: &[&str] = &[
        "html",
        "head",
        "title",
        "style",
        "body",
        "h1",
        "dl",
        "dt",
        "dd",
        "main",
        "article",
        "header",
        "b",
        "a",
        "span",
        "p",
        "details",
        "summary",
        "code",
        "pre",
        "div",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "em",
        "strong",
        "del",
        "blockquote",
        "table",
        "tr",
        "th",
        "td",
    ];
    let mut open: Vec<String> = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').ok_or_else(|| format!("`<{piece}` never ends"))?;
        let name: String = tag.chars().take_while(|c| !c.is_whitespace()).collect();
        if ["!DOCTYPE", "meta", "br", "hr"].contains(&name.as_str()) {
            continue;
        }
        if let Some(name) = name.strip_prefix('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
            continue;
        }
        if !KNOWN.contains(&name.as_str()) {
            return Err(format!("<{name}> is not ours"));
        }
        let mut rest = tag[name.len()..].trim_start();
        while !rest.is_empty() {
            let attribute = rest.split_once("=\"").and_then(|(name, rest)| {
                let (value, rest) = rest.split_once('"')?;
                Some((name, value, rest.trim_start()))
            });
            let Some((name, value, after)) = attribute else { return Err(format!("{tag} is broken")) };
            let leads = ["#m", "http://", "https://", "mailto:"];
            let known = match name {
                "lang" | "class" | "rel" | "start" => true,
                "id" => value.starts_with('m'),
                "href" => leads.iter().any(|l| value.to_ascii_lowercase().starts_with(l)),
                _ => false,
            };
            if !known {
                return Err(format!("{name}=\"{value}\" is not ours"));
            }
            rest = after;
        }
        open.push(name);
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

#[test]
fn the_page_is_whole_and_needs_nothing() {
    let page = as_html(&told(conversation(), true));
    well_formed(&page).unwrap();
    assert!(page.contains("default-src 'none'"));
    for outside in ["http://", "https://", "src=", "<script", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<article id=\"m").count(), 9);
}

const HOSTILE: &[&str] = &[
    "\u{1b}]52;c;eA\u{7}",
    "\u{9b}2J\u{9d}0;x\u{9c}",
    "\u{202e}abc\u{2066}",
    "\u{200b}\u{feff}\u{00ad}\u{e0041}",
    "a\0b\r\nc\rd\u{8}\u{7f}",
    "<script>alert(1)</script><img src=x onerror=y>\"'&amp;",
    "````\n```\n~~~~",
    "</details></summary></style>",
    "](javascript:alert(1)) `` ` ```",
    "[x](javascript:alert(1)) ![p](https://x/y.png) <https://a.example/?q=\"'>",
    "<img src=x onerror=alert(1)>\n\n<svg/onload=alert(1)>\n\n&#x1b;[2J&#x202e;",
    "| a | b |\n|---|:-:|\n| <b> | [c](data:text/html,x) |\n\n- > # h\n  ```x\"y\n  z",
];

fn hostile_words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
        1 => proptest::collection::vec(any::<char>(), 0..30).prop_map(|c| c.into_iter().collect()),
        1 => proptest::collection::vec(any::<u8>(), 0..60).prop_map(|b| String::from_utf8_lossy(&b).into_owned()),
    ]
}

fn hostile_part() -> impl Strategy<Value = Part> {
    let word = hostile_words;
    prop_oneof![
        word().prop_map(Part::Text),
        word().prop_map(|w| Part::Thinking(Some(w))),
        (word(), word(), word(), word()).prop_map(|(id, tool, key, value)| Part::ToolRequest {
            id,
            tool,
            invalid: Some(value.clone()),
            arguments: json!({ "command": value, key: [value] }),
        }),
        (word(), word(), any::<bool>()).prop_map(|(id, words, failed)| answer(&id, failed, None, &words)),
        (word(), word()).prop_map(|(uri, words)| Part::ToolResponse {
            id: "x".into(),
            failed: false,
            exit_code: None,
            sub_agent: None,
            content: vec![
                ToolContent::Resource { uri: uri.clone(), text: Some(Printed::new(words.clone())) },
                ToolContent::Raw { kind: uri.clone(), json: words },
                ToolContent::Image { mime: uri, bytes: 1 },
            ],
        }),
        word().prop_map(|mime| Part::Image { mime, bytes: 1 }),
        (word(), word()).prop_map(|(kind, message)| Part::Error { kind, message }),
        (word(), word()).prop_map(|(id, prompt)| Part::Asked { id, prompt }),
        (word(), word()).prop_map(|(id, answer)| Part::Answered { id, answer }),
        (word(), word()).prop_map(|(kind, message)| Part::Notice { kind, message }),
        (word(), word()).prop_map(|(kind, json)| Part::Raw { kind, json }),
    ]
}

fn clean(words: &str) -> bool {
    !words.chars().any(|c| !matches!(c, '\n' | '\t') && is_hostile(c))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_hostile_leaves(
        parts in proptest::collection::vec(hostile_part(), 0..6),
        role in hostile_words(),
        fault in proptest::option::of(hostile_words()),
        full in any::<bool>(),
        masks in any::<bool>(),
        speaker in 0..3_usize,
    ) {
        let role = [Role::User, Role::Assistant, Role::Other(role)][speaker].clone();
        let mut message = Message { fault, ..said(1, role, parts) };
        if masks {
            mask::message(&mut message);
        }
        let line = serde_json::to_string(&MessageDto::from(&message)).unwrap();
        prop_assert!(clean(&line) && !line.contains('\n'));
        let name = message.fault.clone().unwrap_or_default();
        let entries = told(vec![message], false);
        let amount = Amount { full, ascii: false };
        prop_assert!(clean(&as_plain(&entries, amount)));
        prop_assert!(clean(&as_markdown(&entries, amount)));
        let title = Title { name, ..title() };
        let page = html::head(&title) + &entries.iter().map(html::entry).collect::<String>() + html::foot();
        prop_assert!(clean(&page));
        prop_assert_eq!(well_formed(&page), Ok(()));
        prop_assert!(clean(&markdown::title(&title)));
        prop_assert!(clean(&plain::text(&plain::title(&title))));
    }

    #[test]
    fn every_fence_is_closed(words in "[`~a\n ]{0,40}") {
        let entries = told(vec![said(1, Role::User, vec![Part::Text(words), Part::Raw { kind: "end".into(), json: "x".into() }])], false);
        let page = as_markdown(&entries, Amount::default());
        prop_assert!(page.trim_end().ends_with("```"), "{page}");
    }
}

#[test]
fn tabs_stay_and_what_was_written_over_goes() {
    let code = "```make\nall:\n\tcc a.c\n```";
    let parts = || vec![Part::Text(code.into()), shell("a", "printf 'a\tb'")];
    let printed = || answer("a", false, None, "x\ty\n10%\r50%\r100%\nend\r\n");
    let all = vec![said(1, Role::Assistant, parts()), said(2, Role::User, vec![printed()])];
    let json = serde_json::to_value(MessageDto::from(&all[0])).unwrap();
    assert_eq!(json["parts"][0]["text"], code);
    let json = serde_json::to_value(MessageDto::from(&all[1])).unwrap();
    assert_eq!(json["parts"][0]["content"][0]["text"], "x\ty\n10%\r50%\r100%\nend\r\n");
    let entries = told(all, false);
    let amount = Amount { full: true, ascii: false };
    let html: String = entries.iter().map(html::entry).collect();
    for page in [as_plain(&entries, amount), as_markdown(&entries, amount), html] {
        for words in ["\tcc a.c", "a\tb", "x\ty", "100%", "end"] {
            assert!(page.contains(words), "{words:?} in {page}");
        }
        assert!(!page.contains("50%") && !page.contains('\u{FFFD}'), "{page}");
    }
}

#[test]
fn masks_reach_every_part() {
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let mut message = said(
        1,
        Role::User,
        vec![
            Part::Text(secret.clone()),
            Part::Thinking(Some(secret.clone())),
            ask(
                "a",
                &secret,
                json!({ "command": format!("curl -H {secret}"), "api_key": "hunter2", "n": [secret] }),
            ),
            answer("z", false, None, &format!("\u{1b}[1m{}\u{1b}[0m{}", &secret[..9], &secret[9..])),
            Part::Error { kind: "other".into(), message: secret.clone() },
            Part::Asked { id: "q".into(), prompt: secret.clone() },
            Part::Answered { id: "q".into(), answer: secret.clone() },
            Part::Notice { kind: "n".into(), message: secret.clone() },
            Part::Raw { kind: "n".into(), json: secret.clone() },
        ],
    );
    message.fault = Some(secret.clone());
    mask::message(&mut message);
    let line = serde_json::to_string(&MessageDto::from(&message)).unwrap();
    let entries = told(vec![message], false);
    let full = Amount { full: true, ascii: false };
    for page in [line, as_plain(&entries, full), as_markdown(&entries, full), as_html(&entries)] {
        assert!(!page.contains(&secret) && !page.contains("hunter2"), "{page}");
        assert!(page.contains("masked-github"));
    }
}

#[test]
fn times_that_run_backwards_and_missing_ones_are_no_trouble() {
    let mut first = said(5, Role::User, vec![Part::Text("later".into())]);
    first.created_at = Some(at(5) + TimeDelta::days(40_000));
    let mut last = said(1, Role::User, vec![Part::Text("unknown".into())]);
    (last.created_at, last.stored_at) = (None, None);
    let page = as_plain(&told(vec![first, said(2, Role::User, vec![]), last], false), Amount::default());
    assert!(page.contains("time unknown"), "{page}");
}

/// As goose 1.52 stores it: the summary in the person's name, a continuation in the model's, then the
/// command and its answer, which the model never sees.
#[test]
fn the_line_of_a_compaction_stands_before_the_summary_and_nowhere_else() {
    let words = |words: &str| vec![Part::Text(words.into())];
    let away = |row, role, text| Message { agent_visible: false, ..said(row, role, words(text)) };
    let model_only = |row, role, text| Message { user_visible: false, ..said(row, role, words(text)) };
    let compacted = vec![
        away(1, Role::User, "hello"),
        away(2, Role::Assistant, "hi"),
        model_only(3, Role::User, "the summary"),
        model_only(4, Role::Assistant, "go on"),
        away(5, Role::User, "/compact"),
        away(6, Role::Assistant, "Compaction complete"),
        said(7, Role::User, words("thanks")),
    ];
    let lines = |hidden| -> Vec<i64> {
        let entries = told(compacted.clone(), hidden);
        assert_eq!(entries.len(), if hidden { 7 } else { 5 });
        assert!(entries.is_sorted_by_key(|e| e.message.place.row));
        entries.iter().filter(|e| e.compacted).map(|e| e.message.place.row).collect()
    };
    assert_eq!((lines(false), lines(true)), (vec![5], vec![3]));

    let doctor = vec![
        away(1, Role::User, "/doctor"),
        model_only(2, Role::User, "I ran /doctor"),
        Message { turn_context: true, ..model_only(3, Role::User, "It is noon.") },
        said(4, Role::Assistant, words("I see.")),
        away(5, Role::User, "/doctor"),
        model_only(6, Role::User, "I ran /doctor"),
    ];
    for hidden in [false, true] {
        let entries = told(doctor.clone(), hidden);
        assert_eq!(entries.len(), if hidden { 6 } else { 3 });
        assert!(entries.iter().all(|e| !e.compacted));
    }
}
