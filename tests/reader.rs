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
    assert!(shown(&mut reading).contains("14 messages"));
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
    assert!(shown(&mut reading).contains("/ok 777 login message 1/1"), "{}", shown(&mut reading));
    reading.press("esc");
    assert!(shown(&mut reading).contains("1 hit in 1 message"), "{}", shown(&mut reading));
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
    reading.press("enter enter");
    assert!(shown(&mut reading).contains("much is said here"), "{}", shown(&mut reading));
    reading.press("/");
    reading.type_in("the large row");
    reading.press("enter");
    assert!(cursor(&mut reading).contains(conversation::LARGE_ROW), "{}", shown(&mut reading));
}

#[test]
fn what_is_found_in_an_unread_row_is_read_and_shown() {
    let mut reading = opened_at("the large row", 14);
    assert!(cursor(&mut reading).contains(conversation::LARGE_ROW), "{}", shown(&mut reading));
    let mut reading = reading_of(app(), sample(), 80, 24);
    reading.press("g /");
    reading.type_in("the large row");
    reading.press("enter");
    assert!(cursor(&mut reading).contains(conversation::LARGE_ROW), "{}", shown(&mut reading));
    assert!(shown(&mut reading).contains("message 1/1 "), "{}", shown(&mut reading));
}

/// Presses a key so often; what the cursor is on after each.
fn visited(reading: &mut Reading, key: &str, times: usize) -> Vec<String> {
    let visit = |_| {
        reading.press(key);
        let line = cursor(reading);
        line.split_whitespace().find(|word| word.starts_with('#')).unwrap_or(&line).to_owned()
    };
    (0..times).map(visit).collect()
}

#[test]
fn every_match_of_a_message_is_visited_before_the_next() {
    let line = |n: i64, every: i64| {
        if n % every == 0 { format!("TARGET #{n}") } else { format!("line {n}") }
    };
    let lines = |every| (0..400).map(|n| line(n, every)).collect::<Vec<_>>().join("\n");
    let messages = vec![conversation::user(1, 900, &lines(40))];
    let mut reading = reading_of(app(), messages.clone(), 80, 24);
    reading.press("g /");
    reading.type_in("target");
    reading.press("enter");
    assert!(cursor(&mut reading).contains("#0"), "{}", shown(&mut reading));
    assert!(shown(&mut reading).contains("/target message 1/1 "), "{}", shown(&mut reading));
    let all: Vec<String> = (0..400).step_by(40).map(|n| format!("#{n}")).collect();
    let round: Vec<String> = all.iter().cycle().skip(1).take(11).cloned().collect();
    assert_eq!(visited(&mut reading, "n", 11), round);
    let back: Vec<String> = all.iter().rev().cycle().skip(9).take(11).cloned().collect();
    assert_eq!(visited(&mut reading, "N", 11), back);

    // What is folded away and left out is unfolded on the way, from both sides.
    let messages = vec![
        messages[0].clone(),
        conversation::call(2, 800, "c", "developer__shell", serde_json::json!({"command": "make"})),
        conversation::answer(3, 790, 1, "c", Some(0), &lines(150)),
        goose(4, 780, "TARGET #end"),
    ];
    let mut reading = reading_of(app(), messages, 80, 24);
    reading.press("/");
    reading.type_in("target");
    reading.press("enter");
    assert!(cursor(&mut reading).contains("#end"), "{}", shown(&mut reading));
    assert_eq!(visited(&mut reading, "N", 5), ["#300", "#150", "#0", "#360", "#320"]);
    assert!(shown(&mut reading).contains("message 1/3"), "{}", shown(&mut reading));
    reading.press("Z Z");
    let all: Vec<String> = (40..400).step_by(40).map(|n| format!("#{n}")).chain(["#0".into()]).collect();
    assert_eq!(visited(&mut reading, "n", 10), all);
    assert_eq!(visited(&mut reading, "n", 3), ["#150", "#300", "#end"]);
    assert_eq!(visited(&mut reading, "n", 1), ["#0"]);
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
fn what_is_counted_is_what_is_shown() {
    let mut reading = reading_of(app(), sample(), 120, 24);
    let shown = |reading: &mut Reading| text(&mut reading.app, 120, 24);
    assert!(shown(&mut reading).contains("14 messages, 2 hidden  "), "{}", shown(&mut reading));
    reading.press("g");
    let mut context = conversation::user(21, 900, "<turn-context>");
    context.turn_context = true;
    let more = [
        conversation::user(20, 900, "and now?"),
        context,
        conversation::call(22, 890, "n", "developer__shell", serde_json::json!({"command": "make"})),
        conversation::answer(23, 890, 4, "n", Some(0), "made"),
        goose(24, 880, "done"),
    ];
    reading.store.lock().unwrap().extend(more);
    reading.send(Event::Board(Arc::new(sample_board::sample())));
    let after = shown(&mut reading);
    assert!(after.contains(" 3 new below") && after.contains("18 messages, 3 hidden  "), "{after}");
    reading.press("H");
    let after = shown(&mut reading);
    assert_eq!(reading.app.reader().unwrap().below(), 4);
    assert!(after.contains("21 messages  "), "{after}");
}

#[test]
fn the_time_before_a_compaction_is_seen_though_what_it_made_is_hidden() {
    let for_model = |message: Message| Message { user_visible: false, ..message };
    let put_away = |message: Message| Message { agent_visible: false, ..message };
    let messages = vec![
        put_away(conversation::user(1, 1_000, "hello")),
        put_away(goose(2, 998, "hi")),
        for_model(conversation::user(3, 907, "a summary")),
        for_model(goose(4, 907, "I go on")),
        goose(5, 906, "compaction complete"),
    ];
    let mut reading = reading_of(app(), messages, 80, 24);
    let all = shown(&mut reading);
    let at = |words: &str| all.find(words).unwrap_or_else(|| panic!("{words}: {all}"));
    assert!(at("put away") < at("1m 32s later") && at("1m 32s later") < at("compaction complete"), "{all}");
}

#[test]
fn a_narrow_and_low_screen_opens_at_the_end() {
    let last = goose(2, 800, &format!("{}THE END", "some words of it ".repeat(20)));
    for (width, height) in [(40, 10), (80, 24), (59, 6)] {
        let mut reading =
            reading_of(app(), vec![conversation::user(1, 900, "tell me"), last.clone()], width, height);
        let all = text(&mut reading.app, width, height);
        assert!(all.contains("THE END"), "{width}x{height}: {all}");
    }
}

#[test]
fn another_width_keeps_what_is_read() {
    let words = |n: i64| if n % 50 == 0 { format!("TARGET #{n}") } else { format!("word{n}") };
    let long = (0..800).map(words).collect::<Vec<_>>().join(" ");
    let messages = vec![goose(1, 900, &long), goose(2, 800, "the end")];
    let mut reading = reading_of(app(), messages, 120, 24);
    reading.press("g /");
    reading.type_in("target");
    reading.press("enter n n n n n n");
    for width in [120, 70, 50, 90, 200] {
        let all = text(&mut reading.app, width, 24);
        let line = all.lines().find(|line| line.starts_with('›')).unwrap_or_default();
        assert!(line.contains("TARGET"), "{width}: {all}");
        reading.press("n N");
        let all = text(&mut reading.app, width, 24);
        let line = all.lines().find(|line| line.starts_with('›')).unwrap_or_default();
        assert!(line.contains("#300") || line.ends_with("TARGET"), "{width}: {all}");
    }
    // Without a search, too: what the cursor was on is near it.
    reading.press("esc");
    reading.open(key("20261120_7"), None);
    text(&mut reading.app, 120, 24);
    reading.press("g j j j j j j j j j j");
    let all = text(&mut reading.app, 120, 24);
    let line = all.lines().find(|line| line.starts_with('›')).unwrap_or_default();
    let word = line.split_whitespace().nth(4).unwrap().to_owned();
    let all = text(&mut reading.app, 60, 24);
    let lines: Vec<&str> = all.lines().collect();
    let at = lines.iter().position(|line| line.starts_with('›')).unwrap();
    assert!(lines[at - 1..=at + 1].iter().any(|line| line.contains(&word)), "{word}: {all}");
}

#[test]
fn a_call_says_what_it_cost_and_nothing_where_nothing_is_known() {
    let cheap = goosetop::domain::transcript::Usage { cost_usd: Some(0.0036), ..Default::default() };
    let call = |row: i64, id: &str, usage| {
        let arguments = serde_json::json!({"command": format!("make {id}")});
        let call = conversation::call(row, 900 - row, id, "developer__shell", arguments);
        Message { usage: Some(usage), ..call }
    };
    let messages = vec![
        call(1, "a", cheap),
        call(2, "b", goosetop::domain::transcript::Usage::default()),
        conversation::answer(3, 890, 1, "gone", Some(0), "whose?"),
    ];
    let mut reading = reading_of(app(), messages, 80, 24);
    reading.press("Z");
    let all = shown(&mut reading);
    let lines: Vec<&str> = all.lines().map(str::trim).collect();
    let after = |words: &str| {
        let at = lines.iter().position(|line| line.contains("▾") && line.contains(words));
        lines[at.unwrap_or_else(|| panic!("{words}: {all}")) + 1]
    };
    assert_eq!((after("make a"), after("make b")), ("$0.0036", "make b"), "{all}");
    assert!(all.contains("answer to a call that is not stored"), "{all}");
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
    assert!(found(&mut reading).contains("/of field 1 message 277/277"), "{}", found(&mut reading));
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
fn escape_ends_the_search_before_it_leaves() {
    let mut reading = reading(app(), 80, 24);
    reading.press("/");
    reading.type_in("labels");
    reading.press("enter");
    assert!(reading.app.reader().unwrap().search().is_some());
    reading.press("esc");
    assert!(reading.app.reader().unwrap().search().is_none());
    reading.press("esc");
    assert!(reading.app.reader().is_none());
}

#[test]
fn help_begins_with_the_keys_of_the_conversation() {
    let mut reading = reading(app(), 80, 24);
    reading.press("?");
    let help = shown(&mut reading);
    assert!(help.contains("in a conversation") && !help.contains("in a list"), "{help}");
}

#[test]
fn a_hand_over_is_written_of_what_is_read() {
    let mut reading = reading(app(), 80, 24);
    let effects = screen::press(&mut reading.app, "b");
    assert!(effects.contains(&Effect::Bundle(key("20261120_7"))), "{effects:?}");
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
    assert!(cursor(&mut reading).contains("6m 48s later"), "{}", shown(&mut reading));
    reading.press("<");
    assert!(shown(&mut reading).contains("no long gap before here"));
    reading.press("g >");
    assert!(cursor(&mut reading).contains("6m 48s later"));
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

/// A board on which the session that is read has these sub-agents, all made at the same second.
fn with_sub_agents(ids: &[&str], made: i64) -> goosetop::domain::board::Board {
    let mut board = sample_board::sample();
    let child = board.sessions[1].clone();
    let parent = board.sessions.iter_mut().find(|s| s.key() == &key("20261120_7")).unwrap();
    let named = |id: &&str| {
        let mut child = child.clone();
        let session = Arc::make_mut(&mut child.session);
        session.key = key(id);
        session.created_at = Some(sample_board::now() - chrono::TimeDelta::seconds(made));
        child
    };
    parent.sub_agents = ids.iter().map(named).collect();
    board
}

#[test]
fn calls_of_one_message_each_lead_to_their_own_sub_agent() {
    let board = || with_sub_agents(&["20261120_10", "20261120_9", "20261120_11"], 500);
    let mut calls = conversation::call(1, 500, "a", "delegate", serde_json::json!({"instructions": "one"}));
    for (id, tool, words) in [("b", "shell", "make"), ("c", "delegate", "two"), ("d", "delegate", "three")] {
        let arguments = serde_json::json!({ "instructions": words });
        calls.parts.extend(conversation::call(1, 500, id, tool, arguments).parts);
    }
    let opened = |reading: &mut Reading, words: &str| {
        reading.press("g");
        while !cursor(reading).contains(words) {
            reading.press("t");
        }
        reading.press("s");
        let id = reading.app.reader().unwrap().key().id.to_string();
        reading.press("esc");
        id
    };
    let mut reading = reading_of(app_with(options(), board()), vec![calls.clone()], 80, 24);
    let ids = ["one", "two", "three"].map(|words| opened(&mut reading, words));
    assert_eq!(ids, ["20261120_9", "20261120_10", "20261120_11"]);
    // Where goose names it, the order means nothing.
    let named = |row, call: &str, id: &str| {
        let mut message = conversation::answer(row, 400, 1, call, None, "done");
        let [Part::ToolResponse { sub_agent, .. }] = &mut message.parts[..] else { panic!() };
        *sub_agent = Some(key(id).id);
        message
    };
    let messages = vec![calls, named(2, "a", "20261120_11"), named(3, "d", "20261119_4")];
    let mut reading = reading_of(app_with(options(), board()), messages, 80, 24);
    let ids = ["one", "two", "three"].map(|words| opened(&mut reading, words));
    assert_eq!(ids, ["20261120_11", "20261120_10", "20261119_4"]);
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
            sub_agent: None,
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
