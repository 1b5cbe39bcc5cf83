//! Removing a session's row, which can be taken back.

use std::{fs, path::PathBuf};

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;

use super::{fleet::Run, report::told};
use crate::world::World;

/// Who said what and when, in order, with what goose notes beside it.
fn messages(world: &World, id: &str) -> Vec<(String, i64, Value, Value)> {
    let store = Connection::open_with_flags(world.db(), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the store");
    let sql = "select role, created_timestamp, content_json, metadata_json
        from messages where session_id = ?1 order by id";
    let mut statement = store.prepare(sql).expect("goose's columns");
    // The order of an object's keys is no part of what was said.
    let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, json(row, 2)?, json(row, 3)?)));
    rows.expect("its messages").collect::<Result<_, _>>().expect("every message can be read")
}

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let text: Option<String> = row.get(column)?;
    Ok(text.map_or(Value::Null, |text| serde_json::from_str(&text).expect("goose stores JSON")))
}

fn trash(world: &World) -> Vec<PathBuf> {
    let folder = world.home().join(".local/state/goosetop/trash");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|e| Some(e.ok()?.path())).collect()
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_was_deleted_can_be_imported_again() {
    let world = World::new();
    assert!(world.run("both:I shall look:echo 'hé \"llo\"'").wait().success());
    let id = world.first_session("the answers are stored", |row| row.answers == 2).id;
    assert!(world.run("say:another").wait().success());
    let other = world.nth_session(2).id;
    let (said, others) = (messages(&world, &id), messages(&world, &other));
    assert!(said.len() >= 4, "{said:?}");

    let output = world.goosetop("delete", &[&id, "--yes", "--json"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(world.rows().iter().all(|row| row.id != id), "its row is there still: {}", told(&output));
    assert!(messages(&world, &id).is_empty());
    assert_eq!(messages(&world, &other), others, "another session was touched");
    let kept = trash(&world);
    let [file] = &kept[..] else { panic!("one file is kept, not {kept:?}: {}", told(&output)) };

    let import = world.ask(&["session", "import", &file.display().to_string()]);
    let back = world.rows().into_iter().find(|row| row.id != other);
    let back = back.unwrap_or_else(|| panic!("goose did not take it back: {import}"));
    assert_eq!(messages(&world, &back.id), said);
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn what_is_owned_is_not_deleted() {
    let world = World::new();
    let run = Run::hanging(&world);
    world.wait_for_session(&run.id, "it is owned", |s| s.is_owned_by(run.goose.pid()));
    let said = messages(&world, &run.id);

    let output = world.goosetop("delete", &[&run.id, "--yes", "--json"]);
    assert!(!output.status.success(), "{}", told(&output));
    assert_eq!(messages(&world, &run.id), said);
    assert!(trash(&world).is_empty());
    assert!(run.goose.proc.still_lives());
}

#[test]
#[ignore = "needs the real goose: see .ci/run"]
fn a_dry_run_and_a_missing_yes_delete_nothing() {
    let world = World::new();
    assert!(world.run("say:hello").wait().success());
    let id = world.first_session("the answer is stored", |row| row.answers == 1).id;
    for args in [&["--dry-run"][..], &[], &["--yes", "--read-only"]] {
        let output = world.goosetop("delete", &[&[id.as_str()], args].concat());
        assert_eq!(messages(&world, &id).len(), 3, "{args:?}: {}", told(&output));
    }
}
