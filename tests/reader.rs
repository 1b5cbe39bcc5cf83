//! A conversation on the screen: snapshots, and how it behaves.

#![expect(clippy::unwrap_used, reason = "a lock or a thread that is gone is a failed test")]
#![expect(dead_code, reason = "the samples serve other tests too")]

#[path = "support/conversation.rs"]
mod conversation;
#[path = "support/sample_board.rs"]
mod sample_board;
#[path = "support/screen.rs"]
mod screen;

use std::sync::Arc;

use conversation::{Reading, goose, long, sample};
use goosetop::{
    domain::{
        session::Role,
        transcript::{Hit, Message, Part, Searched},
    },
    engine::searcher::{self, Found, Over},
    tui::{app::App, effect::Effect, event::Event, options::UiOptions},
};
use proptest::prelude::*;
use ratatui::style::{Color, Modifier};
use sample_board::key;
use screen::{app, app_with, options, text};

macro_rules! snapshot {
    ($name:expr, $app:expr, $width:expr, $height:expr) => {
        insta::assert_snapshot!($name, text($app, $width, $height))
    };
}

/// The stuck session, read at this size.
fn reading(app: App, width: u16, height: u16) -> Reading {
    reading_of(app, sample(), width, height)
}

fn reading_of(app: App, messages: Vec<Message>, width: u16, height: u16) -> Reading {
    let mut reading = Reading::new(app, messages);
    text(&mut reading.app, width, height);
    reading.open(key("20261120_7"), None);
    text(&mut reading.app, width, height);
    reading
}

fn shown(reading: &mut Reading) -> String {
    text(&mut reading.app, 80, 24)
}

/// The line under the cursor.
fn cursor(reading: &mut Reading) -> String {
    let all = shown(reading);
    all.lines().find(|l| l.starts_with('›')).unwrap_or_default().to_owned()
}

#[test]
fn a_conversation_at_two_sizes() {
    let mut small = reading(app(), 80, 24);
    snapshot!("end_80x24", &mut small.app, 80, 24);
    small.press("g");
    snapshot!("start_80x24", &mut small.app, 80, 24);
    let mut wide = reading(app(), 120, 40);
    snapshot!("end_120x40", &mut wide.app, 120, 40);
    wide.press("Z g");
    snapshot!("unfolded_120x60", &mut wide.app, 120, 60);
}

#[test]
fn ascii_without_colours() {
    let plain = UiOptions { ascii: true, no_color: true, ..options() };
    let mut reading = reading(app_with(plain, sample_board::sample()), 80, 24);
    reading.press("Z G");
    let shown = text(&mut reading.app, 80, 24);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("ascii_80x24", shown);
    let buffer = screen::buffer(&mut reading.app, 80, 24);
    let coloured = buffer.content.iter().find(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
    assert_eq!(coloured, None);
}

#[test]
fn narrow_and_tiny_screens_hold_it() {
    let mut reading = reading(app(), 40, 12);
    snapshot!("end_40x12", &mut reading.app, 40, 12);
    for (width, height) in [(1, 1), (3, 2), (10, 4), (20, 3), (300, 100)] {
        text(&mut reading.app, width, height);
        reading.press("Z g G u T z k pagedown");
    }
}

#[test]
fn enter_opens_and_escape_leaves() {
    let mut reading = Reading::new(app(), sample());
    reading.press("tab enter");
    assert!(shown(&mut reading).contains("16 messages"));
    reading.press("v");
    assert!(shown(&mut reading).contains("owner"), "{}", shown(&mut reading));
    reading.press("esc w");
    assert!(shown(&mut reading).contains("rule model_silent"));
    reading.press("esc esc");
    assert!(reading.app.reader().is_none());
    assert!(shown(&mut reading).contains("Stuck 3"));
}

#[test]
fn a_session_that_is_not_there_is_said() {
    let mut reading = Reading::new(app(), sample());
    reading.open(key("missing"), None);
    assert!(shown(&mut reading).contains("session missing is not in the store"));
}

#[test]
fn unfolding_keeps_the_line_under_the_cursor() {
    let mut reading = reading(app(), 80, 24);
    reading.press("T T");
    let line = |all: &str| all.lines().position(|l| l.starts_with('›'));
    let before = shown(&mut reading);
    assert!(cursor(&mut reading).contains("npm run lint"), "{before}");
    reading.press("z");
    let after = shown(&mut reading);
    assert_eq!(line(&before), line(&after), "{after}");
    assert!(after.contains("│ error unused variable"), "{after}");
    reading.press("j j z");
    assert!(cursor(&mut reading).contains("▸ developer__shell  npm run lint"), "{}", shown(&mut reading));
    assert_eq!(line(&shown(&mut reading)), line(&before));
}

#[test]
fn a_long_output_is_shown_whole_when_it_is_asked_for() {
    let mut reading = reading(app(), 80, 24);
    reading.press("g t enter");
    let at_end = |reading: &mut Reading| {
        reading.press("t k k");
        shown(reading)
    };
    let cut = at_end(&mut reading);
    assert!(cut.contains("1.0k more lines: Enter shows all"), "{cut}");
    reading.press("T enter");
    let whole = at_end(&mut reading);
    assert!(whole.contains("ok 1204 login") && !whole.contains("more lines"), "{whole}");
}

/// A conversation opened at a hit of a search of all of them.
fn opened_at(words: &str, row: i64) -> Reading {
    let mut reading = Reading::new(app(), sample());
    reading.press("ctrl-g");
    reading.type_in(words);
    reading.press("enter");
    let place = sample().iter().map(|m| m.place).find(|place| place.row == row).unwrap();
    let hit = Hit {
        session: key("20261120_7").id,
        place,
        role: Role::User,
        in_tool: false,
        hidden: false,
        at: None,
        excerpt: words.into(),
        fits: 0..words.len(),
    };
    let found = vec![Found { key: key("20261120_7"), hit }];
    let so_far = Searched { messages: 1, of: 1, hits: 1 };
    let over = Some(Over::default());
    shown(&mut reading);
    reading.send(Event::Searched(searcher::Told { id: 1, found, so_far, over }));
    shown(&mut reading);
    reading.press("enter");
    reading
}

#[test]
fn a_hit_is_opened_where_it_is_folded_away_or_hidden_and_escape_comes_back() {
    let mut reading = opened_at("ok 777 login", 8);
    assert!(cursor(&mut reading).contains("ok 777 login"), "{}", shown(&mut reading));
    assert!(shown(&mut reading).contains("/ok 777 login 1/1"), "{}", shown(&mut reading));
    reading.press("esc");
    assert!(shown(&mut reading).contains("1 hit in 1 messages"), "{}", shown(&mut reading));
    let mut reading = opened_at("said before", 3);
    assert!(cursor(&mut reading).contains("Summary of what was said before"), "{}", shown(&mut reading));
    let mut reading = opened_at("labels", 6);
    assert!(cursor(&mut reading).contains("labels"), "{}", shown(&mut reading));
    reading.press("n");
    assert!(shown(&mut reading).contains("labels"), "{}", shown(&mut reading));
}

#[test]
fn hidden_messages_are_shown_on_demand() {
    let mut reading = reading(app(), 120, 60);
    let shown = |reading: &mut Reading| text(&mut reading.app, 120, 60);
    assert!(!shown(&mut reading).contains("turn-context"));
    reading.press("H");
    let all = shown(&mut reading);
    assert!(
        all.contains("context  <turn-context>") && all.contains("context  Summary of what was said"),
        "{all}"
    );
    reading.press("H");
    assert!(!shown(&mut reading).contains("Summary"));
}

#[test]
fn an_oversized_row_is_read_when_it_is_asked_for() {
    let mut reading = reading(app(), 80, 24);
    for _ in 0..30 {
        reading.press("k");
        if cursor(&mut reading).contains("48M") {
            break;
        }
    }
    reading.press("enter");
    assert!(shown(&mut reading).contains("all of the large row"), "{}", shown(&mut reading));
}

#[test]
fn new_messages_are_followed_at_the_end_and_nowhere_else() {
    let mut reading = reading(app(), 80, 24);
    let board = || Event::Board(Arc::new(sample_board::sample()));
    let add = |reading: &mut Reading, row: i64, text: &str| {
        reading.store.lock().unwrap().push(goose(row, 1_000 - row, text));
        reading.send(board());
    };
    add(&mut reading, 20, "a first new line");
    assert!(shown(&mut reading).contains("a first new line"));
    reading.press("u g");
    let before = shown(&mut reading);
    add(&mut reading, 21, "a second new line");
    add(&mut reading, 22, "a third new line");
    let after = shown(&mut reading);
    let body = |all: &str| all.lines().skip(2).take(20).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&before), body(&after));
    assert!(after.contains("2 new below") && after.contains("paused"), "{after}");
    reading.press("G");
    let end = shown(&mut reading);
    assert!(end.contains("a third new line") && end.contains("live") && !end.contains("new below"), "{end}");
    reading.press("F");
    add(&mut reading, 23, "a fourth new line");
    reading.press("k");
    let after = shown(&mut reading);
    assert!(after.contains("1 new below"), "{after}");
}

#[test]
fn a_rewritten_conversation_is_read_again_around_the_same_time() {
    let mut reading = reading_of(app(), long(300), 80, 24);
    reading.press("ctrl-u ctrl-u ctrl-u ctrl-u");
    let before = cursor(&mut reading);
    for message in reading.store.lock().unwrap().iter_mut() {
        message.place.row += 10_000;
    }
    reading.send(Event::Board(Arc::new(sample_board::sample())));
    assert_eq!(cursor(&mut reading), before);
}

#[test]
fn a_long_conversation_is_paged_and_never_all_in_memory() {
    let mut reading = reading_of(app(), long(3_000), 80, 24);
    assert!(shown(&mut reading).contains("3000 messages"));
    let mut seen = shown(&mut reading);
    for _ in 0..400 {
        reading.press("pageup");
        seen += &shown(&mut reading);
        assert!(reading.app.reader().unwrap().loaded() <= 400);
    }
    // Every person's message went by, none was skipped.
    let unseen = (0..3_000).step_by(4).rev().find(|n| !seen.contains(&format!("question {n}:")));
    assert_eq!(unseen, None);
    reading.press("g");
    assert!(shown(&mut reading).contains("the conversation begins"), "{}", shown(&mut reading));
    assert!(shown(&mut reading).contains("question 0:"));
    reading.press("G");
    assert!(shown(&mut reading).contains("answer 2999"));
    assert!(reading.app.reader().unwrap().loaded() <= 400);
}

#[test]
fn words_are_searched_in_all_of_it() {
    let mut reading = reading_of(app(), long(2_000), 80, 24);
    reading.press("/");
    reading.type_in("of field 1");
    snapshot!("searching_80x24", &mut reading.app, 80, 24);
    reading.press("enter");
    // 1, 10-19, 100-199, 1000-1999, of which every fourth is asked about.
    let found = |reading: &mut Reading| shown(reading).lines().last().unwrap_or_default().to_owned();
    assert!(found(&mut reading).contains("/of field 1 277/277"), "{}", found(&mut reading));
    assert!(cursor(&mut reading).contains("question 1996:"), "{}", cursor(&mut reading));
    snapshot!("found_80x24", &mut reading.app, 80, 24);
    reading.press("N N");
    assert!(found(&mut reading).contains("275/277"), "{}", found(&mut reading));
    reading.press("n n n");
    assert!(found(&mut reading).contains(" 1/277"), "{}", found(&mut reading));
    assert!(cursor(&mut reading).contains("question 12:"), "{}", shown(&mut reading));
    reading.press("N");
    assert!(found(&mut reading).contains("277/277"), "{}", found(&mut reading));
    let buffer = screen::buffer(&mut reading.app, 80, 24);
    let marked = buffer.content.iter().filter(|c| c.modifier.contains(Modifier::REVERSED)).count();
    assert!(marked >= "of field 1".len(), "{marked}");
}

#[test]
fn a_pattern_unfolds_what_it_finds() {
    let mut reading = reading(app(), 80, 24);
    reading.press("/ ctrl-r");
    reading.type_in("unused\\s+variable$");
    reading.press("enter");
    let all = shown(&mut reading);
    assert!(all.contains("1/1") && all.contains("│ error unused variable"), "{all}");
    assert!(cursor(&mut reading).contains("unused variable"), "{all}");
    reading.press("/");
    reading.type_in("(");
    reading.press("enter");
    assert!(shown(&mut reading).contains("the pattern cannot be read"), "{}", shown(&mut reading));
}

#[test]
fn jumps_lead_beyond_what_is_loaded() {
    let mut reading = reading_of(app(), long(2_000), 80, 24);
    reading.press("E");
    assert!(cursor(&mut reading).contains("✖ exit 1"), "{}", shown(&mut reading));
    for _ in 0..30 {
        reading.press("E");
    }
    assert!(cursor(&mut reading).contains("make 761"), "{}", shown(&mut reading));
    reading.press("u");
    assert!(cursor(&mut reading).contains("question 764"), "{}", shown(&mut reading));
    reading.press("T U");
    assert!(cursor(&mut reading).contains("question 760"), "{}", shown(&mut reading));
}

#[test]
fn long_gaps_are_found_from_both_sides() {
    let mut reading = reading(app(), 80, 24);
    reading.press("<");
    assert!(cursor(&mut reading).contains("6m 15s later"), "{}", shown(&mut reading));
    reading.press("<");
    assert!(shown(&mut reading).contains("no long gap before here"));
    reading.press("g >");
    assert!(cursor(&mut reading).contains("6m 15s later"));
}

#[test]
fn what_is_under_the_cursor_is_copied() {
    let mut reading = reading(app(), 80, 24);
    let copied = |reading: &mut Reading, keys: &str| {
        reading.press(keys);
        match reading.effects.pop() {
            Some(Effect::Copy(text)) => text,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(copied(&mut reading, "y"), "20261120_7");
    assert_eq!(copied(&mut reading, "T T y"), "npm run lint");
    assert_eq!(copied(&mut reading, "U y"), "Please make the login form accessible and add tests.");
}

#[test]
fn a_sub_agent_is_read_and_left_for_its_parent() {
    let mut board = sample_board::sample();
    let mut child = board.sessions[1].clone();
    let session = Arc::make_mut(&mut child.session);
    session.key = key("20261120_70");
    session.name = "write the tests".into();
    let parent = board.sessions.iter_mut().find(|s| s.key() == &key("20261120_7")).unwrap();
    parent.sub_agents = vec![child];
    let mut reading = reading(app_with(options(), board), 80, 24);
    reading.press("T s");
    assert!(shown(&mut reading).starts_with(" ▸ 20261120_70 "), "{}", shown(&mut reading));
    reading.press("esc");
    assert!(cursor(&mut reading).contains("delegate"), "{}", shown(&mut reading));
    reading.press("esc");
    assert!(reading.app.reader().is_none());
}

#[test]
fn times_that_go_back_do_not_lose_a_message() {
    // A legacy file: the order is that of its lines.
    let mut messages = long(900);
    for message in &mut messages {
        message.place.at = 5_000 - message.place.row % 7;
    }
    let mut reading = reading_of(app(), messages, 80, 24);
    assert!(shown(&mut reading).contains("answer 899"), "{}", shown(&mut reading));
    reading.press("pageup pageup pageup");
    reading.press("g");
    assert!(shown(&mut reading).contains("question 0:"), "{}", shown(&mut reading));
}

#[test]
fn nothing_hostile_reaches_a_cell() {
    let nasty = "a\u{1b}[31mred\u{202e}evil\u{200b}\u{7}\u{9b}2J &#x1b;[2J &#x202e;";
    let mut messages = sample();
    let clean = goosetop::domain::text::block(nasty).into_owned();
    messages.push(goose(30, 900, &format!("{clean} `&#x1b;` [x](http://&#x9b;)")));
    let arguments =
        serde_json::json!({"command": nasty, nasty: nasty, "old_str": nasty, "new_str": format!("{nasty}x")});
    messages.push(conversation::call(31, 890, "x", &clean, arguments));
    messages.push(conversation::answer(32, 889, 1, "x", Some(0), nasty));
    messages.push(conversation::call(33, 880, "y", "t", serde_json::json!({"command": nasty})));
    messages.push(conversation::answer(
        34,
        879,
        1,
        "y",
        Some(1),
        &format!("{nasty}\u{1b}]52;c;AAAA\u{7}\u{1b}[?1049l"),
    ));
    let mut reading = reading_of(app(), messages, 100, 90);
    reading.press("H Z G");
    for cell in &screen::buffer(&mut reading.app, 100, 90).content {
        assert!(!cell.symbol().chars().any(goosetop::domain::text::is_hostile), "{:?}", cell.symbol());
    }
}

fn any_message() -> impl Strategy<Value = (Part, bool, [bool; 3])> {
    let printed = "(\\PC|\u{1b}\\[[0-9;]{0,5}[mJ]|\n|\t|\r|[\\x00-\\x1f]){0,40}";
    let text = "(\\PC|\n|\\*|#|`|\\|| ){0,60}";
    let id = prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
    let part = prop_oneof![
        text.prop_map(Part::Text),
        text.prop_map(|t| Part::Thinking(Some(t))),
        Just(Part::Thinking(None)),
        (id.clone(), text).prop_map(|(id, text)| Part::ToolRequest {
            id,
            tool: "shell".into(),
            arguments: serde_json::json!({"command": text, "old_str": "a\nb", "new_str": text}),
            invalid: None
        }),
        (id, printed).prop_map(|(id, out)| Part::ToolResponse {
            id,
            failed: false,
            exit_code: Some(1),
            content: vec![goosetop::domain::transcript::ToolContent::Text(
                goosetop::domain::transcript::Printed::new(out)
            )],
        }),
        text.prop_map(|t| Part::Error { kind: "x".into(), message: t }),
        text.prop_map(|t| Part::Raw { kind: "x".into(), json: t }),
        Just(Part::Oversized { bytes: 1 }),
    ];
    (part, any::<bool>(), any::<[bool; 3]>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn no_conversation_and_no_keys_break_it(
        messages in prop::collection::vec(any_message(), 0..12),
        keys in prop::collection::vec(prop::sample::select(
            vec!["j", "k", "z", "Z", "H", "u", "U", "t", "T", "e", "E", "g", "G", "n", "<", ">", "y", "F", "s", "enter", "ctrl-u"]), 0..20),
        width in 1_u16..90, height in 1_u16..30,
    ) {
        let messages = (0..).zip(messages).map(|(row, (part, model, [user, agent, context]))| {
            let role = if model { Role::Assistant } else { Role::User };
            let message = conversation::message(row, 900 - row * 100, role, vec![part]);
            Message { user_visible: user, agent_visible: agent, turn_context: context, ..message }
        });
        let mut reading = reading_of(app(), messages.collect(), width, height);
        for key in keys {
            reading.press(key);
            for cell in &screen::buffer(&mut reading.app, width, height).content {
                prop_assert!(!cell.symbol().chars().any(goosetop::domain::text::is_hostile));
            }
        }
    }
}

#[test]
fn commands_that_the_model_does_not_see_are_no_compaction() {
    let mut messages: Vec<Message> =
        (1..=9).map(|row| goose(row, 500 - row, &format!("row {row}"))).collect();
    let [hello, hi, summary, go_on, compact, complete, doctor, ran, _] = &mut messages[..] else { panic!() };
    for put_away in [hello, hi, compact, complete, doctor] {
        put_away.agent_visible = false;
    }
    for for_model in [&mut *summary, go_on, &mut *ran] {
        for_model.user_visible = false;
    }
    (summary.role, ran.role) = (Role::User, Role::User);
    let mut reading = reading_of(app(), messages, 80, 24);
    let all = shown(&mut reading);
    assert_eq!(all.matches("compacted here: 2 messages put away").count(), 1, "{all}");
    assert_eq!(all.matches("put away").count(), 1, "{all}");
    let at = |words: &str| all.find(words).unwrap_or_else(|| panic!("{words}: {all}"));
    assert!(at("row 2") < at("compacted here") && at("compacted here") < at("row 5"), "{all}");
}

/// The words that stand out as found, row by row.
fn found_words(reading: &mut Reading, width: u16, height: u16) -> Vec<String> {
    let buffer = screen::buffer(&mut reading.app, width, height);
    let row = |row: &[ratatui::buffer::Cell]| -> String {
        row.iter()
            .filter(|c| c.modifier.contains(Modifier::REVERSED))
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    };
    // The bar says where the cursor is, the footer what is looked for.
    let rows = buffer.content.chunks(usize::from(width)).take(usize::from(height) - 2).skip(2);
    rows.map(row).filter(|words| !words.is_empty()).collect()
}

#[test]
fn a_match_that_is_broken_over_two_rows_is_marked_on_both() {
    let filler = "word ".repeat(11);
    let messages = vec![
        conversation::user(1, 900, &format!("{filler}golden gate and more")),
        goose(2, 800, &format!("- {}**golden** gate\n- golden\n- gate", &filler[5..])),
        conversation::call(3, 700, "c", "developer__shell", serde_json::json!({"command": "make"})),
        conversation::answer(4, 690, 1, "c", Some(0), &format!("{}golden gate", "x".repeat(58))),
    ];
    let mut reading = reading_of(app(), messages, 80, 40);
    reading.press("Z");
    reading.press("/");
    reading.type_in("golden gate");
    reading.press("enter");
    let all = text(&mut reading.app, 80, 40);
    assert!(
        !all.lines().any(|line| line.contains("golden gate") && !line.contains('/')),
        "all are broken: {all}"
    );
    let words = found_words(&mut reading, 80, 40).concat();
    assert_eq!(words, "golden".to_owned() + "gate" + "golden" + "gate" + "golden" + " gate", "{all}");
}
