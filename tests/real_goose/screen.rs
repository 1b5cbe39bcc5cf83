//! The screen, in a real terminal, with a real session on it.

use crate::{terminal::Terminal, wait::until_true, world::World};

fn shows_the_running_session(columns: u16, rows: u16) {
    let world = World::new();
    let goose = world.run("tool:sleep 300");
    let id = world.nth_session(1).id;
    world.carrier(&id, "sleep 300");
    let args = world.goosetop_args();
    let command = [env!("CARGO_BIN_EXE_goosetop"), &args[0], &args[1]];
    let screen = Terminal::open(&world, (columns, rows), &world.plain_env(), &command);

    screen.until_shows(&id);
    // Whatever is worse stands above it, such as the goose of another test: it is the last row.
    screen.key("G");
    let shown = screen.until_screen("the session, its owner and its state", |s| {
        let healthy = s.to_lowercase().contains("healthy");
        s.contains(&id) && s.contains(&goose.pid().to_string()) && healthy && s.contains("sleep 300")
    });
    assert!(shown.lines().count() <= usize::from(rows), "{shown}");

    screen.key("q");
    until_true("q ends it", || !screen.proc.still_lives());
    assert!(goose.proc.still_lives(), "looking ends nothing");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn the_smallest_screen_shows_session_owner_and_state() {
    shows_the_running_session(80, 24);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_wide_screen_shows_session_owner_and_state() {
    shows_the_running_session(120, 40);
}
