//! What a tool printed, with the colours it meant: of all escape sequences SGR alone is understood, and
//! nothing but text and style leaves.
//!
//! The colours here are the printing program's own, which is why they are not in the theme.

use ratatui::style::{Color, Modifier, Style};

use super::styled::Run;
use crate::domain::text::{self, TAB};

/// The first `limit` lines of a print, and how many there are in all.
pub fn lines(raw: &str, limit: usize) -> (Vec<Vec<Run>>, usize) {
    let raw = raw.strip_suffix('\n').unwrap_or(raw);
    let mut style = Style::new();
    let mut out = Vec::new();
    let mut all = 0;
    for line in raw.split('\n') {
        all += 1;
        if all <= limit {
            out.push(one(line, &mut style));
        }
    }
    (out, all)
}

/// One line. What a carriage return would have drawn over is left out.
fn one(line: &str, style: &mut Style) -> Vec<Run> {
    let line = line.trim_end_matches('\r');
    let mut runs: Vec<Run> = Vec::new();
    let mut piece = String::new();
    let mut column = 0;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let kind = match c {
            '\u{1b}' => chars.next(),
            '\u{9b}' => Some('['),
            '\u{9d}' | '\u{90}' | '\u{98}' | '\u{9e}' | '\u{9f}' => Some(']'),
            '\r' => {
                runs.clear();
                piece.clear();
                column = 0;
                continue;
            }
            '\t' => {
                let fill = TAB - column % TAB;
                piece.extend(std::iter::repeat_n(' ', fill));
                column += fill;
                continue;
            }
            c => {
                piece.push(c);
                column += 1;
                continue;
            }
        };
        match kind {
            Some('[') => {
                let mut parameters = String::new();
                while let Some(c) = chars.next_if(|c| !('@'..='~').contains(c)) {
                    parameters.push(c);
                }
                if chars.next() == Some('m') {
                    push(&mut runs, &mut piece, *style);
                    *style = sgr(*style, &parameters);
                }
            }
            Some(']' | 'P' | '_' | '^' | 'X') => {
                while chars.next_if(|c| !matches!(c, '\u{7}' | '\u{9c}' | '\u{1b}')).is_some() {}
                if chars.next() == Some('\u{1b}') {
                    chars.next_if_eq(&'\\');
                }
            }
            Some(' '..='/') => {
                while chars.next_if(|c| (' '..='/').contains(c)).is_some() {}
                chars.next();
            }
            _ => {}
        }
    }
    push(&mut runs, &mut piece, *style);
    runs
}

fn push(runs: &mut Vec<Run>, piece: &mut String, style: Style) {
    if !piece.is_empty() {
        let piece = std::mem::take(piece);
        runs.push((text::line(&piece).into_owned(), style));
    }
}

/// A style after the parameters of one SGR sequence. Concealing is not obeyed: a reader wants to see it.
fn sgr(mut style: Style, parameters: &str) -> Style {
    let mut codes = parameters.split([';', ':']).map(|code| match code {
        "" => Some(0),
        code => code.parse::<u16>().ok(),
    });
    while let Some(code) = codes.next() {
        style = match code {
            Some(0) => Style::new(),
            Some(1) => style.add_modifier(Modifier::BOLD),
            Some(2) => style.add_modifier(Modifier::DIM),
            Some(3) => style.add_modifier(Modifier::ITALIC),
            Some(4) => style.add_modifier(Modifier::UNDERLINED),
            Some(7) => style.add_modifier(Modifier::REVERSED),
            Some(9) => style.add_modifier(Modifier::CROSSED_OUT),
            Some(22) => without(style, Modifier::BOLD | Modifier::DIM),
            Some(23) => without(style, Modifier::ITALIC),
            Some(24) => without(style, Modifier::UNDERLINED),
            Some(27) => without(style, Modifier::REVERSED),
            Some(29) => without(style, Modifier::CROSSED_OUT),
            Some(code @ (30..=37 | 90..=97)) => style.fg(basic(code)),
            Some(code @ (40..=47 | 100..=107)) => style.bg(basic(code - 10)),
            Some(38) => extended(&mut codes).map_or(style, |colour| style.fg(colour)),
            Some(48) => extended(&mut codes).map_or(style, |colour| style.bg(colour)),
            Some(39) => Style { fg: None, ..style },
            Some(49) => Style { bg: None, ..style },
            _ => style,
        };
    }
    // What has the colour of its ground is meant not to be seen.
    if style.fg.is_some() && style.fg == style.bg { Style { bg: None, ..style } } else { style }
}

fn without(style: Style, modifier: Modifier) -> Style {
    Style { add_modifier: style.add_modifier - modifier, ..style }
}

fn basic(code: u16) -> Color {
    let at = if code >= 90 { code - 90 + 8 } else { code - 30 };
    Color::Indexed(at.min(15) as u8)
}

fn extended(codes: &mut impl Iterator<Item = Option<u16>>) -> Option<Color> {
    let mut byte = || codes.next().flatten().and_then(|code| u8::try_from(code).ok());
    match byte()? {
        5 => byte().map(Color::Indexed),
        2 => Some(Color::Rgb(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(raw: &str) -> Vec<String> {
        lines(raw, 99).0.iter().map(|l| l.iter().map(|(t, _)| t.as_str()).collect()).collect()
    }

    #[test]
    fn colours_are_meant_and_nothing_else_is() {
        let (found, all) = lines("\x1b[1;31mred\x1b[0m \x1b[38;5;200mx\x1b[48;2;1;2;3my\n\x1b[mz", 9);
        assert_eq!(all, 2);
        assert_eq!(found[0][0], ("red".into(), Style::new().fg(Color::Indexed(1)).bold()));
        assert_eq!(found[0][2].1.fg, Some(Color::Indexed(200)));
        assert_eq!(found[0][3].1.bg, Some(Color::Rgb(1, 2, 3)));
        assert_eq!(found[1][0], ("z".into(), Style::new()));
        assert_eq!(plain("a\x1b]0;title\x07b\x1b[2Jc\x1b(0d\x1b7e\u{9b}1Af"), ["abcdef"]);
        assert_eq!(plain("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ b"), ["alink b"]);
        assert_eq!(plain("10%\r55%\r100%\r\ndone\tx\n"), ["100%", "done    x"]);
        assert_eq!(plain("\x1b[8mhidden\x1b[30;40mblack"), ["hiddenblack"]);
    }

    proptest! {
        #[test]
        fn nothing_hostile_leaves(raw in "([\\x00-\\xff]|\x1b\\[|\x1b\\]|[0-9;:m]|\u{202e}|漢){0,60}", limit in 0usize..5) {
            let (found, _) = lines(&raw, limit);
            prop_assert!(found.len() <= limit);
            for (text, _) in found.iter().flatten() {
                prop_assert!(!text.chars().any(text::is_hostile), "{text:?}");
            }
        }
    }
}
