//! Markdown as lines: headings, lists, quotes, code, tables, links with their address.
//!
//! Invariant: the text is cleaned before and every piece once more after parsing, because an entity
//! (`&#x1b;`) names a character that the text did not hold.

mod table;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::{
    style::{Modifier, Style},
    text::Span,
};

use super::styled::{Break, Row, Run, wrap};
use crate::domain::text;
use table::Table;

/// How the parts look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    /// Words.
    pub text: Style,
    /// Headings.
    pub strong: Style,
    /// Code.
    pub code: Style,
    /// Frames, bullets, addresses.
    pub muted: Style,
    /// What a link says.
    pub link: Style,
}

/// Lines of at most `width` columns. There is always one.
pub fn render(markdown: &str, width: usize, styles: &Styles) -> Vec<Row> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut page = Page {
        width: width.max(1),
        styles,
        lines: Vec::new(),
        runs: Vec::new(),
        style: vec![styles.text],
        inside: Vec::new(),
        code: None,
        links: Vec::new(),
        table: None,
    };
    for event in Parser::new_ext(markdown, options) {
        page.take(event);
    }
    page.end_block();
    while page.lines.last().is_some_and(is_empty) {
        page.lines.pop();
    }
    if page.lines.is_empty() {
        page.lines.push(Row::default());
    }
    page.lines
}

fn is_empty(row: &Row) -> bool {
    row.spans.iter().all(|span| span.content.is_empty())
}

/// What a line stands in.
enum Inside {
    Quote,
    /// The number of the next item, in an ordered list.
    List(Option<u64>),
    /// The bullet, until it was drawn, and its width.
    Item(Option<String>, usize),
}

struct Page<'a> {
    width: usize,
    styles: &'a Styles,
    lines: Vec<Row>,
    runs: Vec<Run>,
    style: Vec<Style>,
    inside: Vec<Inside>,
    code: Option<String>,
    links: Vec<(String, usize)>,
    table: Option<Table>,
}

impl Page<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) => match &mut self.code {
                Some(code) => code.push_str(&words),
                None => self.say(&words, self.style()),
            },
            Event::Code(words) => {
                let style = self.style().patch(self.styles.code);
                self.say(&words, style);
            }
            Event::Html(words) | Event::InlineHtml(words) => self.say(&words, self.styles.muted),
            Event::InlineMath(words) | Event::DisplayMath(words) | Event::FootnoteReference(words) => {
                self.say(&words, self.style());
            }
            // A model breaks lines where it means to.
            Event::SoftBreak | Event::HardBreak => self.runs.push(("\n".into(), self.style())),
            Event::Rule => {
                self.end_block();
                self.gap();
                let rule = "─".repeat(self.room());
                self.emit(vec![vec![Span::styled(rule, self.styles.muted)].into()]);
            }
            Event::TaskListMarker(done) => {
                self.say(if done { "[x] " } else { "[ ] " }, self.style());
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => {
                self.end_block();
                self.gap_unless_item();
            }
            Tag::Heading { level, .. } => {
                self.end_block();
                self.gap();
                let more = if level <= HeadingLevel::H2 { Modifier::UNDERLINED } else { Modifier::empty() };
                self.style.push(self.style().patch(self.styles.strong).add_modifier(more));
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.gap();
                self.inside.push(Inside::Quote);
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.gap_unless_item();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.end_block();
                if !self.inside.iter().any(|i| matches!(i, Inside::Item(..))) {
                    self.gap();
                }
                self.inside.push(Inside::List(first));
            }
            Tag::Item => {
                self.end_block();
                let bullet = match self.inside.last_mut() {
                    Some(Inside::List(Some(number))) => {
                        let bullet = format!("{number}. ");
                        *number = number.saturating_add(1);
                        bullet
                    }
                    _ => "• ".into(),
                };
                let width = bullet.chars().count();
                self.inside.push(Inside::Item(Some(bullet), width));
            }
            Tag::Emphasis => self.style.push(self.style().add_modifier(Modifier::ITALIC)),
            Tag::Strong => self.style.push(self.style().add_modifier(Modifier::BOLD)),
            Tag::Strikethrough => self.style.push(self.style().add_modifier(Modifier::CROSSED_OUT)),
            Tag::Link { dest_url, .. } => {
                self.links.push((text::line(&dest_url).into_owned(), self.runs.len()));
                self.style.push(self.style().patch(self.styles.link));
            }
            Tag::Image { dest_url, .. } => {
                self.links.push((text::line(&dest_url).into_owned(), self.runs.len()));
                self.style.push(self.styles.muted);
                self.say("picture: ", self.styles.muted);
            }
            Tag::Table(alignments) => {
                self.end_block();
                self.gap();
                self.table = Some(Table::new(alignments));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row();
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_block(),
            TagEnd::Heading(_) => {
                self.end_block();
                self.pop_style();
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => {
                self.end_block();
                if matches!(self.inside.last(), Some(Inside::Item(Some(_), _))) {
                    self.emit(vec![Row::default()]);
                }
                self.inside.pop();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.pop_style(),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.runs);
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let lines = table.lines(self.room(), self.styles.muted, self.styles.strong);
                    self.emit(lines.into_iter().map(Row::from).collect());
                }
            }
            _ => {}
        }
    }

    fn style(&self) -> Style {
        self.style.last().copied().unwrap_or(self.styles.text)
    }

    /// The first style is the text's own, and stays.
    fn pop_style(&mut self) {
        if self.style.len() > 1 {
            self.style.pop();
        }
    }

    fn say(&mut self, words: &str, style: Style) {
        self.runs.push((text::block(words).into_owned(), style));
    }

    /// An address that the words do not say already is said after them.
    fn end_link(&mut self) {
        self.pop_style();
        let Some((url, since)) = self.links.pop() else { return };
        let said: String = self.runs.iter().skip(since).map(|(words, _)| words.as_str()).collect();
        if !url.is_empty() && said.trim_start_matches("mailto:") != url {
            self.runs.push((format!(" ({url})"), self.styles.muted));
        }
    }

    fn end_code(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let code = text::block(code.strip_suffix('\n').unwrap_or(&code)).into_owned();
        let framed = self.room() > 2;
        let room = self.room() - if framed { 2 } else { 0 };
        let lines = wrap(&[(code, self.styles.code)], room, Break::Anywhere);
        let lines = lines.into_iter().map(|mut line| {
            if framed {
                line.put_before(vec![Span::styled("│ ", self.styles.muted)]);
            }
            line
        });
        let lines = lines.collect();
        self.emit(lines);
    }

    fn end_block(&mut self) {
        if self.runs.is_empty() {
            return;
        }
        let runs = std::mem::take(&mut self.runs);
        let lines = wrap(&runs, self.room(), Break::Words);
        self.emit(lines);
    }

    /// Columns that prefixes leave.
    fn room(&self) -> usize {
        self.width - self.prefix_width().min(self.width / 2)
    }

    fn prefix_width(&self) -> usize {
        self.inside.iter().map(|i| if let Inside::Item(_, width) = i { *width } else { 2 }).sum::<usize>()
            - 2 * self.inside.iter().filter(|i| matches!(i, Inside::List(_))).count()
    }

    fn emit(&mut self, lines: Vec<Row>) {
        let most = self.prefix_width().min(self.width / 2);
        for mut line in lines {
            let mut prefix = String::new();
            for inside in &mut self.inside {
                match inside {
                    Inside::Quote => prefix.push_str("│ "),
                    Inside::List(_) => {}
                    Inside::Item(bullet, width) => match bullet.take() {
                        Some(bullet) => prefix.push_str(&bullet),
                        None => prefix.extend(std::iter::repeat_n(' ', *width)),
                    },
                }
            }
            let prefix: String = prefix.chars().take(most).collect();
            if !prefix.is_empty() {
                line.put_before(vec![Span::styled(prefix, self.styles.muted)]);
            }
            self.lines.push(line);
        }
    }

    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !is_empty(line)) {
            self.lines.push(Row::default());
        }
    }

    /// The first block of an item stands beside its bullet.
    fn gap_unless_item(&mut self) {
        if !matches!(self.inside.last(), Some(Inside::Item(Some(_), _))) {
            self.gap();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(markdown: &str, width: usize) -> Vec<String> {
        let rows = render(markdown, width, &Styles::default());
        rows.iter().map(|row| row.spans.iter().map(|span| span.content.as_ref()).collect()).collect()
    }

    #[test]
    fn the_usual_shapes() {
        let text = "# Plan\nfirst\nsecond\n\n- one **bold**\n- two\n  1. deep\n\n> said\n\n```rust\nfn a() {}\n```\n[x](http://y)";
        let want = [
            "Plan",
            "",
            "first",
            "second",
            "",
            "• one bold",
            "• two",
            "  1. deep",
            "",
            "│ said",
            "",
            "│ fn a() {}",
            "",
            "x (http://y)",
        ];
        assert_eq!(plain(text, 40), want);
        assert_eq!(plain("", 10), [""]);
    }

    #[test]
    fn tables_fit() {
        let text = "| name | what it does |\n|---|---:|\n| a | b |\n| long words here | c |";
        let want = [
            "name            │ what it does",
            "────────────────┼─────────────",
            "a               │            b",
        ];
        assert_eq!(plain(text, 40)[..3], want);
        assert!(plain(text, 16).iter().all(|l| l.chars().count() <= 16), "{:?}", plain(text, 16));
    }

    #[test]
    fn entities_name_no_escape() {
        let all = plain("a &#x1b;[31m &#x202e; `&#x1b;` [l](http://&#x1b;x)", 80).concat();
        assert!(!all.chars().any(text::is_hostile), "{all:?}");
    }

    proptest! {
        #[test]
        fn nothing_hostile_leaves_and_every_line_fits(
            pieces in prop::collection::vec(prop_oneof![
                Just("# "), Just("- "), Just("1. "), Just("> "), Just("```\n"), Just("|a|b|\n|-|-|\n|c|d|\n"), Just("\n"),
                Just("**"), Just("_"), Just("`"), Just("[a](b)"), Just("&#x1b;"), Just("<b>"), Just("漢字 word "), Just("    "),
                Just("9999999999. "), Just("![p](q)"), Just("---\n"),
            ], 0..40),
            width in 4usize..50,
        ) {
            use unicode_width::UnicodeWidthStr;
            for line in plain(&pieces.concat(), width) {
                prop_assert!(!line.chars().any(text::is_hostile), "{line:?}");
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
