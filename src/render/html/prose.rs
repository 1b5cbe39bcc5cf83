//! What the model wrote, as Markdown; what a person typed, as it was typed.
//!
//! Invariant: every tag written here is one of a fixed few, and every tag that was opened is closed. HTML
//! within the text is text. A picture is never loaded: what it shows and where it is are words. An
//! address can be followed only if it leads to the web or to a mailbox, and is said where the words do
//! not say it, so that no link leads elsewhere than it seems to.

use std::fmt::Write as _;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{escaped, pre};
use crate::domain::text;

/// Elements within elements; deeper ones are flattened, because a browser stops at some depth too.
const DEEPEST: usize = 32;

/// What an address may begin with to be followed.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Markdown as HTML.
pub fn markdown(words: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut page = Page::default();
    for event in Parser::new_ext(words, options) {
        page.take(event);
    }
    while !page.open.is_empty() {
        page.close();
    }
    if page.out.trim().is_empty() {
        return String::new();
    }
    format!("<div class=\"said\">\n{}</div>\n", page.out)
}

/// Words as they were typed, fenced code set apart: underscores and stars are the person's own.
pub fn typed(words: &str) -> String {
    let mut page = String::new();
    let mut prose = String::new();
    let mut fence: Option<(&str, String)> = None;
    let flush = |prose: &mut String, page: &mut String| {
        if !prose.trim().is_empty() {
            let _ = writeln!(page, "<div class=\"typed\">{}</div>", escaped(prose.trim_matches('\n')));
        }
        prose.clear();
    };
    for line in words.lines() {
        let bare = line.trim_start();
        match &mut fence {
            Some((end, code)) if bare.trim_end() == *end => {
                page += &pre(code);
                fence = None;
            }
            Some((_, code)) => code.extend([line, "\n"]),
            None => match ["```", "~~~"].into_iter().find(|sign| bare.starts_with(sign)) {
                Some(sign) => {
                    flush(&mut prose, &mut page);
                    fence = Some((sign, String::new()));
                }
                None => prose.extend([line, "\n"]),
            },
        }
    }
    flush(&mut prose, &mut page);
    if let Some((_, code)) = fence {
        page += &pre(&code);
    }
    page
}

#[derive(Default)]
struct Page {
    out: String,
    /// What closes each open event: nothing where it wrote no tag.
    open: Vec<&'static str>,
    /// Code, or HTML that is shown as such, until it is complete.
    block: Option<String>,
    /// Addresses of open links and pictures, and the words said since.
    links: Vec<(String, String)>,
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) | Event::Html(words) | Event::InlineHtml(words) => self.say(&words),
            Event::InlineMath(words) | Event::DisplayMath(words) | Event::FootnoteReference(words) => {
                self.say(&words);
            }
            Event::Code(words) => {
                self.note(&words);
                let _ = write!(self.out, "<code>{}</code>", escaped(&words));
            }
            // A model breaks lines where it means to.
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
        }
    }

    fn say(&mut self, words: &str) {
        if let Some(block) = &mut self.block {
            block.push_str(words);
            return;
        }
        self.note(words);
        self.out.push_str(&escaped(words));
    }

    /// Remembers what a link says.
    fn note(&mut self, words: &str) {
        for (_, said) in &mut self.links {
            said.push_str(words);
        }
    }

    /// Writes a tag, unless it stands too deep; `end` closes it.
    fn open(&mut self, tag: &str, end: &'static str) {
        let end = if self.open.len() < DEEPEST { end } else { "" };
        if !end.is_empty() {
            self.out.push_str(tag);
        }
        self.open.push(end);
    }

    fn close(&mut self) {
        let end = self.open.pop().unwrap_or_default();
        self.out.push_str(end);
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.open("<p>", "</p>\n"),
            Tag::Heading { level, .. } => match level {
                // The page's own heading is above all of them.
                HeadingLevel::H1 => self.open("<h2>", "</h2>\n"),
                HeadingLevel::H2 => self.open("<h3>", "</h3>\n"),
                _ => self.open("<h4>", "</h4>\n"),
            },
            Tag::BlockQuote(_) => self.open("<blockquote>\n", "</blockquote>\n"),
            Tag::List(None) => self.open("<ul>\n", "</ul>\n"),
            Tag::List(Some(first)) => self.open(&format!("<ol start=\"{first}\">\n"), "</ol>\n"),
            Tag::Item => self.open("<li>", "</li>\n"),
            Tag::Emphasis => self.open("<em>", "</em>"),
            Tag::Strong => self.open("<strong>", "</strong>"),
            Tag::Strikethrough => self.open("<del>", "</del>"),
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split([' ', ',', '{']).next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                if !language.is_empty() {
                    let _ =
                        writeln!(self.out, "<p class=\"language\">{}</p>", escaped(&text::cut(language, 20)));
                }
                self.block = Some(String::new());
                self.open("", "");
            }
            Tag::HtmlBlock => {
                self.block = Some(String::new());
                self.open("", "");
            }
            Tag::Link { dest_url, .. } => {
                let url = text::line(&dest_url).into_owned();
                if is_followed(&url) && self.links.is_empty() {
                    let tag = format!("<a href=\"{}\" rel=\"noopener noreferrer nofollow\">", escaped(&url));
                    self.open(&tag, "</a>");
                } else {
                    self.open("<span>", "</span>");
                }
                self.links.push((url, String::new()));
            }
            Tag::Image { dest_url, .. } => {
                self.open("<span class=\"quiet\">", "</span>");
                self.out.push_str("picture: ");
                self.links.push((text::line(&dest_url).into_owned(), String::new()));
            }
            Tag::Table(columns) => {
                self.columns = columns;
                self.open("<table>\n", "</table>\n");
            }
            Tag::TableHead | Tag::TableRow => {
                self.in_head = matches!(tag, Tag::TableHead);
                self.column = 0;
                self.open("<tr>", "</tr>\n");
            }
            Tag::TableCell => self.cell(),
            // Not asked of the parser.
            _ => self.open("", ""),
        }
    }

    fn cell(&mut self) {
        let class = match self.columns.get(self.column) {
            Some(Alignment::Right) => " class=\"right\"",
            Some(Alignment::Center) => " class=\"center\"",
            _ => "",
        };
        self.column += 1;
        if self.in_head {
            self.open(&format!("<th{class}>"), "</th>");
        } else {
            self.open(&format!("<td{class}>"), "</td>");
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock | TagEnd::HtmlBlock => {
                let block = self.block.take().unwrap_or_default();
                self.out.push_str(&pre(block.strip_suffix('\n').unwrap_or(&block)));
                self.close();
            }
            TagEnd::Link | TagEnd::Image => {
                self.close();
                let Some((url, said)) = self.links.pop() else { return };
                if !url.is_empty() && said.trim() != url.trim_start_matches("mailto:") {
                    let _ = write!(self.out, " <span class=\"quiet\">({})</span>", escaped(&url));
                }
            }
            _ => self.close(),
        }
    }
}

fn is_followed(url: &str) -> bool {
    SCHEMES
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
}

#[cfg(test)]
#[path = "prose_tests.rs"]
mod tests;
