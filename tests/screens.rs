//! What the screen shows and how it answers keys: snapshots at four sizes, and behaviour.

#[path = "support/sample_board.rs"]
mod sample_board;
#[path = "support/screen.rs"]
mod screen;

#[path = "screens/insights.rs"]
mod insights;
#[path = "screens/search.rs"]
mod search;

use std::sync::Arc;

use chrono::TimeDelta;
use goosetop::{
    domain::{
        board::Board,
        health::Health,
        session::{Block, Role, Tail, TailMessage},
        snapshot::{Fault, StoreState},
    },
    tui::{
        app::{App, Dialog, ScreenKind},
        effect::Effect,
        event::Event,
        options::UiOptions,
        screen::Screen,
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind},
    style::Color,
};
use sample_board::{key, now, sample};
use screen::{app, app_with, buffer, options, press, selected, text, type_in};

macro_rules! snapshot {
    ($name:expr, $app:expr, $width:expr, $height:expr) => {
        insta::assert_snapshot!($name, text($app, $width, $height))
    };
}

#[test]
fn dashboard_at_four_sizes() {
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        snapshot!(format!("dashboard_{width}x{height}"), &mut app(), width, height);
    }
}

#[test]
fn dashboard_unfolded_tagged_and_changed() {
    let mut app = app();
    let mut board = sample();
    board.sessions[8].health = Health::Stuck;
    board.sessions[8].findings.clear();
    sample_board::count(&mut board);
    app.update(Event::Board(Arc::new(board)), now());
    press(&mut app, "space G k o");
    snapshot!("dashboard_marks", &mut app, 80, 30);
}

#[test]
fn sessions_and_processes() {
    let mut app = app();
    press(&mut app, "2");
    snapshot!("sessions_80x24", &mut app, 80, 24);
    snapshot!("sessions_200x60", &mut app, 200, 60);
    press(&mut app, "G");
    snapshot!("sessions_ended_120x40", &mut app, 120, 40);
    press(&mut app, "3");
    snapshot!("processes_80x24", &mut app, 80, 24);
    snapshot!("processes_200x60", &mut app, 200, 60);
}

#[test]
fn dialogs() {
    let mut app = app();
    press(&mut app, "tab w");
    snapshot!("why_80x24", &mut app, 80, 24);
    snapshot!("why_120x40", &mut app, 120, 40);
    snapshot!("why_40x12", &mut app, 40, 12);
    press(&mut app, "G");
    snapshot!("why_end_80x24", &mut app, 80, 24);
    press(&mut app, "esc ?");
    snapshot!("help_80x24", &mut app, 80, 24);
    snapshot!("help_120x90", &mut app, 120, 90);
    press(&mut app, "? s j");
    snapshot!("sort_80x24", &mut app, 80, 24);
    press(&mut app, "esc :");
    type_in(&mut app, "so");
    snapshot!("palette_80x24", &mut app, 80, 24);
    press(&mut app, "esc v");
    snapshot!("detail_80x24", &mut app, 80, 24);
}

#[test]
fn filtering() {
    let mut app = app();
    press(&mut app, "/");
    type_in(&mut app, "state:stuck front");
    snapshot!("filter_80x24", &mut app, 80, 24);
    press(&mut app, "enter");
    snapshot!("filtered_80x24", &mut app, 80, 24);
    press(&mut app, "esc /");
    type_in(&mut app, "sate:stuck");
    snapshot!("filter_error_80x24", &mut app, 80, 24);
}

#[test]
fn nothing_here_and_something_wrong() {
    snapshot!("empty_80x24", &mut app_with(options(), sample_board::empty()), 80, 24);
    snapshot!("reading_40x12", &mut App::new(options()), 40, 12);
    let mut board = sample();
    board.stores[0] =
        sample_board::store(StoreState::Locked, "sessions.db is locked since 13:36:02 (goose is writing)");
    board.stores[0].as_of = Some(now() - TimeDelta::seconds(65));
    board.faults =
        vec![Fault { source: "processes".into(), message: "/proc cannot be read; mount it".into() }];
    snapshot!("banner_80x24", &mut app_with(options(), board.clone()), 80, 24);
    let mut stale = app_with(options(), board);
    let mut terminal = Terminal::new(TestBackend::new(80, 3)).unwrap();
    terminal.draw(|frame| stale.draw(frame, now() + TimeDelta::seconds(97))).unwrap();
    insta::assert_snapshot!("stale_header", terminal.backend());
}

#[test]
fn a_damaged_store_is_never_an_empty_machine() {
    let mut board = sample_board::empty();
    board.stores[0] = sample_board::store(StoreState::Damaged, "");
    let text = text(&mut app_with(options(), board), 80, 24);
    assert!(text.contains("Nothing is known"), "{text}");
    assert!(!text.contains("No goose sessions"), "{text}");
}

#[test]
fn ascii_is_ascii() {
    let ascii = || UiOptions { ascii: true, ..options() };
    let mut board = sample();
    Arc::make_mut(&mut board.sessions[0].session).name = "naïve-漢字-●".into();
    for keys in ["1", "2", "3", "w", "?", "s", "v", "enter"] {
        let mut app = app_with(ascii(), board.clone());
        press(&mut app, keys);
        for (width, height) in [(80, 24), (200, 60)] {
            let text = text(&mut app, width, height);
            assert!(text.is_ascii(), "{text}");
        }
    }
    snapshot!("dashboard_ascii_80x24", &mut app_with(ascii(), sample()), 80, 24);
}

#[test]
fn no_color_has_no_colours() {
    for keys in ["1", "2", "3", "w", "?", "s", ":", "/", "v", "enter"] {
        let mut app = app_with(UiOptions { no_color: true, ..options() }, sample());
        press(&mut app, keys);
        let buffer = buffer(&mut app, 160, 50);
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn at_most_one_line_is_reversed() {
    use ratatui::style::Modifier;
    for keys in ["1", "2", "w", "?", "s", ":", "/", "v", "enter"] {
        let mut app = app();
        press(&mut app, keys);
        let buffer = buffer(&mut app, 100, 30);
        let reversed =
            (0..30).filter(|y| (0..100).any(|x| buffer[(x, *y)].modifier.contains(Modifier::REVERSED)));
        assert!(reversed.count() <= 1, "{keys}");
    }
}

#[test]
fn the_cursor_stays_on_who_it_is_on() {
    let mut app = app();
    press(&mut app, "j");
    assert_eq!(selected(&app), "20261120_4");
    let mut board = sample();
    board.sessions.swap(0, 1);
    app.update(Event::Board(Arc::new(board)), now());
    assert_eq!(selected(&app), "20261120_4");
    press(&mut app, "k");
    assert_eq!(selected(&app), "20261120_4", "it is the first now");
}

#[test]
fn when_the_selected_row_goes_its_neighbour_is_next() {
    let mut app = app();
    press(&mut app, "tab j");
    assert_eq!(selected(&app), "20261120_2");
    let mut board = sample();
    board.sessions.retain(|s| s.key() != &key("20261120_2"));
    app.update(Event::Board(Arc::new(board)), now());
    assert_eq!(selected(&app), "20261119_8");
}

#[test]
fn the_cursor_follows_to_another_screen() {
    let mut app = app();
    press(&mut app, "tab 2");
    assert_eq!((selected(&app).as_str(), app.screen()), ("20261120_7", ScreenKind::Sessions));
    press(&mut app, "]");
    assert_eq!(app.screen(), ScreenKind::Processes);
    press(&mut app, "] [");
    assert_eq!(app.screen(), ScreenKind::Processes);
}

#[test]
fn a_folded_child_marks_its_parent_until_it_is_looked_at() {
    let mut app = app();
    let mut board = sample();
    board.sessions[6].sub_agents[0].health = Health::Stuck;
    app.update(Event::Board(Arc::new(board)), now());
    assert!(text(&mut app, 80, 24).contains("●•20261120_11"));
    press(&mut app, "tab tab tab");
    assert_eq!(selected(&app), "20261120_11");
    press(&mut app, "g");
    assert!(!text(&mut app, 80, 24).contains('•'));
}

#[test]
fn a_pasted_escape_is_harmless_in_the_filter() {
    let mut app = app();
    press(&mut app, "/");
    app.update(Event::Paste("\u{1b}[31mfront\nend\u{202e}".into()), now());
    let text = text(&mut app, 80, 24);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn the_panes_come_in_the_order_asked_for() {
    use goosetop::tui::options::Pane;
    let panes = vec![Pane::Healthy, Pane::Stuck];
    let mut app = app_with(UiOptions { panes, ..options() }, sample());
    let text = text(&mut app, 80, 40);
    let at = |title: &str| text.find(title).unwrap_or_else(|| panic!("no {title} in {text}"));
    assert!(
        at("Unknown 1") < at("Healthy 3")
            && at("Healthy 3") < at("Stuck 3")
            && at("Stuck 3") < at("Orphaned 2")
    );
}

#[test]
fn freezing_holds_the_picture_and_thawing_shows_the_newest() {
    let mut app = app();
    press(&mut app, "f");
    app.take_dirty();
    let mut board = sample();
    board.sessions.clear();
    sample_board::count(&mut board);
    app.update(Event::Board(Arc::new(board)), now());
    assert!(!app.take_dirty());
    let frozen = text(&mut app, 80, 24);
    assert!(frozen.contains("FROZEN 13:37:05") && frozen.contains("20261120_9"), "{frozen}");
    press(&mut app, "f");
    assert!(!text(&mut app, 80, 24).contains("20261120_9  backend"));
}

#[test]
fn tags_and_copying() {
    let mut app = app();
    assert_eq!(press(&mut app, "y"), [Effect::Copy("20261120_9".into())]);
    press(&mut app, "space space");
    assert_eq!(press(&mut app, "y"), [Effect::Copy("20261120_4 20261120_9".into())]);
    press(&mut app, "U");
    press(&mut app, "g");
    let resume = "cd /home/ann/src/backend && goose session --resume --session-id 20261120_9";
    assert_eq!(press(&mut app, "Y"), [Effect::Copy(resume.into())]);
}

#[test]
fn effects_of_the_plain_keys() {
    let mut app = app();
    assert_eq!(press(&mut app, "p"), [Effect::Pause(true)]);
    assert_eq!(press(&mut app, "p"), [Effect::Pause(false)]);
    assert_eq!(press(&mut app, "m"), [Effect::Mouse(true)]);
    assert_eq!(press(&mut app, "R"), [Effect::Refresh]);
    assert_eq!(press(&mut app, "ctrl-z"), [Effect::Suspend]);
    assert_eq!(press(&mut app, "q"), [Effect::Quit]);
    press(&mut app, "/");
    type_in(&mut app, "q?1");
    assert_eq!(press(&mut app, "ctrl-c"), [Effect::Quit]);
}

#[test]
fn a_history_row_asks_for_its_conversation_once() {
    let mut app = app();
    press(&mut app, "2");
    assert_eq!(press(&mut app, "G"), [Effect::Pin(vec![key("20261102_1")])]);
    assert_eq!(app.update(Event::Tick, now()), []);
    assert_eq!(press(&mut app, "g"), [Effect::Pin(Vec::new())]);
}

/// The last history row ended in an error, and its conversation was read.
fn with_a_failed_one() -> Board {
    let mut board = sample();
    let message = TailMessage {
        row: 1,
        role: Role::Assistant,
        created_at: Some(now() - TimeDelta::days(18)),
        stored_at: None,
        user_visible: true,
        agent_visible: true,
        turn_context: false,
        has_usage: false,
        blocks: vec![Block::Error { kind: "other".into(), message: "401 from the provider".into() }],
    };
    let failed = Tail { messages: vec![message], ..Tail::default() };
    if let Some(past) = board.ended.last_mut() {
        Arc::make_mut(past).tail = Some(Arc::new(failed));
    }
    board
}

#[test]
fn an_ended_session_tells_how_it_ended_and_why_explains_it() {
    let mut app = app_with(options(), with_a_failed_one());
    press(&mut app, "2 G");
    let shown = text(&mut app, 120, 40);
    let row = shown.lines().find(|l| l.starts_with('›')).unwrap();
    assert!(row.contains("ended in an error"), "{row}");
    assert!(shown.contains("ended: ended in an error, 18d ago"), "{shown}");
    assert!(shown.contains("401 from the provider"), "{shown}");
    press(&mut app, "w");
    assert!(matches!(app.dialog(), Some(Dialog::Why(why)) if !why.gone));
    let why = text(&mut app, 120, 40);
    for words in ["Why 20261102_1", "no owner, and no rule speaks: history", "failed: ended in an error"] {
        assert!(why.contains(words), "{why}");
    }
    // History does not end again.
    app.update(Event::Board(Arc::new(with_a_failed_one())), now());
    assert!(matches!(app.dialog(), Some(Dialog::Why(why)) if !why.gone));
}

#[test]
fn history_in_sight_is_read() {
    let mut app = app();
    press(&mut app, "2");
    text(&mut app, 80, 40);
    let all = ["20261119_7", "20261118_3", "20261102_1"].map(key);
    assert_eq!(app.update(Event::Tick, now()), [Effect::Pin(all.to_vec())]);
    press(&mut app, "1");
    assert_eq!(app.update(Event::Tick, now()), []);
}

#[test]
fn a_hand_over_is_of_a_session() {
    let mut app = app();
    assert_eq!(press(&mut app, "b"), [Effect::Bundle(key("20261120_9"))]);
    press(&mut app, "v");
    assert_eq!(press(&mut app, "b"), [Effect::Bundle(key("20261120_9"))]);
    press(&mut app, "esc j j j");
    assert_eq!(selected(&app), "13001");
    assert_eq!(press(&mut app, "b"), []);
    assert_eq!(app.notice(), Some("put the cursor on a session first"));
}

#[test]
fn a_process_of_a_session_means_the_session() {
    let mut app = app();
    press(&mut app, "3");
    while !text(&mut app, 80, 24).lines().any(|l| l.starts_with('›') && l.contains("12133")) {
        press(&mut app, "j");
    }
    press(&mut app, "v");
    let footer = |app: &mut App| text(app, 80, 24).lines().last().unwrap_or_default().to_owned();
    assert!(footer(&mut app).contains("r resume"), "{}", footer(&mut app));
    let session = key("20261120_4");
    assert_eq!(press(&mut app, "r"), [Effect::AskResume { key: session.clone(), fork: false }]);
    assert_eq!(press(&mut app, "a"), [Effect::Attach(session)]);
    press(&mut app, "esc 1 g j j j v");
    assert_eq!(selected(&app), "13001");
    assert!(!footer(&mut app).contains("resume"), "{}", footer(&mut app));
}

#[test]
fn a_filter_that_cannot_be_read_stays_in_its_line() {
    let mut app = app();
    press(&mut app, "/");
    type_in(&mut app, "state:foo");
    press(&mut app, "enter");
    assert!(matches!(app.dialog(), Some(Dialog::Filter { .. })));
    let shown = text(&mut app, 80, 24);
    assert!(shown.lines().last().unwrap().contains("state has no `foo`"), "{shown}");
    press(&mut app, "esc");
    assert!(app.dialog().is_none());
}

#[test]
fn an_old_picture_is_not_called_live() {
    let mut board = sample();
    board.stores[0] = sample_board::store(StoreState::Locked, "");
    let shown = text(&mut app_with(options(), board), 80, 24);
    let header = shown.lines().next().unwrap();
    assert!(header.contains("OLD") && !header.contains("live"), "{header}");
}

#[test]
fn what_why_says_to_do_is_done_from_there() {
    let mut app = app();
    press(&mut app, "w");
    let mut board = sample();
    let first = board.sessions.remove(0);
    app.update(Event::Board(Arc::new(board)), now());
    press(&mut app, "x");
    assert!(matches!(app.dialog(), Some(Dialog::Why(_))), "the cursor is on another session by now");
    app.update(Event::Board(Arc::new(sample())), now());
    press(&mut app, "esc g");
    press(&mut app, "w x");
    let Some(Dialog::Asking(asking)) = app.dialog() else { panic!("{:?}", app.dialog()) };
    assert!(format!("{:?}", asking.intent).contains(first.key().id.raw()), "{:?}", asking.intent);
}

#[test]
fn why_keeps_its_target_and_says_when_it_is_gone() {
    let mut app = app();
    press(&mut app, "w");
    let mut board = sample();
    board.sessions.remove(0);
    app.update(Event::Board(Arc::new(board)), now());
    assert!(matches!(app.dialog(), Some(Dialog::Why(why)) if why.gone));
    let text = text(&mut app, 80, 24);
    assert!(text.contains("Why 20261120_9") && text.contains("no longer"), "{text}");
}

#[test]
fn the_next_alert_skips_the_healthy() {
    let mut app = app();
    press(&mut app, "G");
    assert_eq!(selected(&app), "20261120_6");
    press(&mut app, "!");
    assert_eq!(selected(&app), "20261120_9");
}

#[test]
fn sorting_and_reversing() {
    let mut app = app_with(options(), sample_board::large(50));
    press(&mut app, "2 s j j j j j enter g");
    let text = text(&mut app, 80, 24);
    assert!(text.contains("by cost"), "{text}");
    press(&mut app, "g");
    assert_eq!(selected(&app), "20260049_49");
    press(&mut app, "S g");
    assert_eq!(selected(&app), "20260000_0");
}

#[test]
fn the_mouse_selects_and_scrolls() {
    let mut app = app();
    text(&mut app, 80, 24);
    let event = |kind, row| Event::Mouse(MouseEvent { kind, column: 10, row, modifiers: KeyModifiers::NONE });
    app.update(event(MouseEventKind::Down(MouseButton::Left), 3), now());
    assert_eq!(selected(&app), "20261120_4");
    app.update(event(MouseEventKind::Down(MouseButton::Left), 1), now());
    assert_eq!(selected(&app), "20261120_4", "a heading is not a row");
    app.update(event(MouseEventKind::ScrollDown, 3), now());
    assert_ne!(selected(&app), "20261120_4");
}

#[test]
fn an_idle_screen_stays_still_until_the_minute_turns() {
    let mut app = app();
    text(&mut app, 80, 24);
    app.take_dirty();
    app.update(Event::Tick, now() + TimeDelta::seconds(2));
    assert!(!app.take_dirty());
    let mut next = sample();
    next.taken_at += TimeDelta::seconds(2);
    app.update(Event::Board(Arc::new(next)), now() + TimeDelta::seconds(2));
    assert!(!app.take_dirty(), "nothing that is shown has changed");
    app.update(Event::Tick, now() + TimeDelta::seconds(60));
    assert!(app.take_dirty());
    let mut next = sample();
    next.sessions[0].inactive = Some(std::time::Duration::from_secs(2 * 3600));
    text(&mut app, 80, 24);
    app.take_dirty();
    app.update(Event::Board(Arc::new(next)), now());
    assert!(app.take_dirty());
}

#[test]
fn the_details_never_slide_to_a_neighbour() {
    let mut app = app();
    press(&mut app, "v");
    let mut board = sample();
    board.sessions.remove(0);
    app.update(Event::Board(Arc::new(board)), now());
    assert_eq!(app.notice(), Some("20261120_9 is no longer here; the cursor is on its neighbour"));
    assert!(text(&mut app, 80, 24).contains("Stuck 3"));
}

#[test]
fn ten_thousand_rows_draw_only_what_is_in_sight() {
    let mut app = app_with(options(), sample_board::large(10_000));
    press(&mut app, "2 G");
    let text = text(&mut app, 200, 60);
    assert!(text.contains("task-9999"), "{text}");
}

#[test]
#[ignore = "prints times; run by hand"]
fn times() {
    let mut app = app_with(options(), sample_board::large(10_000));
    press(&mut app, "2");
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let start = std::time::Instant::now();
    for _ in 0..100 {
        press(&mut app, "j");
        terminal.draw(|frame| Screen::draw(&mut app, frame, now())).unwrap();
    }
    println!("key and frame {:?}", start.elapsed() / 100);
    let board = Arc::new(sample_board::large(10_000));
    let start = std::time::Instant::now();
    for _ in 0..20 {
        app.update(Event::Board(board.clone()), now());
    }
    println!("board {:?}", start.elapsed() / 20);
    let start = std::time::Instant::now();
    press(&mut app, "/");
    type_in(&mut app, "task-99 !cost");
    println!("filter keystroke {:?}", start.elapsed() / 13);
}

mod anything {
    use proptest::prelude::*;

    use super::*;

    fn board(seed: u64) -> Board {
        let mut board = sample();
        let mut seed = seed;
        let mut next = move |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n.max(1)
        };
        for _ in 0..next(8) {
            if !board.sessions.is_empty() {
                let (a, b) = (next(board.sessions.len()), next(board.sessions.len()));
                board.sessions.swap(a, b);
                match next(4) {
                    0 => drop(board.sessions.remove(a)),
                    1 => board.sessions[a].health = Health::Ended,
                    2 => board.sessions[a].inactive = None,
                    _ => Arc::make_mut(&mut board.sessions[a].session).name = "漢字e\u{301}".repeat(next(40)),
                }
            }
            match next(4) {
                0 => board.leaked.clear(),
                1 => board.ended.clear(),
                2 => board.stores.clear(),
                _ => board.taken_at += TimeDelta::minutes(next(2000) as i64 - 1000),
            }
        }
        board
    }

    fn event() -> impl Strategy<Value = Event> {
        let keys = "jkgGwxXCPraoUfpRmyYnsSKi/:?!q1234[]dcleano ".chars().collect::<Vec<_>>();
        let special = vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Down,
            KeyCode::Up,
            KeyCode::PageDown,
            KeyCode::PageUp,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Right,
            KeyCode::Backspace,
        ];
        let key = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        prop_oneof![
            6 => proptest::sample::select(keys).prop_map(move |c| key(KeyCode::Char(c))),
            4 => proptest::sample::select(special).prop_map(key),
            2 => any::<u64>().prop_map(|seed| Event::Board(Arc::new(board(seed)))),
            1 => "\\PC{0,12}".prop_map(Event::Paste),
            1 => (any::<u16>(), 0u16..70).prop_map(|(column, row)| Event::Mouse(MouseEvent {
                kind: if row % 2 == 0 { MouseEventKind::Down(MouseButton::Left) } else { MouseEventKind::ScrollDown },
                column, row, modifiers: KeyModifiers::NONE,
            })),
            1 => Just(Event::Tick),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn never_panics(
            events in proptest::collection::vec(event(), 0..30),
            sizes in proptest::collection::vec((1u16..210, 1u16..70), 1..4),
            tiny in (1u16..6, 1u16..4),
        ) {
            let mut app = app();
            for event in events {
                app.update(event, now());
                for (width, height) in sizes.iter().chain([&tiny]) {
                    buffer(&mut app, *width, *height);
                }
            }
        }
    }
}
