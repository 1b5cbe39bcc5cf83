//! What the real goose wrote is read back right, and goosetop's export agrees with goose's own.
//!
//! Every scene goes through [`World::talk`], which compares the library, `show --json`, `export -f json`
//! and `goose session export` before it gives back what people see.

mod follow;
mod talk;

use goosetop::domain::transcript::{Message, Part, ToolContent};
use rustix::process::Signal;
use talk::{Said, brief, is_tied};

use crate::{terminal::Terminal, wait::until_true, world::World};

/// Runs goose to its end; the id of the session it made.
fn ran(world: &World, args: &[&str]) -> String {
    let known = world.rows().len();
    assert!(world.goose(&[&["run"], args].concat()).wait().success());
    world.nth_session(known + 1).id
}

/// What people see, in short; every call is answered.
#[track_caller]
fn told(world: &World, id: &str) -> Vec<String> {
    let talk = world.talk(id);
    assert!(is_tied(&talk, 0), "{talk:#?}");
    brief(&talk)
}

/// The failure and the exit code of the first answer.
fn outcome(messages: &[Message]) -> Option<(bool, Option<i64>)> {
    messages.iter().flat_map(|m| &m.parts).find_map(|part| match part {
        Part::ToolResponse { failed, exit_code, .. } => Some((*failed, *exit_code)),
        _ => None,
    })
}

/// `u` a person's, `a` the model's, `t` a turn context; capitals where people see it.
fn shape(messages: &[Message]) -> String {
    let letter = |m: &Message| match m {
        _ if m.turn_context => 't',
        _ if m.role == goosetop::domain::session::Role::User => 'u',
        _ => 'a',
    };
    let sign = |m: &Message| if m.user_visible { letter(m).to_ascii_uppercase() } else { letter(m) };
    messages.iter().map(sign).collect()
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn words_are_read_as_they_were_said() {
    let world = World::new();
    let id = ran(&world, &["-t", "say:# Déjà vu\t*5 < 6* & 漢字 👩‍💻"]);
    // A tab stays; a joiner is replaced in everything that goosetop prints.
    let words = "# Déjà vu\t*5 < 6* & 漢字 👩\u{fffd}💻";
    assert_eq!(told(&world, &id), [format!("user: say:{words}"), format!("assistant: {words}")]);
    assert_eq!(shape(&world.read(&id)), "UtA");
    let shown = world.printed("show", &[&id]);
    assert!(shown.contains(words) && !shown.contains("turn-context"), "{shown}");
    assert!(world.printed("show", &[&id, "--hidden"]).contains("<turn-context>"));
    let raw = world.printed("show", &[&id, "--raw"]);
    assert!(raw.contains("\\t*5") && raw.contains("👩\\u200d💻"), "as it is stored: {raw}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_tool_that_succeeds_and_one_that_fails() {
    let world = World::new();
    let id = ran(&world, &["-t", "both:I look.:printf 'made\\nhere\\n'"]);
    let talk = told(&world, &id);
    assert_eq!(
        talk[1..],
        [
            r#"assistant: I look.; call shell {"command":"printf 'made\\nhere\\n'"}"#,
            "user: ok made\nhere",
            "assistant: done",
        ]
    );
    let messages = world.read(&id);
    assert_eq!((shape(&messages).as_str(), outcome(&messages)), ("UtAUA", Some((false, Some(0)))));
    let usage = messages[2].usage.as_ref().expect("a model call says what it took");
    assert_eq!((usage.model.as_deref(), usage.compaction), (Some("gpt-4o"), false));
    assert!(usage.input.is_some() && usage.output.is_some() && usage.elapsed.is_some(), "{usage:?}");
    let shown = world.printed("show", &[&id]);
    assert!(shown.contains("▸ shell: printf 'made\\nhere\\n'  [ok, "), "{shown}");

    let id = ran(&world, &["-t", "tool:echo bad >&2; exit 3"]);
    let talk = told(&world, &id);
    assert!(talk[2].starts_with("user: failed bad") && talk[2].contains("code 3"), "{talk:?}");
    assert_eq!(outcome(&world.read(&id)), Some((true, Some(3))));
    let shown = world.printed("show", &[&id]);
    assert!(shown.contains("▸ shell: echo bad >&2; exit 3  [exit 3, "), "{shown}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_tool_of_an_extension() {
    let world = World::new();
    let extension = format!("sh {}", world.greeter());
    let says = |words: &str| ran(&world, &["--with-extension", &extension, "-t", words]);

    let id = says(r#"mcp:sh__greet:{"name":"Ada"}"#);
    let talk = told(&world, &id);
    assert_eq!(
        talk[1..],
        [r#"assistant: call sh__greet {"name":"Ada"}"#, "user: ok Good day", "assistant: done"]
    );
    let messages = world.read(&id);
    let Some(Part::ToolResponse { content, .. }) = messages[3].parts.first() else {
        panic!("no answer: {messages:#?}")
    };
    let [
        ToolContent::Text(_),
        ToolContent::Resource { uri, text: Some(card) },
        ToolContent::Image { mime, bytes: 5 },
    ] = &content[..]
    else {
        panic!("a text, a resource and a picture: {content:#?}")
    };
    assert_eq!((uri.as_str(), card.plain().as_str(), mime.as_str()), ("file:///card", "a card", "image/png"));

    let id = says("mcp:sh__refuse:{}");
    assert_eq!(told(&world, &id)[2], "user: failed I will not");
    let id = says("mcp:sh__unheard_of:{}");
    let talk = told(&world, &id);
    assert!(talk[2].starts_with("user: failed ") && talk[2].contains("sh__unheard_of"), "{talk:?}");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_turn_that_was_broken_off_by_its_user() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("tool:sleep 300");
    let id = world.nth_session(1).id;
    let tool = world.carrier(&id, "sleep 300");
    terminal.key("C-c");
    until_true("the tool is gone", || !tool.still_lives());
    terminal.line("say:on we go");
    world.first_session("the answer is stored", |row| row.newest.contains(r#""text":"on we go""#));
    // goose stores a round when it is over: of this one there are the words alone. Where the machine is
    // busy it has been seen to store the call too, which nobody answers.
    let talk = world.talk(&id);
    let all = brief(&talk);
    let calls = all.iter().filter(|said| said.starts_with("assistant: call ")).count();
    assert!(calls <= 1 && is_tied(&talk, calls), "{talk:#?}");
    let words: Vec<_> = all.iter().filter(|said| !said.starts_with("assistant: call ")).collect();
    assert_eq!(words, ["user: tool:sleep 300", "user: say:on we go", "assistant: on we go"], "{all:#?}");
    assert_eq!(shape(&world.read(&id)), if calls == 1 { "UtAUtA" } else { "UtUtA" });
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_turn_whose_goose_was_killed() {
    let world = World::new();
    let mut goose = world.run("toolhang:echo over");
    let id = world.first_session("the tool's result is stored", |row| row.messages >= 4).id;
    goose.end(Signal::KILL);
    let round =
        ["user: toolhang:echo over", r#"assistant: call shell {"command":"echo over"}"#, "user: ok over"];
    assert_eq!(told(&world, &id), round);

    assert!(world.goose(&["run", "--resume", "--session-id", &id, "-t", "say:again"]).wait().success());
    let talk = told(&world, &id);
    assert_eq!(talk[..3], round);
    assert_eq!(talk[3..], ["user: say:again", "assistant: again"]);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_conversation_that_was_compacted() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("say:the first thing");
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    terminal.line("tool:echo second");
    world.first_session("the answer is stored", |row| row.answers == 3);
    let (before, rows) = (told(&world, &id), world.read(&id));
    terminal.line("/compact");
    terminal.until_shows("Are you sure");
    terminal.key("Enter");
    world.first_session("it is compacted", |row| row.messages >= rows.len() as i64 + 4);

    let now = world.read(&id);
    let (old, rest) = now.split_at(rows.len());
    let parts = |all: &[Message]| all.iter().map(|m| m.parts.clone()).collect::<Vec<_>>();
    assert_eq!(parts(old), parts(&rows));
    assert!(old[0].place.row > rows[0].place.row, "compaction writes every row anew");
    assert!(old.iter().all(|m| !m.agent_visible), "{old:#?}");
    // The summary, and what tells the model to go on; then the command and its answer, for people alone.
    assert_eq!(shape(rest), "uaUA", "{rest:#?}");
    let for_model: Vec<bool> = rest.iter().map(|m| m.agent_visible).collect();
    assert_eq!(for_model, [true, true, false, false]);
    let talk = told(&world, &id);
    assert_eq!(talk[..before.len()], before, "people see what they saw");
    assert_eq!(talk[before.len()..], ["user: /compact", "assistant: Compaction complete"]);
    assert_eq!(outcome(&now), Some((false, Some(0))));

    terminal.line("say:after it");
    world.first_session("the answer is stored", |row| row.messages >= now.len() as i64 + 3);
    let shown = world.printed("show", &[&id]);
    let parts: Vec<&str> = shown.split("compacted here").collect();
    let [above, below] = parts[..] else { panic!("one line where it was compacted: {shown}") };
    assert_eq!(above.matches("no longer sent to the model").count(), 5, "{shown}");
    assert!(above.contains("▸ shell: echo second  [ok") && below.contains("after it"), "{shown}");
    assert_eq!(below.matches("[not sent to the model").count(), 2, "the command and its answer: {shown}");
    drop(terminal);
    on_the_screen(&world, &id);
}

/// The compacted conversation as the dashboard shows it.
fn on_the_screen(world: &World, id: &str) {
    let args = world.goosetop_args();
    let command = [env!("CARGO_BIN_EXE_goosetop"), &args[0], &args[1]];
    let screen = Terminal::open(world, (120, 40), &world.plain_env(), &command);
    screen.key("2");
    screen.until_shows(id);
    screen.key("Enter");
    let shown =
        screen.until_screen("the conversation", |s| s.contains("after it") && s.contains("compacted here"));
    assert!(shown.contains("the first thing") && shown.contains("8 messages put away"), "{shown}");
    assert_eq!(shown.matches("put away").count(), 1, "{shown}");
    assert!(!shown.contains("turn-context"), "{shown}");
    let lines = screen.painted();
    let of = |words: &str| lines.iter().find(|line| line.contains(words)).cloned().unwrap_or_default();
    let (old, new) = (of("done"), of("after it"));
    assert_ne!(style_of(&old, "done"), style_of(&new, "after it"), "dimmed:\n{old}\n{new}");
    screen.key("q");
}

/// The sequences between the start of a line and words on it.
fn style_of(line: &str, words: &str) -> String {
    let before = line.split(words).next().unwrap_or_default();
    before.rsplit_once('\u{1b}').map_or_else(String::new, |(_, last)| last.to_owned())
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_conversation_that_was_forked() {
    let world = World::new();
    let id = ran(&world, &["-t", "tool:echo kept"]);
    let before = told(&world, &id);
    let terminal = world.session(&["--resume", "--fork", "--session-id", &id]);
    let fork = world.nth_session(2).id;
    assert_eq!(told(&world, &fork), before);
    terminal.line("say:another way");
    world.rows();
    until_true("the answer is stored", || world.rows().iter().any(|row| row.id == fork && row.answers == 3));
    assert_eq!(told(&world, &id), before, "the first one is as it was");
    let talk = told(&world, &fork);
    assert_eq!(talk[..before.len()], before);
    assert_eq!(talk[before.len()..], ["user: say:another way", "assistant: another way"]);
    let ids = |id: &str| world.read(id).iter().map(|m| m.place.row).collect::<Vec<_>>();
    assert!(ids(&id).iter().all(|row| !ids(&fork).contains(row)), "rows of their own");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_sub_agent_has_a_conversation_that_its_parent_leads_to() {
    let world = World::new();
    let id = ran(&world, &["-t", r#"mcp:delegate:{"instructions":"tool:echo delegated"}"#]);
    let child = world.nth_session(2);
    assert_eq!((child.kind.as_str(), child.parent.as_deref()), ("sub_agent", Some(id.as_str())));
    let parent: Vec<Said> = world.talk(&id);
    assert!(brief(&parent)[1].starts_with("assistant: call delegate "), "{parent:#?}");
    let talk = told(&world, &child.id);
    assert!(talk[0].ends_with("tool:echo delegated"), "{talk:#?}");
    assert_eq!(talk[1..3], [r#"assistant: call shell {"command":"echo delegated"}"#, "user: ok delegated"]);
    let named = world.read(&id).into_iter().flat_map(|message| message.parts).find_map(|part| match part {
        Part::ToolResponse { sub_agent, .. } => sub_agent,
        _ => None,
    });
    assert_eq!(named.map(|id| id.to_string()).as_deref(), Some(child.id.as_str()), "the answer names it");
    let board = world.board(&[]);
    assert!(board.session(&child.id).is_none(), "no row of its own: {board:?}");

    // Its work is over, and its parent leads to it still.
    let args = world.goosetop_args();
    let command = [env!("CARGO_BIN_EXE_goosetop"), &args[0], &args[1]];
    let screen = Terminal::open(&world, (120, 40), &world.plain_env(), &command);
    screen.key("2");
    screen.until_shows(&id);
    screen.key("Enter");
    screen.until_shows("▸ delegate");
    screen.key("T");
    screen.key("s");
    screen.until_screen("the child's conversation", |s| s.contains(&child.id) && s.contains("▸ shell"));
    screen.key("Escape");
    screen.until_shows("▸ delegate");
    screen.key("q");
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn commands_that_are_not_for_the_model_are_no_compaction() {
    let world = World::new();
    let terminal = world.session(&[]);
    terminal.line("/status");
    let id = world.first_session("its answer is stored", |row| row.messages == 2).id;
    assert_eq!(shape(&world.read(&id)), "UA");
    terminal.line("/doctor");
    world.first_session("the model's answer is stored", |row| row.answers == 2);
    let messages = world.read(&id);
    assert_eq!(shape(&messages), "UAUutA", "what the model is told is for it alone: {messages:#?}");
    let shown: Vec<bool> = messages.iter().map(|m| m.agent_visible).collect();
    assert_eq!(shown, [false, false, false, true, true, true]);
    let talk = told(&world, &id);
    assert_eq!((talk[0].as_str(), talk[2].as_str()), ("user: /status", "user: /doctor"));
    let said = world.printed("show", &[&id, "--hidden"]);
    assert!(!said.contains("compacted here") && said.contains("I ran /doctor"), "{said}");
}
