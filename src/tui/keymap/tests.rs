use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::*;

fn key(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

#[test]
fn the_embedded_table_loads_and_reaches_every_command() {
    let keys = KeyMap::load(None).unwrap();
    for command in Command::iter().filter(|c| !c.is_palette_only()) {
        let bound = keys.bindings.iter().any(|(_, c, chords)| *c == command && !chords.is_empty());
        assert!(bound, "{command} has no key and is not marked palette-only");
    }
}

#[test]
fn capitals_and_back_tab_are_one_chord_however_they_are_sent() {
    let keys = KeyMap::default();
    let list = [Scope::List, Scope::Global];
    for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
        assert_eq!(keys.command(key(KeyCode::Char('G'), modifiers), &list), Some(Command::Last));
        assert_eq!(keys.command(key(KeyCode::Char('?'), modifiers), &list), Some(Command::Help));
        assert_eq!(keys.command(key(KeyCode::BackTab, modifiers), &list), Some(Command::PreviousPane));
    }
    assert_eq!(keys.command(key(KeyCode::Char('g'), KeyModifiers::NONE), &list), Some(Command::First));
    assert_eq!(keys.command(key(KeyCode::Char('c'), KeyModifiers::CONTROL), &list), Some(Command::Quit));
}

#[test]
fn the_innermost_scope_wins_and_hides_the_key_outside() {
    let keys = KeyMap::default();
    let q = key(KeyCode::Char('q'), KeyModifiers::NONE);
    assert_eq!(keys.command(q, &[Scope::List, Scope::Global]), Some(Command::Quit));
    assert_eq!(keys.command(q, &[Scope::Dialog, Scope::Global]), Some(Command::Back));
    assert_eq!(keys.key_for(Command::Quit, &[Scope::List, Scope::Global]).as_deref(), Some("q"));
    assert_eq!(keys.key_for(Command::Quit, &[Scope::Dialog, Scope::Global]).as_deref(), Some("Ctrl-c"));
}

#[test]
fn no_key_ends_anything_by_a_bare_k() {
    let keys = KeyMap::default();
    for scope in Scope::iter() {
        let found = keys.command(key(KeyCode::Char('k'), KeyModifiers::NONE), &[scope]);
        let next = matches!(found, None | Some(Command::Previous));
        assert!(next, "{scope}: {found:?}");
    }
}

#[test]
fn a_clash_names_both() {
    let file = r#"
        [[key]]
        command = "why"
        keys = ["e"]
        when = "list"
        [[key]]
        command = "tag"
        keys = ["e"]
        when = "list"
    "#;
    let error = KeyMap::load(Some(file)).unwrap_err().to_string();
    assert_eq!(error, "key e in scope list is claimed by both `why` and `tag`");
}

#[test]
fn own_keys_replace_and_take_over() {
    let file = "[[key]]\ncommand = \"why\"\nkeys = [\"x\", \"f5\"]\nwhen = \"list\"";
    let keys = KeyMap::load(Some(file)).unwrap();
    let list = [Scope::List, Scope::Global];
    let press = |c| keys.command(key(KeyCode::Char(c), KeyModifiers::NONE), &list);
    assert_eq!(press('x'), Some(Command::Why));
    assert_eq!(press('w'), None);
    assert_eq!(keys.key_for(Command::Terminate, &list), None);
    assert_eq!(keys.command(key(KeyCode::F(5), KeyModifiers::NONE), &list), Some(Command::Why));
}

#[test]
fn mistakes_are_sentences() {
    let said = |command: &str, chord: &str, when: &str| {
        let file = format!("[[key]]\ncommand = \"{command}\"\nkeys = [\"{chord}\"]\nwhen = \"{when}\"");
        KeyMap::load(Some(&file)).unwrap_err().to_string()
    };
    assert!(said("terminat", "x", "list").ends_with("did you mean `terminate`?"));
    assert!(said("why", "hyper-x", "list").starts_with("`why` has a key \"hyper-x\""));
    assert!(said("why", "x", "lists").contains("there are list, detail"));
    assert!(KeyMap::load(Some("[[key]]\nx = 1")).is_err());
}
