//! Searching all conversations: the line, hits that stream in, and the way to them and back.

use std::collections::HashSet;

use chrono::TimeDelta;
use goosetop::{
    domain::{
        session::{Role, SessionKey},
        snapshot::StoreState,
        transcript::{Hit, Place, Searched},
    },
    engine::{
        reader::Want,
        searcher::{Found, Over, Request, Told},
    },
    tui::{
        app::{App, Dialog, Results, ScreenKind},
        effect::Effect,
        event::Event,
        options::UiOptions,
        screen::Screen,
    },
};
use ratatui::style::{Color, Modifier};

use crate::{
    sample_board::{self, key, now, sample},
    screen::{app, app_with, buffer, options, press, text, type_in},
};

const EXCERPT: &str = "…will be done before the week is over. Please make the login form accessible and add \
                       tests for the focus order, then tell me what you found out about screen readers.";

fn found(session: &str, row: i64, ago: i64) -> Found {
    let at = EXCERPT.find("login form").unwrap_or_default();
    let role = if row % 3 == 0 { Role::User } else { Role::Assistant };
    let hit = Hit {
        session: key(session).id,
        place: Place { at: row, row },
        role,
        in_tool: row % 16 == 8,
        hidden: false,
        at: Some(now() - TimeDelta::seconds(ago)),
        excerpt: EXCERPT.into(),
        fits: at..at + 10,
    };
    Found { key: key(session), hit }
}

/// Hits of several sessions, the older the higher the number.
fn some(from: i64, to: i64) -> Vec<Found> {
    let sessions = ["20261120_7", "20261120_11", "20261102_1", "20261120_9"];
    (from..to).map(|n| found(sessions[n as usize % 4], n, 60 * n * n)).collect()
}

fn tell(app: &mut App, id: u64, found: Vec<Found>, messages: u64, hits: u64, over: Option<Over>) {
    let so_far = Searched { messages, of: 1_000_000, hits };
    app.update(Event::Searched(Told { id, found, so_far, over }), now());
}

const DONE: Option<Over> = Some(Over { stopped: false, faults: Vec::new() });

fn request(effects: &[Effect]) -> Request {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Search(request) => Some(request.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no search in {effects:?}"))
}

/// Types a line and starts it.
fn search(app: &mut App, line: &str) -> Request {
    press(app, "2 / tab");
    type_in(app, line);
    request(&press(app, "enter"))
}

/// A search with hits, under way.
fn searching(options: UiOptions) -> App {
    let mut app = app_with(options, sample());
    let id = search(&mut app, "login form role:user").id;
    tell(&mut app, id, some(1, 40), 412_000, 39, None);
    app
}

fn has(app: &mut App, words: &str) {
    let shown = text(app, 100, 30);
    assert!(shown.contains(words), "no {words:?} in\n{shown}");
}

#[test]
fn the_line_and_its_results_at_their_sizes() {
    let mut app = app();
    press(&mut app, "2 / tab");
    insta::assert_snapshot!("line_80x24", text(&mut app, 80, 24));
    type_in(&mut app, "re:log(in");
    insta::assert_snapshot!("line_wrong_40x12", text(&mut app, 40, 12));
    insta::assert_snapshot!("line_wrong_80x24", text(&mut app, 80, 24));
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut app = searching(options());
        insta::assert_snapshot!(format!("{width}x{height}"), text(&mut app, width, height));
    }
    for (width, height) in [(1, 1), (3, 2), (10, 4), (20, 3), (300, 100)] {
        text(&mut searching(options()), width, height);
    }
}

#[test]
fn without_colours_in_ascii_and_with_one_reversed_line() {
    let mut plain = searching(UiOptions { ascii: true, no_color: true, ..options() });
    let shown = text(&mut plain, 80, 24);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("plain_80x24", shown);
    let drawn = buffer(&mut plain, 80, 24);
    assert!(drawn.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let reversed = |y: &u16| (0..80).any(|x| drawn[(x, *y)].modifier.contains(Modifier::REVERSED));
    assert_eq!((0..24).filter(reversed).count(), 1);
    // What fits is told apart by more than its colour.
    let row: String = (0..80).map(|x| drawn[(x, 3)].symbol().to_owned()).collect();
    let at = row.find("login").unwrap_or_else(|| panic!("{row}")) as u16;
    assert!(
        drawn[(at, 3)].modifier.contains(Modifier::BOLD)
            && !drawn[(at - 2, 3)].modifier.contains(Modifier::BOLD)
    );
}

#[test]
fn the_line_is_reached_from_everywhere_and_turns_into_a_filter_and_back() {
    let mut app = app();
    press(&mut app, "2 /");
    type_in(&mut app, "front");
    press(&mut app, "tab");
    assert!(matches!(app.dialog(), Some(Dialog::Search { input, .. }) if input.value() == "front"));
    has(&mut app, "20261120_9");
    press(&mut app, "tab");
    assert!(matches!(app.dialog(), Some(Dialog::Filter { input }) if input.value() == "front"));
    assert!(!text(&mut app, 100, 30).contains("20261120_9"));
    press(&mut app, "esc :");
    type_in(&mut app, "search");
    press(&mut app, "enter");
    assert!(matches!(app.dialog(), Some(Dialog::Search { .. })));
    press(&mut app, "esc 5 ctrl-g");
    type_in(&mut app, "words");
    assert_eq!(request(&press(&mut app, "enter")).wanted.words, "words");
    press(&mut app, "esc esc");
    assert_eq!((app.results().is_none(), app.screen()), (true, ScreenKind::Insights));
    press(&mut app, "ctrl-g");
    assert!(matches!(app.dialog(), Some(Dialog::Search { input, .. }) if input.value() == "words"));
}

#[test]
fn what_is_typed_is_what_is_asked_for() {
    let mut app = app();
    let asked = search(&mut app, "login form role:assistant tool:shell since:2d project:frontend");
    assert_eq!((asked.wanted.words.as_str(), asked.wanted.regex), ("login form", false));
    assert_eq!((asked.wanted.role, asked.wanted.tool.as_deref()), (Some(Role::Assistant), Some("shell")));
    assert_eq!(asked.wanted.since, Some(now() - TimeDelta::days(2)));
    assert_eq!(asked.stores, [0]);
    let only: HashSet<SessionKey> = asked.only.unwrap_or_default();
    assert!(only.contains(&key("20261120_7")) && !only.contains(&key("20261120_9")), "{only:?}");
}

#[test]
fn a_line_that_cannot_be_searched_for_says_why_and_stays() {
    let mut app = app();
    press(&mut app, "ctrl-g");
    for (line, why) in [
        ("re:a(b", "the pattern: unclosed group at `(b` (character 2)"),
        ("x since:soon", "`soon` is no time"),
        ("x role:nobody", "role: has no `nobody`"),
    ] {
        type_in(&mut app, line);
        has(&mut app, why);
        assert_eq!(press(&mut app, "enter"), []);
        has(&mut app, why);
        assert!(matches!(app.dialog(), Some(Dialog::Search { input, .. }) if input.value() == line));
        press(&mut app, "ctrl-u");
    }
    type_in(&mut app, "role:user");
    press(&mut app, "enter");
    has(&mut app, "type the words to look for");
}

#[test]
fn no_store_is_said_and_nothing_is_searched() {
    let mut board = sample();
    board.stores[0] = sample_board::store(StoreState::Absent, "");
    let mut app = app_with(options(), board);
    press(&mut app, "ctrl-g");
    type_in(&mut app, "x");
    assert_eq!(press(&mut app, "enter"), []);
    has(&mut app, "there is no store to search");
}

#[test]
fn hits_stream_in_under_a_cursor_that_stays() {
    let mut app = app();
    let id = search(&mut app, "login form").id;
    has(&mut app, "searching, the newest messages first");
    tell(&mut app, id, some(1, 5), 1_000, 4, None);
    press(&mut app, "j n");
    let on = app.results().and_then(|r| r.selected()).cloned();
    tell(&mut app, id, some(5, 90), 500_000, 89, None);
    assert_eq!(app.results().and_then(|r| r.selected()).cloned(), on);
    assert!(app.take_dirty());
    // Of another search: nothing of it is shown.
    tell(&mut app, id + 1, some(5, 90), 1, 1, None);
    assert!(!app.take_dirty());
    press(&mut app, "G");
    assert_eq!(app.results().map(Results::at), Some(88));
    has(&mut app, "89 hits · 500k of 1.0M messages · Esc stops");
    tell(&mut app, id, Vec::new(), 1_000_000, 12_345, DONE);
    has(&mut app, "12k hits, newest 89 shown in 1.0M messages");
}

#[test]
fn hits_of_several_stores_are_one_list_by_time_and_the_cursor_stays_on_its_own() {
    let mut board = sample();
    board.stores.push(board.stores[0].clone());
    let mut app = app_with(options(), board);
    let asked = search(&mut app, "login form");
    assert_eq!(asked.stores, [0, 1]);
    tell(&mut app, asked.id, vec![found("20261120_7", 1, 100), found("20261120_7", 2, 300)], 10, 2, None);
    press(&mut app, "j");
    tell(&mut app, asked.id, vec![found("20261120_9", 3, 200)], 20, 3, DONE);
    let rows: Vec<i64> =
        app.results().map(|r| r.hits().iter().map(|f| f.hit.place.row).collect()).unwrap_or_default();
    assert_eq!(rows, [1, 3, 2]);
    assert_eq!(app.results().and_then(|r| r.selected()).map(|f| f.hit.place.row), Some(2));
}

#[test]
fn a_newer_hit_that_comes_late_takes_nobodys_place_under_the_cursor() {
    let mut app = app();
    let id = search(&mut app, "login form").id;
    tell(&mut app, id, vec![found("20261120_7", 50, 500)], 10, 1, None);
    let cursor = |app: &mut App| text(app, 80, 24).lines().position(|l| l.starts_with('›'));
    let line = cursor(&mut app);
    tell(&mut app, id, (0..30).map(|n| found("20261120_9", n, n)).collect(), 20, 31, DONE);
    assert_eq!(app.results().and_then(|r| r.selected()).map(|f| f.hit.place.row), Some(50));
    let far = cursor(&mut app);
    assert!(line.is_some() && far.is_some(), "{}", text(&mut app, 80, 24));
    press(&mut app, "g");
    assert_eq!(app.results().and_then(|r| r.selected()).map(|f| f.hit.place.row), Some(0));
}

#[test]
fn without_a_hit_nothing_hidden_is_acted_on() {
    let mut app = searching(options());
    press(&mut app, "esc esc 1 space");
    search(&mut app, "xyzzy");
    assert_eq!(press(&mut app, "y enter r w v"), []);
    assert!(app.reader().is_none() && app.dialog().is_none());
    press(&mut app, "esc esc x");
    assert!(matches!(app.dialog(), Some(Dialog::Asking(_))));
}

#[test]
fn escape_stops_first_and_leaves_then() {
    let mut app = searching(options());
    assert_eq!(press(&mut app, "esc"), [Effect::StopSearch]);
    has(&mut app, "stopped: 39 hits in 412k of 1.0M messages · R searches again");
    // What was still on its way.
    tell(&mut app, 1, some(40, 50), 500_000, 49, DONE);
    assert_eq!(app.results().map(|r| r.hits().len()), Some(39));
    let again = request(&press(&mut app, "R"));
    assert_eq!((again.id, again.wanted.words.as_str()), (2, "login form"));
    press(&mut app, "esc");
    assert!(!press(&mut app, "esc").contains(&Effect::StopSearch));
    assert!(app.results().is_none());
    has(&mut app, "20261120_9");
}

#[test]
fn another_screen_or_line_ends_the_search() {
    let mut app = searching(options());
    assert_eq!(press(&mut app, "1"), [Effect::StopSearch]);
    assert!(app.results().is_none());
    let mut app = searching(options());
    press(&mut app, "/");
    assert!(
        matches!(app.dialog(), Some(Dialog::Search { input, .. }) if input.value() == "login form role:user")
    );
    has(&mut app, "39 hits · 412k");
    press(&mut app, "esc");
    assert!(app.results().is_some(), "only the line is left");
}

#[test]
fn nothing_found_says_what_to_try() {
    let mut app = app();
    let id = search(&mut app, "xyzzy role:user").id;
    tell(&mut app, id, Vec::new(), 1_000_000, 0, DONE);
    insta::assert_snapshot!("nothing_80x24", text(&mut app, 80, 24));
}

#[test]
fn a_store_that_fails_is_said_above_what_was_found() {
    let mut app = app();
    let id = search(&mut app, "login form").id;
    let faults = vec!["sessions.db is locked: try again in a moment".into()];
    tell(&mut app, id, some(1, 4), 1_000, 3, Some(Over { stopped: false, faults }));
    has(&mut app, "! sessions.db is locked: try again in a moment");
    has(&mut app, "3 hits in 1.0k messages");
}

#[test]
fn a_hit_that_moves_the_cursor_pins_nothing_and_its_session_can_be_acted_on() {
    let mut app = searching(options());
    assert_eq!(press(&mut app, "j j k"), []);
    let on = app.results().and_then(|r| r.selected()).map(|f| f.key.id.to_string()).unwrap_or_default();
    assert_eq!(press(&mut app, "y"), [Effect::Copy(on.clone())]);
    assert_eq!(press(&mut app, "r"), [Effect::AskResume { key: key(&on), fork: false }]);
}

#[test]
fn enter_reads_around_the_hit_and_escape_comes_back_to_it() {
    let mut app = searching(options());
    press(&mut app, "j j");
    let on = app.results().and_then(|r| r.selected()).cloned();
    let wants: Vec<Want> = press(&mut app, "enter")
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Read(request) => Some(request.want),
            _ => None,
        })
        .collect();
    let place = on.as_ref().map(|found| found.hit.place);
    let pages = wants.iter().filter(|want| matches!(want, Want::Page { .. }));
    assert_eq!(pages.count(), 1, "{wants:?}");
    assert!(wants.iter().any(|want| matches!(want, Want::Page { anchor: goosetop::domain::transcript::Anchor::Around(at), .. } if Some(*at) == place)));
    assert!(app.reader().is_some());
    press(&mut app, "esc");
    assert!(app.reader().is_none());
    assert_eq!(app.results().and_then(|r| r.selected()).cloned(), on);
    has(&mut app, "39 hits · 412k");
}
