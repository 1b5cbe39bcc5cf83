use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};

use super::{Decoder, LONGEST_PASTE};
use crate::tui::event::Event;

/// Everything these bytes mean, once no more comes.
fn read(bytes: &[u8]) -> Vec<Event> {
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    decoder.push(bytes, &mut events);
    decoder.flush(&mut events);
    events
}

fn keys(bytes: &[u8]) -> Vec<(KeyCode, KeyModifiers)> {
    let key = |event| match event {
        Event::Key(KeyEvent { code, modifiers, .. }) => (code, modifiers),
        other => panic!("{other:?} is no key"),
    };
    read(bytes).into_iter().map(key).collect()
}

#[test]
fn keys_have_crossterms_names() {
    const NONE: KeyModifiers = KeyModifiers::NONE;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    for (bytes, code, modifiers) in [
        (&b"j"[..], KeyCode::Char('j'), NONE),
        (b"G", KeyCode::Char('G'), SHIFT),
        ("ß".as_bytes(), KeyCode::Char('ß'), NONE),
        ("💩".as_bytes(), KeyCode::Char('💩'), NONE),
        (b"\x03", KeyCode::Char('c'), CTRL),
        (b"\x1a", KeyCode::Char('z'), CTRL),
        (b"\n", KeyCode::Char('j'), CTRL),
        (b"\0", KeyCode::Char(' '), CTRL),
        (b"\x1c", KeyCode::Char('4'), CTRL),
        (b"\r", KeyCode::Enter, NONE),
        (b"\t", KeyCode::Tab, NONE),
        (b"\x7f", KeyCode::Backspace, NONE),
        (b"\x1b", KeyCode::Esc, NONE),
        (b"\x1bx", KeyCode::Char('x'), ALT),
        (b"\x1b[", KeyCode::Char('['), ALT),
        (b"\x1bO", KeyCode::Char('O'), ALT | SHIFT),
        (b"\x1b\x04", KeyCode::Char('d'), CTRL | ALT),
        (b"\x1b[A", KeyCode::Up, NONE),
        (b"\x1bOB", KeyCode::Down, NONE),
        (b"\x1b[1;5C", KeyCode::Right, CTRL),
        (b"\x1b[1;2D", KeyCode::Left, SHIFT),
        (b"\x1b[Z", KeyCode::BackTab, SHIFT),
        (b"\x1b[H", KeyCode::Home, NONE),
        (b"\x1b[4~", KeyCode::End, NONE),
        (b"\x1b[5~", KeyCode::PageUp, NONE),
        (b"\x1b[6;5~", KeyCode::PageDown, CTRL),
        (b"\x1b[3~", KeyCode::Delete, NONE),
        (b"\x1bOP", KeyCode::F(1), NONE),
        (b"\x1b[15~", KeyCode::F(5), NONE),
        (b"\x1b[17~", KeyCode::F(6), NONE),
        (b"\x1b[24~", KeyCode::F(12), NONE),
        (b"\x1b[[C", KeyCode::F(3), NONE),
        (b"\x1b[97;5u", KeyCode::Char('a'), CTRL),
    ] {
        assert_eq!(keys(bytes), [(code, modifiers)], "{}", bytes.escape_ascii());
    }
}

#[test]
fn escape_before_a_sequence_is_escape() {
    assert_eq!(keys(b"\x1b\x1b[A"), [(KeyCode::Esc, KeyModifiers::NONE), (KeyCode::Up, KeyModifiers::NONE)]);
}

#[test]
fn the_mouse_counts_from_zero() {
    let events = read(b"\x1b[<0;10;5M\x1b[<32;11;5M\x1b[<0;11;5m\x1b[<65;1;1M\x1b[<20;1;1M");
    let mice: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Mouse(m) => (m.kind, m.column, m.row, m.modifiers),
            other => panic!("{other:?}"),
        })
        .collect();
    let none = KeyModifiers::NONE;
    assert_eq!(mice[0], (MouseEventKind::Down(MouseButton::Left), 9, 4, none));
    assert_eq!(mice[1], (MouseEventKind::Drag(MouseButton::Left), 10, 4, none));
    assert_eq!(mice[2], (MouseEventKind::Up(MouseButton::Left), 10, 4, none));
    assert_eq!(mice[3], (MouseEventKind::ScrollDown, 0, 0, none));
    assert_eq!(mice[4].3, KeyModifiers::SHIFT | KeyModifiers::CONTROL);
}

#[test]
fn a_paste_is_cleaned_and_cannot_type_keys() {
    let events = read(b"\x1b[200~rm\x1b[A\rq\x07\x1b[201~j");
    let [Event::Paste(pasted), Event::Key(_)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(pasted, "rm\u{fffd}[A\nq\u{fffd}");
}

#[test]
fn a_paste_is_bounded() {
    let mut bytes = b"\x1b[200~".to_vec();
    bytes.resize(3 * LONGEST_PASTE, b'x');
    bytes.extend_from_slice(b"\x1b[201~");
    let events = read(&bytes);
    let [Event::Paste(pasted)] = &events[..] else { panic!("{} events", events.len()) };
    assert_eq!(pasted.len(), LONGEST_PASTE);
}

#[test]
fn answers_nobody_asked_for_are_no_keys() {
    assert!(read(b"\x1b[I\x1b[?1;2c\x1b[M !!\x1b[99~").is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn how_bytes_are_cut_does_not_matter(
        picks in proptest::collection::vec(0_usize..12, 0..20),
        cut in 1_usize..7,
    ) {
        const PIECES: [&[u8]; 12] = [
            b"a", b"\x1b[A", b"\x1bOP", b"\x1b[1;5C", b"\x1b[<0;10;5M", b"\xe2\x82\xac",
            b"\x1b[200~x\xc3\xbcy\x1b[201~", b"\r", b"\x1bx", b"\x1b[[A", b"\x1b[15~", b"\xff",
        ];
        let bytes: Vec<u8> = picks.iter().flat_map(|&p| PIECES[p].to_vec()).collect();
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for chunk in bytes.chunks(cut) {
            decoder.push(chunk, &mut events);
        }
        decoder.flush(&mut events);
        prop_assert_eq!(format!("{events:?}"), format!("{:?}", read(&bytes)));
    }
}
